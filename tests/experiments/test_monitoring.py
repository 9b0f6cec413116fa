"""Many runs watched: what was appended is read once, what was rewritten is noticed, what is drawn is true."""

import math
import os
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pretended_runs import COLUMNS, csv_lines, learning, pretend

from litlab import atomic
from litlab.errors import UnknownName
from litlab.experiments import growing, monitor, resources
from litlab.experiments.comparing import baselines, differences
from litlab.experiments.curves import decimate, smooth
from litlab.experiments.growing import GrowingTable, last_row, read_rows
from litlab.experiments.monitoring import MOST_OPEN
from litlab.experiments.perf import best_of, drop_epochs, read_epochs
from litlab.experiments.run import Run
from litlab.workspace import Workspace


@pytest.fixture
def project(tmp_path):
    return Workspace(tmp_path / "home").create_project("contoso", "volatility")


def told(table):
    return [table.row(at) for at in range(len(table))]


# --- tables that grow


def test_rows_are_read_once_and_a_torn_line_waits_for_its_rest(tmp_path):
    path = tmp_path / "perf.csv"
    table = GrowingTable(path)
    assert not table.advance()
    path.write_text("epoch,lo")
    assert not table.advance()
    with path.open("a") as out:
        for text, count in [("ss\n", 0), ("1,0.5\n2,0.", 1), ("25\n", 2), ("3,0.125", 2), ("\n4,nan\n", 4)]:
            out.write(text)
            out.flush()
            table.advance()
            assert len(table) == count
    assert table.columns == ("epoch", "loss")
    assert table["loss"].tolist()[:3] == [0.5, 0.25, 0.125]
    assert math.isnan(table["loss"][3])
    assert table.begun == 1
    assert not table.advance()


def test_only_new_bytes_are_read(tmp_path, monkeypatch):
    path = tmp_path / "perf.csv"
    path.write_text("epoch,loss\n" + "".join(f"{n},0.5\n" for n in range(5_000)))
    table, taken = GrowingTable(path), []
    table.advance()
    monkeypatch.setattr(
        growing, "read_rows", lambda block, *rest: taken.append(block) or read_rows(block, *rest)
    )
    atomic.append_line(path, "5000,0.25")
    assert table.advance()
    assert taken == [b"5000,0.25\n"]
    assert len(table) == 5_001


def test_rows_that_a_resumed_run_drops_are_gone_and_what_it_trains_again_is_there(tmp_path):
    path = tmp_path / "perf.csv"
    path.write_text("epoch,loss\n1,0.5\n2,0.4\n3,0.3\n")
    table = GrowingTable(path)
    table.advance()
    drop_epochs(path, 1)
    assert table.advance()
    assert table["epoch"].tolist() == [1.0]
    for loss in ("0.44", "0.33", "0.22"):  # grown past where the reader was before
        atomic.append_line(path, f"9,{loss}")
    drop_epochs(path, 2)
    atomic.append_line(path, "3,0.7")
    atomic.append_line(path, "4,0.8")
    assert table.advance()
    assert told(table) == read_epochs(path)
    assert table.begun == 3


def test_a_file_cut_or_changed_in_place_is_read_again(tmp_path):
    path = tmp_path / "perf.csv"
    path.write_text("epoch,loss\n1,0.5\n2,0.4\n")
    table = GrowingTable(path)
    table.advance()
    with path.open("r+") as file:
        file.seek(len("epoch,loss\n1,"))
        file.write("0.9")
    os.utime(path, ns=(1, 1))
    assert table.advance()
    assert table["loss"].tolist() == [0.9, 0.4]
    os.truncate(path, len("epoch,loss\n1,0.9\n"))
    assert table.advance()
    assert table["loss"].tolist() == [0.9]
    path.unlink()
    assert table.advance()
    assert len(table) == 0


