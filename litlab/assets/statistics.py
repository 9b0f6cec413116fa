"""Minimum, mean, maximum and standard deviation of columns, equal for everybody who computes them.

Rows are folded in blocks of a fixed length, each block around its own mean; two blocks are merged by the
update of Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample
Variances" (1979), eq. 2.1. A sum of squares would cancel: prices of 50,000 that move by 0.01 would have no
spread left in float64's 16 digits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

_BLOCK = 65_536  # rows; another length would give other last digits
_LEAF = 128

Floats = npt.NDArray[np.float64]


def statistics(values: npt.NDArray[Any], each: Callable[..., Iterable[Any]] = map) -> dict[str, Any]:
    """Return what a manifest says of an array's columns, over samples and rows, NaN left out.

    Parameters
    ----------
    values : (n, rows, cols) float
    each : callable
        ``map``, or that of an executor: blocks are folded by themselves and merged in order.

    Returns
    -------
    dict
        ``min``, ``mean``, ``max``, ``std`` (of the population): a float per column, None where it has no
        value; ``count`` and ``nan``: int per column.

    Examples
    --------
    >>> found = statistics(np.array([[[1e9], [1e9 + 2]], [[np.nan], [1e9 + 4]]]))
    >>> found["mean"], round(found["std"][0], 6), found["count"], found["nan"]
    ([1000000002.0], 1.632993, [3], [1])
    """
    columns = values.shape[2]
    rows = values.reshape(-1, columns)
    low, high = np.full(columns, np.inf), np.full(columns, -np.inf)
    mean, spread = np.zeros(columns), np.zeros(columns)
    count = np.zeros(columns, np.int64)

    def folded(start: int) -> tuple[npt.NDArray[np.int64], Floats]:
        block = rows[start : start + _BLOCK]
        known, found = np.zeros(columns, np.int64), np.zeros((4, columns))
        found[0], found[1] = np.inf, -np.inf
        _of_block(block, np.empty(len(block)), known, *found)
        return known, found

    for known, (least, most, its_mean, its_spread) in each(folded, range(0, len(rows), _BLOCK)):
        low, high = np.where(least < low, least, low), np.where(most > high, most, high)
        mean, spread = _merged(count, mean, spread, known, its_mean, its_spread)
        count += known
    nan = len(rows) - count
    with np.errstate(invalid="ignore", divide="ignore"):
        std = np.sqrt(spread / count)
    mean[count == 0] = np.nan
    return {
        "min": _finite(low), "mean": _finite(mean), "max": _finite(high), "std": _finite(std),
        "count": count.tolist(), "nan": nan.tolist(),
    }  # fmt: skip


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _of_block(rows, work, known, low, high, mean, spread):  # type: ignore[no-untyped-def]
    """Fill mean and sum of squared deviations from it, per column of a block; 0 where nothing is known.

    Sums are taken pairwise as numpy takes those of contiguous values: its digits are what manifests hold.
    """
    for column in range(rows.shape[1]):
        missing, least, most = 0, low[column], high[column]
        for row in range(len(rows)):
            value = np.float64(rows[row, column])
            missing += np.isnan(value)
            work[row] = value
        for row in range(len(rows)):  # what is NaN is neither below nor above
            least = work[row] if work[row] < least else least
            most = work[row] if work[row] > most else most
        low[column], high[column], known[column] = least, most, len(rows) - missing
        if missing:
            for row in range(len(rows)):
                if np.isnan(work[row]):
                    work[row] = 0.0
        many = max(known[column], 1)
        middle = _pairwise(work) / many
        for row in range(len(rows)):
            work[row] -= middle
        if missing:
            for row in range(len(rows)):
                if np.isnan(rows[row, column]):
                    work[row] = 0.0
        # What rounding left in the mean would be squared n times: take it out.
        rest = _pairwise(work)
        for row in range(len(rows)):
            work[row] *= work[row]
        mean[column], spread[column] = middle, _pairwise(work) - rest * rest / many


@numba.njit(cache=True, nogil=True)
def _pairwise(values):  # type: ignore[no-untyped-def]
    """Return the sum: halves of halves, at most _LEAF values each, in eight strands."""
    size = len(values)
    if size < 8:
        total = 0.0
        for at in range(size):
            total += values[at]
        return total
    if size > _LEAF:
        half = size // 2
        half -= half % 8
        return _pairwise(values[:half]) + _pairwise(values[half:])
    a, b, c, d = values[0], values[1], values[2], values[3]
    e, f, g, h = values[4], values[5], values[6], values[7]
    whole = size - size % 8
    for at in range(8, whole, 8):
        a, b, c, d = a + values[at], b + values[at + 1], c + values[at + 2], d + values[at + 3]
        e, f, g, h = e + values[at + 4], f + values[at + 5], g + values[at + 6], h + values[at + 7]
    total = ((a + b) + (c + d)) + ((e + f) + (g + h))
    for at in range(whole, size):
        total += values[at]
    return total


def _merged(
    count: npt.NDArray[np.int64], mean: Floats, spread: Floats,
    more: npt.NDArray[np.int64], its_mean: Floats, its_spread: Floats,
) -> tuple[Floats, Floats]:  # fmt: skip
    both = np.maximum(count + more, 1)
    with np.errstate(invalid="ignore"):
        delta = np.where(count > 0, its_mean - mean, 0.0)
        merged = np.where(count > 0, mean + delta * (more / both), its_mean)
        return merged, spread + its_spread + delta * delta * (count * (more / both))


def _finite(array: Floats) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in array]
