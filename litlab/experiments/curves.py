"""Curves over epochs, made ready to draw: smoothed, and no more points than there are pixels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def smooth(values: Floats, weight: float) -> Floats:
    """Return the exponentially weighted mean of the values up to each.

    Parameters
    ----------
    values : (n,) float64
    weight : float
        From 0, nothing, to below 1: how much a value counts less than the one behind it.

    Returns
    -------
    (n,) float64
        Σ weight^(n−k)·v_k / Σ weight^(n−k) over the finite values up to n, so that the first ones are not
        drawn to zero; NaN where the value itself is no number.

    Examples
    --------
    >>> smooth(np.array([1.0, np.nan, 4.0]), 0.5).round(3).tolist()
    [1.0, nan, 3.4]
    """
    if not weight:
        return values
    import pandas as pd

    known = np.where(np.isfinite(values), values, np.nan)
    found = pd.Series(known).ewm(alpha=1 - weight, adjust=True).mean().to_numpy(copy=True)
    found[np.isnan(known)] = np.nan
    return found


def decimate(values: Floats, start: int, stop: int, buckets: int) -> npt.NDArray[np.int64]:
    """Return which rows of [start, stop) to draw, so that the curve looks as if all were drawn.

    The rows are split into buckets of the least power of two that makes no more than `buckets` of them (and
    one that is cut off at either end); of each the lowest and the highest value stay. Buckets begin at
    multiples of their size: more rows at the end change the end only.

    Parameters
    ----------
    values : (n,) float64
        NaN and infinity are gaps; a bucket of nothing else stays as one of them.
    start, stop : int
    buckets : int
        Pixels across, for example.

    Returns
    -------
    rows : (m,) int64
        Ascending, first and last row included; m ≤ 2·(buckets + 1) + 2.

    Examples
    --------
    >>> values = np.array([0.0, 5.0, 1.0, 1.0, 1.0, -7.0, 1.0, 1.0, 2.0])
    >>> decimate(values, 0, 9, 3).tolist()
    [0, 1, 4, 5, 8]
    """
    start, stop = max(start, 0), min(stop, len(values))
    if stop - start <= 2 * buckets or buckets < 1:
        return np.arange(start, max(stop, start), dtype=np.int64)
    each = 1 << int(np.ceil(np.log2((stop - start) / buckets)))
    low = start // each * each
    count = -(-(stop - low) // each)
    padded = np.full(count * each, np.nan)
    padded[start - low : stop - low] = values[start:stop]
    table = padded.reshape(count, each)
    known = np.isfinite(table)
    lowest = np.where(known, table, np.inf).argmin(axis=1)
    highest = np.where(known, table, -np.inf).argmax(axis=1)
    base = low + np.arange(count, dtype=np.int64) * each
    rows = np.concatenate([[start, stop - 1], base + lowest, base + highest])
    return np.unique(np.clip(rows, start, stop - 1)).astype(np.int64)