def test_a_second_fit_with_other_cells_and_words_harm_nothing(tmp_path):
    path = tmp_path / "perf.csv"
    path.write_text("epoch,loss\n1,0.5\n2\nthree,four\n4,0.1,0.2\n\n5,inf\n")
    table = GrowingTable(path)
    table.advance()
    assert table["epoch"].tolist()[0::2] == [1.0, 5.0]
    assert math.isnan(table["loss"][1])
    assert table["loss"][2] == math.inf
    with pytest.raises(KeyError):
        table["nothing"]
    with pytest.raises(ValueError, match="read-only"):
        table["loss"][0] = 1.0


def test_a_table_that_holds_some_columns_holds_no_others(tmp_path):
    path = tmp_path / "perf.csv"
    path.write_text("epoch,loss,auc\n1,0.5,0.6\n")
    table = GrowingTable(path, ["loss", "absent"])
    table.advance()
    assert table.columns == ("loss",)
    assert table._values.shape[0] == 1


cells = st.one_of(st.floats(width=64), st.sampled_from(["", "nan", "-inf", "x", "1e-3", " 2", "1_000"]))


@given(st.lists(st.lists(cells, min_size=1, max_size=4), max_size=12), st.sampled_from(["\n", "\r\n"]))
def test_quick_and_slow_reading_agree(rows, end):
    header = ["a", "b", "c"]
    text = "".join(",".join(one if isinstance(one, str) else repr(one) for one in row) + end for row in rows)
    slow = growing._slowly(text.encode(), header, ["c", "a"])
    quick = growing._quickly(text.encode(), header, ["c", "a"]) if text else slow
    assert quick is None or np.array_equal(quick, slow, equal_nan=True)


def test_many_rows_are_read_by_the_quick_way_as_by_the_slow_one(tmp_path, monkeypatch):
    columns = (*COLUMNS, *(f"m{n}" for n in range(14)))
    path = tmp_path / "perf.csv"
    path.write_text(",".join(columns) + "\n" + csv_lines(learning(2_000, 3, columns)))
    table = GrowingTable(path)
    table.advance()
    assert table["m13"].tolist() == [row["m13"] for row in read_epochs(path)]
    monkeypatch.setattr(growing, "_MANY", 1 << 40)
    slow = GrowingTable(path)
    slow.advance()
    assert np.array_equal(slow._values[:, : len(slow)], table._values[:, : len(table)])


@given(st.data())
@settings(max_examples=60)
def test_a_reader_knows_what_is_there_whatever_the_writer_does(tmp_path_factory, data):
    """Appends in any pieces, rows dropped, looks at any time: after each look the table is the file."""
    path = tmp_path_factory.mktemp("grows") / "perf.csv"
    path.write_text("epoch,loss\n")
    table, torn, serial = GrowingTable(path), "", 0
    for _ in range(data.draw(st.integers(4, 24))):
        deed = data.draw(st.sampled_from(["append", "append", "append", "tear", "drop", "look"]))
        if deed == "append" or (deed == "tear" and torn):
            serial += 1
            with path.open("a") as out:
                out.write((torn and "5\n") or f"{serial},0.{serial}\n")
            torn = ""
        elif deed == "tear":
            serial += 1
            torn = f"{serial},0.{serial}"
            with path.open("a") as out:
                out.write(torn)
        elif deed == "drop":
            torn = ""
            drop_epochs(path, data.draw(st.integers(1, 3)))
        else:
            table.advance()
            assert told(table) == read_epochs(path)
    table.advance()
    assert told(table) == read_epochs(path)


def test_the_last_row_is_found_without_the_rest(tmp_path):
    path = tmp_path / "perf.csv"
    assert last_row(path) == {}
    path.write_text("epoch,lo")
    assert last_row(path) == {}
    path.write_text("epoch,loss\n")
    assert last_row(path) == {}
    path.write_text("epoch,loss\n" + "".join(f"{n},{n}.5\n" for n in range(9_000)) + "9000,1")
    assert last_row(path) == {"epoch": 8_999.0, "loss": 8_999.5}


# --- curves


