"""An asset's inputs as one row of numbers a sample: what gradient boosting is given.

Windows of prices are brought to the last close in units of the ATR, an ATR to its own last value, as a
network's inputs are; sizes need no logarithm, trees see order only. Of every column stand the last five rows,
and mean and deviation of the last thirty and of all; then the minute of the day and the instrument.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from litlab.assets import Asset
from litlab.vault.baselines import minute_of_day

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

PRICES = ("open", "high", "low", "close", "vwap")
LAST = 5  # rows of a window that stand as they are
SHORT = 30
MOST = 600  # columns: fewer rows of each window beyond
_BLOCK = 4_096  # samples in memory at once


def summary(asset: Asset, part: str, rows: Rows | None = None) -> npt.NDArray[np.float32]:
    """Return a part's samples, or those at `rows`, as (n, k) float32."""
    chosen = np.arange(asset.count(part)) if rows is None else rows
    blocks = [chosen[at : at + _BLOCK] for at in range(0, len(chosen), _BLOCK)] or [chosen]
    return np.concatenate([_block(asset, part, block) for block in blocks])


def _block(asset: Asset, part: str, rows: Rows) -> npt.NDArray[np.float32]:
    last = _rows_each(asset)
    columns = [found for name in asset.inputs for found in _columns(asset, part, name, rows, last)]
    columns.append(minute_of_day(asset.as_of_ns(part)[rows], asset.zone)[:, None].astype(np.float64))
    columns.append(asset.instrument(part)[rows][:, None].astype(np.float64))
    return np.concatenate(columns, axis=1).astype(np.float32)


def _rows_each(asset: Asset) -> int:
    width = sum(asset.shape(name)[1] for name in asset.inputs)
    return max(1, min(LAST, MOST // max(1, width) - 4))


def _columns(asset: Asset, part: str, name: str, rows: Rows, last: int) -> Iterator[Floats]:
    values = scaled(asset, part, name, rows)
    yield values[:, -last:].reshape(len(values), -1)
    length = values.shape[1]
    for count in sorted({min(SHORT, length), length}):
        if count > 1:
            yield values[:, -count:].mean(1)
            yield values[:, -count:].std(1)


def scaled(asset: Asset, part: str, name: str, rows: Rows) -> Floats:
    """Return an input's samples, (n, rows, cols), prices and ATR without their level."""
    values = np.asarray(asset.array(part, name)[rows], np.float64)
    columns = asset.columns(name)
    prices = [at for at, column in enumerate(columns) if column in PRICES]
    if "atr" in columns:
        at = columns.index("atr")
        values[:, :, at] /= np.maximum(values[:, -1:, at], 1e-9)
    if prices and "close" in columns:
        last = values[:, -1, columns.index("close")]
        values[:, :, prices] -= last[:, None, None]
        values[:, :, prices] /= _unit(asset, part, name, rows, values, last)[:, None, None]
    return values


def _unit(asset: Asset, part: str, name: str, rows: Rows, moved: Floats, last: Floats) -> Floats:
    """Return what prices are measured in, (n,): the last ATR, the window's mean range, the price itself."""
    columns = asset.columns(name)
    atr = next((one for one in asset.inputs if "atr" in asset.columns(one)), None)
    if atr is not None:
        found = np.asarray(asset.array(part, atr)[rows, -1, asset.columns(atr).index("atr")], np.float64)
    elif {"high", "low"} <= set(columns):
        found = (moved[:, :, columns.index("high")] - moved[:, :, columns.index("low")]).mean(1)
    else:
        found = np.abs(last)
    return np.maximum(found, 1e-9)
