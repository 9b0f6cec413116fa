"""Windows of bars before or after a tick, one or many at a time, with what they read.

The bar holding a tick is the period of the tick's timestamp.

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

import numba
import numpy as np
import numpy.typing as npt

from litlab.bars.clock import Clock
from litlab.bars.index import BarIndex
from litlab.bars.kernel import fold_partial
from litlab.errors import BadParameter, UnknownName
from litlab.ticks.columns import NS
from litlab.ticks.store import TickStore

CURRENT = ("exclude", "partial")
_FOLDED = ("timestamp", "price", "volume", "session", "eligibility")


@dataclasses.dataclass(frozen=True)
class Window:
    """Windows of bars for n ticks.

    Attributes
    ----------
    values : (n, count, 8) float64
        BAR_COLUMNS, oldest first; rows past a window's length are NaN.
    lengths : (n,) int64
        Bars in each window.
    reads : (n, 2) int64
        Half-open tick intervals: a complete bar is read up to the first tick behind it, and asking about
        a tick reads that tick.
    start_ns : (n, count) int64
        When each bar begins.
    date : (n, count) int64
        The exchange-local date each bar lies in, days since 1970-01-01; -1 past a window's length.
    """

    values: npt.NDArray[np.float64]
    lengths: npt.NDArray[np.int64]
    reads: npt.NDArray[np.int64]
    start_ns: npt.NDArray[np.int64]
    date: npt.NDArray[np.int64]


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
    _check(count, future, prevent_lookahead_bias, current)
    indices = np.asarray(indices, np.int64)
    if len(indices) and (indices.min() < 0 or indices.max() >= len(store)):
        raise IndexError(f"an index lies outside of the {len(store):,} ticks")
    times = gather(store, "timestamp", indices)
    start, date = clock.periods(times, bars.unit, bars.size, bars.scope)
    holding = np.searchsorted(bars.start, start)
    there = np.zeros(len(indices), bool)
    inside = holding < len(bars)
    there[inside] = bars.start[holding[inside]] == start[inside]
    partial = _partials(store, bars, indices, np.where(there, holding, -1)) if current == "partial" else {}
    has_partial = np.array([row in partial for row in range(len(indices))], bool)
    if future:
        lo = holding + (there & prevent_lookahead_bias)
        hi = np.minimum(lo + count, len(bars))
        if not cross:
            hi = np.minimum(hi, np.maximum(np.searchsorted(bars.date, date, "right"), lo))
    else:
        hi = holding + (there & (not prevent_lookahead_bias))
        lo = np.maximum(hi - (count - has_partial), 0)
        if not cross:
            lo = np.maximum(lo, np.minimum(np.searchsorted(bars.date, date, "left"), hi))
    window = _copy(bars, indices, lo, hi, count, len(store))
    if future:
        # A window that comes short says that nothing more comes: within the day, or at all.
        following = np.append(bars.first + 1, len(store))[hi] if not cross else len(store)
        window.reads[:, 1] = np.where(
            hi - lo < count, np.maximum(following, window.reads[:, 1]), window.reads[:, 1]
        )
    for row, values in partial.items():
        at, bar = window.lengths[row], holding[row]
        window.values[row, at] = values
        window.start_ns[row, at], window.date[row, at] = bars.start[bar] * NS, bars.date[bar]
        window.reads[row, 0] = min(window.reads[row, 0], bars.first[bar])
        window.lengths[row] += 1
    return window


def _check(count: int, future: bool, guarded: bool, current: str) -> None:
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


def _copy(
    bars: BarIndex,
    indices: npt.NDArray[np.int64],
    lo: npt.NDArray[np.int64],
    hi: npt.NDArray[np.int64],
    count: int,
    ticks: int,
) -> Window:
    n = len(indices)
    values, start = np.empty((n, count, 8)), np.empty((n, count), np.int64)
    date, reads = np.empty((n, count), np.int64), np.empty((n, 2), np.int64)
    _copy_rows(
        bars.values,
        bars.start,
        bars.date,
        bars.first,
        bars.stop,
        indices,
        lo,
        hi,
        ticks,
        values,
        start,
        date,
        reads,
    )
    return Window(values, hi - lo, reads, start * NS, date)


@numba.njit(cache=True, nogil=True)
def _copy_rows(source, begin, day, first, stop, indices, lo, hi, ticks, values, start, date, reads):  # type: ignore[no-untyped-def]
    count = values.shape[1]
    for row in range(len(indices)):
        a, b = lo[row], hi[row]
        index = indices[row]
        reads[row, 0], reads[row, 1] = index, index + 1
        if a < b:
            reads[row, 0] = min(first[a], index)
            reads[row, 1] = max(min(stop[b - 1] + 1, ticks), index + 1)
        for k in range(count):
            if a + k < b:
                values[row, k] = source[a + k]
                start[row, k] = begin[a + k]
                date[row, k] = day[a + k]
            else:
                values[row, k] = np.nan
                start[row, k] = 0
                date[row, k] = -1


def _partials(
    store: TickStore, bars: BarIndex, indices: npt.NDArray[np.int64], holding: npt.NDArray[np.int64]
) -> dict[int, npt.NDArray[np.float64]]:
    """Return row → the bar holding its tick, built of ticks up to it, for rows where that is a bar.

    `holding` is the number of the complete bar, -1 where there is none (then there is no part of it either).
    """
    regular = bars.scope == "regular"
    found = {}
    arrays: dict[int, list[npt.NDArray[np.generic]]] = {}
    for row in np.flatnonzero(holding >= 0):
        first, index = int(bars.first[holding[row]]), int(indices[row])
        number = store.file_of(index)
        base = int(store.starts[number])
        values = np.empty(8)
        if first >= base:
            if number not in arrays:
                arrays[number] = [store.map(number, f"{name}.npy").view(np.ndarray) for name in _FOLDED]
            fold_partial(*arrays[number], first - base, index + 1 - base, regular, values)
        else:
            columns = [store.column(name, first, index + 1) for name in _FOLDED]
            fold_partial(*columns, 0, index + 1 - first, regular, values)
        if not np.isnan(values[3]):
            found[int(row)] = values
    return found
