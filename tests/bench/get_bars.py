"""``get_bars(index, 100, "minute")`` one by one, through a view and in batches, beside slices of ticks.

The peers are handed exactly the ticks that the hundred bars are made of; finding them is nobody's time but
ours. The limit copies the bars from where they are known to lie.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .bars import pandas_bars, pandas_frame, polars_bars
from .measuring import Table, Way, race
from .place import Place

COUNT = 100
SCALAR, SLICES, BATCH = 1000, 100, 20_000
LEAST = 500.0  # × polars
OURS, COPY = "litlab: get_bars_batch", "the limit: a bare copy of the bars"
BEYOND_US = {OURS: 1.0, f"{OURS}, partial": 2.0}
_ALL: dict[str, Any] = {"sessions": "all"}


def tables(place: Place) -> Iterator[Table]:
    """Yield calls one by one, then batches."""
    if len(place.adapter.bar_index("minute", 1, "all")) > COUNT + 1:
        yield _one_by_one(place)
        yield _batches(place)


class _Asked:
    """Random ticks of every round that have a hundred bars before them, all within one file."""

    def __init__(self, place: Place, many: int) -> None:
        self.store, self.bars = place.adapter.store, place.adapter.bar_index("minute", 1, "all")
        self.rounds = [self._draw(place.ticks, many, number) for number in range(place.rounds + 1)]
        self.firsts = [np.searchsorted(self.bars.first, one, "right") - 1 - COUNT for one in self.rounds]

    def _draw(self, ticks: int, many: int, number: int) -> np.ndarray:
        first, starts = self.bars.first, self.store.starts
        asked = np.random.default_rng([many, number]).integers(first[COUNT], ticks, many * 4)
        begins = first[np.searchsorted(first, asked, "right") - 1 - COUNT]
        alone = np.searchsorted(starts, begins, "right") == np.searchsorted(starts, asked, "right")
        return asked[alone][:many]

    def slices(self, number: int) -> Iterator[tuple[int, slice]]:
        """Yield the file and the ticks of each window."""
        for at in self.firsts[number].tolist():
            lo, hi = int(self.bars.first[at]), int(self.bars.first[at + COUNT])
            file = self.store.file_of(lo)
            base = int(self.store.starts[file])
            yield file, slice(lo - base, hi - base)


def _one_by_one(place: Place) -> Table:
    adapter, many, few = place.adapter, place.few(SCALAR), place.few(SLICES)
    often, seldom = _Asked(place, many), _Asked(place, few)
    frames = [pandas_frame(place.maps(number)) for number in range(len(adapter.store.files))]

    def plain(asked: _Asked, number: int) -> list[Any]:
        indices = asked.rounds[number].tolist()
        return [adapter.get_bars(index, COUNT, "minute", 1, sessions="all") for index in indices]

    def viewed(number: int) -> list[Any]:
        indices = often.rounds[number].tolist()
        return [adapter.at(index).get_bars(index, COUNT, "minute", 1, sessions="all") for index in indices]

    def polars(number: int) -> list[Any]:
        return [polars_bars(place.frames[file][part], "minute") for file, part in seldom.slices(number)]

    def pandas(number: int) -> list[Any]:
        return [pandas_bars(frames[file].iloc[part], "minute") for file, part in seldom.slices(number)]

    seen = None if place.real else np.array
    ways = [
        Way("litlab: get_bars", lambda number: plain(often, number), many, None, np.array),
        Way("litlab: View.get_bars", viewed, many, None, np.array),
        Way("litlab: get_bars, where the peers are asked", lambda n: plain(seldom, n), few, None, np.array),
        Way("polars over the slice", polars, few, LEAST, seen, "polars"),
        Way("pandas over the slice", pandas, few, None, seen),
    ]
    return race(f"get_bars(index, {COUNT}, minute)", "calls", ways, place.rounds)


def _batches(place: Place) -> Table:
    adapter, many = place.adapter, place.few(BATCH)
    asked = _Asked(place, many)
    windows = np.lib.stride_tricks.sliding_window_view(asked.bars.values.reshape(-1), COUNT * 8)[::8]

    def batch(number: int, current: str) -> Any:
        return adapter.get_bars_batch(asked.rounds[number], COUNT, "minute", current=current, **_ALL)[0]

    def copy(number: int) -> Any:
        return windows[asked.firsts[number]].reshape(-1, COUNT, 8)

    ways = [
        Way(OURS, lambda number: batch(number, "exclude"), many, None, np.asarray),
        Way(f"{OURS}, partial", lambda number: batch(number, "partial"), many),
        Way(COPY, copy, many, None, np.asarray),
    ]
    table = race(f"get_bars_batch({COUNT}, minute)", "rows", ways, place.rounds)
    bare = table.seconds(COPY)
    for way, most in BEYOND_US.items():
        table.limit(f"{way}, beyond the copy", (table.seconds(way) - bare) * 1e6, "µs a row", most)
    return table
