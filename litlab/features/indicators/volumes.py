"""Prices weighted by volume, and volume signed by what the price did."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from litlab.bars.units import BAR_VOLUME, CLOSE, HIGH, LOW
from litlab.ticks.columns import OK_LAST, OK_VOLUME

Floats = npt.NDArray[np.float64]


@numba.njit(cache=True, nogil=True)
def _vwap_rows(values, date, rate, by_day, out):  # type: ignore[no-untyped-def]
    bars, count = values.shape[1], out.shape[1]
    for row in range(len(values)):
        for at in range(count):
            last = bars - count + at
            money, volume = 0.0, 0.0
            for k in range(last - rate + 1, last + 1):
                if not by_day or date[row, k] == date[row, last]:
                    bar = values[row, k]
                    money += (bar[HIGH] + bar[LOW] + bar[CLOSE]) / 3.0 * bar[BAR_VOLUME]
                    volume += bar[BAR_VOLUME]
            bar = values[row, last]
            out[row, at] = money / volume if volume > 0.0 else (bar[HIGH] + bar[LOW] + bar[CLOSE]) / 3.0


def vwap(values: Floats, date: npt.NDArray[np.int64], rate: int, count: int, by_day: bool) -> Floats:
    """Return the mean of typical prices weighted by volume, at the last `count` bars of each window.

    A bar's typical price is (high + low + close) / 3; where nothing traded it stands for itself.

    Parameters
    ----------
    values : (n, bars, 8) float64
        BAR_COLUMNS, oldest first, no NaN; bars >= count + rate − 1.
    date : (n, bars) int64
        The day each bar lies in.
    rate : int
        Bars in each mean.
    by_day : bool
        Leave out bars of earlier days.

    Returns
    -------
    price : (n, count) float64
    """
    out = np.empty((len(values), count))
    _vwap_rows(np.ascontiguousarray(values), np.ascontiguousarray(date), rate, by_day, out)
    return out


@numba.njit(cache=True, nogil=True)
def _on_balance_rows(values, out):  # type: ignore[no-untyped-def]
    for row in range(len(values)):
        total = 0.0
        for k in range(1, values.shape[1]):
            change = values[row, k, CLOSE] - values[row, k - 1, CLOSE]
            if change > 0.0:
                total += values[row, k, BAR_VOLUME]
            elif change < 0.0:
                total -= values[row, k, BAR_VOLUME]
            out[row, k - 1] = total


def on_balance(values: Floats) -> Floats:
    """Return volume summed with the sign of each bar's change of close, from 0 at the window's first bar.

    Parameters
    ----------
    values : (n, bars, 8) float64
        BAR_COLUMNS, oldest first, no NaN.

    Returns
    -------
    balance : (n, bars − 1) float64
    """
    out = np.empty((len(values), values.shape[1] - 1))
    _on_balance_rows(np.ascontiguousarray(values), out)
    return out


@numba.njit(cache=True, nogil=True)
def _signed_rows(price, volume, eligibility, out):  # type: ignore[no-untyped-def]
    for row in range(len(price)):
        bought, sold, unknown = 0.0, 0.0, 0.0
        sign, before = 0, np.nan
        for k in range(price.shape[1]):
            bits = eligibility[row, k]
            if bits & OK_LAST:
                if price[row, k] > before:
                    sign = 1
                elif price[row, k] < before:
                    sign = -1
                before = price[row, k]
            if bits & OK_VOLUME:
                if sign > 0:
                    bought += volume[row, k]
                elif sign < 0:
                    sold += volume[row, k]
                else:
                    unknown += volume[row, k]
        out[row, 0], out[row, 1], out[row, 2], out[row, 3] = bought, sold, unknown, bought - sold


def signed_volume(price: Floats, volume: npt.NDArray[np.int64], eligibility: npt.NDArray[np.uint8]) -> Floats:
    """Return volume by the tick rule: a trade above the last other price was bought, one below it sold.

    At an equal price the sign before holds; until the window's first change it is unknown. Prints that may
    not set the last price change no sign; prints that do not count as volume add nothing.

    Parameters
    ----------
    price : (n, ticks) float64
        Oldest first.
    volume : (n, ticks) int64
    eligibility : (n, ticks) uint8
        Bits of ``litlab.ticks.columns``.

    Returns
    -------
    volumes : (n, 4) float64
        Bought, sold, unknown, and bought less sold.

    Examples
    --------
    >>> price, size = np.array([[10.0, 10.0, 11.0, 11.0, 9.0]]), np.array([[1, 2, 4, 8, 16]])
    >>> signed_volume(price, size, np.full((1, 5), 7, np.uint8)).tolist()
    [[12.0, 16.0, 3.0, -4.0]]
    """
    out = np.empty((len(price), 4))
    arrays = (np.ascontiguousarray(one) for one in (price, volume, eligibility))
    _signed_rows(*arrays, out)
    return out
