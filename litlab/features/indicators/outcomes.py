"""What labels tell of the bars ahead."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from litlab.bars.units import HIGH, LOW, OPEN

Floats = npt.NDArray[np.float64]
LOWER, NEITHER, UPPER, BOTH = range(4)


@numba.njit(cache=True, nogil=True)
def _barrier_rows(bars, lower, upper, out):  # type: ignore[no-untyped-def]
    for row in range(len(bars)):
        out[row] = NEITHER
        for k in range(bars.shape[1]):
            bar = bars[row, k]
            down, up = bar[LOW] <= lower[row], bar[HIGH] >= upper[row]
            if down and up:
                out[row] = LOWER if bar[OPEN] <= lower[row] else UPPER if bar[OPEN] >= upper[row] else BOTH
            elif down or up:
                out[row] = LOWER if down else UPPER
            if down or up:
                break


def first_barrier(bars: Floats, lower: Floats, upper: Floats) -> npt.NDArray[np.int64]:
    """Return which of two prices is reached first.

    A bar that reaches both is decided by its open where that lies at or beyond one of them already.

    Parameters
    ----------
    bars : (n, horizon, 8) float64
        BAR_COLUMNS of the bars ahead, oldest first, no NaN.
    lower, upper : (n,) float64
        Prices.

    Returns
    -------
    first : (n,) int64
        LOWER, NEITHER, UPPER, or BOTH where one bar reaches both and its open tells nothing.
    """
    out = np.empty(len(bars), np.int64)
    _barrier_rows(np.ascontiguousarray(bars), lower, upper, out)
    return out
