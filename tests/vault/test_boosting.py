"""Gradient boosting: what it is given, and that it learns from the training part alone."""

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from litlab.vault.boosting import SETTINGS, TREES, _chosen, boosted, label_of
from litlab.vault.cases import case_of
from litlab.vault.heads import Head
from litlab.vault.scores import log_loss
from litlab.vault.summary import LAST, scaled, summary

LABEL, BARS, ATR = "atr_up_next_minute", "100_1_minute_bars", "100_1_minute_atr"
HEAD = Head(LABEL, "probability")


def test_a_row_holds_the_last_rows_means_and_deviations_without_the_price_level(small_asset):
    at = np.array([5])
    found = summary(small_asset, "train", at)[0]
    bars = np.asarray(small_asset.array("train", BARS)[5], np.float64)
    atr = np.asarray(small_asset.array("train", ATR)[5, :, 0], np.float64)
    moved = bars.copy()
    moved[:, :4] = (bars[:, :4] - bars[-1, 3]) / atr[-1]
    np.testing.assert_allclose(scaled(small_asset, "train", BARS, at)[0], moved, rtol=1e-9)
    np.testing.assert_allclose(found[: LAST * 8], moved[-LAST:].ravel(), rtol=1e-5)
    np.testing.assert_allclose(found[LAST * 8 : LAST * 8 + 8], moved[-30:].mean(0), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found[LAST * 8 + 24 : LAST * 8 + 32], moved.std(0), rtol=1e-5, atol=1e-6)
    assert found[-1] == 0
    assert len(found) == LAST * 9 + 4 * 9 + 2


def test_trees_are_chosen_on_validation_and_say_what_scikit_learn_says(small_asset):
    """Of as many trees as have the least loss on validation."""
    said = case_of(small_asset, HEAD, "test").rivals["boosting"][:, 0]
    rows = [summary(small_asset, part) for part in ("train", "validation", "test")]
    truth = label_of(small_asset, LABEL, "train")
    with threadpool_limits(1, user_api="openmp"):
        whole = HistGradientBoostingClassifier(**SETTINGS).fit(rows[0], truth)
    judged = label_of(small_asset, LABEL, "validation")
    losses = [log_loss(judged, one[:, 1]) for one in whole.staged_predict_proba(rows[1])]
    best = int(np.argmin(losses))
    expected = list(whole.staged_predict_proba(rows[2]))[best][:, 1]
    np.testing.assert_array_equal(said, expected)
    assert 0 < best < TREES


def test_one_class_teaches_nothing(small_asset):
    class One:
        def __getattr__(self, name):
            return getattr(small_asset, name)

        def array(self, part, name):
            found = small_asset.array(part, name)
            return np.ones_like(found) if name == LABEL else found

    assert boosted(One(), HEAD, "test") is None


@pytest.mark.parametrize("part", ["validation", "test"])
def test_a_case_is_made_once(small_asset, part):
    assert case_of(small_asset, HEAD, part) is case_of(small_asset, HEAD, part)


def test_as_many_trees_count_as_have_the_least_loss_on_validation():
    judged, head = np.array([1.0, 1.0]), Head("y", "level")
    validation = [np.full((2, 1), one) for one in (0.0, 0.9, 1.5)]
    wanted = [np.full((3, 1), one) for one in (10.0, 20.0, 30.0)]
    assert _chosen(head, judged, iter(validation), iter(wanted)).tolist() == [[20.0]] * 3
