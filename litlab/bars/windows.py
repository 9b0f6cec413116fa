"""Windows of bars before or after a tick, one or many at a time, with what they read.

The bar holding a tick is the period of the tick's timestamp; for bars with a threshold the one that was open
when the tick came. Both are ranges of ticks, so a window is found by index.

============  =====================================  ==========================================
              guarded (the default)                  unguarded
============  =====================================  ==========================================
past          bars before the bar holding the tick   that bar, complete, is the last row
future        bars after the bar holding the tick    that bar, complete, is the first row
============  =====================================  ==========================================

``current="partial"`` belongs to the guarded past: the last row is the bar holding the tick, built of
ticks up to it, and counts as one of `count`.
"""

from __future__ import annotations

import dataclasses
import functools

import numba
import numpy as np
import numpy.typing as npt

from litlab.bars.clock import Clock
from litlab.bars.index import BarIndex, BarPiece
from litlab.bars.partials import fold_up_to
from litlab.errors import BadParameter, UnknownName
from litlab.ticks.store import TickStore

CURRENT = ("exclude", "partial")


@dataclasses.dataclass(frozen=True)
class Window:
    """Windows of bars for n ticks.

    Attributes
    ----------
    count : int
        Bars asked for.
    lengths : (n,) int64
        Bars in each window.
    reads : (n, 2) int64
        Half-open tick intervals: a complete bar is read up to the tick that shows that it is over (the first
        one behind its period; for a threshold the one that reached it), and asking about a tick reads it.
    bars : BarIndex or BarPiece
        All bars; for scripts that may not read the future those of the windows only.
    lo : (n,) int64
        The number of each window's first bar.
    part : (n, 8) float64
        The bar that is still going on, where one is asked for; else (0, 8).
    has_part : (n,) int64
        1 where that is the window's last row.
    """

    count: int
    lengths: npt.NDArray[np.int64]
    reads: npt.NDArray[np.int64]
    bars: BarIndex | BarPiece
    lo: npt.NDArray[np.int64]
    part: npt.NDArray[np.float64]
    has_part: npt.NDArray[np.int64]

    @functools.cached_property
    def values(self) -> npt.NDArray[np.float64]:
        """BAR_COLUMNS, (n, count, 8) float64, oldest first; rows past a window's length are NaN."""
        out = np.empty((len(self.lo), self.count, 8))
        _copy_rows(self.bars.values, self.lo, self.lengths, self.part, self.has_part, out)
        return out

    @functools.cached_property
    def start_ns(self) -> npt.NDArray[np.int64]:
        """When each bar begins, (n, count) int64; 0 past a window's length."""
        return self._of(self.bars.start_ns, 0)

    @functools.cached_property
    def date(self) -> npt.NDArray[np.int64]:
        """The local date of each bar, (n, count) int64, days since 1970-01-01; -1 past the length."""
        return self._of(self.bars.date, -1)

    def alone(self) -> Window:
        """Return the same windows over a copy of their own bars only: no other bar can be reached from it."""
        if len(self.lo) == 1:
            start, length, part = int(self.lo[0]), int(self.lengths[0]), int(self.has_part[0])
            piece = self.bars.piece(start, start + length - part, start + length)
            return dataclasses.replace(self, bars=piece, lo=np.zeros(1, np.int64))
        there = self.lengths > 0
        hi = (self.lo + self.lengths)[there]
        if not len(hi):
            return dataclasses.replace(self, bars=self.bars.piece(0, 0, 0), lo=np.zeros_like(self.lo))
        first = int(self.lo[there].min())
        whole = max(int((hi - self.has_part[there]).max()), first)
        piece = self.bars.piece(first, whole, int(hi.max()))
        return dataclasses.replace(self, bars=piece, lo=np.where(there, self.lo - first, 0))

    def _of(self, column: npt.NDArray[np.int64], none: int) -> npt.NDArray[np.int64]:
        out = np.empty((len(self.lo), self.count), np.int64)
        _copy_column(column, self.lo, self.lengths, none, out)
        return out


