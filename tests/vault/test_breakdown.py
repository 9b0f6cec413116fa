"""Scores by what samples have in common, the permutation null, and the account of what was tried."""

import dataclasses

import numpy as np
import pytest

from litlab.apps import scorecards
from litlab.assets import ledger
from litlab.assets.audit import LOOK
from litlab.vault.boards import row
from litlab.vault.breakdown import breakdown, groups, named, terciles
from litlab.vault.cases import case_of
from litlab.vault.heads import Head
from litlab.vault.looks import LAUNCH, tried
from litlab.vault.null import loss_null, permutation_null, permute_within
from litlab.vault.scoreboard import scoreboard
from litlab.vault.scores import auc, log_loss
from litlab.workspace import Workspace

LABEL = "atr_up_next_minute"


def baselines(asset):
    return {
        name: said[:, 0] for name, said in case_of(asset, Head(LABEL, "probability"), "test").rivals.items()
    }


@pytest.fixture(scope="module")
def told(small_asset):
    """Return truth, a model that knows something, and the scoreboard of it."""
    truth = small_asset.array("test", LABEL)[:, 0, 0].astype(np.float64)
    said = 0.8 * baselines(small_asset)["reference"] + 0.2 * (0.3 + 0.4 * truth)
    return truth, said, scoreboard(small_asset, LABEL, said)


def test_every_sample_is_in_one_group_of_each_kind(small_asset, told):
    by = told[2]["by"]
    assert list(by) == ["day", "hour", "volatility", "instrument"]
    for rows in by.values():
        assert sum(row["n"] for row in rows) == small_asset.count("test")
    assert [row["key"] for row in by["hour"]] == [f"{hour:02}:00" for hour in range(9, 16)]
    assert [row["key"] for row in by["instrument"]] == ["0"]
    days = small_asset.session_day("test").astype("datetime64[D]")
    assert [row["key"] for row in by["day"]] == sorted({str(day) for day in days})


def test_a_days_scores_are_those_of_its_samples_alone(small_asset, told):
    truth, said, board = told
    days = small_asset.session_day("test")
    own = days == days[0]
    row = board["by"]["day"][0]
    assert row["auc"] == auc(truth[own], said[own])
    assert row["log_loss"] == log_loss(truth[own], said[own])
    rival = baselines(small_asset)[board["best_baseline"]]
    assert row["baseline_auc"] == auc(truth[own], rival[own])
    assert row["rate"] == truth[own].mean()


