"""How far prices range within bars: true range, Wilder's averages of it, and where the close lies."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from litlab.bars import Window
from litlab.bars.units import CLOSE, HIGH, LOW

Floats = npt.NDArray[np.float64]
_TOGETHER = 8  # windows smoothed side by side: a level waits for the one before it, another window's does not


@numba.njit(cache=True, nogil=True)
def _true_range(bar, before, same_day):  # type: ignore[no-untyped-def]
    span = bar[HIGH] - bar[LOW]
    if not same_day:
        return span
    return max(span, abs(bar[HIGH] - before[CLOSE]), abs(bar[LOW] - before[CLOSE]))


@numba.njit(cache=True, nogil=True)
def _atr_rows(values, date, rate, out):  # type: ignore[no-untyped-def]
    bars, count = values.shape[1], out.shape[1]
    for row in range(len(values)):
        total, level = 0.0, 0.0
        for k in range(1, bars):
            now = _true_range(values[row, k], values[row, k - 1], date[row, k] == date[row, k - 1])
            if k <= rate:
                total += now
                level = total / rate
            else:
                level = (level * (rate - 1) + now) / rate
            if k >= bars - count:
                out[row, k - (bars - count)] = level


def wilder_atr(
    values: npt.NDArray[np.float64], date: npt.NDArray[np.int64], rate: int, count: int
) -> npt.NDArray[np.float64]:
    """Return Wilder's average true range at the last `count` bars of each window.

    Seeded as TA-Lib does: the mean of the first `rate` true ranges, the window's first bar giving none;
    then level ← (level·(rate − 1) + TR) / rate. A day's first bar has TR = high − low.

    Parameters
    ----------
    values : (n, bars, 8) float64
        BAR_COLUMNS, oldest first, no NaN; bars >= count + rate.
    date : (n, bars) int64
        The day each bar lies in.

    Returns
    -------
    atr : (n, count) float64, in units of the price.

    Examples
    --------
    >>> bars = np.zeros((1, 4, 8)); bars[0, :, 1] = [2.0, 2.0, 4.0, 2.0]   # highs over lows of 0
    >>> wilder_atr(bars, np.zeros((1, 4), np.int64), rate=2, count=2).tolist()
    [[3.0, 2.5]]
    """
    if values.shape[1] < count + rate:
        raise ValueError(f"{values.shape[1]} bars are too few for {count} values at rate {rate}")
    out = np.empty((len(values), count))
    _atr_rows(np.ascontiguousarray(values), np.ascontiguousarray(date), rate, out)
    return out


@numba.njit(cache=True, nogil=True)
def _atr_windows(values, date, lo, lengths, part, has_part, need, rate, out):  # type: ignore[no-untyped-def]
    n, count = out.shape
    first, behind = len(values), 0
    for row in range(n):
        if lengths[row] == need:
            first = min(first, lo[row])
            behind = max(behind, lo[row] + need - has_part[row])
    ranges = np.empty(max(behind - first, 0))  # neighbours' windows are the same bars: each range once
    for k in range(first + 1, behind):
        ranges[k - first] = _true_range(values[k], values[k - 1], date[k] == date[k - 1])
    together = np.empty(_TOGETHER, np.int64)
    levels, totals = np.empty(_TOGETHER), np.empty(_TOGETHER)
    row = 0
    while row < n:
        some = 0
        while row < n and some < _TOGETHER:
            if lengths[row] == need:
                together[some] = row
                some += 1
            row += 1
        totals[:], levels[:] = 0.0, 0.0
        for k in range(1, need):
            for at in range(some):
                one = together[at]
                number = lo[one] + k
                if k == need - 1 and has_part[one]:
                    now = _true_range(part[one], values[number - 1], date[number] == date[number - 1])
                else:
                    now = ranges[number - first]
                if k <= rate:
                    totals[at] += now
                    levels[at] = totals[at] / rate
                else:
                    levels[at] = (levels[at] * (rate - 1) + now) / rate
                if k >= need - count:
                    out[one, k - (need - count)] = levels[at]


def window_atr(window: Window, rate: int, count: int) -> npt.NDArray[np.float64]:
    """Return `wilder_atr` of every window that is as long as was asked for, without copying its bars.

    Parameters
    ----------
    window : Window
        Of at least count + rate bars.

    Returns
    -------
    atr : (n, count) float64, in units of the price; NaN where a window comes short.
    """
    if window.count < count + rate:
        raise ValueError(f"{window.count} bars are too few for {count} values at rate {rate}")
    out = np.full((len(window.lo), count), np.nan)
    bars = window.bars
    _atr_windows(
        bars.values, bars.date, window.lo, window.lengths, window.part, window.has_part, window.count, rate,
        out,
    )  # fmt: skip
    return out


@numba.njit(cache=True, nogil=True)
def _range_rows(bars, dates, before, dates_before, out):  # type: ignore[no-untyped-def]
    for row in range(len(bars)):
        out[row] = _true_range(bars[row], before[row], dates[row] == dates_before[row])


def true_range(
    bar: npt.NDArray[np.float64],
    date: npt.NDArray[np.int64],
    before: npt.NDArray[np.float64],
    date_before: npt.NDArray[np.int64],
) -> npt.NDArray[np.float64]:
    """Return the true range of n bars, given the bars before them; high − low on a day's first bar, (n,)."""
    out = np.empty(len(bar))
    _range_rows(np.ascontiguousarray(bar), date, np.ascontiguousarray(before), date_before, out)
    return out


