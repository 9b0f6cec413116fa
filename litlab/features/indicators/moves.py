"""Changes from close to close: returns, their squares summed, gains against losses."""

from __future__ import annotations

import math

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@numba.njit(cache=True, nogil=True)
def _returns_rows(closes, steps, log, out):  # type: ignore[no-untyped-def]
    for row in range(len(closes)):
        for at in range(out.shape[1]):
            before, now = closes[row, at], closes[row, at + steps]
            if before <= 0.0 or (log and now <= 0.0):
                out[row, at] = np.nan
            elif log:
                out[row, at] = math.log(now / before)
            else:
                out[row, at] = now / before - 1.0


def returns(closes: Floats, steps: int, log: bool) -> Floats:
    """Return the change over `steps` values, relative to the earlier one.

    Parameters
    ----------
    closes : (n, bars) float64
        Oldest first, no NaN.
    log : bool
        The logarithm of the ratio instead of the ratio less 1.

    Returns
    -------
    change : (n, bars − steps) float64
        NaN where a price that must be positive is not.

    Examples
    --------
    >>> returns(np.array([[1.0, 2.0, 1.0]]), 1, log=False).tolist()
    [[1.0, -0.5]]
    """
    out = np.empty((len(closes), closes.shape[1] - steps))
    _returns_rows(np.ascontiguousarray(closes), steps, log, out)
    return out


@numba.njit(cache=True, nogil=True)
def _variance_rows(closes, date, windows, overnight, out):  # type: ignore[no-untyped-def]
    bars, count = closes.shape[1], out.shape[1]
    for row in range(len(closes)):
        for at in range(count):
            last = bars - count + at
            for which in range(len(windows)):
                total = 0.0
                for k in range(last - windows[which] + 1, last + 1):
                    before, now = closes[row, k - 1], closes[row, k]
                    if before <= 0.0 or now <= 0.0:
                        total = np.nan
                    elif overnight or date[row, k] == date[row, k - 1]:
                        total += math.log(now / before) ** 2
                out[row, at, which] = total


def realised_variance(
    closes: Floats, date: npt.NDArray[np.int64], windows: list[int], count: int, overnight: bool
) -> Floats:
    """Return the sum of squared log returns over windows that end at the last `count` bars.

    Parameters
    ----------
    closes : (n, bars) float64
        Oldest first, no NaN; bars >= count + max(windows).
    date : (n, bars) int64
        The day each bar lies in.
    windows : list of int
        Returns in each sum.
    overnight : bool
        Whether the step from one day's last bar to the next day's first one counts.

    Returns
    -------
    variance : (n, count, len(windows)) float64
        NaN where a price is not positive.
    """
    out = np.empty((len(closes), count, len(windows)))
    sizes = np.array(windows, np.int64)
    _variance_rows(np.ascontiguousarray(closes), np.ascontiguousarray(date), sizes, overnight, out)
    return out


@numba.njit(cache=True, nogil=True)
def _rsi_rows(closes, rate, out):  # type: ignore[no-untyped-def]
    bars, count = closes.shape[1], out.shape[1]
    for row in range(len(closes)):
        gain, loss = 0.0, 0.0
        for k in range(1, bars):
            change = closes[row, k] - closes[row, k - 1]
            rise, fall = max(change, 0.0), max(-change, 0.0)
            if k <= rate:
                gain, loss = gain + rise / rate, loss + fall / rate
            else:
                gain, loss = (gain * (rate - 1) + rise) / rate, (loss * (rate - 1) + fall) / rate
            if k >= bars - count:
                both = gain + loss
                out[row, k - (bars - count)] = 100.0 * gain / both if both > 0.0 else 50.0


def rsi(closes: Floats, rate: int, count: int) -> Floats:
    """Return Wilder's relative strength index at the last `count` bars of each window.

    Seeded as TA-Lib does: the mean gain and loss of the first `rate` changes. 100 without a loss, 0 without a
    gain, and 50 where the price never moved (TA-Lib says 0 there).

    Parameters
    ----------
    closes : (n, bars) float64
        Oldest first, no NaN; bars >= count + rate.

    Returns
    -------
    strength : (n, count) float64, 0 to 100

    Examples
    --------
    >>> rsi(np.array([[1.0, 2.0, 1.0, 4.0]]), rate=2, count=2).tolist()
    [[50.0, 87.5]]
    """
    out = np.empty((len(closes), count))
    _rsi_rows(np.ascontiguousarray(closes), rate, out)
    return out
