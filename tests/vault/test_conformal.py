"""Conformal intervals hold as often as they say, where the truth is known."""

import math

import numpy as np
import pytest

from litlab.vault.conformal import Adaptive, Conformal, adapted, coverage, nonconformity, threshold
from litlab.vault.heads import Head

LEVEL, PAIR = Head("y", "level"), Head("y", "quantiles", (0.1, 0.9))


def test_the_threshold_by_hand():
    """Of nine scores the ⌈10·0.9⌉ = 9th, of eight the ⌈9·0.9⌉ = 9th, which there is not."""
    scores = np.arange(1.0, 10.0)
    assert [threshold(scores, level) for level in (0.05, 0.1, 0.5, 0.9)] == [1, 1, 5, 9]
    assert threshold(scores[:8], 0.9) == math.inf
    assert threshold(scores, 0.0) == -math.inf


def test_split_intervals_cover_within_binomial_error_whatever_the_model_says():
    """2,000 data sets: a wrong, skewed model still covers 90 % on average, ± three standard errors."""
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(2_000):
        truth = rng.exponential(1.0, 100)
        said = 0.3 * rng.standard_normal(100)
        found = Conformal.of(LEVEL, truth[:99], said[:99])
        low, high = found.intervals(said[99:], found.threshold(0.9))[0]
        held += low <= truth[99] <= high
    assert held / 2_000 == pytest.approx(0.9, abs=3 * math.sqrt(0.9 * 0.1 / 2_000))


def test_widened_quantiles_cover_what_the_plain_ones_do_not():
    """The model's pair covers 38 %; calibrated it covers 80 % and is wide where the noise is."""
    rng = np.random.default_rng(1)
    scale = rng.uniform(0.5, 2.0, 8_000)
    truth = scale * rng.standard_normal(8_000)
    said = np.column_stack([-0.5 * scale, 0.5 * scale])
    found = Conformal.of(PAIR, truth[:4_000], said[:4_000])
    plain = (np.abs(truth[4_000:]) <= 0.5 * scale[4_000:]).mean()
    ends = found.intervals(said[4_000:], found.threshold(0.8))
    held = ((ends[:, 0] <= truth[4_000:]) & (truth[4_000:] <= ends[:, 1])).mean()
    assert plain == pytest.approx(0.383, abs=0.03)
    assert held == pytest.approx(0.8, abs=3 * math.sqrt(2 * 0.16 / 4_000))
    assert np.corrcoef(ends[:, 1] - ends[:, 0], scale[4_000:])[0, 1] > 0.99


def test_a_pair_that_is_too_wide_is_narrowed_and_never_crosses():
    truth = np.zeros(99)
    found = Conformal.of(PAIR, truth, np.tile([-5.0, 5.0], (99, 1)))
    assert found.threshold(0.8) == -5.0
    assert found.intervals(np.array([[-5.0, 5.0], [-1.0, 3.0]]), -5.0).tolist() == [[0, 0], [1, 1]]
    assert found.size(np.array([[-5.0, 5.0], [-1.0, 3.0]]), -4.0).tolist() == [2, 0]


@pytest.mark.parametrize("kind", ["probability", "classes"])
def test_sets_of_classes_cover_within_binomial_error(kind):
    rng = np.random.default_rng(2)
    shares = rng.dirichlet([1.0, 1.0] if kind == "probability" else [0.7, 1.0, 0.5], 8_000)
    truth = (rng.random(8_000)[:, None] > shares.cumsum(1)).sum(1)
    said = shares[:, 1] if kind == "probability" else shares
    found = Conformal.of(Head("y", kind), truth[:4_000], said[:4_000])
    q = found.threshold(0.9)
    sets = found.sets(said[4_000:], q)
    held = sets[np.arange(4_000), truth[4_000:]].mean()
    assert held == pytest.approx(0.9, abs=3 * math.sqrt(2 * 0.09 / 4_000))
    np.testing.assert_array_equal(found.size(said[4_000:], q), sets.sum(1))
    assert 0 < sets.sum(1).mean() < sets.shape[1]


def test_the_adaptive_level_holds_in_the_long_run_where_the_split_one_does_not():
    """The noise doubles after calibration; |coverage − 0.9| ≤ (0.9 + γ)/(γ·n) (Gibbs, Candès 2021, 4.1)."""
    rng = np.random.default_rng(3)
    n, rate = 6_000, 0.02
    conformal = Conformal(LEVEL, np.sort(np.abs(rng.standard_normal(2_000))))
    scores = np.abs(2 * rng.standard_normal(n))
    moments = np.arange(n)
    live = adapted(conformal, scores, moments, moments + 1, 0.9, rate)
    assert (scores <= conformal.threshold(0.9)).mean() < 0.65
    assert abs((scores <= live).mean() - 0.9) <= (0.9 + rate) / (rate * n) + 1e-9


def test_an_outcome_counts_once_its_label_has_ended_and_not_before():
    """Labels take three steps: the first three intervals know nothing, the fourth the first outcome."""
    conformal = Conformal(LEVEL, np.arange(1.0, 100.0))
    scores, moments = np.full(6, 1e9), np.arange(6)
    found = adapted(conformal, scores, moments, moments + 3, 0.9, 0.05)
    state = Adaptive(conformal, 0.9, 0.05)
    expected = [state.q] * 3
    for _ in range(3):
        state.observe(True)
        expected.append(state.q)
    assert found.tolist() == expected
    shuffled = np.array([3, 0, 5, 1, 4, 2])
    again = adapted(conformal, scores, moments[shuffled], moments[shuffled] + 3, 0.9, 0.05)
    np.testing.assert_array_equal(again, found[shuffled])


def test_a_level_that_left_the_scores_is_unbounded_and_comes_back():
    state = Adaptive(Conformal(LEVEL, np.arange(1.0, 20.0)), 0.9, 0.2)
    state.observe(True)
    assert state.q == math.inf
    for _ in range(20):
        state.observe(False)
    assert state.q < 19


def test_reported_coverage_by_hand(tmp_path):
    conformal = Conformal(LEVEL, np.arange(1.0, 10.0))
    truth, said = np.array([0.0, 5.0, 9.5, 1.0]), np.zeros(4)
    day = np.array([1, 1, 2, 2])
    found = coverage(conformal, truth, said, day, np.arange(4), np.arange(4) + 100, levels=(0.5,))
    (row,) = found["split"]
    assert (row["measured"], row["size"], row["unbounded"]) == (0.75, 10.0, 0.0)
    assert row["sd_by_day"] == pytest.approx(np.std([1.0, 0.5], ddof=1))
    assert found["adaptive"][0] == row, "no label has ended yet"
    assert (found["n_calibration"], found["n"]) == (9, 4)
    conformal.save(tmp_path / "conformal.npz")
    again = Conformal.load(tmp_path / "conformal.npz")
    assert again.head == LEVEL
    np.testing.assert_array_equal(again.scores, conformal.scores)


def test_how_far_off_is_said_of_each_kind():
    truth, pairs = np.array([1.0, 5.0]), np.array([[2.0, 4.0], [2.0, 4.0]])
    assert nonconformity(PAIR, truth, pairs).tolist() == [1.0, 1.0]
    assert nonconformity(Head("y", "probability"), np.array([1, 0]), np.array([0.25, 0.25])).tolist() == [
        0.75,
        0.25,
    ]