@st.composite
def curves(draw):
    """Values with gaps and infinities here and there, many enough to be decimated."""
    rng = np.random.default_rng(draw(st.integers(0, 1_000)))
    values = rng.standard_normal(draw(st.integers(1, 1_500)))
    for odd in (np.nan, np.inf, -np.inf):
        values[rng.random(len(values)) < draw(st.sampled_from([0.0, 0.05, 0.9]))] = odd
    return values


@given(curves(), st.integers(1, 60), st.floats(-0.1, 1), st.floats(0, 1.1))
def test_decimated_rows_keep_the_ends_and_every_extreme(values, buckets, first, last):
    start, stop = int(first * len(values)), int(last * len(values)) + 1
    rows = decimate(values, start, stop, buckets)
    low, high = max(start, 0), min(stop, len(values))
    if high <= low:
        assert len(rows) == 0
        return
    assert rows[0] == low
    assert rows[-1] == high - 1
    assert (np.diff(rows) > 0).all()
    assert len(rows) <= 2 * buckets + 4
    known = values[low:high][np.isfinite(values[low:high])]
    if len(known):
        kept = values[rows][np.isfinite(values[rows])]
        assert kept.min() == known.min()
        assert kept.max() == known.max()


@given(curves(), st.integers(2, 20), st.integers(1, 30))
def test_a_curve_that_grows_changes_at_its_end_only(before, buckets, more):
    after = np.concatenate([before, np.ones(more)])
    if len(before) <= 2 * buckets:
        return  # everything is drawn
    each, now = (1 << int(np.ceil(np.log2(len(one) / buckets))) for one in (before, after))
    if each == now:  # else there are larger buckets from now on
        old, new = (decimate(one, 0, len(one), buckets) for one in (before, after))
        whole = (len(before) - 1) // each * each
        assert old[old < whole].tolist() == new[new < whole].tolist()


def test_a_gap_stays_a_gap():
    values = np.concatenate([np.ones(100), np.full(100, np.nan), np.ones(100)])
    assert np.isnan(values[decimate(values, 0, 300, 10)]).any()


@given(st.lists(st.floats(-1e3, 1e3) | st.just(math.nan), min_size=1, max_size=40), st.floats(0.01, 0.99))
def test_smoothing_is_what_its_formula_says(values, weight):
    found = smooth(np.array(values), weight)
    for at, value in enumerate(values):
        known = [(weight ** (at - k), values[k]) for k in range(at + 1) if not math.isnan(values[k])]
        wanted = sum(w * v for w, v in known) / sum(w for w, _ in known) if known else math.nan
        assert math.isnan(found[at]) if math.isnan(value) else found[at] == pytest.approx(wanted, abs=1e-6)
    assert smooth(np.array(values), 0.0).tolist() == pytest.approx(values, nan_ok=True)


# --- many runs


def test_every_run_is_told_as_the_run_itself_tells_it(project):
    for at, state in enumerate(("done", "paused", "stopped", "failed", "queued")):
        pretend(project, f"run-{at}", 0 if state == "queued" else 5 + at, state=state, seed=at, planned=20)
    seen = monitor(project)
    for fact in seen.facts():
        run = Run(seen.run(fact.name).folder)
        rows = run.epochs()
        assert (fact.state, fact.epochs, fact.best_epoch) == (run.state, len(rows), best_of(rows))
        if rows:
            assert fact.best == min(row["val_loss"] for row in rows)
            assert fact.last == rows[-1]["val_loss"]
    assert {one.state for one in seen.facts()} == {"done", "paused", "stopped", "failed", "queued"}
    assert "run-1" in seen._repr_html_()


