"""HAR, EWMA and QLIKE where the truth is known."""

import numpy as np
import pytest
from many_labels import HORIZON, VOLATILITY, many_labels
from scipy.stats import spearmanr

from litlab.vault.cases import case_of
from litlab.vault.heads import Head
from litlab.vault.meanings import meaning
from litlab.vault.ranks import rank_correlation
from litlab.vault.rivals import points
from litlab.vault.scoreboard import scoreboard
from litlab.vault.volatility import (
    ewma,
    fit_ewma,
    fit_linear,
    har_inputs,
    predict_linear,
    qlike,
    squared_returns,
)


@pytest.fixture(scope="module")
def asset(tmp_path_factory, make_tape_asset):
    home = tmp_path_factory.mktemp("volatility")
    return many_labels(home / "many", make_tape_asset(home / "plain", days=12, ticks=20, seed=3, window=60))


def test_qlike_is_least_at_the_true_variance_also_of_a_noisy_proxy():
    """σ² = 2·χ²₁ is an unbiased proxy of the variance 2 (Patton 2011)."""
    proxy = 2.0 * np.random.default_rng(0).standard_normal(200_000) ** 2
    tried = np.linspace(1, 3, 81)
    losses = [np.nanmean(qlike(proxy, np.full_like(proxy, one))) for one in tried]
    assert tried[int(np.argmin(losses))] == pytest.approx(2.0, abs=0.03)
    assert qlike(np.array([3.0]), np.array([3.0]))[0] == 0
    assert np.isnan(qlike(np.array([0.0]), np.array([3.0]))[0])


def test_har_recovers_the_coefficients_that_made_the_data():
    rng = np.random.default_rng(1)
    squares = rng.exponential(1e-8, (5_000, 40))
    inputs = har_inputs(squares, horizon=1, root=False)
    assert inputs.shape == (5_000, 3)
    np.testing.assert_allclose(inputs[7], [squares[7, -n:].mean() for n in (1, 5, 22)])
    truth = inputs @ [0.2, 0.5, 0.25] + 3e-9
    np.testing.assert_allclose(fit_linear(inputs, truth), [0.2, 0.5, 0.25, 3e-9], rtol=1e-6)
    noisy = truth + rng.normal(0, 2e-9, len(truth))
    np.testing.assert_allclose(fit_linear(inputs, noisy)[:3], [0.2, 0.5, 0.25], atol=0.04)


def test_least_squares_are_those_of_scikit_learn():
    from sklearn.linear_model import LinearRegression

    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((200, 4)) * [1, 1e-6, 1e4, 1], rng.standard_normal(200)
    even = x / x.std(0)  # scikit-learn drops directions of little variance, predictions know no units
    model = LinearRegression().fit(even, y)
    np.testing.assert_allclose(predict_linear(fit_linear(x, y), x), model.predict(even), atol=1e-9)


def test_windows_shorter_than_a_span_take_what_there_is_once():
    assert har_inputs(np.ones((2, 10)), horizon=5, root=False).tolist() == [[5.0, 5.0]] * 2
    assert har_inputs(np.full((1, 3), 4.0), horizon=9, root=True).tolist() == [[6.0]]


def test_ewma_by_hand_and_its_decay_is_found():
    assert ewma(np.array([[1.0, 0.0, 2.0]]), 0.5)[0] == pytest.approx((0.25 + 2) / 1.75)
    rng = np.random.default_rng(4)
    squares = rng.exponential(1.0, (20_000, 50))
    variance = 3.0 * ewma(squares, 0.8)
    decay, scale = fit_ewma(squares, variance * rng.standard_normal(20_000) ** 2, root=False)
    assert decay == 0.8
    assert scale == pytest.approx(3.0, rel=0.03)


def test_returns_within_bars_leave_the_night_out(asset):
    bars = np.asarray(asset.array("train", "100_1_minute_bars")[3], np.float64)
    np.testing.assert_allclose(squared_returns(asset, "train")[3], np.log(bars[:, 3] / bars[:, 0]) ** 2)


def test_baselines_of_volatility_rank_as_they_should(asset):
    """On a tape whose volatility persists HAR beats the mean and the last value; QLIKE decides."""
    head = Head(VOLATILITY, "level")
    board = scoreboard(asset, head, case_of(asset, head, "test").rivals["har"])
    losses = {name: one["qlike"] for name, one in board["baselines"].items()}
    assert board["measure"] == "qlike"
    assert losses["har"] < min(losses["base_rate"], losses["persistence"])
    assert losses["ewma"] < losses["persistence"]
    assert board["intervals"]["har"]["difference"] == 0.0
    assert board["model"] == board["baselines"]["har"]


def test_mase_and_rank_correlation_have_independent_twins(asset):
    head = Head(VOLATILITY, "level")
    case = case_of(asset, head, "test")
    said = case.rivals["reference"]
    model = scoreboard(asset, head, said)["model"]
    truth, train = (
        np.asarray(asset.array(part, VOLATILITY))[:, 0, 0].astype(float) for part in ("test", "train")
    )
    day = asset.session_day("train")
    # Known last is the label of five bars ago; at a day's beginning the last of the day before.
    steps = [
        abs(
            train[at]
            - train[at - HORIZON if day[at - HORIZON] == day[at] else np.flatnonzero(day < day[at])[-1]]
        )
        for at in range(len(train))
        if (at >= HORIZON and day[at - HORIZON] == day[at]) or (day < day[at]).any()
    ]
    assert model["mase"] == pytest.approx(np.abs(said[:, 0] - truth).mean() / np.mean(steps), rel=1e-9)
    days = asset.session_day("test")
    each = [spearmanr(truth[days == one], said[days == one, 0]).statistic for one in np.unique(days)]
    assert model["ic"] == pytest.approx(np.mean(each), abs=1e-12)
    assert rank_correlation(truth, said[:, 0], days).values == pytest.approx(each, abs=1e-12)


def test_forecasts_come_from_the_training_part_alone(asset):
    """What is said of a part does not change with the labels of that part (persistence knows those past)."""
    import copy

    head, changed = Head(VOLATILITY, "level"), copy.copy(asset)
    changed._maps = dict(asset._maps)
    key = (f"test.{VOLATILITY}.h5", "values")
    changed._maps[key] = np.asarray(asset.array("test", VOLATILITY)) * 7
    ours, theirs = points(asset, head, "test"), points(changed, head, "test")
    for name in ("base_rate", "reference", "har", "ewma"):
        np.testing.assert_array_equal(ours[name][1], theirs[name][1])
    assert (ours["persistence"][1] != theirs["persistence"][1]).any()


def test_a_label_is_told_by_its_scripts_words():
    assert meaning("my_returns", {}).kind == "return"
    assert meaning("realised_variance", {}).kind == "variance"
    assert meaning("atr_up_next", {}).kind == "other"
    assert meaning("volatility_next_bars", {}).horizon == 10
