"""All bars of one unit of one store: made once, found by tick index."""

from __future__ import annotations

import dataclasses
from bisect import bisect_right
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.bars.clock import Clock, Rule
from litlab.bars.kernel import DATE, END, ENTER, FIRST, LAST, LEAVE, SHOWN, START, finish_bars, fold_bars
from litlab.bars.thresholds import fold_thresholds
from litlab.bars.units import UNITS, Size
from litlab.ticks.columns import NS
from litlab.ticks.runs import FILES
from litlab.ticks.store import TickStore

Bars = tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]


@dataclasses.dataclass(frozen=True)
class BarPiece:
    """Some neighbouring bars: when each begins, its date, BAR_COLUMNS; as in ``BarIndex``.

    Of bars that are still going on there is a beginning and no row of values.
    """

    start_ns: npt.NDArray[np.int64]
    date: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]

    def piece(self, lo: int, whole: int, hi: int) -> BarPiece:
        """Return a copy of the bars [lo, whole), and when those up to `hi` begin."""
        values = self.values[lo:whole].copy()
        values.flags.writeable = False
        return BarPiece(self.start_ns[lo:hi].copy(), self.date[lo:hi].copy(), values)


class BarIndex:
    """Every bar of a unit, in order.

    Attributes
    ----------
    start_ns, end_ns : (m,) int64
        When each bar's period begins and ends, UTC. The end of a regular period that holds the close is the
        moment when no auction print can come any more; that of a bar that reached its threshold is its
        last tick's time.
    date : (m,) int64
        The trading date it lies in, days since 1970-01-01.
    first, last : (m,) int64
        Its first and last tick in scope.
    enter, leave : (m,) int64
        The ticks [enter, leave) lie in its period, in scope or not.
    shown : (m,) int64
        The tick that shows that the bar is over; the number of ticks where none does yet.
    values : (m, 8) float64
        BAR_COLUMNS, read-only.
    begins : dict of int to (k,) int64
        By file, where ``partials`` looked it up: the run of a second that each of its bars begins with.
    """

    def __init__(
        self, store: TickStore, clock: Clock, unit: str, size: Size, scope: str, anchor: str = "midnight"
    ) -> None:
        self.unit, self.size, self.scope, self.anchor = unit, size, scope, anchor
        self.ticks = len(store)
        self.rule = clock.rule(unit, size, scope, anchor)
        if unit in UNITS:
            times, values = _fold_store(store, clock, self.rule)
        else:
            times, values = fold_thresholds(store, clock, unit, size, scope)
        self.start_ns, self.end_ns, self.date = times[START], times[END], times[DATE]
        self.first, self.last, self.shown = times[FIRST], times[LAST], times[SHOWN]
        self.enter, self.leave = times[ENTER], times[LEAVE]
        self.values = values
        for array in (values, values.base):  # windows of them are handed out
            if isinstance(array, np.ndarray):
                array.flags.writeable = False
        self.begins: dict[int, npt.NDArray[np.int64]] = {}
        # For single indices: views of memory give plain ints at once, and two neighbours lie in one line of
        # the processor's cache, where the objects of a list lie anywhere.
        self._enter, self._leave = memoryview(self.enter), memoryview(self.leave)
        self._first, self._shown = memoryview(self.first), memoryview(self.shown)
        self._bits, self._places = _places(self.leave, self.ticks)

    def __len__(self) -> int:
        return len(self.start_ns)

    def piece(self, lo: int, whole: int, hi: int) -> BarPiece:
        """Return a copy of the bars [lo, whole), and when those up to `hi` begin, that leads to no other."""
        return BarPiece(self.start_ns, self.date, self.values).piece(lo, whole, hi)

    @property
    def start(self) -> npt.NDArray[np.int64]:
        """The second in which each bar begins, (m,) int64."""
        seconds: npt.NDArray[np.int64] = self.start_ns // NS
        return seconds

    def span(self, index: int, count: int, future: bool, guarded: bool) -> tuple[int, int, int, int]:
        """Return the bars [lo, hi) of one tick's window and the ticks [from, to) that it reads.

        IndexError outside of the data.
        """
        ticks, bars = self.ticks, len(self._leave)
        if not 0 <= index < ticks:
            raise self._outside()
        over = self._over_by(index)
        begun = over + (over < bars and self._enter[over] <= index)  # else the tick's period holds no bar
        if future:
            lo = begun if guarded else over
            hi = min(lo + count, bars)
        else:
            hi = over if guarded else begun
            lo = hi - count if hi > count else 0
        if lo == hi:
            return lo, hi, index, ticks if future else index + 1
        read_lo, read_hi = self._first[lo], self._shown[hi - 1] + 1
        if read_hi > ticks or (future and hi - lo < count):  # nothing more comes: all is read
            read_hi = ticks
        return lo, hi, read_lo if read_lo < index else index, read_hi if read_hi > index else index + 1

    def past(self, index: int, count: int) -> npt.NDArray[np.float64]:
        """Return up to `count` bars before the one that holds a tick, (<=count, 8), as a read-only view.

        IndexError outside of the data.
        """
        # As `_over_by` says, without a call: this is the most often asked question.
        if not 0 <= index < self.ticks:
            raise self._outside()
        places = self._places
        at = index >> self._bits << 1
        hi = places[at]
        if index >= places[at + 1]:
            hi += 1
            if hi < places[at + 2]:
                hi = bisect_right(self._leave, index, hi, places[at + 2])
        return self.values[hi - count : hi] if hi > count else self.values[:hi]

    def _over_by(self, index: int) -> int:
        """Return how many bars' periods had been left by a tick."""
        places, at = self._places, index >> self._bits << 1
        over = places[at]
        return over if index < places[at + 1] else bisect_right(self._leave, index, over + 1, places[at + 2])

    def _outside(self) -> IndexError:
        return IndexError(f"an index lies outside of the {self.ticks:,} ticks")

    def holds(self, number: int, index: int) -> bool:
        """Tell whether the tick `index` lies in the period of the bar `number`."""
        return number < len(self._leave) and self._enter[number] <= index < self._leave[number]