def test_new_rows_runs_and_states_come_with_the_next_look(project):
    run = pretend(project, "first-001", 3)
    seen = monitor(project)
    pretend(project, "second-001", 2)
    atomic.append_line(run.perf, "4,0.1,0.01,0.9,1.0,0.0005")
    assert [one.name for one in seen.facts()] == ["first-001"]
    seen.refresh()
    assert {one.name for one in seen.facts()} == {"first-001", "second-001"}
    assert (seen.fact("first-001").epochs, seen.fact("first-001").best_epoch) == (4, 4)
    drop_epochs(run.perf, 2)
    (run.folder / "job.json").unlink()
    seen.refresh()
    assert (seen.fact("first-001").epochs, seen.fact("first-001").state) == (2, "queued")
    (run.folder / "definition.json").unlink()
    os.rename(run.folder, project.folder("logs") / "elsewhere")
    seen.refresh()
    assert seen.names == ["second-001"]
    with pytest.raises(UnknownName, match="second-001"):
        seen.fact("first-001")


def test_what_cannot_be_read_hides_no_other_run(project):
    pretend(project, "good-001", 2)
    broken = pretend(project, "broken-001", 2)
    (broken.folder / "definition.json").write_text("{")
    assert monitor(project).names == ["good-001"]


def test_without_time_the_last_rows_are_known_and_the_rest_comes_later(project):
    for at in range(5):
        pretend(project, f"run-{at}", 10 + at, seed=at)
    seen = monitor(project)
    hurried = type(seen)(project)
    hurried.refresh(budget_s=-1.0)
    assert hurried.behind
    assert [one.epochs for one in hurried.facts()] == [one.epochs for one in seen.facts()]
    assert [one.last for one in hurried.facts()] == [one.last for one in seen.facts()]
    assert {one.best_epoch for one in hurried.facts()} == {None}
    hurried.refresh()
    assert not hurried.behind
    assert hurried.facts() == seen.facts()


def test_epochs_that_are_out_of_order_are_counted(project):
    run = pretend(project, "odd-001", 3)
    atomic.append_line(run.perf, "2,0.1,0.01,0.9,1.0,0.0005")
    atomic.append_line(run.perf, "nan,0.1,0.02,0.9,1.0,0.0005")
    seen = monitor(project)
    assert seen.curve("odd-001", "val_loss")[0].tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert seen.fact("odd-001").best_epoch == 4


def test_columns_are_held_of_the_runs_opened_last_only(project):
    for at in range(MOST_OPEN + 3):
        pretend(project, f"run-{at:02d}", 3, seed=at)
    seen = monitor(project)
    for name in seen.names:
        seen.open(name)
    held = [name for name in seen.names if "val_auc" in seen._watched[name].table.columns]
    assert held == seen.names[3:]
    assert seen.fact(seen.names[0]).epochs == 3


def test_a_curve_is_the_table_within_what_is_in_view(project):
    run = pretend(project, "long-001", 3_000)
    seen = monitor(project)
    epochs, values = seen.curve("long-001", "val_loss", points=100)
    whole = np.array([row["val_loss"] for row in run.epochs()])
    assert len(epochs) <= 204
    assert values.tolist() == whole[epochs.astype(int) - 1].tolist()
    assert values.min() == whole.min()
    epochs, values = seen.curve("long-001", "val_loss", points=100, span=(500.0, 560.0))
    assert epochs.tolist() == list(range(499, 562))
    with pytest.raises(UnknownName, match="Did you mean 'val_loss'"):
        seen.curve("long-001", "val_los")


def test_differences_name_what_runs_do_not_share(project):
    one = pretend(project, "a-001", 2, seed=1)
    two = pretend(project, "b-001", 2, seed=2, learning_rate=0.01)
    found = differences([one, two])
    assert found == {"learning_rate": ("0.0005", "0.01"), "conv.filters": ("17", "18")}
    assert differences([one, one]) == {}


@pytest.mark.train
def test_baselines_are_those_of_the_runs_scores(trained_run):
    found = baselines(trained_run)
    scores = trained_run.scores()["baselines"]
    assert found["val_loss"].keys() == scores.keys()
    for name, score in scores.items():
        assert found["val_loss"][name] == pytest.approx(score["log_loss"])
        assert found["val_auc"][name] == pytest.approx(score["auc"])


