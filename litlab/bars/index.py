"""All bars of one unit of one store: made once, found by tick index."""

from __future__ import annotations

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

_MOST_LISTED = 1 << 18

Bars = tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]


class BarIndex:
    """Every bar of a unit, in order.

    Attributes
    ----------
    start_ns, end_ns : (m,) int64
        When each bar's period begins and ends, UTC. The end of a regular period that holds the close is the
        moment when no auction print can come any more; that of a bar that reached its threshold is its
        last tick's time.
    date : (m,) int64
        The exchange-local date it lies in, days since 1970-01-01.
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
        # For single indices: a list is searched in a third of the time that a memoryview takes, which itself
        # is sooner indexed than an array; but its every number is an object.
        listed = len(self) <= _MOST_LISTED
        self._enter = self.enter.tolist() if listed else memoryview(self.enter)
        self._leave = self.leave.tolist() if listed else memoryview(self.leave)
        self.begins: dict[int, npt.NDArray[np.int64]] = {}
        self._first, self._shown = memoryview(self.first), memoryview(self.shown)
        # Where to search: bars that began by every so many ticks, about as often as a bar begins.
        self._bits = max(self.ticks // max(len(self), 1), 1).bit_length() - 1
        every = np.arange((self.ticks >> self._bits) + 2, dtype=np.int64) << self._bits
        begun: Any = np.searchsorted(self.enter, every, "right")
        self._begun = begun.tolist() if listed else memoryview(begun)

    def __len__(self) -> int:
        return len(self.start_ns)

    @property
    def start(self) -> npt.NDArray[np.int64]:
        """The second in which each bar begins, (m,) int64."""
        seconds: npt.NDArray[np.int64] = self.start_ns // NS
        return seconds

    def span(self, index: int, count: int, future: bool, guarded: bool) -> tuple[int, int, int, int]:
        """Return the bars [lo, hi) of one tick's window and the ticks [from, to) that it reads.

        IndexError outside of the data.
        """
        ticks = self.ticks
        at = self._begun_by(index)
        there = at > 0 and index < self._leave[at - 1]  # else the tick's period holds no bar
        if future:
            lo = at - 1 if there and not guarded else at
            hi = min(lo + count, len(self._enter))
        else:
            hi = at - 1 if there and guarded else at
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
        if not 0 <= index < self.ticks:
            raise self._outside()
        at, enter = index >> self._bits, self._enter
        at = bisect_right(enter, index, self._begun[at], self._begun[at + 1])
        if at and index < self._leave[at - 1]:
            at -= 1
        return self.values[at - count : at] if at > count else self.values[:at]

    def _begun_by(self, index: int) -> int:
        """Return how many bars began up to a tick."""
        if not 0 <= index < self.ticks:
            raise self._outside()
        at = index >> self._bits
        return bisect_right(self._enter, index, self._begun[at], self._begun[at + 1])

    def _outside(self) -> IndexError:
        return IndexError(f"an index lies outside of the {self.ticks:,} ticks")

    def holds(self, number: int, index: int) -> bool:
        """Tell whether the tick `index` lies in the period of the bar `number`."""
        return number < len(self._enter) and self._enter[number] <= index < self._leave[number]


def _fold_store(store: TickStore, clock: Clock, rule: Rule) -> Bars:
    """Return TIMES (8, m) and values (m, 8) of bars of time, from the stored runs."""
    runs = [store.map(number, run_file(store, number, clock, rule)) for number in range(len(store.files))]
    room = sum(map(len, runs))
    times, values = np.empty((8, room), np.int64), np.empty((room, 8))
    made = 0
    for number, some in enumerate(runs):
        base, end = int(store.starts[number]), int(store.starts[number + 1])
        made = fold_bars(
            some, base, end, clock.midnight, clock.date, clock.opens, clock.closes, rule, times, values, made
        )
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
