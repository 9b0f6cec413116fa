"""Scoreboards of classes, levels and quantiles, beside independent figures; and losses compared in pairs."""

import dataclasses
import json

import numpy as np
import pytest
from many_labels import RETURN, SIDE, VOLATILITY, many_labels
from scipy.stats import linregress
from sklearn.metrics import brier_score_loss, d2_pinball_score, mean_pinball_loss, roc_auc_score
from sklearn.metrics import log_loss as reference_log_loss

from litlab.vault.cases import case_of, joined
from litlab.vault.heads import Head
from litlab.vault.paired import compare_losses
from litlab.vault.scoreboard import board, conclusion, scoreboard, verdict

CLASSES, LEVELS = Head(SIDE, "classes"), Head(RETURN, "quantiles", (0.1, 0.5, 0.9))


@pytest.fixture(scope="module")
def asset(tmp_path_factory, make_tape_asset):
    home = tmp_path_factory.mktemp("boards")
    return many_labels(home / "many", make_tape_asset(home / "plain", days=10, ticks=20, seed=5, window=20))


@pytest.fixture(scope="module")
def said(asset):
    """Return shares of classes that know something."""
    truth = np.asarray(asset.array("test", SIDE))[:, 0, 0].astype(int)
    logits = np.random.default_rng(0).standard_normal((len(truth), 3)) + 0.7 * np.eye(3)[truth]
    return np.exp(logits) / np.exp(logits).sum(1, keepdims=True)


def test_figures_of_classes_are_those_of_scikit_learn(asset, said):
    truth = np.asarray(asset.array("test", SIDE))[:, 0, 0].astype(int)
    found = scoreboard(asset, CLASSES, said)
    assert found["measure"] == "log_loss"
    assert found["model"]["log_loss"] == pytest.approx(reference_log_loss(truth, said), rel=1e-12)
    assert found["model"]["brier"] == pytest.approx(brier_score_loss(truth, said, scale_by_half=False))
    days = asset.session_day("test")
    for one, row in enumerate(found["classes"]):
        each = [roc_auc_score(truth[days == day] == one, said[days == day, one]) for day in np.unique(days)]
        assert row["auc"] == pytest.approx(np.mean(each))
        assert row["share"] == (truth == one).mean()
        assert sum(bin_["n"] for bin_ in row["calibration"]["bins"]) == len(truth)
    assert sum(row["n"] for row in found["classes"]) == len(truth)
    hits = sum(row["hit_rate"] * row["n"] for row in found["deciles"])
    assert hits == pytest.approx((said.argmax(1) == truth).sum())
    assert found["deciles"][-1]["hit_rate"] > found["deciles"][0]["hit_rate"]
    assert set(found["baselines"]) == {"base_rate", "persistence", "last_bar", "reference", "boosting"}
    for values in case_of(asset, CLASSES, "test").rivals.values():
        np.testing.assert_allclose(values.sum(1), 1, atol=1e-9)


def test_figures_of_quantiles_are_those_of_scikit_learn(asset):
    truth = np.asarray(asset.array("test", RETURN))[:, 0, 0].astype(float)
    spread = np.asarray(asset.array("test", VOLATILITY))[:, 0, 0].astype(float)
    said = spread[:, None] * [-1.28, 0.0, 1.28]
    found = scoreboard(asset, LEVELS, said)
    each = [mean_pinball_loss(truth, said[:, at], alpha=level) for at, level in enumerate(LEVELS.levels)]
    assert found["model"]["pinball"] == pytest.approx(np.mean(each))
    assert [row["pinball"] for row in found["levels"]] == pytest.approx(each)
    assert [row["below"] for row in found["levels"]] == [(truth <= said[:, at]).mean() for at in range(3)]
    inside = (said[:, 0] <= truth) & (truth <= said[:, 2])
    assert found["interval"] == {
        "nominal": pytest.approx(0.8), "covered": inside.mean(), "n": len(truth),
        "width": pytest.approx((said[:, 2] - said[:, 0]).mean()),
    }  # fmt: skip
    # The base rate's quantiles are the training part's, so the skill of one level is scikit-learn's D² but
    # for where its own constant comes from.
    train = np.asarray(asset.array("train", RETURN))[:, 0, 0].astype(float)
    always = np.quantile(train, LEVELS.levels)
    np.testing.assert_allclose(case_of(asset, LEVELS, "test").rivals["base_rate"][0], always)
    own = 1 - each[0] / mean_pinball_loss(truth, np.full_like(truth, always[0]), alpha=0.1)
    assert own == pytest.approx(d2_pinball_score(truth, said[:, 0], alpha=0.1), abs=0.1)
    for values in case_of(asset, LEVELS, "test").rivals.values():
        assert (np.diff(values, axis=1) >= 0).all()


