"""Kernels that shipped scripts share: one formulation each, so that one row and many agree to the bit.

C-ordered (n, bars, columns) arrays, folded along the window in order; no fastmath, no threads, no BLAS.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from litlab.bars.units import CLOSE, HIGH, LOW

WARM_UP = 10  # times the rate: a recursive indicator runs over exactly this many bars before its first value


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
