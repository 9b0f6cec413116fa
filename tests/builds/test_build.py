"""One schema, one asset: whoever computes it, however often it is interrupted, wherever it lies."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from tapes import Tick, minutes, new_team, ns, tape, write_script

from litlab import atomic, engine
from litlab.assets import hdf, promote
from litlab.builds import run_build
from litlab.builds.plan import plan_build
from litlab.errors import BadSchema, BuildFailed, Locked, LookaheadError, ScriptFailed, UnknownName
from litlab.features import save_feature
from litlab.schemas import DataSet, Schema, Split, save_schema

DAYS = ("2013-10-07", "2013-10-08", "2013-10-09", "2013-10-10")
SPLIT = Split("date", "2013-10-09", "2013-10-10")


def day(date, count=60):
    """Return a day of `count` minutes, with a closing auction and a print after hours."""
    return [
        *minutes(date, count, price=100 + int(date[-2:])),
        Tick(ns(f"{date} 15:59:30"), 101.0),
        Tick(ns(f"{date} 16:00:07"), 101.5, 900, "6"),
        Tick(ns(f"{date} 17:00:00"), 99.0, 10, "T"),
    ]


def lab(home, days=DAYS, resolution=1, features=("gate", "bars", "atr"), labels=("up",), count=60):
    """Make a team with a cached data set, saved features and a saved schema."""
    team = new_team(home / "w")
    adapter = tape(team, home / "ticks", *[day(one, count) for one in days])
    save_feature(team, "gate", "per_unit", {"unit": "minute"})
    save_feature(team, "bars", "unit_bar", {"count": 5, "unit": "minute", "current": "partial"})
    save_feature(team, "atr", "atr", {"rate": 2, "count": 3, "unit": "minute"})
    save_feature(team, "up", "atr_up_next", {"rate": 2, "unit": "minute"})
    data = (DataSet("csv", tuple(map(str, adapter.paths)), parameters_of(adapter)),)
    return team, save_schema(team, Schema("minutes", "volatility", data, features, labels, SPLIT, resolution))


def parameters_of(adapter):
    return {key: adapter.parameters[key] for key in ("calendar", "conditions_column", "time_unit")}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return (team, schema, result) of an uninterrupted build in this process."""
    team, schema = lab(tmp_path_factory.mktemp("built"))
    return team, schema, run_build(team, schema, executor=engine.threads(1))


def drafts(team):
    return list(team.root.rglob("*.tmp-*"))


# --- the same, whoever computes it -------------------------------------------------------------------


def test_one_worker_is_two_workers_is_threads_in_other_workspaces(built, tmp_path):
    team, _, result = built
    assert result.chunks == 4
    for name, options in {"one": {"workers": 1}, "two": {"workers": 2}}.items():
        other, same = lab(tmp_path / name)
        again = run_build(other, same, **options)
        assert again.asset.digest == result.asset.digest
        assert again.asset.manifest["files"] == result.asset.manifest["files"]
        assert again.reused == 0
    assert drafts(team) == []


def test_a_dask_cluster_builds_the_same(built, tmp_path):
    pytest.importorskip("distributed")
    team, schema = lab(tmp_path)
    write_script(team, "broken", "def feature(adapter, index, params={}, features={}):\n    return [1 / 0]\n")
    save_feature(team, "broken", "broken", {})
    with engine.dask("dask-local", 2) as pool:
        result = run_build(team, schema, executor=pool)
        with pytest.raises(ScriptFailed, match=r"broken\.py, line 2, at index \d+: ZeroDivisionError"):
            run_build(team, Schema(**{**vars(schema), "features": ("gate", "broken")}), executor=pool)
    assert result.asset.digest == built[2].asset.digest
    assert {one["state"] for one in json.loads((result.log / "pids.json").read_text()).values()} == {"done"}


def test_a_label_overlaps_with_what_it_answers_and_not_with_its_warm_up(built):
    asset = built[2].asset
    reached = asset.sample_column("train", "label_end_ns") - asset.as_of_ns("train")
    # The label reads the bar of the next minute, and 141 bars of the past.
    assert np.median(reached) == 60 * 10**9
    assert np.median(asset.weight("train")) > 0.45
    assert asset.manifest["effective"]["train"] == pytest.approx(asset.weight("train").sum(dtype=float))


