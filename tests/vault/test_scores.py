import numpy as np
import pytest

from litlab.vault.scores import auc, brier_skill, compare, log_loss, within_session_auc

MINUTE_NS = 60_000_000_000


def slow_auc(truth, score):
    """Count pairs one by one."""
    wins = pairs = 0.0
    for i, one in enumerate(truth):
        for j, other in enumerate(truth):
            if one == 1 and other == 0:
                pairs += 1
                wins += 1.0 if score[i] > score[j] else 0.5 if score[i] == score[j] else 0.0
    return wins / pairs if pairs else float("nan")


def session_data(days, minutes=120, lift=0.6, seed=3):
    """Make days of labels, a telling score and a useless one."""
    rng = np.random.default_rng(seed)
    n = days * minutes
    truth = (rng.random(n) < 0.4).astype(float)
    day = np.repeat(np.arange(days), minutes)
    as_of = (day * 86_400 + np.tile(np.arange(minutes), days) * 60) * 1_000_000_000
    return truth, truth * lift + rng.standard_normal(n), rng.standard_normal(n), day, as_of


@pytest.mark.parametrize("seed", range(5))
def test_auc_equals_counting_pairs_with_many_ties(seed):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, 60)
    score = rng.integers(0, 6, 60) / 5
    assert auc(truth, score) == pytest.approx(slow_auc(truth, score), abs=1e-12)


def test_auc_of_one_class_is_nan_and_of_equal_scores_a_half():
    assert np.isnan(auc(np.ones(4), np.arange(4)))
    assert auc(np.array([0, 1, 0, 1]), np.zeros(4)) == 0.5


def test_within_session_auc_does_not_reward_knowing_which_day_it_is():
    """Day 2 has more ones and higher scores; within each day the score is upside down."""
    truth = np.array([1, 0, 0, 0, 1, 1, 1, 0])
    score = np.array([0.1, 0.2, 0.2, 0.2, 0.8, 0.8, 0.8, 0.9])
    day = np.array([1, 1, 1, 1, 2, 2, 2, 2])
    assert auc(truth, score) == 9 / 16
    found = within_session_auc(truth, score, day)
    assert (found.mean, found.sd, found.days) == (0.0, 0.0, (1, 2))


def test_a_day_with_one_class_is_left_out():
    found = within_session_auc(np.array([1, 0, 1, 1]), np.array([2, 1, 1, 2.0]), np.array([5, 5, 6, 6]))
    assert found.days == (5,)
    assert np.isnan(found.sd)


def test_log_loss_and_brier_skill_by_hand():
    truth, said = np.array([1, 0, 1]), np.array([0.8, 0.4, 0.5])
    assert log_loss(truth, said) == pytest.approx(-(np.log(0.8) + np.log(0.6) + np.log(0.5)) / 3)
    score = (0.04 + 0.16 + 0.25) / 3
    reference = (0.75**2 + 0.25**2 + 0.75**2) / 3
    assert brier_skill(truth, said, 0.25) == pytest.approx(1 - score / reference)
    assert brier_skill(truth, np.full(3, 0.25), 0.25) == 0.0


def test_log_loss_of_a_certain_mistake_is_finite():
    assert np.isfinite(log_loss(np.array([1]), np.array([0.0])))


def test_twenty_sessions_are_resampled_whole():
    found = compare(*session_data(25))
    assert (found.resampled, found.units, found.caveat) == ("sessions", 25, "")
    assert 0 < found.low < found.difference < found.high
    assert (found.days_won, found.days) == (sum(_gains(25) > 0), 25)


def _gains(days):
    truth, model, baseline, day, _ = session_data(days)
    ours, theirs = (within_session_auc(truth, one, day).values for one in (model, baseline))
    return np.array(ours) - np.array(theirs)


def test_few_sessions_are_resampled_by_hours_and_say_what_that_leaves_out():
    found = compare(*session_data(5))
    assert (found.resampled, found.units) == ("60-minute blocks", 10)
    assert found.caveat == "does not cover day-to-day variation"
    assert found.low < found.difference < found.high
    assert found.difference == pytest.approx(_gains(5).mean())


def test_block_weights_reproduce_the_auc_of_repeated_samples():
    """A draw in which a block counts twice equals the AUC over samples written twice."""
    from litlab.vault.scores import _total_pairs, _wins

    truth, score, _, _, as_of = session_data(1, minutes=180)
    block = (as_of - as_of.min()) // (60 * MINUTE_NS)
    weights = np.array([2.0, 0.0, 1.0])
    wins = weights @ _wins(truth > 0.5, score, block, 3) @ weights
    found = wins / _total_pairs(truth > 0.5, block, weights[None])[0]
    rows = np.concatenate([np.repeat(np.flatnonzero(block == b), int(w)) for b, w in enumerate(weights)])
    assert found == pytest.approx(slow_auc(truth[rows], score[rows]), abs=1e-12)


def test_equal_predictions_differ_by_nothing():
    truth, model, _, day, as_of = session_data(22)
    found = compare(truth, model, model, day, as_of)
    assert (found.difference, found.low, found.high, found.days_won) == (0.0, 0.0, 0.0, 0)


def test_the_same_seed_gives_the_same_interval():
    data = session_data(6)
    assert compare(*data) == compare(*data)
    assert compare(*data) != compare(*data, seed=8)


def test_interval_covers_no_difference_about_as_often_as_it_says():
    """Two useless scores: a 90 % interval misses zero in about one of ten data sets."""
    missed = 0
    for seed in range(60):
        truth, _, one, day, as_of = session_data(20, minutes=60, seed=seed)
        other = np.random.default_rng(1000 + seed).standard_normal(len(one))
        found = compare(truth, one, other, day, as_of, draws=400)
        missed += not found.low <= 0 <= found.high
    assert 1 <= missed <= 14
