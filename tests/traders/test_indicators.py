"""Kernels against TA-Lib over the same window, and against plain loops where TA-Lib has none."""

from __future__ import annotations

import math

import numpy as np
import pytest

from litlab.features import indicators
from litlab.features.indicators.outcomes import BOTH, LOWER, NEITHER, UPPER

COUNT = 20


@pytest.fixture(scope="module")
def talib():
    return pytest.importorskip("talib", reason="TA-Lib is the oracle: pip install 'litlab[ta]'")


@pytest.fixture(scope="module")
def bars():
    """Return (3, 180, 8) bars of seeded walks, BAR_COLUMNS."""
    rng = np.random.default_rng(11)
    ends = 50 + np.cumsum(rng.normal(0, 0.1, (3, 181)), 1).round(2)
    spread = rng.integers(0, 9, (3, 180, 2)) / 100
    values = np.zeros((3, 180, 8))
    values[:, :, 0], values[:, :, 3] = ends[:, :-1], ends[:, 1:]
    values[:, :, 1] = values[:, :, [0, 3]].max(2) + spread[:, :, 0]
    values[:, :, 2] = values[:, :, [0, 3]].min(2) - spread[:, :, 1]
    values[:, :, 5] = rng.integers(1, 9_000, (3, 180))
    return values


ONE_DAY = np.zeros((3, 180), np.int64)


def columns(bars, row):
    return (np.ascontiguousarray(bars[row, :, at]) for at in (1, 2, 3, 5))


@pytest.mark.parametrize("rate", [2, 9, 14])
def test_kernels_are_talibs_over_the_same_window(talib, bars, rate):
    closes = bars[:, :, 3]
    slow = rate + 5
    found = {
        "sma": indicators.sma(closes, rate)[:, -COUNT:],
        "ema": indicators.ema(closes, rate, COUNT),
        "rsi": indicators.rsi(closes, rate, COUNT),
        "macd": indicators.macd(closes, rate, slow, 4, COUNT),
        "bollinger": indicators.bollinger(closes, rate, 2.5)[:, -COUNT:, :3],
        "atr": indicators.wilder_atr(bars, ONE_DAY, rate, COUNT),
        "adx": indicators.adx(bars, ONE_DAY, rate, COUNT),
        "stochastic": indicators.stochastic(bars, rate, 3, 4, COUNT),
        "obv": indicators.on_balance(bars)[:, -COUNT:],
    }
    for row in range(len(bars)):
        high, low, close, volume = columns(bars, row)
        upper, middle, lower = talib.BBANDS(close, rate, 2.5, 2.5)
        oracle = {
            "sma": talib.SMA(close, rate),
            "ema": talib.EMA(close, rate),
            "rsi": talib.RSI(close, rate),
            "macd": np.stack(talib.MACD(close, rate, slow, 4), 1),
            "bollinger": np.stack([middle, upper, lower], 1),
            "atr": talib.ATR(high, low, close, rate),
            "adx": np.stack(
                [f(high, low, close, rate) for f in (talib.ADX, talib.PLUS_DI, talib.MINUS_DI)], 1
            ),
            "stochastic": np.stack(talib.STOCH(high, low, close, rate, 3, 0, 4, 0), 1),
            "obv": talib.OBV(close, volume) - volume[0],
        }
        for name, expected in oracle.items():
            np.testing.assert_allclose(
                found[name][row], expected[-COUNT:], rtol=1e-9, atol=1e-7, err_msg=name
            )


def test_a_new_day_moves_in_no_direction(bars):
    two_days = np.repeat([[0] * 90 + [1] * 90], 3, 0)
    cents = np.round(bars * 100)  # whole numbers, so that a shift breaks no tie of up and down
    jump = cents.copy()
    jump[:, 90:, :4] += 3000.0
    calm, gap = (indicators.adx(one, two_days, 5, 95) for one in (cents, jump))
    np.testing.assert_allclose(gap, calm, rtol=1e-9)
    assert not np.allclose(indicators.adx(jump, ONE_DAY, 5, 95), calm)