def test_terciles_are_cut_where_the_training_part_says(small_asset):
    train = np.asarray(small_asset.array("train", "100_1_minute_atr")[:, -1, 0], np.float64)
    low, high = np.sort(train)[[len(train) // 3, 2 * len(train) // 3]]
    level = np.asarray(small_asset.array("test", "100_1_minute_atr")[:, -1, 0], np.float64)
    kinds = terciles(small_asset, "test")
    assert set(kinds[level > high * 1.001]) == {"wild"}
    assert level[kinds == "calm"].max() <= low * 1.001
    assert (kinds == "wild").sum() == pytest.approx((level > high).sum(), abs=2)
    assert (kinds == "calm").sum() == pytest.approx((level < low).sum(), abs=2)
    shares = [(terciles(small_asset, "train") == kind).mean() for kind in ("calm", "middle", "wild")]
    assert shares == pytest.approx([1 / 3] * 3, abs=0.01)
    assert [name for name, _ in groups(small_asset, "test")][-1] == "instrument"


def test_breakdown_of_one_class_says_null_rather_than_a_number(small_asset, told):
    _, said, _ = told
    case = case_of(small_asset, Head(LABEL, "probability"), "test")
    case = dataclasses.replace(case, truth=np.ones_like(case.truth))
    rows = breakdown(case.groups, lambda own: row(case, said[:, None], said[:, None], own))["day"]
    assert all(np.isnan(one["auc"]) for one in rows)


def test_labels_permute_within_their_sessions_only():
    day = np.array([2, 1, 2, 1, 2, 1, 1])
    values = np.arange(7)
    found = permute_within(values, day, seed=1)
    assert sorted(found[day == 1]) == [1, 3, 5, 6]
    assert sorted(found[day == 2]) == [0, 2, 4]
    assert any(permute_within(values, day, seed)[0] != 0 for seed in range(9))


def test_all_orders_of_a_small_session_are_drawn_alike():
    """One positive of four, ranked first: AUC 1 in one of four draws, so p is about a quarter."""
    truth, score, day = np.array([1, 0, 0, 0]), np.array([4.0, 3, 2, 1]), np.ones(4, int)
    found = permutation_null(truth, score, day, draws=800)
    assert found["auc"] == 1.0
    assert found["p"] == pytest.approx(0.25, abs=0.04)
    assert found["mean"] == pytest.approx(0.5, abs=0.04)
    assert found["sd"] == pytest.approx(np.std([0, 1 / 3, 2 / 3, 1]), abs=0.02)


def test_a_loss_that_any_order_of_the_labels_gives_is_no_knowledge():
    """Three of four classes named right, with one order of 4!/(2!·1!·1!) = 12 as good: p is near 1/12."""
    head, day = Head("side", "classes"), np.ones(4, int)
    truth, said = np.array([0, 0, 1, 2]), np.eye(3)[[0, 0, 1, 2]] * 0.7 + 0.1
    found = loss_null(head, truth, said, day, draws=1_200)
    assert found["loss"] == pytest.approx(-np.log(0.8))
    assert found["p"] == pytest.approx(1 / 12, abs=0.03)
    constant = loss_null(head, truth, np.full((4, 3), 1 / 3), day, draws=20)
    assert (constant["sd"], constant["p"]) == (pytest.approx(0), 1.0)


def test_a_model_that_knows_nothing_is_found_out(small_asset, told):
    truth, said, _ = told
    day = small_asset.session_day("test")
    assert permutation_null(truth, said, day, draws=40)["p"] == pytest.approx(1 / 41)
    useless = np.random.default_rng(0).random(len(truth))
    assert permutation_null(truth, useless, day, draws=40)["p"] > 0.02


def test_runs_and_looks_are_counted_per_asset_and_outlive_their_folders(tmp_path):
    team = Workspace(tmp_path).create_project("contoso", "volatility").team
    for asset in ("a", "a", "b"):
        ledger.record(team, LAUNCH, asset=asset)
    for run in ("one-001", "never-001"):
        ledger.record(team, LAUNCH, project="volatility", run=run, asset="a")
    ledger.record(team, LOOK, asset="a")
    folder = team.folder("train") / "volatility" / "one-001"
    folder.mkdir(parents=True)
    (folder / "definition.json").write_text('{"asset": "a"}')
    (folder / "perf.csv").write_text("epoch,loss\n1,0.5\n2,0.4\n3,0.")
    never = folder.with_name("never-001")
    never.mkdir()
    (never / "definition.json").write_text('{"asset": "a"}')
    assert tried(team, "a") == {"runs_tried": 3, "epochs_seen": 2, "test_looks": 1}
    assert tried(team, "b") == {"runs_tried": 1, "epochs_seen": 0, "test_looks": 0}


def test_instruments_are_named_where_scores_are_shown_and_numbered_where_they_are_kept(told):
    board = told[2]
    files = [{"files": ["SPY.P_2013-10-07.csv.gz", "SPY.P_2013-10-08.csv.gz"]}]
    assert [row["key"] for row in named(board, files)["by"]["instrument"]] == ["SPY.P"]
    assert [row["key"] for row in board["by"]["instrument"]] == ["0"]
    assert named({"by": {"instrument": [7]}}, files) == {"by": {"instrument": [7]}}


def test_small_losses_of_a_column_are_written_in_one_way():
    rows = [{"key": key, "n": 1, "loss": 3e-8, "baseline_loss": 0.002} for key in "ab"]
    html = scorecards.groups({"by": {"hour": rows}})
    assert html.count("3.00e-08") == html.count("2.00e-03") == 2
