"""Minimum, mean, maximum and standard deviation of columns, equal for everybody who computes them.

Rows are folded in blocks of a fixed length, each block around its own mean; two blocks are merged by the
update of Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample
Variances" (1979), eq. 2.1. A sum of squares would cancel: prices of 50,000 that move by 0.01 would have no
spread left in float64's 16 digits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

_BLOCK = 65_536  # rows; another length would give other last digits

Floats = npt.NDArray[np.float64]


def statistics(values: npt.NDArray[Any]) -> dict[str, Any]:
    """Return what a manifest says of an array's columns, over samples and rows, NaN left out.

    Parameters
    ----------
    values : (n, rows, cols) float

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
    count, nan = np.zeros(columns, np.int64), np.zeros(columns, np.int64)
    for start in range(0, len(rows), _BLOCK):
        # Column by column in memory: each reduction runs along contiguous values.
        block = np.ascontiguousarray(rows[start : start + _BLOCK].T, np.float64)
        missing = np.isnan(block)
        if missing.any():
            nan += missing.sum(1)
            low = np.fmin(low, np.where(missing, np.inf, block).min(1))
            high = np.fmax(high, np.where(missing, -np.inf, block).max(1))
        else:
            low, high = np.minimum(low, block.min(1)), np.maximum(high, block.max(1))
        known = block.shape[1] - missing.sum(1)
        mean, spread = _merged(count, mean, spread, known, *_of_block(block, missing, known))
        count += known
    with np.errstate(invalid="ignore", divide="ignore"):
        std = np.sqrt(spread / count)
    mean[count == 0] = np.nan
    return {
        "min": _finite(low), "mean": _finite(mean), "max": _finite(high), "std": _finite(std),
        "count": count.tolist(), "nan": nan.tolist(),
    }  # fmt: skip


def _of_block(
    block: Floats, missing: npt.NDArray[np.bool_], known: npt.NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Return mean and sum of squared deviations from it, per row of a block; 0 where nothing is known."""
    if missing.any():
        block = np.where(missing, 0.0, block)
    many = np.maximum(known, 1)
    with np.errstate(invalid="ignore"):  # infinite values have no mean
        mean = block.sum(1) / many
        away = np.where(missing, 0.0, block - mean[:, None]) if missing.any() else block - mean[:, None]
        # What rounding left in the mean would be squared n times: take it out.
        rest = away.sum(1)
        return mean, (away * away).sum(1) - rest * rest / many


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