@pytest.mark.parametrize("rows", [1, 7])
def test_an_asset_does_not_depend_on_how_many_samples_are_computed_at_a_time(
    built, tmp_path, monkeypatch, rows
):
    monkeypatch.setattr("litlab.builds.chunk._BLOCK", rows)
    team, schema = lab(tmp_path)
    again = run_build(team, schema, executor=engine.threads(1))
    assert again.asset.manifest["files"] == built[2].asset.manifest["files"]
    assert again.asset.manifest["statistics"] == built[2].asset.manifest["statistics"]
    assert drafts(team) == []


OTHERWISE_LATER = """
import numpy as np


def feature(adapter, index, params={}, features={}):
    return [float(index)]


def feature_batch(adapter, indices, params, features):
    values = np.asarray(indices, float)[:, None, None]
    return values + (indices.min() > 30), np.ones(len(indices), bool)
"""


def test_a_batch_form_that_differs_late_in_a_chunk_is_not_used_for_its_beginning_either(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("litlab.builds.chunk._BLOCK", 16)
    team, schema = lab(tmp_path, days=DAYS[:1], features=("gate", "late"))
    write_script(team, "late", OTHERWISE_LATER)
    save_feature(team, "late", "late", {})
    chunk = plan_build(team, schema).chunks[0]
    run_build(team, schema, executor=engine.threads(1))
    values = hdf.mapped(Path(chunk.path).with_name(f"{Path(chunk.path).stem}.late.h5"), "values")
    assert (values[:, 0, 0] == hdf.mapped(Path(chunk.path), "index")).all()


def test_an_unknown_engine_is_refused(built):
    with pytest.raises(UnknownName, match="There is no engine called 'dask'"):
        run_build(*built[:2], engine_name="dask")


def test_a_second_build_uses_every_chunk_again(built):
    team, schema, result = built
    again = run_build(team, schema, executor=engine.threads(2))
    assert (again.reused, again.asset.digest, again.asset.path) == (4, result.asset.digest, result.asset.path)


def test_a_damaged_chunk_is_computed_again(tmp_path):
    team, schema = lab(tmp_path)
    digest = run_build(team, schema, executor=engine.threads(1)).asset.digest
    chunk = Path(plan_build(team, schema).chunks[1].path)
    chunk.write_bytes(chunk.read_bytes()[:-1] + b"!")
    again = run_build(team, schema, executor=engine.threads(1))
    assert (again.reused, again.asset.digest) == (3, digest)


def test_a_file_more_keeps_all_chunks_but_the_one_before_it(tmp_path):
    team, schema = lab(tmp_path, DAYS[:3])
    schema = Schema(**{**vars(schema), "split": Split("date", "2013-10-08", "2013-10-09")})
    run_build(team, schema, executor=engine.threads(1))
    data = schema.data[0]
    adapter = tape(team, tmp_path / "more", day(DAYS[3]))
    longer = DataSet(data.adapter, (*data.paths, *map(str, adapter.paths)), data.parameters)
    schema = Schema(**{**vars(schema), "data": (longer,)})
    again = run_build(team, schema, executor=engine.threads(1))
    assert (again.chunks, again.reused) == (4, 2)
    clean, same = lab(tmp_path / "clean")
    same = Schema(**{**vars(same), "split": schema.split})
    assert run_build(clean, same, executor=engine.threads(1)).asset.digest == again.asset.digest


FAR = '''"""Far.

Returns
-------
[ x ]
"""
LABEL = True

def feature(adapter, index, params={}, features={}):
    bars = adapter.get_bars(index, 2, "day", future=True)
    return [bars[-1, 3]] if len(bars) == 2 else []
'''


def test_a_label_that_reads_two_files_ahead_is_computed_again_when_they_come(tmp_path):
    def far(home, days):
        team, schema = lab(home, days, count=10)
        write_script(team, "far", FAR)
        save_feature(team, "far", "far", {})
        split = Split("date", "2013-10-08", "2013-10-09")
        return team, Schema(
            **{**vars(schema), "labels": ("far",), "features": ("gate", "bars"), "split": split}
        )

    team, schema = far(tmp_path / "a", DAYS[:3])
    first = run_build(team, schema, executor=engine.threads(1))
    adapter = tape(team, tmp_path / "more", day(DAYS[3], 10))
    data = schema.data[0]
    longer = DataSet(data.adapter, (*data.paths, *map(str, adapter.paths)), data.parameters)
    again = run_build(team, Schema(**{**vars(schema), "data": (longer,)}), executor=engine.threads(1))
    clean, same = far(tmp_path / "b", DAYS)
    whole = run_build(clean, same, executor=engine.threads(1))
    assert again.asset.digest == whole.asset.digest
    assert again.samples > first.samples


# --- kill and run again ------------------------------------------------------------------------------

SLOW = '''"""Slow.

Returns
-------
[ x ]
"""
import time

def feature(adapter, index, params={}, features={}):
    time.sleep(0.0005)
    return [adapter[index]["price"]]
'''

RUN = """
import sys
from litlab.assets import promote
from litlab.builds import run_build
from litlab.schemas import load_schema
from litlab.workspace import Workspace
if __name__ == "__main__":
    team = Workspace(sys.argv[1]).team("contoso")
    print("started", flush=True)
    print(run_build(team, load_schema(team, "minutes"), workers=2).asset.digest, flush=True)
"""


def slow_lab(home):
    team, schema = lab(home, features=("gate", "bars", "slow"))
    write_script(team, "slow", SLOW)
    save_feature(team, "slow", "slow", {})
    return team, schema


def start(team, folder):
    script = folder / "build.py"
    script.write_text(RUN)
    return subprocess.Popen(
        [sys.executable, script, team.workspace.home],
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )


def until(condition, timeout_s=60):
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


def test_a_build_killed_at_any_moment_and_run_again_is_the_same(tmp_path):
    team, schema = slow_lab(tmp_path / "calm")
    expected = run_build(team, schema, executor=engine.threads(1)).asset.digest
    team, schema = slow_lab(tmp_path / "killed")
    chunks = team.folder("build") / "minutes"
    queue = team.folder("assets") / "minutes" / "queue"
    moments = {
        "at the start": (team.folder("logs") / "1" / "status.txt").exists,
        "after a chunk": lambda: len(list(chunks.glob("*/*.json"))) >= 1,
        "while merging": lambda: any(queue.glob("*.tmp-*/*.h5")) or any(queue.glob("*/manifest.json")),
    }
    for moment in moments.values():
        process = start(team, tmp_path)
        until(lambda: moment() or process.poll() is not None)  # noqa: B023 - called in this turn
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        for done in chunks.glob("*/*.json"):
            assert done.with_suffix(".h5").exists()
        for version in queue.glob("*/manifest.json"):
            assert ".tmp-" in version.parent.name or version.parent.name == expected
    again = run_build(team, schema, executor=engine.threads(1))
    assert again.asset.digest == expected
    assert again.reused >= 1
    assert drafts(team) == []
    assert (again.log / "status.txt").read_text() == "complete\n"


def test_a_second_build_at_once_is_refused_with_the_firsts_pid(built):
    team, schema, _ = built
    lock = team.folder("build") / schema.name / ".lock"
    code = (
        "import sys; from pathlib import Path; from litlab import atomic\n"
        "with atomic.lock(Path(sys.argv[1]), what='x', purpose='build'): print('held', flush=True); input()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(
            Locked, match=rf"The build of minutes is in use by process {holder.pid} \(build\)"
        ):
            run_build(team, schema)
    finally:
        holder.communicate(b"\n")
    assert run_build(team, schema, executor=engine.threads(1)).reused == 4


# --- what a chunk holds ------------------------------------------------------------------------------


def rewrite(team, name, keep_batch):
    """Copy a shipped script into the team's folder without its accelerators."""
    source = Path(engine.__file__).parent / "traders" / "scripts" / f"{name}.py"
    text = source.read_text()
    if not keep_batch:
        if name == "per_unit":
            text = text[: text.index("def candidates")]
        else:
            text = text.replace("feature_batch", "_rows")
    write_script(team, name, text)


def test_scripts_without_their_batch_forms_build_the_same(built, tmp_path):
    team, schema = lab(tmp_path)
    for name in ("per_unit", "unit_bar", "atr", "atr_up_next"):
        rewrite(team, name, keep_batch=False)
    asset = run_build(team, schema, executor=engine.threads(1)).asset
    assert asset.manifest["files"] == built[2].asset.manifest["files"]
    # Other scripts made the same bytes: the version says so and is another.
    assert asset.digest != built[2].asset.digest


def test_what_is_in_production_already_can_be_built_and_promoted_again(tmp_path):
    team, schema = lab(tmp_path)
    first = run_build(team, schema, executor=engine.threads(1)).asset
    promote(team, schema.name)
    again = run_build(team, schema, executor=engine.threads(1)).asset
    assert again.digest == first.digest
    assert promote(team, schema.name).digest == first.digest


LIAR = '''"""Liar.

Returns
-------
[ x ]
"""
import numpy as np

def feature(adapter, index, params={}, features={}):
    return [1.0]

def feature_batch(adapter, indices, params, features):
    return np.full((len(indices), 1, 1), 1.0 + 1e-16 * 4), np.ones(len(indices), bool)
'''

LYING_GATE = '''"""Gate.

Returns
-------
[ kept ]
"""
import numpy as np

GATE = True

def feature(adapter, index, params={}, features={}):
    return [1.0] if adapter.period_ended("minute") else []

def candidates(adapter, start, stop, params):
    return adapter.period_ends(start, stop, "minute") - 1
'''


def test_a_batch_form_that_differs_by_one_bit_is_found_and_not_used(tmp_path):
    team, schema = lab(tmp_path, features=("gate", "liar"))
    write_script(team, "liar", LIAR)
    save_feature(team, "liar", "liar", {})
    result = run_build(team, schema, executor=engine.threads(1))
    assert (result.asset.array("train", "liar") == 1.0).all()
    assert "liar: feature_batch differs from feature" in (result.log / "workflow.log").read_text()


def test_candidates_that_differ_from_the_gate_are_found_and_not_used(built, tmp_path):
    team, schema = lab(tmp_path)
    write_script(team, "per_unit", LYING_GATE)
    (team.folder("features") / "gate.json").unlink()
    save_feature(team, "gate", "per_unit", {})
    result = run_build(team, schema, executor=engine.threads(1))
    np.testing.assert_array_equal(result.asset.index("train"), built[2].asset.index("train"))
    np.testing.assert_array_equal(result.asset.as_of_ns("train"), built[2].asset.as_of_ns("train"))
    assert "gate: candidates differ" in (result.log / "workflow.log").read_text()


def test_candidates_may_come_in_any_order_and_twice(built, tmp_path):
    team, schema = lab(tmp_path)
    told = 'adapter.period_ends(start, stop, "minute")'
    write_script(team, "per_unit", LYING_GATE.replace(f"{told} - 1", f"np.repeat({told}, 2)[::-1]"))
    (team.folder("features") / "gate.json").unlink()
    save_feature(team, "gate", "per_unit", {})
    result = run_build(team, schema, executor=engine.threads(1))
    np.testing.assert_array_equal(result.asset.index("train"), built[2].asset.index("train"))
    assert "candidates differ" not in (result.log / "workflow.log").read_text()


EVEN = '''"""Even.

Returns
-------
[ kept ]
"""
GATE = True

def sort_key():
    return -1

def feature(adapter, index, params={}, features={}):
    return [1.0] if index % 4 < 2 else []
'''


def test_every_gate_counts_whatever_its_form(built, tmp_path):
    team, schema = lab(tmp_path, features=("even", "gate", "bars", "atr"))
    write_script(team, "even", EVEN)
    save_feature(team, "even", "even", {})
    result = run_build(team, schema, executor=engine.threads(1))
    before = built[2].asset.index("test")
    np.testing.assert_array_equal(result.asset.index("test"), before[before % 4 < 2])


def test_samples_are_what_compute_sample_makes_of_them(built):
    from litlab.builds.plan import adapter_of
    from litlab.features import compute_sample, load_features

    team, schema, result = built
    adapter = adapter_of(team, schema.data[0])
    features = load_features(team, [*schema.features, *schema.labels])
    expected = {}
    for index in range(len(adapter)):
        sample = compute_sample(adapter, index, features)
        if sample is not None and adapter[index]["session"] == 0:
            expected[index] = sample
    asset, seen = result.asset, []
    for part in asset.parts:
        for row, index in enumerate(asset.index(part).tolist()):
            seen.append(index)
            sample = expected[index]
            for name in ("as_of_ns", "read_lo", "read_hi", "label_lo", "label_hi"):
                assert asset.sample_column(part, name)[row] == getattr(sample, name), name
            for name, values in sample.values.items():
                np.testing.assert_array_equal(asset.array(part, name)[row], values.astype("f4"))
    assert len(expected) - len(seen) == result.purged
    assert seen == sorted(seen)


def test_the_resolution_counts_from_each_files_first_tick(tmp_path):
    team, schema = lab(tmp_path, resolution=7, features=("bars",))
    result = run_build(team, schema, executor=engine.threads(1))
    starts = np.array([0, 123, 246, 369])
    for part in result.asset.parts:
        index = result.asset.index(part)
        assert len(index)
        assert ((index - starts[np.searchsorted(starts, index, "right") - 1]) % 7 == 0).all()


def test_only_regular_sessions_are_sampled_unless_all_are_wanted(built, tmp_path):
    team, schema = lab(tmp_path, features=("bars",))
    result = run_build(team, schema, executor=engine.threads(1))
    everything = run_build(team, Schema(**{**vars(schema), "sessions": "all"}), executor=engine.threads(1))
    after_hours = 122
    assert after_hours not in result.asset.index("train")
    assert result.samples <= everything.samples


# --- failures ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind"),
    [("    return [adapter[index + 1]['price']]\n", LookaheadError), ("    return [1 / 0]\n", ScriptFailed)],
)
def test_a_build_of_a_bad_script_names_it_and_its_line_and_leaves_no_asset(tmp_path, body, kind):
    team, schema = lab(tmp_path, features=("gate", "mine"))
    write_script(team, "mine", "def feature(adapter, index, params={}, features={}):\n" + body)
    save_feature(team, "mine", "mine", {})
    with pytest.raises(kind, match=r"mine\.py, line 2"):
        run_build(team, schema, workers=1)
    assert not list((team.folder("assets")).rglob("*.h5"))
    status = (team.folder("logs") / "1" / "status.txt").read_text()
    assert status.startswith("failed: mine.py, line 2")


