"""Every table of the benchmarks at a tiny size: that the ways answer alike, never how long they take."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from tests.bench import __main__ as command
from tests.bench import growth, ingest, synthetic
from tests.bench.fresh import fresh
from tests.bench.measuring import Disagreement, Table, Way, race
from tests.bench.place import Place, synthetic_place

TICKS = 50_000


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    made = synthetic_place(tmp_path_factory.mktemp("bench"), TICKS, rounds=1, tiny=True)
    yield made
    made.close()


@pytest.mark.parametrize("theme", command.SIZED)
def test_the_ways_of_a_theme_answer_alike(place: Place, theme: str) -> None:
    found = list(command.SIZED[theme](place))  # a way that answers otherwise raises Disagreement
    assert found
    for table in found:
        assert table.rows[0].value is not None
        assert table.drawn().row_count == len(table.rows)


@pytest.mark.parametrize("layout", ["lseg", "csv"])
def test_every_way_of_ingest_reads_every_row(tmp_path, layout: str) -> None:
    paths = ingest.lseg_files(tmp_path / "lseg", 4000)
    if layout == "csv":
        paths = ingest.csv_files(tmp_path / "csv", paths, tmp_path)
    rows = sum(gzip.decompress(Path(path).read_bytes()).count(b"\n") - 1 for path in paths)
    found = {}
    for way in ingest.ways(rows, {}):
        if way.there:
            out = tmp_path / way.work.__name__
            out.mkdir()
            found[way.name] = way.work(paths, paths[0], str(out), layout)()
    limit = found.popitem()
    assert limit[1] == []
    assert len(found) >= 4
    assert set(map(tuple, found.values())) == {(rows,)}


def test_a_fresh_process_tells_time_memory_and_answer() -> None:
    told = fresh("tests.bench.fresh:idle")
    assert told.answer is None
    assert told.all_s >= told.wall_s
    assert told.anonymous_bytes > 1_000_000


def test_a_fresh_process_that_fails_is_no_figure(capfd) -> None:
    with pytest.raises(RuntimeError, match="ended with 1"):
        fresh("tests.bench.fresh:no_such_work")
    assert "no_such_work" in capfd.readouterr().err


def test_ways_that_answer_differently_are_not_timed() -> None:
    ways = [
        Way("ours", lambda _: [1.0, 2.0], 1, None, np.array),
        Way("theirs", lambda _: [1.0, 2.5], 1, None, np.array),
    ]
    with pytest.raises(Disagreement, match="theirs and ours"):
        race("two", "calls", ways, 1)


def test_a_peer_that_is_not_installed_is_named() -> None:
    ways = [Way("ours", int, 1), Way("theirs", int, 1, 2.0, None, "no_such_module")]
    table = race("two", "calls", ways, 1)
    assert table.rows[1].value is None
    assert table.rows[1].reached is None


def test_rounds_visit_new_places_and_the_first_warms_up() -> None:
    visited: list[int] = []
    race("one", "calls", [Way("ours", visited.append, 1)], 3)
    assert visited == [0, 1, 2, 3]


def test_a_figure_above_its_most_is_not_reached() -> None:
    table = Table("memory")
    table.limit("ours", 501, "MB", 500)
    table.limit("theirs", 501, "MB")
    assert [row.reached for row in table.rows] == [False, None]


def test_equal_seeds_make_equal_ticks_and_only_volume_counts_for_prints_that_repeat(tmp_path) -> None:
    path, *_ = synthetic.write_recipes(tmp_path, 20_000, seed=3, per_session=5000)
    first, second = (
        next(synthetic.SyntheticAdapter({"paths": [path]}, tmp_path).parse(tmp_path / "0000.json"))
        for _ in range(2)
    )
    assert first.equals(second)
    column = {
        name: np.asarray(first.column(name)) for name in ("timestamp", "price", "eligibility", "volume")
    }
    assert (np.diff(column["timestamp"]) >= 0).all()
    small = np.flatnonzero(column["eligibility"] != 7)
    assert 0 < len(small) < len(first) / 10
    assert (column["price"][small] == column["price"][small - 1]).all()
    assert (column["timestamp"][small] // 10**9 == column["timestamp"][small - 1] // 10**9).all()
    assert (column["volume"][small] < 100).all()


def test_the_command_writes_its_figures_and_leaves_no_data(tmp_path, capsys) -> None:
    out, scratch = tmp_path / "figures.json", tmp_path / "scratch"
    wanted = [
        "overview",
        "--ticks",
        "3e4",
        "2e4",
        "--rounds",
        "1",
        "--json",
        str(out),
        "--scratch",
        str(scratch),
    ]
    command.main(wanted)
    told = json.loads(out.read_text())
    assert {one["ticks"] for one in told["figures"]} == {20_000, 30_000}
    assert {one["theme"] for one in told["figures"]} == {"overview"}
    assert not list(scratch.iterdir())
    assert growth.pivot(told["figures"]) is not None
    assert "20 k ticks" in capsys.readouterr().out


def test_an_unknown_theme_is_refused(capsys) -> None:
    with pytest.raises(SystemExit):
        command.main(["window"])
    assert "there is no theme window" in capsys.readouterr().err
