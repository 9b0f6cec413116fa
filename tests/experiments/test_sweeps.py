"""Sweeps without TensorFlow: what they go over, what is drawn, who is started when, what the best is."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
import types
from concurrent.futures import Future
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from interrupted import ATR, BARS, LABEL, canvas, new_project
from quick_training import quick

from litlab.assets import write_asset
from litlab.assets.writer import SAMPLE_COLUMNS
from litlab.canvases import Canvas
from litlab.errors import BadParameter, SweepTooLarge, UnknownName
from litlab.experiments import list_runs
from litlab.experiments.retraining import _said as retraining_said
from litlab.experiments.supervised import PAUSED
from litlab.experiments.sweeps import Span, Sweep, conduct, find_sweep, launching, list_sweeps, reckoning
from litlab.experiments.sweeps.axes import Axis, applied, draw, fitted, parse_over, read_axes, with_globals
from litlab.experiments.sweeps.launching import define, lay_out, resume_sweep
from litlab.experiments.sweeps.luck import best_by_luck, reality_check
from litlab.experiments.sweeps.sweep import _said as sweep_said
from litlab.vault.heads import Head

UNITS = {"dense.units": [2, 4, 8, 16]}


@pytest.fixture(scope="module")
def made(tmp_path_factory, make_tape_asset):
    return new_project(tmp_path_factory.mktemp("sweeps"), make_tape_asset)


def laid_out(made, over=None, **more):
    project, asset = made
    said = {"random": None, "seed": 0, "at_once": 1, "engine_name": "local", "device": "cpu", "epochs": 2}
    return lay_out(project, define(project, canvas("dense"), asset, over or UNITS, **{**said, **more}))


@pytest.mark.parametrize(
    ("over", "error", "said"),
    [
        ({"dens.units": [2]}, UnknownName, "Did you mean 'dense'"),
        ({"dense.unit": [2]}, UnknownName, "Did you mean 'units'"),
        ({"learning_rat": [0.1]}, UnknownName, "Did you mean 'learning_rate'"),
        (
            {"dense.units": [2, -1]},
            BadParameter,
            "dense.units = -1 is not possible: it must be a whole number",
        ),
        ({"dense.units": []}, BadParameter, "there must be a choice"),
        ({"dense.units": "2,4"}, BadParameter, "must be a list or a Span"),
        ({"dense.units": Span(8, 2)}, BadParameter, "from low to high"),
        ({"learning_rate": Span(0, 1, log=True)}, BadParameter, "above 0 for log"),
        ({"learning_rate": Span(0.1, 0.2)}, BadParameter, "--random"),
        ({"output.label": [LABEL]}, BadParameter, "the same label"),
        ({"learning_rate": [-1]}, BadParameter, "learning_rate"),
        ({"seed": list(range(2_000))}, BadParameter, "1 to 1,000"),
        ({}, BadParameter, "name something to change"),
    ],
)
def test_what_cannot_be_gone_over_is_told_before_anything_is_written(made, over, error, said):
    project, asset = made
    known = len(list_sweeps(project.team.workspace))
    with pytest.raises((error, ValueError), match=said):
        launching.sweep(project, canvas("dense"), asset, over)
    assert len(list_sweeps(project.team.workspace)) == known


def test_memory_and_disk_are_reckoned_before_anything_is_written(made, monkeypatch):
    project, asset = made

    class Pool:
        def submit(self, work, *arguments):
            done = Future()
            done.set_result([(1_000, 1, 10 << 20)] * len(arguments[2]))
            return done

    monkeypatch.setattr(reckoning.engine, "opened", lambda *_: nullcontext(Pool()))
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    drawn = [
        (applied(with_globals(canvas("dense")), {"dense.units": n, "learning_rate": r}), asset)
        for n in (2, 4)
        for r in (0.1, 0.2)
    ]
    needs = reckoning.reckon(project.team, drawn, at_once=2, epochs=10, keep=1)
    assert needs.memory_bytes == 2 * (reckoning.FRAMEWORK_BYTES + (10 << 20))
    assert needs.disk_bytes == 4 * 3 * (12_000 + 4 * asset.count("validation") + reckoning._FILE_BYTES)
    assert reckoning.reckon(project.team, drawn, 2, 10, None).disk_bytes == needs.disk_bytes / 3 * 10
    monkeypatch.setattr(reckoning, "free_bytes", lambda: 1_000)
    with pytest.raises(SweepTooLarge, match=r"bytes of memory for 4 trials, 2 at once; 1,000 are free\."):
        reckoning.refuse_too_large(needs, project.folder("train"))


def test_a_grid_holds_every_combination_and_a_draw_repeats_none():
    axes = [Axis("a", (1, 2, 3)), Axis("b", ("x", "y"))]
    grid = draw(axes)
    assert len({tuple(one.values()) for one in grid}) == 6
    some = draw(axes, 4, seed=3)
    assert some == draw(axes, 4, seed=3) != draw(axes, 4, seed=4)
    assert len({tuple(one.values()) for one in some}) == 4
    assert draw(axes, 99) == grid


def test_ranges_are_drawn_within_bounds_evenly_in_their_logarithm():
    axes = [Axis("rate", (), Span(1e-4, 1e-2, log=True)), Axis("units", (), Span(2, 4), whole=True)]
    drawn = draw(axes, 900, seed=1)
    rates, units = (np.array([one[name] for one in drawn]) for name in ("rate", "units"))
    assert rates.min() >= 1e-4
    assert rates.max() <= 1e-2
    assert np.mean(rates < 1e-3) == pytest.approx(0.5, abs=0.06)
    assert [np.mean(units == n) for n in (2, 3, 4)] == pytest.approx([1 / 3] * 3, abs=0.06)


def test_the_command_lines_choices(made):
    assert parse_over("a.b = 1, 2") == ("a.b", [1, 2])
    assert parse_over("a.b=0.1..0.2") == ("a.b", Span(0.1, 0.2))
    for text in ("a.b", "=1", "a.b=", "a.b=x..y"):
        with pytest.raises(BadParameter):
            parse_over(text)
    axes = read_axes(
        with_globals(canvas("dense")), made[0].team, {"dense.activation": ["relu", "tanh", "relu"]}
    )
    assert axes[0].values == ("relu", "tanh")


def test_a_trials_canvas_differs_in_its_values_only():
    drawn = canvas("dense")
    changed = applied(with_globals(drawn), {"dense.units": 3, "learning_rate": 0.5, "asset": "x"}).to_json()
    for node in changed["nodes"]:
        for name, value in (("units", 3), ("learning_rate", 0.5)):
            if node["params"].get(name) == value:
                node["params"][name] = {"units": 8, "learning_rate": 0.03}[name]
    assert changed == drawn.to_json()
    bare = Canvas(tuple(one for one in drawn.nodes if one.component != "globals"), drawn.edges)
    assert applied(with_globals(bare), {"batch": 8}).node("globals").params == {"batch": 8}


def test_an_assets_features_are_found_by_their_script(made, tmp_path):
    project, asset = made

    def named(name, order):
        features = {
            order.get(one, one): {**asset.about(one), "script": asset.about(one)["script"]}
            for one in asset.manifest["order"]
        }
        part = {
            "arrays": {
                new: np.zeros((3, about["rows"], len(about["columns"])), np.float32)
                for new, about in features.items()
            },
            **{one: np.zeros(3, kind) for one, kind in SAMPLE_COLUMNS.items()},
        }
        return write_asset(
            tmp_path / name, dict.fromkeys(("train", "validation", "test"), part), features, {"schema": name}
        )

    other = named("other", {BARS: "50_1_minute_bars"})
    drawn = fitted(canvas("dense"), project.team, asset, other)
    assert drawn.node("bars").params == {"feature": "50_1_minute_bars", "scale": ATR}
    assert fitted(canvas("dense"), project.team, asset, asset) == canvas("dense")
    axes = read_axes(with_globals(canvas("dense")), project.team, {}, ["tape", "other"])
    assert [axis.values for axis in axes] == [("tape", "other")]
    body = canvas("dense").to_json()
    body["nodes"][0]["params"]["feature"] = "gone"
    features = json.loads(json.dumps(other.manifest["features"]))
    for about in features.values():
        about["script"] = "unit_bar"
    other.manifest["features"] = features
    with pytest.raises(BadParameter, match="3 features of the script unit_bar to stand for"):
        fitted(canvas("dense"), project.team, asset, other)


def test_assets_with_other_labels_are_refused(made, make_tape_asset, tmp_path):
    project, asset = made
    other = make_tape_asset(tmp_path / "other", days=6, ticks=3, seed=1, window=5)
    other.manifest["features"][LABEL]["params"] = {"ties": "drop"}
    said = {"random": None, "seed": 0, "at_once": 1, "engine_name": "local", "device": "cpu", "epochs": 2}
    with pytest.raises(BadParameter, match="scores could not be compared"):
        define(project, canvas("dense"), {"a": asset, "b": other}, {}, **said)
    with pytest.raises(UnknownName, match="engine"):
        define(project, canvas("dense"), asset, UNITS, **{**said, "engine_name": "cloud"})


# Luck


def test_the_best_of_trials_that_know_nothing_is_the_expected_maximum_of_normals():
    """Means of n independent draws: E max of 20 normals is 1.867, of 5 is 1.163 (Harter, 1961)."""
    rng = np.random.default_rng(5)
    keys = np.repeat(np.arange(500), 3)
    for trials, wanted in ((20, 1.867), (5, 1.163)):
        gains = [rng.standard_normal(len(keys)) for _ in range(trials)]
        found = reality_check([(keys, one) for one in gains])
        assert found["expected"] * np.sqrt(len(keys)) == pytest.approx(wanted, rel=0.08)
        assert found["p"] > 0.02


def test_trials_that_say_the_same_count_as_one():
    gain = np.random.default_rng(5).standard_normal(900)
    one = reality_check([(np.arange(900), gain)])
    many = reality_check([(np.arange(900), gain)] * 30)
    assert many == pytest.approx(one)
    assert abs(one["expected"]) < 0.1 / 30


def test_sessions_that_vary_as_wholes_widen_what_luck_gives():
    rng = np.random.default_rng(2)
    keys = np.repeat(np.arange(30), 100)
    trials = [(keys, np.repeat(rng.standard_normal(30), 100) + rng.standard_normal(3_000)) for _ in range(10)]
    blind = [(np.arange(3_000), gains) for _, gains in trials]
    assert reality_check(trials)["expected"] > 5 * reality_check(blind)["expected"]


def test_a_trial_that_knows_something_stands_out(made):
    asset = made[1]
    truth = np.asarray(asset.array("validation", LABEL))[:, 0, 0].astype(np.float64)
    rng = np.random.default_rng(1)
    blind = [np.clip(0.5 + 0.05 * rng.standard_normal((len(truth), 1)), 0.01, 0.99) for _ in range(8)]
    knowing = np.clip(
        0.5 + 0.1 * (2 * truth[:, None] - 1) + 0.1 * rng.standard_normal((len(truth), 1)), 0.05, 0.95
    )
    head = Head(LABEL, "probability")
    without = best_by_luck([asset] * 8, head, blind)
    with_one = best_by_luck([asset] * 9, head, [*blind, knowing])
    assert without["p"] > 0.1
    assert with_one["p"] < 0.01
    assert with_one["gain"] > 5 * with_one["expected"] > 0
    assert (with_one["resampled"], bool(with_one["caveat"])) == ("60-minute blocks", True)


# Who is started when: trainings that are quick and need no TensorFlow.

_DRIVER = """
import sys
from pathlib import Path
from quick_training import quick
from litlab.experiments.sweeps import Sweep, conduct
conduct.start = lambda run: quick(run, 0.0 if run.definition.trial < 3 else 2.0)
conduct.conduct(Sweep(Path(sys.argv[1])))
"""


def wait_until(true, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_sweep_killed_in_the_middle_goes_on_without_doing_anything_twice(made, monkeypatch):
    sweep = laid_out(made)
    before = len(list_runs(sweep.project))
    argv = [sys.executable, "-c", _DRIVER, str(sweep.folder)]
    where = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    driver = subprocess.Popen(argv, env=where, stdout=subprocess.DEVNULL)
    wait_until(lambda: 3 in sweep.runs() and sweep.runs()[3].state == "running")
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    done = {at: run.job.record() for at, run in sweep.runs().items()}
    assert [sweep.runs()[at].state for at in (1, 2)] == ["done", "done"]
    with pytest.raises(BadParameter, match="2 of its trials are not done"):
        sweep.vault()
    monkeypatch.setattr(conduct, "start", quick)
    assert conduct.conduct(sweep) == 3
    runs = sweep.runs()
    assert len(list_runs(sweep.project)) == before + 4
    assert {at: runs[at].job.record().started for at in (1, 2, 3)} == {
        at: done[at].started for at in (1, 2, 3)
    }
    assert [row["state"] for row in sweep.trials()] == ["done", "done", "done", "failed"]
    assert [row["trial"] for row in sweep.ranked()] == [3, 2, 1]
    assert sweep.best().name == runs[3].name
    table = list(csv.DictReader((sweep.folder / "trials.csv").read_text().splitlines()))
    assert [(row["trial"], row["dense.units"], row["state"]) for row in table] == [
        ("1", "2", "done"), ("2", "4", "done"), ("3", "8", "done"), ("4", "16", "failed"),
    ]  # fmt: skip
    assert [float(row["val_loss"]) for row in table[:3]] == pytest.approx([0.69, 0.67, 0.63])
    result = json.loads((sweep.folder / "result.json").read_text())
    assert (result["trials"], result["finished"], result["failed"]) == (4, 3, 1)
    assert result["best"]["values"] == {"dense.units": 8}
    assert result["said"].startswith("The best of 3 trials is 3 (dense.units = 8): validation loss 0.6300 in")
    assert result["null"]["p"] < 0.05
    assert result["null"]["val_loss"] > result["best"]["val_loss"]


def test_a_pause_ends_what_is_under_way_and_starts_nothing_more(made, monkeypatch):
    sweep = laid_out(made)

    def start(run):
        if run.definition.trial == 2:
            (sweep.folder / PAUSED).touch()
        return quick(run, 0.0 if run.definition.trial == 1 else 60.0)

    monkeypatch.setattr(conduct, "start", start)
    began = time.monotonic()
    assert conduct.conduct(sweep) == 1
    assert time.monotonic() - began < 30
    assert [row["state"] for row in sweep.trials()] == ["done", "paused", "queued", "queued"]
    assert not (sweep.folder / "result.json").exists()
    monkeypatch.setattr(launching, "Job", types.SimpleNamespace(launch=lambda *_, **__: None))
    assert resume_sweep(sweep).ending() == ""
    monkeypatch.setattr(conduct, "start", quick)
    assert conduct.conduct(sweep) == 3
    (sweep.folder / "winner.json").write_text("{}")
    with pytest.raises(BadParameter, match="has been scored on the test part"):
        resume_sweep(sweep)


def test_a_sweep_is_found_again_by_name(made):
    sweep = laid_out(made, {"learning_rate": Span(0.1, 0.2)}, random=2)
    found = find_sweep(made[0].team.workspace, sweep.name)
    assert found.definition == sweep.definition == Sweep(sweep.folder).definition
    assert (found.state, found.project) == ("queued", made[0])
    assert found.result()["best"] is None
    with pytest.raises(UnknownName, match="Did you mean"):
        find_sweep(made[0].team.workspace, sweep.name[:-1])


def test_the_sentence_calls_worse_what_is_worse():
    best = {"trial": 2, "values": {"learning_rate": 0.1}, "val_loss": 0.7, "best_epoch": 1, "epochs_done": 1}
    null = {"gain": -0.0213, "expected": -0.001, "p": 0.9, "units": 30, "resampled": "sessions", "caveat": ""}
    said = sweep_said(3, best, null)
    assert "0.0213 worse than the base rate" in said
    assert "would still be 0.0000 better by luck" in said
    assert "0.0500 better than the base rate" in sweep_said(3, best, {**null, "gain": 0.05})


@pytest.mark.parametrize(
    ("sd", "concluded", "said"),
    [
        (0.000185, "does not beat", "AUC 0.5083 ± 0.0002 …; none of them beats the base rate baseline."),
        (0.03, "beats", "AUC 0.51 ± 0.03 …; all of them beat the base rate baseline."),
        (0.0, "loses to", "AUC 0.508 ± 0.000 …; all of them lose to the base rate baseline."),
    ],
)  # fmt: skip
def test_seeds_are_told_with_as_many_decimals_as_their_mean_is_sure_of(sd, concluded, said):
    found = {
        "figure": "auc", "mean": 0.508254, "sd": sd, "seeds": [1, 2], "against": "base_rate",
        "changes": False, "conclusions": [concluded] * 2,
    }  # fmt: skip
    assert retraining_said(found) == said.replace("…", "over 2 seeds")


def test_a_result_names_the_winners_entry_once_it_is_there(made):
    one = laid_out(made)
    assert one.result()["entry"] is None
    facts = {"name": "dense", "digest": "d" * 64, "run": "dense-001", "epoch": 1}
    (one.folder / "winner.json").write_text(json.dumps(facts))
    assert one.result()["entry"] == facts