def test_a_build_without_a_sample_says_so(tmp_path):
    team, schema = lab(tmp_path, features=("gate", "long"))
    save_feature(team, "long", "unit_bar", {"count": 9999})
    with pytest.raises(BuildFailed, match="every sample was rejected"):
        run_build(team, schema, executor=engine.threads(1))


def test_labels_and_features_are_not_taken_for_each_other(built):
    team, schema, _ = built
    for change in (
        {"features": ("gate", "bars", "up"), "labels": ("atr",)},
        {"labels": ("bars",), "features": ("atr",)},
    ):
        with pytest.raises(BadSchema):
            run_build(team, Schema(**{**vars(schema), **change}))


def test_the_log_folder_tells_the_build(built):
    team, schema, result = built
    log = result.log
    assert (log / "status.txt").read_text() == "complete\n"
    assert Schema.load(log / "minutes.json") == schema
    assert set(json.loads((log / "pids.json").read_text())) == {str(os.getpid())}
    lines = (log / "workflow.log").read_text()
    assert "Writing " in lines
    assert "Computed fields: ['gate', 'bars', 'atr', 'up']" in lines
    assert {path.name for path in (team.folder("build") / "minutes").glob("*/minutes_0_122*.h5")} == {
        "minutes_0_122.h5", "minutes_0_122.bars.h5", "minutes_0_122.atr.h5", "minutes_0_122.up.h5",
    }  # fmt: skip


def test_chunk_files_say_their_inclusive_range_and_no_path_enters_a_recipe(built, tmp_path):
    team, schema, _ = built
    other, same = lab(tmp_path)
    recipes = [[chunk.recipe for chunk in plan_build(*one).chunks] for one in ((team, schema), (other, same))]
    assert recipes[0] == recipes[1]
    assert len(set(recipes[0])) == 4
    first = plan_build(team, schema).chunks[0]
    assert hdf.mapped(Path(first.path), "index").max() <= 122
    shutil.rmtree(other.root)
    atomic.remove_drafts(tmp_path)