@numba.njit(cache=True, nogil=True)
def _adx_rows(values, date, rate, out):  # type: ignore[no-untyped-def]
    bars, count = values.shape[1], out.shape[1]
    for row in range(len(values)):
        up, down, span, total, level = 0.0, 0.0, 0.0, 0.0, 0.0
        plus, minus = 0.0, 0.0
        for k in range(1, bars):
            bar, before = values[row, k], values[row, k - 1]
            same_day = date[row, k] == date[row, k - 1]
            rise, fall = bar[HIGH] - before[HIGH], before[LOW] - bar[LOW]
            if k >= rate:  # Wilder's sums decay once `rate` - 1 bars are in them
                up, down, span = up - up / rate, down - down / rate, span - span / rate
            if same_day and rise > max(fall, 0.0):
                up += rise
            elif same_day and fall > max(rise, 0.0):
                down += fall
            span += _true_range(bar, before, same_day)
            if k < rate:
                continue
            plus = 100.0 * up / span if span > 0.0 else 0.0
            minus = 100.0 * down / span if span > 0.0 else 0.0
            both = plus + minus
            now = 100.0 * abs(plus - minus) / both if both > 0.0 else -1.0
            if k < 2 * rate:
                total += max(now, 0.0)
                level = total / rate
            elif now >= 0.0:
                level = (level * (rate - 1) + now) / rate
            if k >= bars - count:
                at = k - (bars - count)
                out[row, at, 0], out[row, at, 1], out[row, at, 2] = level, plus, minus


def adx(values: Floats, date: npt.NDArray[np.int64], rate: int, count: int) -> Floats:
    """Return Wilder's directional movement at the last `count` bars of each window.

    Seeded as TA-Lib does. A day's first bar moves in no direction and has TR = high − low; where no bar
    moved the average stays what it was, and is 0 at first.

    Parameters
    ----------
    values : (n, bars, 8) float64
        BAR_COLUMNS, oldest first, no NaN; bars >= count + 2 · rate.
    date : (n, bars) int64
        The day each bar lies in.

    Returns
    -------
    directions : (n, count, 3) float64, 0 to 100
        The average directional index, the plus and the minus directional indicator.
    """
    out = np.empty((len(values), count, 3))
    _adx_rows(np.ascontiguousarray(values), np.ascontiguousarray(date), rate, out)
    return out


@numba.njit(cache=True, nogil=True)
def _stochastic_rows(values, rate, slow, smooth, fast, out):  # type: ignore[no-untyped-def]
    bars, count = values.shape[1], out.shape[1]
    for row in range(len(values)):
        for k in range(rate - 1, bars):
            low, high = values[row, k, LOW], values[row, k, HIGH]
            for back in range(k - rate + 1, k):
                low, high = min(low, values[row, back, LOW]), max(high, values[row, back, HIGH])
            fast[k] = 100.0 * (values[row, k, CLOSE] - low) / (high - low) if high > low else 50.0
        for at in range(count):
            last, d = bars - count + at, 0.0
            for end in range(last - smooth + 1, last + 1):
                total = 0.0
                for k in range(end - slow + 1, end + 1):
                    total += fast[k]
                if end == last:
                    out[row, at, 0] = total / slow
                d += total / slow
            out[row, at, 1] = d / smooth


def stochastic(values: Floats, rate: int, slow: int, smooth: int, count: int) -> Floats:
    """Return the stochastic oscillator at the last `count` bars of each window.

    K is the close's place between the lowest low and the highest high of `rate` bars, averaged over `slow`
    bars; D averages `smooth` of those. Where all prices are equal the close lies in the middle: 50.

    Parameters
    ----------
    values : (n, bars, 8) float64
        BAR_COLUMNS, oldest first, no NaN; bars >= count + rate + slow + smooth − 3.

    Returns
    -------
    oscillator : (n, count, 2) float64, 0 to 100
        K and D.
    """
    out = np.empty((len(values), count, 2))
    _stochastic_rows(np.ascontiguousarray(values), rate, slow, smooth, np.zeros(values.shape[1]), out)
    return out
