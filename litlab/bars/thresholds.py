"""Bars of so many trades (tick), so much volume or so much money (value) instead of so much time.

1. Counted are the prints that count as volume, in index order: one each, their size, or price times size.
2. A bar closes with the tick by which the count reaches the threshold; what goes over belongs to that bar,
and the count begins again. The closing tick itself shows that the bar is over: no later tick is needed.
3. No bar crosses a date: the rest of a day is a shorter last bar, over with the day, so that no volume is
lost and the day's last price is a close. 4. Which bar holds a tick follows from its index: ticks that are out
of scope belong to the bar that is open; behind the day's last bar that has a price there is none.

A threshold is a number, or ``{"per_day": n}``: the mean of the last DAYS dates with trades before the bar's
own, divided by n. It is known when the date begins; a day before which nothing lies is one bar. (Tick, volume
and dollar bars: López de Prado, Advances in Financial Machine Learning, 2.3; there, bars run on over nights.)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from litlab.bars.clock import Clock, advance
from litlab.bars.kernel import (
    DATE,
    END,
    ENTER,
    FIRST,
    LAST,
    LEAVE,
    SHOWN,
    START,
    empty_bars,
    finish_bars,
    fold_partials,
)  # fmt: skip
from litlab.bars.units import PER_DAY, THRESHOLDS, Size
from litlab.ticks.columns import NS, OK_VOLUME, REGULAR
from litlab.ticks.runs import FOLDED, RUN
from litlab.ticks.store import TickStore

DAYS = 20  # dates behind an adaptive threshold: about a month of trading


def fold_thresholds(
    store: TickStore, clock: Clock, unit: str, size: Size, scope: str
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return TIMES (8, m), times in ns, and values (m, 8) of all bars of a threshold."""
    kind, regular = THRESHOLDS.index(unit), scope == "regular"
    begins = clock.begins * NS
    files = [ticks_of(store, number) for number in range(len(store.files))]
    if isinstance(size, Mapping):
        limits = _adaptive(files, begins, kind, regular, size[PER_DAY])
    else:
        limits = np.full(len(begins), float(size))
    times = _cut(store, files, begins, clock.date, limits, kind, regular)
    values = np.empty((times.shape[1], 8))
    empty_bars(values)
    for number, columns in enumerate(files):
        base, end = store.starts[number], store.starts[number + 1]
        lo, hi = np.searchsorted(times[LAST], base), np.searchsorted(times[FIRST], end)
        firsts = np.maximum(times[FIRST, lo:hi], base) - base
        stops = np.minimum(times[LAST, lo:hi] + 1, end) - base
        whole = columns[2].dtype.kind in "iu"
        none = np.empty(0, RUN), np.empty(0, np.int64)
        fold_partials(*columns, *none, regular, whole, firsts, stops, values[lo:hi])
    made = finish_bars(times, values, len(values), len(store))
    return times[:, :made], values[:made]


def ticks_of(store: TickStore, number: int) -> list[npt.NDArray[Any]]:
    """Return what bars are made of, FOLDED, of all ticks of a file, memory-mapped."""
    return [store.map(number, f"{name}.npy") for name in FOLDED]


def _cut(
    store: TickStore,
    files: list[list[npt.NDArray[Any]]],
    begins: npt.NDArray[np.int64],
    date: npt.NDArray[np.int64],
    limits: npt.NDArray[np.float64],
    kind: int,
    regular: bool,
) -> npt.NDArray[np.int64]:
    """Return TIMES (8, m) of all bars that have a tick in scope."""
    times, state = np.empty((8, 1 << 12), np.int64), _new_state()
    for number, columns in enumerate(files):
        at = 0
        while at < len(columns[0]):
            at = _cut_file(
                *columns, at, store.starts[number], begins, date, limits, kind, regular, times, state
            )
            if at < len(columns[0]):
                times = np.concatenate([times, np.empty_like(times)], axis=1)
    times = times[:, : int(state[0])]
    return np.ascontiguousarray(times[:, times[FIRST] >= 0])


def _new_state() -> npt.NDArray[np.float64]:
    """Return what a walk over ticks remembers: bars made, whether the last is open, its count, the day."""
    return np.array([0.0, 0.0, 0.0, -1.0])


def _adaptive(
    files: list[list[npt.NDArray[Any]]],
    begins: npt.NDArray[np.int64],
    kind: int,
    regular: bool,
    per_day: float,
) -> npt.NDArray[np.float64]:
    """Return each day's threshold, (d,), from the dates before it; inf where there are none."""
    totals = np.zeros(len(begins))
    for columns in files:
        _add_days(*columns, begins, kind, regular, totals)
    traded = np.flatnonzero(totals)
    limits = np.full(len(begins), np.inf)
    for day in range(traded[0] + 1 if len(traded) else len(begins), len(begins)):
        past = traded[max(np.searchsorted(traded, day) - DAYS, 0) : np.searchsorted(traded, day)]
        limits[day] = sum(totals[past].tolist()) / (len(past) * per_day)  # in order, whatever numpy does
    return limits


@numba.njit(cache=True, nogil=True, inline="always")
def _measure(kind, price, size):  # type: ignore[no-untyped-def]
    return 1.0 if kind == 0 else np.float64(size) if kind == 1 else price * size


@numba.njit(cache=True, nogil=True)
def _add_days(timestamp, price, volume, session, eligibility, begins, kind, regular, totals):  # type: ignore[no-untyped-def]
    """Add what is counted of one file's ticks to each day's total, (d,)."""
    day = np.int64(-1)
    for at in range(len(timestamp)):
        day = advance(begins, timestamp[at], day)
        if eligibility[at] & OK_VOLUME and (not regular or session[at] == REGULAR):
            totals[day] += _measure(kind, price[at], volume[at])


@numba.njit(cache=True, nogil=True)
def _cut_file(  # type: ignore[no-untyped-def]
    timestamp,
    price,
    volume,
    session,
    eligibility,
    at,
    base,
    begins,
    date,
    limits,
    kind,
    regular,
    times,
    state,
):
    """Go on cutting one file's ticks from `at`; return the next tick, less than all where `times` is full."""
    made, is_open, count, day = np.int64(state[0]), state[1] != 0, state[2], np.int64(state[3])
    while at < len(timestamp):
        time = timestamp[at]
        today = advance(begins, time, day)
        if is_open and today != day:
            bar = times[:, made - 1]
            bar[SHOWN], bar[END], is_open = base + at, begins[day + 1], False
        day = today
        if not is_open:
            if made == times.shape[1]:
                break
            bar = times[:, made]
            bar[START], bar[END], bar[DATE] = time, begins[day + 1], date[day]
            bar[FIRST], bar[LAST], bar[ENTER], bar[SHOWN] = -1, -1, base + at, -1
            made, is_open, count = made + 1, True, 0.0
        bar = times[:, made - 1]
        bar[LEAVE] = base + at + 1
        if not regular or session[at] == REGULAR:
            if bar[FIRST] < 0:
                bar[FIRST], bar[START] = base + at, time
            bar[LAST] = base + at
            if eligibility[at] & OK_VOLUME:
                count += _measure(kind, price[at], volume[at])
                if count >= limits[day]:
                    bar[SHOWN], bar[END], is_open = base + at, time, False
        at += 1
    state[0], state[1], state[2], state[3] = made, is_open, count, day
    return at
