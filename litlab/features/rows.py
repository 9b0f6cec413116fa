"""What shipped scripts have in common: their bars, their rows, and the one tick as a batch of one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.bars import Window
from litlab.bars.units import CLOSE

Floats = npt.NDArray[np.float64]
Keep = npt.NDArray[np.bool_]


def single(
    batch: Callable[..., tuple[Floats, Keep]],
    adapter: Any,
    index: int,
    params: Mapping[str, Any],
    features: Mapping[str, Floats],
) -> Any:
    """Return a script's ``feature``: its ``feature_batch`` at one index, [] where that rejects it."""
    others = {name: np.asarray(table, np.float64)[None] for name, table in features.items()}
    values, keep = batch(adapter, np.array([index], np.int64), params, others)
    return values[0] if keep[0] else []


def past_bars(
    adapter: Any, indices: npt.NDArray[np.int64], params: Mapping[str, Any], bars: int
) -> tuple[Window, Keep]:
    """Return the last `bars` bars of each row as ``unit``, ``size`` and ``current`` say, and which are full.

    The values that a script without these parameters has: 1-minute bars, the last one partial.
    """
    unit, size = params.get("unit", "minute"), params.get("size", 1)
    window: Window = adapter.bars(indices, bars, unit, size, current=params.get("current", "partial"))
    return window, window.lengths == bars


def on_rows(keep: Keep, found: Floats) -> tuple[Floats, Keep]:
    """Return what ``feature_batch`` returns: the kept rows' tables at their places, NaN in the others.

    Parameters
    ----------
    keep : (n,) bool
    found : (kept, rows) or (kept, rows, cols) float64
        A row that holds a value that is not finite is rejected too.
    """
    tables = found[:, :, None] if found.ndim == 2 else found
    finite = np.isfinite(tables).all(axis=(1, 2))
    at = np.flatnonzero(keep)[finite]
    values = np.full((len(keep), *tables.shape[1:]), np.nan)
    values[at] = tables[finite]
    kept = np.zeros(len(keep), bool)
    kept[at] = True
    return values, kept


@dataclasses.dataclass(frozen=True)
class Ahead:
    """What a label sees: where each row stands, and the bars behind the one it stands in.

    Attributes
    ----------
    keep : (n,) bool
        Rows whose whole horizon is there and, unless it may, leaves the session of the sample nowhere.
    entry : (kept,) float64
        The last price known at the index: the close of the bar that holds it, built of the ticks so far.
    bars : (kept, horizon, 8) float64
        BAR_COLUMNS of the next bars, oldest first.
    """

    keep: Keep
    entry: Floats
    bars: Floats

    @property
    def path(self) -> Floats:
        """The entry and the closes after it, (kept, 1 + horizon) float64."""
        return np.concatenate([self.entry[:, None], self.bars[:, :, CLOSE]], 1)


def ahead(
    adapter: Any,
    indices: npt.NDArray[np.int64],
    params: Mapping[str, Any],
    horizon: int,
    overnight: bool = False,
) -> Ahead:
    """Return the `horizon` bars after the bar holding each index; bars are periods that traded."""
    unit, size = params.get("unit", "minute"), params.get("size", 1)
    now: Window = adapter.bars(indices, 1, unit, size, current="partial")
    then: Window = adapter.bars(indices, horizon, unit, size, future=True)
    keep = (now.lengths == 1) & (then.lengths == horizon)
    if not overnight:
        keep &= now.date[:, 0] == then.date[:, -1]
    return Ahead(keep, now.values[keep, 0, CLOSE], then.values[keep])
