"""Bars as they were when a tick had just arrived: from their first tick up to it.

Rows are folded file by file. A long bar's whole minutes (or seconds) come from the stored runs, the rest from
the ticks; a bar that began in an earlier file, and there is one at most, goes on from what that adds. Many
bars of up to a minute are folded of seconds where these hold several ticks each: it is the reading of memory
that takes the time, and a run is 72 bytes, a tick 18.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.bars.clock import Clock
from litlab.bars.index import BarIndex, run_file
from litlab.bars.kernel import empty_bars, finish_each, fold_partials
from litlab.bars.thresholds import ticks_of
from litlab.bars.units import UNITS
from litlab.ticks.runs import FILES, RUN
from litlab.ticks.store import TickStore

_NO_RUNS, _NO_BEGINS = np.empty(0, RUN), np.empty(0, np.int64)
_MANY = 64  # bars that are worth looking up where the runs of all begin
_DENSE = 6  # ticks a run, from which on runs are sooner read
_LEAST_WIDTH = 10  # seconds of a bar, likewise


def fold_up_to(
    store: TickStore,
    clock: Clock,
    bars: BarIndex,
    indices: npt.NDArray[np.int64],
    holding: npt.NDArray[np.int64],
) -> npt.NDArray[np.float64]:
    """Return the bars that hold ticks, built of ticks up to these.

    Parameters
    ----------
    indices : (n,) int64
    holding : (n,) int64
        The number of the complete bar, -1 where there is none (then there is no part of it either).

    Returns
    -------
    values : (n, 8) float64
        BAR_COLUMNS; close is NaN where there is no bar yet.
    """
    # At its last tick a bar is complete: a sample per period asks for nothing else.
    over = (holding >= 0) & (indices >= bars.last[holding]) if len(bars) else np.zeros(len(indices), bool)
    if over.any():
        out = np.empty((len(indices), 8))
        out[over] = bars.values[holding[over]]
        out[~over] = fold_up_to(store, clock, bars, indices[~over], holding[~over])
        return out
    out = np.empty((len(indices), 8))
    empty_bars(out)
    files = np.where(holding >= 0, np.searchsorted(store.starts, indices, "right") - 1, -1)
    for number in np.unique(files[files >= 0]).tolist():
        rows = np.flatnonzero(files == number)
        firsts, base = bars.first[holding[rows]], int(store.starts[number])
        values = out[rows]
        begun = firsts < base
        if begun.any():
            values[begun] = _begun(store, clock, bars, int(firsts[begun][0]), number)
        stops = indices[rows] + 1 - base
        begins = _begins(store, bars, number, holding[rows])
        _fold(store, clock, bars, number, np.maximum(firsts - base, 0), stops, values, begins)
        out[rows] = values
    finish_each(out)
    return out


def fold_one(
    store: TickStore, clock: Clock, bars: BarIndex, index: int, holding: int
) -> npt.NDArray[np.float64]:
    """Return what `fold_up_to` returns for one tick in the bar `holding`, (1, 8), in less time."""
    out = np.empty((1, 8))
    empty_bars(out)
    number = store.file_of(index)
    base, first = int(store.starts[number]), int(bars.first[holding])
    if first < base:
        out[0] = _begun(store, clock, bars, first, number)
    _fold(store, clock, bars, number, np.array([max(first - base, 0)]), np.array([index + 1 - base]), out)
    finish_each(out)
    return out


def _begun(store: TickStore, clock: Clock, bars: BarIndex, first: int, until: int) -> npt.NDArray[np.float64]:
    """Return what the files before the file `until` add to the bar that began with the tick `first`."""
    values = np.empty((1, 8))
    empty_bars(values)
    for number in range(store.file_of(first), until):
        base, end = int(store.starts[number]), int(store.starts[number + 1])
        _fold(store, clock, bars, number, np.array([max(first - base, 0)]), np.array([end - base]), values)
    begun: npt.NDArray[np.float64] = values[0]
    return begun


def _fold(
    store: TickStore,
    clock: Clock,
    bars: BarIndex,
    number: int,
    firsts: npt.NDArray[np.int64],
    stops: npt.NDArray[np.int64],
    values: npt.NDArray[np.float64],
    begins: npt.NDArray[np.int64] = _NO_BEGINS,
) -> None:
    """Go on with bars by the ticks [first, stop) of one file, counted in the file."""
    columns = ticks_of(store, number)
    runs = store.map(number, FILES[1]) if len(begins) else _runs(store, clock, bars, number)
    whole = columns[2].dtype.kind in "iu"
    fold_partials(*columns, runs, begins, bars.scope == "regular", whole, firsts, stops, values)


def _begins(
    store: TickStore, bars: BarIndex, number: int, holding: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return the run of a second that each bar begins with in a file; none where ticks are sooner folded."""
    width, days, *_ = bars.rule
    runs = store.map(number, FILES[1])
    if days or not _LEAST_WIDTH <= width <= UNITS["minute"] or len(holding) < _MANY:
        return _NO_BEGINS
    base, end = int(store.starts[number]), int(store.starts[number + 1])
    if end - base < _DENSE * len(runs):
        return _NO_BEGINS
    lo = int(np.searchsorted(bars.last, base))
    if number not in bars.begins:
        firsts = bars.first[lo : int(np.searchsorted(bars.first, end))]
        bars.begins[number] = np.searchsorted(runs["first"], firsts - base)
    return bars.begins[number][holding - lo]


def _runs(store: TickStore, clock: Clock, bars: BarIndex, number: int) -> npt.NDArray[Any]:
    """Return a file's runs where bars are longer than these, else none."""
    width, days, *_ = bars.rule
    if not days and width <= UNITS["minute"]:
        return _NO_RUNS
    return store.map(number, run_file(store, number, clock, bars.rule))