@pytest.mark.parametrize("by_day", [True, False])
def test_vwap_is_the_plain_loops(bars, by_day):
    date = np.repeat([[0] * 165 + [1] * 15], 3, 0)
    found = indicators.vwap(bars, date, 7, COUNT, by_day)
    for row in range(3):
        for at in range(COUNT):
            last = 180 - COUNT + at
            window = [k for k in range(last - 6, last + 1) if not by_day or date[row, k] == date[row, last]]
            typical = [sum(bars[row, k, 1:4]) / 3 for k in window]
            volume = [bars[row, k, 5] for k in window]
            expected = sum(p * v for p, v in zip(typical, volume, strict=True)) / sum(volume)
            assert found[row, at] == pytest.approx(expected, rel=1e-12)


def test_a_price_without_volume_stands_for_itself():
    bars = np.zeros((1, 2, 8))
    bars[0, :, 1:4] = 6.0, 3.0, 3.0
    assert indicators.vwap(bars, np.zeros((1, 2), np.int64), 2, 1, True).tolist() == [[4.0]]


@pytest.mark.parametrize("overnight", [True, False])
def test_realised_variance_is_the_plain_loops(bars, overnight):
    closes = bars[:, :, 3]
    date = np.repeat([[0] * 170 + [1] * 10], 3, 0)
    found = indicators.realised_variance(closes, date, [1, 6], COUNT, overnight)
    for row in range(3):
        for at in range(COUNT):
            last = 180 - COUNT + at
            for which, window in enumerate((1, 6)):
                steps = range(last - window + 1, last + 1)
                counted = [k for k in steps if overnight or date[row, k] == date[row, k - 1]]
                expected = sum(math.log(closes[row, k] / closes[row, k - 1]) ** 2 for k in counted)
                assert found[row, at, which] == pytest.approx(expected, rel=1e-12, abs=1e-18)


def test_a_price_that_is_not_positive_has_no_log_return():
    closes = np.array([[1.0, -1.0, 2.0, 4.0]])
    assert np.isnan(indicators.returns(closes, 1, log=True)[0]).tolist() == [True, True, False]
    assert np.isnan(indicators.returns(closes, 1, log=False)[0]).tolist() == [False, True, False]
    variance = indicators.realised_variance(closes, np.zeros((1, 4), np.int64), [1], 3, True)
    assert np.isnan(variance[0, :, 0]).tolist() == [True, True, False]


def test_the_tick_rule_skips_what_may_not_set_a_price_or_count_as_volume():
    price = np.array([[10.0, 12.0, 11.0, 10.0]])
    size = np.array([[1, 2, 4, 8]])
    eligibility = np.array([[7, 4, 7, 1]], np.uint8)  # 12 sets no price; the last sets one without volume
    assert indicators.signed_volume(price, size, eligibility).tolist() == [[4.0, 0.0, 3.0, 4.0]]


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [
        ([(10, 11, 9), (10, 12, 9)], UPPER),  # touching is reaching
        ([(10, 11, 9), (10, 11, 8)], LOWER),
        ([(10, 11.9, 8.1), (10, 11.9, 8.1)], NEITHER),
        ([(10, 12, 8), (10, 12, 9)], BOTH),
        ([(12, 12, 8), (10, 11, 9)], UPPER),  # it opened there
        ([(7, 12, 7), (10, 12, 9)], LOWER),
        ([(10, 11, 8), (10, 13, 9)], LOWER),  # the first one counts
    ],
)
def test_the_first_barrier_reached_counts(ahead, expected):
    bars = np.zeros((1, 2, 8))
    bars[0, :, :3] = ahead
    assert indicators.first_barrier(bars, np.array([8.0]), np.array([12.0])).tolist() == [expected]