def windows(
    store: TickStore,
    clock: Clock,
    bars: BarIndex,
    indices: npt.NDArray[np.int64],
    count: int,
    *,
    future: bool = False,
    prevent_lookahead_bias: bool = True,
    current: str = "exclude",
    cross: bool = True,
) -> Window:
    """Return up to `count` bars before (or after) each tick, oldest first.

    Parameters
    ----------
    indices : (n,) int64
        Tick indices.
    count : int
    future, prevent_lookahead_bias, current
        See the table at the top.
    cross : bool
        False keeps a window within the date of the tick.

    Raises
    ------
    BadParameter
        If `current` is "partial" and the window is not the guarded past, or `count` is below 1.
    IndexError
        If an index lies outside of the data.
    """
    check_window(count, future, prevent_lookahead_bias, current)
    indices = np.asarray(indices, np.int64)
    if len(indices) and (indices.min() < 0 or indices.max() >= len(store)):
        raise IndexError(f"an index lies outside of the {len(store):,} ticks")
    before = np.searchsorted(bars.enter, indices, "right")  # bars that began up to the tick
    there = before > 0
    there[there] = indices[there] < bars.leave[before[there] - 1]  # else the tick's period holds no bar
    holding = before - there
    part = np.empty((0, 8))
    has_part = np.zeros(len(indices), np.int64)
    if current == "partial":
        part = fold_up_to(store, clock, bars, indices, np.where(there, holding, -1))
        has_part = (~np.isnan(part[:, 3])).astype(np.int64)
    if future:
        lo = holding + (there & prevent_lookahead_bias)
        hi = np.minimum(lo + count, len(bars))
    else:
        hi = holding + (there & (not prevent_lookahead_bias))
        lo = np.maximum(hi - (count - has_part), 0)
    if not cross:
        lo, hi = _within_date(store, clock, bars, indices, lo, hi, future)
    reads = np.empty((len(indices), 2), np.int64)
    _reads(bars.first, bars.shown, indices, holding, lo, hi, has_part, len(store), reads)
    if future:
        # A window that comes short says that nothing more comes: within the day, or at all.
        following = np.append(bars.first + 1, len(store))[hi] if not cross else len(store)
        short = np.maximum(following, reads[:, 1])
        reads[:, 1] = np.where(hi - lo < count, short, reads[:, 1])
    return Window(count, hi - lo + has_part, reads, bars, lo, part, has_part)


def check_window(count: int, future: bool, guarded: bool, current: str) -> None:
    """Raise UnknownName or BadParameter if there is no such window."""
    if not isinstance(count, (int, np.integer)) or isinstance(count, bool):
        raise BadParameter(name="count", given=count, wanted="it must be a whole number of bars")
    if count < 1:
        raise BadParameter(name="count", given=count, wanted="at least one bar must be asked for")
    if current not in CURRENT:
        raise UnknownName(kind="value of current", given=str(current), known=CURRENT)
    if current == "partial" and (future or not guarded):
        wanted = "it belongs to the guarded past: future=False and prevent_lookahead_bias=True"
        raise BadParameter(name="current", given=current, wanted=wanted)


def gather(store: TickStore, name: str, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return a canonical column's values at `indices`, (n,), in their order."""
    files = np.searchsorted(store.starts, indices, "right") - 1
    out: npt.NDArray[np.int64] | None = None
    for number in np.unique(files):
        mine = files == number
        values = store.map(int(number), f"{name}.npy")[indices[mine] - store.starts[number]]
        if out is None:
            out = np.empty(len(indices), values.dtype)
        out[mine] = values
    return out if out is not None else np.empty(0, np.int64)


def _within_date(
    store: TickStore,
    clock: Clock,
    bars: BarIndex,
    indices: npt.NDArray[np.int64],
    lo: npt.NDArray[np.int64],
    hi: npt.NDArray[np.int64],
    future: bool,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the part of the bars [lo, hi) that lies within the date of each tick."""
    dates = clock.dates(gather(store, "timestamp", indices))
    dates -= dates % max(bars.rule[1], 1)  # a period of days lies on its first one's date
    if future:
        return lo, np.minimum(hi, np.maximum(np.searchsorted(bars.date, dates, "right"), lo))
    return np.maximum(lo, np.minimum(np.searchsorted(bars.date, dates, "left"), hi)), hi


@numba.njit(cache=True, nogil=True)
def _reads(first, shown, indices, holding, lo, hi, has_part, ticks, reads):  # type: ignore[no-untyped-def]
    for row in range(len(indices)):
        a, b, index = lo[row], hi[row], indices[row]
        read_lo, read_hi = index, index + 1
        length = b - a
        if length > 0:
            read_lo = min(first[a], index)
            read_hi = max(min(shown[b - 1] + 1, ticks), index + 1)
        if has_part[row]:
            read_lo = min(read_lo, first[holding[row]])
        reads[row, 0], reads[row, 1] = read_lo, read_hi


@numba.njit(cache=True, nogil=True)
def _copy_rows(source, lo, lengths, part, has_part, values):  # type: ignore[no-untyped-def]
    for row in range(len(lo)):
        length = lengths[row] - has_part[row]
        values[row, :length] = source[lo[row] : lo[row] + length]
        if has_part[row]:
            values[row, length] = part[row]
        values[row, lengths[row] :] = np.nan


@numba.njit(cache=True, nogil=True)
def _copy_column(column, lo, lengths, none, out):  # type: ignore[no-untyped-def]
    for row in range(len(lo)):
        length = lengths[row]
        out[row, :length] = column[lo[row] : lo[row] + length]
        out[row, length:] = none
