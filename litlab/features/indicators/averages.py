"""Means over bars: simple and exponential, the distance of two of them, bands around one."""

from __future__ import annotations

import math

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@numba.njit(cache=True, nogil=True)
def _mean(values, start, stop):  # type: ignore[no-untyped-def]
    total = 0.0
    for k in range(start, stop):
        total += values[k]
    return total / (stop - start)


@numba.njit(cache=True, nogil=True)
def _sma_rows(values, rate, out):  # type: ignore[no-untyped-def]
    for row in range(len(values)):
        for at in range(out.shape[1]):
            out[row, at] = _mean(values[row], at, at + rate)


def sma(values: Floats, rate: int) -> Floats:
    """Return the mean of every `rate` values in a row.

    Parameters
    ----------
    values : (n, bars) float64
        Oldest first, no NaN.

    Returns
    -------
    mean : (n, bars − rate + 1) float64

    Examples
    --------
    >>> sma(np.array([[1.0, 2.0, 6.0]]), 2).tolist()
    [[1.5, 4.0]]
    """
    out = np.empty((len(values), values.shape[1] - rate + 1))
    _sma_rows(np.ascontiguousarray(values), rate, out)
    return out


@numba.njit(cache=True, nogil=True)
def _ema_into(values, start, rate, out):  # type: ignore[no-untyped-def]
    """Fill out[start + rate - 1:] with the exponential mean, seeded with the mean of `rate` values."""
    level = _mean(values, start, start + rate)
    out[start + rate - 1] = level
    weight = 2.0 / (rate + 1)
    for k in range(start + rate, len(values)):
        level = (values[k] - level) * weight + level
        out[k] = level


@numba.njit(cache=True, nogil=True)
def _ema_rows(values, rate, levels, out):  # type: ignore[no-untyped-def]
    for row in range(len(values)):
        _ema_into(values[row], 0, rate, levels)
        out[row] = levels[len(levels) - out.shape[1] :]


def ema(values: Floats, rate: int, count: int) -> Floats:
    """Return the exponential mean at the last `count` of each row's values.

    Seeded as TA-Lib does: the mean of the first `rate` values; then level ← level + 2/(rate + 1) · (value −
    level).

    Parameters
    ----------
    values : (n, bars) float64
        Oldest first, no NaN; bars >= count + rate − 1.

    Returns
    -------
    mean : (n, count) float64

    Examples
    --------
    >>> ema(np.array([[1.0, 3.0, 5.0, 1.0]]), rate=3, count=2).tolist()
    [[3.0, 2.0]]
    """
    out = np.empty((len(values), count))
    _ema_rows(np.ascontiguousarray(values), rate, np.empty(values.shape[1]), out)
    return out


@numba.njit(cache=True, nogil=True)
def _macd_rows(values, fast, slow, signal, work, out):  # type: ignore[no-untyped-def]
    bars, count = values.shape[1], out.shape[1]
    for row in range(len(values)):
        _ema_into(values[row], slow - fast, fast, work[0])  # both means begin at the slow one's first bar
        _ema_into(values[row], 0, slow, work[1])
        for k in range(slow - 1, bars):
            work[0, k] -= work[1, k]
        _ema_into(work[0], slow - 1, signal, work[2])
        for at in range(count):
            k = bars - count + at
            out[row, at, 0], out[row, at, 1] = work[0, k], work[2, k]
            out[row, at, 2] = work[0, k] - work[2, k]


def macd(values: Floats, fast: int, slow: int, signal: int, count: int) -> Floats:
    """Return the distance of two exponential means, its own exponential mean, and their difference.

    Seeded as TA-Lib does: both means begin at the slow one's first bar.

    Parameters
    ----------
    values : (n, bars) float64
        Oldest first, no NaN; bars >= count + slow + signal − 2.
    fast, slow, signal : int
        Rates, fast < slow.

    Returns
    -------
    macd : (n, count, 3) float64
        MACD, signal, histogram.
    """
    out = np.empty((len(values), count, 3))
    _macd_rows(np.ascontiguousarray(values), fast, slow, signal, np.empty((3, values.shape[1])), out)
    return out


@numba.njit(cache=True, nogil=True)
def _bollinger_rows(values, rate, width, out):  # type: ignore[no-untyped-def]
    for row in range(len(values)):
        for at in range(out.shape[1]):
            last = values[row, at + rate - 1]
            equal, squares = True, 0.0
            middle = _mean(values[row], at, at + rate)
            for k in range(at, at + rate):
                equal = equal and values[row, k] == last
                squares += (values[row, k] - middle) ** 2
            if equal:  # the mean of equal numbers is not always that number
                middle, squares = last, 0.0
            reach = width * math.sqrt(squares / rate)
            upper, lower = middle + reach, middle - reach
            out[row, at, 0], out[row, at, 1], out[row, at, 2] = middle, upper, lower
            out[row, at, 3] = (last - lower) / (upper - lower) if upper > lower else 0.5


def bollinger(values: Floats, rate: int, width: float) -> Floats:
    """Return a mean, the bands `width` standard deviations around it, and where the last value lies.

    The deviation is the population's, of two passes. Bands of no width have the value in their middle.

    Parameters
    ----------
    values : (n, bars) float64
        Oldest first, no NaN.

    Returns
    -------
    bands : (n, bars − rate + 1, 4) float64
        Middle, upper, lower, and (value − lower) / (upper − lower).

    Examples
    --------
    >>> bollinger(np.array([[1.0, 3.0, 3.0]]), rate=2, width=2.0).tolist()
    [[[2.0, 4.0, 0.0, 0.75], [3.0, 3.0, 3.0, 0.5]]]
    """
    out = np.empty((len(values), values.shape[1] - rate + 1, 4))
    _bollinger_rows(np.ascontiguousarray(values), rate, float(width), out)
    return out


@numba.njit(cache=True, nogil=True)
def _standardise_rows(values, out):  # type: ignore[no-untyped-def]
    count = values.shape[1]
    for row in range(len(values)):
        middle = _mean(values[row], 0, count)
        equal, squares = True, 0.0
        for k in range(count):
            equal = equal and values[row, k] == values[row, 0]
            squares += (values[row, k] - middle) ** 2
        spread = math.sqrt(squares / count)
        for k in range(count):
            out[row, k] = 0.0 if equal else (values[row, k] - middle) / spread


def standardise(values: Floats) -> Floats:
    """Return each row's values less their mean, divided by their population standard deviation.

    Parameters
    ----------
    values : (n, count) float64

    Returns
    -------
    scores : (n, count) float64
        0 where all values of a row are equal.

    Examples
    --------
    >>> standardise(np.array([[1.0, 3.0], [5.0, 5.0]])).tolist()
    [[-1.0, 1.0], [0.0, 0.0]]
    """
    out = np.empty(values.shape)
    _standardise_rows(np.ascontiguousarray(values), out)
    return out