def _places(leave: npt.NDArray[np.int64], ticks: int) -> tuple[int, memoryview]:
    """Return a table of where to search among the ends of bars: 2**bits ticks a place, about one bar.

    A place is two numbers: how many bars are over by its first tick, and the tick at which the next one is.
    """
    bits = max(ticks // max(len(leave), 1), 1).bit_length() - 1
    every = np.arange((ticks >> bits) + 2, dtype=np.int64) << bits
    over = np.searchsorted(leave, every, "right")
    places: Any = np.stack([over, np.append(leave, ticks + 1)[over]], 1).reshape(-1)
    small = ticks < np.iinfo(np.int32).max  # half as much memory is twice as often in the cache
    return bits, memoryview(places.astype(np.int32) if small else places)


def _fold_store(store: TickStore, clock: Clock, rule: Rule) -> Bars:
    """Return TIMES (8, m) and values (m, 8) of bars of time, from the stored runs."""
    runs = [store.map(number, run_file(store, number, clock, rule)) for number in range(len(store.files))]
    room = sum(map(len, runs))
    times, values = np.empty((8, room), np.int64), np.empty((room, 8))
    made = 0
    for number, some in enumerate(runs):
        base, end = int(store.starts[number]), int(store.starts[number + 1])
        made = fold_bars(
            some, base, end, clock.begins, clock.midnight, clock.date, clock.opens, clock.closes, rule,
            times, values, made,
        )  # fmt: skip
    return _finished(times, values, made, len(store))


def _finished(times: npt.NDArray[np.int64], values: npt.NDArray[np.float64], made: int, ticks: int) -> Bars:
    made = finish_bars(times, values, made, ticks)
    times[START : END + 1, :made] *= NS
    if made * 2 > len(values):
        return times[:, :made], values[:made]
    return times[:, :made].copy(), values[:made].copy()  # what is much too large is let go


def run_file(store: TickStore, number: int, clock: Clock, rule: Rule) -> str:
    """Return the file of the longest stored runs of which periods of a rule are made exactly."""
    return FILES[60 if _on_minutes(clock, rule) and FILES[60] in store.files[number].manifest["files"] else 1]


def _on_minutes(clock: Clock, rule: Rule) -> bool:
    width, days, *_ = rule
    return clock.on_minutes and (days > 0 or width % UNITS["minute"] == 0)
