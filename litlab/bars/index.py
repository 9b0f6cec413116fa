"""All bars of one unit of one store, found by binary search."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.bars.clock import Clock
from litlab.bars.kernel import BAR, finish_bars, fold_bars
from litlab.bars.units import UNITS
from litlab.ticks.store import TickStore


class BarIndex:
    """Every bar of a unit, in order.

    Attributes
    ----------
    start : (m,) int64
        Second at which each bar's period begins.
    date : (m,) int64
        The exchange-local date it lies in, days since 1970-01-01.
    first, last, stop : (m,) int64
        Tick indices: first and last tick in scope, and the tick behind them (it shows that the bar is over).
    values : (m, 8) float64
        BAR_COLUMNS.
    """

    def __init__(self, store: TickStore, clock: Clock, unit: str, size: int, scope: str) -> None:
        self.unit, self.size, self.scope = unit, size, scope
        bars = _fold_store(store, clock, unit, size, scope)
        bars = bars[~np.isnan(bars["values"][:, 3])]  # a bar is there iff its period has a last price
        self.start = np.ascontiguousarray(bars["start"])
        self.date = np.ascontiguousarray(bars["date"])
        self.first = np.ascontiguousarray(bars["first"])
        self.last = np.ascontiguousarray(bars["last"])
        self.stop = np.ascontiguousarray(bars["stop"])
        self.values: npt.NDArray[np.float64] = np.ascontiguousarray(bars["values"])
        finish_bars(self.values)

    def __len__(self) -> int:
        return len(self.start)


def _fold_store(store: TickStore, clock: Clock, unit: str, size: int, scope: str) -> npt.NDArray[Any]:
    width, days = (UNITS[unit] * size, 0) if unit != "day" else (0, size)
    closes = clock.closes if scope == "regular" else clock.closes[:0]
    made = np.empty(0, BAR)
    for number in range(len(store.files)):
        runs = store.map(number, "runs.npy")
        base, end = int(store.starts[number]), int(store.starts[number + 1])
        out = np.empty(len(runs) + 1, BAR)
        carried = made[-1:]
        out[: len(carried)] = carried
        count = fold_bars(
            runs, base, end, clock.midnight, clock.date, clock.opens, closes, width, days, scope == "regular",
            out, len(carried),
        )  # fmt: skip
        made = np.concatenate([made[: len(made) - len(carried)], out[:count]])
    return made