def test_figures_of_a_level_by_other_means(asset):
    head = Head(RETURN, "level")
    truth = np.asarray(asset.array("test", RETURN))[:, 0, 0].astype(float)
    said = truth * 0.4 + 1e-4
    found = scoreboard(asset, head, said)
    fitted = linregress(said, truth)
    assert (found["line"]["slope"], found["line"]["intercept"]) == pytest.approx(fitted[:2], rel=1e-6)
    assert found["model"]["rmse"] == pytest.approx(np.sqrt(np.mean((said - truth) ** 2)))
    assert found["model"]["ic"] == pytest.approx(1.0)
    assert found["measure"] == "squared_error"
    assert "qlike" not in found["model"]
    assert verdict(found).startswith("The model beats the ")
    assert "squared error -" in verdict(found)


def test_boards_are_plain_json_and_their_rows_add_up(asset, said):
    found = scoreboard(asset, CLASSES, said)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    truth = np.asarray(asset.array("test", SIDE))[:, 0, 0].astype(int)
    for rows in found["by"].values():
        assert sum(row["n"] for row in rows) == len(truth)
        mean = sum(row["n"] * row["loss"] for row in rows) / len(truth)
        assert mean == pytest.approx(found["model"]["log_loss"])


def test_skill_is_one_less_the_ratio_of_losses_and_pairs_make_it_sure():
    """A tenth less everywhere: every resample says so, however the sessions differ."""
    rng = np.random.default_rng(1)
    day = np.repeat(np.arange(25), 30)
    theirs = rng.exponential(1.0, 750) * (1 + day)
    found = compare_losses(0.9 * theirs, theirs, day, day)
    assert (found.difference, found.low, found.high) == pytest.approx((0.1, 0.1, 0.1))
    assert (found.resampled, found.units, found.days_won) == ("sessions", 25, 25)
    hours = (day * 86_400 + np.tile(np.arange(30), 25) * 600) * 1_000_000_000
    few = compare_losses(0.9 * theirs[:90], theirs[:90], day[:90], hours[:90])
    assert (few.resampled, few.units) == ("60-minute blocks", 15)
    assert few.caveat == "does not cover day-to-day variation"


def test_the_interval_of_a_skill_misses_nothing_about_as_often_as_it_says():
    """Losses of equal mean: a 90 % interval leaves 0 out in about one of ten data sets."""
    missed = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        day = np.repeat(np.arange(30), 20)
        mood = rng.exponential(1.0, 30)[day]
        ours, theirs = rng.exponential(1.0, (2, 600)) * mood
        found = compare_losses(ours, theirs, day, day, draws=400)
        missed += not found.low <= 0 <= found.high
    assert 3 <= missed <= 20


def test_losses_that_are_not_there_are_left_out_of_both():
    ours, theirs = np.array([1.0, np.nan, 2.0]), np.array([2.0, 1.0, np.nan])
    assert compare_losses(ours, theirs, np.zeros(3, int), np.arange(3)).difference == 0.5
    empty = compare_losses(ours[1:2], theirs[1:2], np.zeros(1, int), np.zeros(1, int))
    assert np.isnan(empty.difference)
    assert conclusion({"low": None, "high": None}) == "cannot be compared with"


def test_folds_join_to_what_their_samples_say(asset, said):
    """Two halves of a part, joined, are judged as the whole is."""
    whole = case_of(asset, CLASSES, "test")
    middle = len(whole.truth) // 2

    def half(rows):
        arrays = {
            name: getattr(whole, name)[rows]
            for name in ("truth", "day", "as_of_ns", "end_ns", "naive", "least")
        }
        shared = {
            name: {key: values[rows] for key, values in getattr(whole, name).items()}
            for name in ("groups", "rivals")
        }
        return dataclasses.replace(whole, **arrays, **shared)

    both = joined([half(slice(None, middle)), half(slice(middle, None))])
    assert board(both, said) == board(whole, said)