@pytest.mark.train
def test_a_training_leaves_what_it_took(trained_run):
    seen = monitor(trained_run.project).resources(trained_run.name)
    assert seen.columns == resources.COLUMNS
    assert seen["rss_bytes"].min() > 50e6
    assert seen["cpu_percent"].max() > 10


# --- resources


def test_use_is_sampled_while_the_block_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(resources, "FIRST_S", 0.02)
    with resources.sampling(tmp_path):
        end = time.monotonic() + 10
        table = GrowingTable(tmp_path / resources.FILE)
        while len(table) < 3 and time.monotonic() < end:
            sum(range(20_000))
            table.advance()
    assert len(table) >= 3
    assert table["cpu_percent"].max() > 5
    assert np.isnan(table["gpu_percent"]).all()
    assert abs(table["time_s"][-1] - time.time()) < 15


@pytest.fixture
def smi(tmp_path, monkeypatch):
    """Return what writes a program in the place of nvidia-smi; its arguments are left in ``asked``."""
    program = tmp_path / "bin" / "nvidia-smi"
    program.parent.mkdir()
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)

    def says(script):
        program.write_text(f"#!/bin/sh\necho $* >> {tmp_path}/asked\n{script}\n")
        program.chmod(0o755)
        return tmp_path / "asked"

    return says


@pytest.mark.parametrize(
    ("said", "load", "used"),
    [
        ("63, 1024", 63, 1024),
        ("63, 1024\n7, 8", 63, 1024),  # several cards: the first
        ("[N/A], 512", math.nan, 512),  # a part of a card
        ("[Not Supported], [Unknown Error]", math.nan, math.nan),
        ("ERR!, 12", math.nan, 12),
        ("No devices were found", math.nan, math.nan),
        ("", math.nan, math.nan),
    ],
)
def test_what_nvidia_smi_leaves_out_is_unknown_and_nothing_else(smi, said, load, used):
    smi(f"printf '{said}\\n'")
    assert resources.ask_card("0") == pytest.approx((load, used * 2**20), nan_ok=True)


@pytest.mark.parametrize(
    ("device", "visible", "card"),
    [
        ("gpu:1", "1", "1"),
        ("gpu", "2,3", "2"),
        ("gpu", "GPU-5f2c", "GPU-5f2c"),
        ("gpu", "", "0"),
        ("gpu", "-1", "0"),
    ],
)
def test_the_card_asked_about_is_the_one_trained_on(smi, monkeypatch, device, visible, card):
    asked = smi("echo 1, 2")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert resources.Sampler(device).line().endswith(",1,2097152")
    assert asked.read_text().endswith(f" -i {card}\n")


def test_a_card_that_does_not_answer_is_let_alone_after_three_times(smi, monkeypatch):
    monkeypatch.setattr(resources, "_GPU_S", 0)
    asked = smi("exit 9")
    sampler = resources.Sampler("gpu")
    for _ in range(5):
        assert sampler.line().endswith(",nan,nan")
    assert asked.read_text().count("query") == 3


def test_a_slow_card_keeps_no_training_from_its_end(smi, tmp_path, monkeypatch):
    monkeypatch.setattr(resources, "FIRST_S", 0.01)
    asked = smi("exec sleep 30")
    with resources.sampling(tmp_path, "gpu"):
        while not asked.exists():
            time.sleep(0.01)
    assert "resources" in {thread.name for thread in threading.enumerate()}  # it waits, the block did not
    lines = (tmp_path / resources.FILE).read_text().splitlines()
    assert lines == [",".join(resources.COLUMNS)]


def test_a_full_disk_ends_the_sampling_and_nothing_else(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(resources, "FIRST_S", 0.01)
    monkeypatch.setattr(resources.atomic, "append_line", full)
    with resources.sampling(tmp_path):
        time.sleep(0.1)
    assert list(tmp_path.iterdir()) == []
