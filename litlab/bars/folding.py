"""Ticks in memory → bars of time, by several threads.

1. The ticks are cut where a period begins, a piece for each thread. 2. Each piece is walked for the tick with
which each of its periods begins; so the number of bars is known, and all are written once, where they stay.
3. Each piece's bars are folded. 4. Bars without a last price are left out.

A bar is folded by one thread, in the order of its ticks: how many threads there are changes no bit.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from litlab import engine
from litlab.bars.clock import NEVER, Clock, Rule, advance, period_of, steps_of
from litlab.bars.kernel import (
    DATE,
    END,
    ENTER,
    FIRST,
    LAST,
    LEAVE,
    SHOWN,
    START,
    empty_bar,
    finish_bar,
    fold_ticks,
)
from litlab.bars.units import Size
from litlab.ticks.columns import ALL_OK, NS, PRICE, REGULAR
from litlab.ticks.runs import FOLDED, stretch_end

_LEAST_TICKS = 1 << 18  # a thread's: below, starting it costs more than it saves
_MOST_THREADS = 8  # more would wait for memory
_CALM = 1 << 12  # ticks looked at together for whether they are regular
_FEW = 64  # ticks that are sooner folded in four chains than by whole vectors

Bars = tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]
_Piece = tuple[int, int]


def fold_columns(
    columns: Mapping[str, npt.NDArray[Any]],
    clock: Clock,
    unit: str,
    size: Size = 1,
    scope: str = "all",
    anchor: str = "midnight",
    threads: int | None = None,
) -> Bars:
    """Return TIMES (8, m), times in ns, and values (m, 8) of bars of time, from ticks in memory.

    Parameters
    ----------
    columns : mapping of str to (n,)
        FOLDED of `litlab.ticks.runs`.
    clock : Clock
        Covering the ticks.
    unit, size, scope, anchor
        As in `BarIndex`.
    threads : int, optional
        As many as there are cores by default, and no more than the ticks are worth.
    """
    ticks = tuple(_readonly(columns[name], name) for name in FOLDED)
    whole = ticks[2].dtype.kind in "iu"
    rule = clock.rule(unit, size, scope, anchor)
    days = (clock.begins, clock.midnight, clock.date, clock.opens, clock.closes, rule)
    pieces = _pieces(ticks[0], clock, rule, threads or _worth(len(ticks[0])))
    marked = _each(lambda number: _marked(ticks[0], pieces[number], days), len(pieces))
    ends = np.cumsum([len(enter) for enter in marked]).tolist()
    times, values = np.empty((8, ends[-1]), np.int64), np.empty((ends[-1], 8))

    def fold(number: int) -> int:
        enter, (_, stop) = marked[number], pieces[number]
        part = slice(ends[number] - len(enter), ends[number])
        return int(_fold_periods(*ticks, enter, stop, *days, whole, times[:, part], values[part]))

    if sum(_each(fold, len(pieces))):
        kept = ~np.isnan(values[:, 3])
        return np.ascontiguousarray(times[:, kept]), values[kept]
    return times, values


def _readonly(values: npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
    """Return a column as maps are, so that kernels are compiled once for both."""
    view = np.ascontiguousarray(values, np.float64 if name == PRICE else values.dtype).view()
    view.flags.writeable = False
    return view


def _worth(ticks: int) -> int:
    return max(min(engine.cores(), _MOST_THREADS, ticks // _LEAST_TICKS), 1)


def _pieces(timestamp: npt.NDArray[np.int64], clock: Clock, rule: Rule, wanted: int) -> list[_Piece]:
    """Return [start, stop) of at most `wanted` pieces of ticks, each beginning with a period."""
    borders = [0]
    days = (clock.begins, clock.midnight, clock.date, clock.opens, clock.closes, rule)
    for part in range(1, wanted):
        second = int(timestamp[len(timestamp) * part // wanted]) // NS
        start = _start_of(second, *days)
        borders.append(int(np.searchsorted(timestamp, start * NS)))
    borders = sorted({*borders, len(timestamp)})
    return list(itertools.pairwise(borders)) or [(0, 0)]


def _marked(timestamp: npt.NDArray[np.int64], piece: _Piece, days: Any) -> npt.NDArray[np.int64]:
    """Return the tick with which each period of a piece begins, (m,)."""
    start, stop = piece
    if start == stop:
        return np.empty(0, np.int64)
    begins, rule = days[0], days[-1]
    span = int(timestamp[stop - 1] - timestamp[start]) // NS
    room = min(stop - start, span // max(rule[0], 1) + 3 * len(begins) + 2)  # cut at dates and opens
    enter = np.empty(room, np.int64)  # only what is written takes memory
    return enter[: _mark_periods(timestamp, start, stop, *days, enter)]


def _each(work: Callable[[int], Any], many: int) -> list[Any]:
    """Return what a work returns of 0, 1, … up to `many`, done at once by a thread each."""
    if many == 1:
        return [work(0)]
    with engine.threads(many - 1) as others:
        asked = [others.submit(work, number) for number in range(1, many)]
        return [work(0), *(one.result() for one in asked)]


@numba.njit(cache=True, nogil=True)
def _start_of(second, begins, midnight, date, opens, closes, rule):  # type: ignore[no-untyped-def]
    day, session = advance(begins, second, np.int64(-1)), advance(opens, second, np.int64(-1))
    return period_of(second, day, session, begins, midnight, date, opens, closes, rule)[0]


@numba.njit(cache=True, nogil=True)
def _mark_periods(timestamp, at, stop, begins, midnight, date, opens, closes, rule, enter):  # type: ignore[no-untyped-def]
    """Write where periods begin among the ticks [at, stop) into `enter`; return how many there are."""
    made, width = 0, rule[0]
    day, session, last = np.int64(-1), np.int64(-1), np.int64(NEVER)
    end, steady = last, last
    while at < stop:
        second = timestamp[at] // NS
        if end <= second < end + width <= steady:
            start, end = end, end + width
            bound = end
        else:
            day, session = advance(begins, second, day), advance(opens, second, session)
            start, _, end = period_of(second, day, session, begins, midnight, date, opens, closes, rule)
            bound, steady = steps_of(second, start, end, day, session, begins, opens, closes, rule)
        if start != last:
            enter[made] = at
            made, last = made + 1, start
        at = _next_tick(timestamp, at, stop, bound * NS)
    return made


@numba.njit(cache=True, nogil=True)
def _next_tick(timestamp, at, stop, bound):  # type: ignore[no-untyped-def]
    """Return the first tick behind `at` whose time is `bound` or later, `stop` at the latest."""
    low = at
    while low + 17 <= stop and low - at < _FEW:
        before = 0
        for k in range(1, 17):
            before += timestamp[low + k] < bound
        low += before
        if before < 16:
            return low + 1
    return stretch_end(timestamp[:stop], low, bound, low - at)


@numba.njit(cache=True, nogil=True)
def _fold_periods(  # type: ignore[no-untyped-def]
    timestamp,
    price,
    volume,
    session,
    eligibility,
    enter,
    stop,
    begins,
    midnight,
    date,
    opens,
    closes,
    rule,
    whole,
    times,
    values,
):
    """Fold the bars that begin with the ticks `enter`; return how many have no last price.

    `stop` is the tick behind the last bar, `whole` says that sizes are whole numbers, `times` (8, m) and
    `values` (m, 8) are what is written.
    """
    width, regular, lacking, calm = rule[0], rule[2], 0, 0
    day, here, on = np.int64(-1), np.int64(-1), np.int64(0)
    end, steady = np.int64(NEVER), np.int64(NEVER)
    for bar in range(len(enter)):
        at, leave = enter[bar], enter[bar + 1] if bar + 1 < len(enter) else stop
        second = timestamp[at] // NS
        if end <= second < end + width <= steady:
            start, end = end, end + width
        else:
            day, here = advance(begins, second, day), advance(opens, second, here)
            start, on, end = period_of(second, day, here, begins, midnight, date, opens, closes, rule)
            _, steady = steps_of(second, start, end, day, here, begins, opens, closes, rule)
        times[START, bar], times[END, bar], times[DATE, bar] = start * NS, end * NS, on
        times[ENTER, bar], times[LEAVE, bar], times[SHOWN, bar] = at, leave, leave
        if timestamp[leave - 1] >= end * NS:  # what came after the auction shows that it is over
            times[SHOWN, bar] = at + np.searchsorted(timestamp[at:leave], end * NS)
        if calm < leave:
            calm = _calm_until(session, at, len(session))
        first, last = at, leave - 1
        if regular and (calm < leave or session[at] != REGULAR):
            while first <= last and session[first] != REGULAR:
                first += 1
            while last > first and session[last] != REGULAR:
                last -= 1
        times[FIRST, bar], times[LAST, bar] = first, last
        row = values[bar]
        if whole and calm >= leave and first == at and leave - at <= _FEW and _all_ok(eligibility[at:leave]):
            _fold_few(price[at:leave], volume[at:leave], row)
        else:
            empty_bar(row)
            fold_ticks(timestamp, price, volume, session, eligibility, at, leave, regular, whole, row)
            finish_bar(row)
            lacking += np.isnan(row[3])
    return lacking


@numba.njit(cache=True, nogil=True)
def _calm_until(session, at, stop):  # type: ignore[no-untyped-def]
    """Return a tick up to which all are regular, or none is, as far as it is soon seen."""
    part = session[at : min(at + _CALM, stop)]
    regular = 0
    for k in range(len(part)):
        regular += part[k] == REGULAR
    if regular in (0, len(part)):
        return at + len(part)
    k = 1
    while (part[k] == REGULAR) == (part[0] == REGULAR):
        k += 1
    return at + k


@numba.njit(cache=True, nogil=True, inline="always")
def _all_ok(eligibility):  # type: ignore[no-untyped-def]
    every = np.uint8(ALL_OK)
    for k in range(len(eligibility)):
        every &= eligibility[k]
    return every == ALL_OK


@numba.njit(cache=True, nogil=True, inline="always")
def _fold_few(price, volume, row):  # type: ignore[no-untyped-def]
    """Write a finished bar of ticks that may all set everything; sizes are whole numbers.

    Four chains at a time, as in ``ticks.nodes``: a chain of minima waits four cycles for each tick.
    """
    low0 = low1 = low2 = low3 = high0 = high1 = high2 = high3 = price[0]
    sum0 = sum1 = sum2 = sum3 = top0 = top1 = top2 = top3 = volume.dtype.type(0)
    fours = len(price) & ~3
    for at in range(0, fours, 4):
        a, b, c, d = price[at], price[at + 1], price[at + 2], price[at + 3]
        low0, low1 = a if a < low0 else low0, b if b < low1 else low1
        low2, low3 = c if c < low2 else low2, d if d < low3 else low3
        high0, high1 = a if a > high0 else high0, b if b > high1 else high1
        high2, high3 = c if c > high2 else high2, d if d > high3 else high3
        e, f, g, h = volume[at], volume[at + 1], volume[at + 2], volume[at + 3]
        sum0, sum1, sum2, sum3 = sum0 + e, sum1 + f, sum2 + g, sum3 + h
        top0, top1 = e if e > top0 else top0, f if f > top1 else top1
        top2, top3 = g if g > top2 else top2, h if h > top3 else top3
    for at in range(fours, len(price)):
        low0, high0 = min(low0, price[at]), max(high0, price[at])
        sum0, top0 = sum0 + volume[at], max(top0, volume[at])
    total = np.float64(sum0 + sum1 + sum2 + sum3)
    row[0], row[3] = price[0], price[-1]
    row[1], row[2] = max(high0, high1, high2, high3), min(low0, low1, low2, low3)
    row[4], row[5], row[6], row[7] = len(price), total, total / len(price), max(top0, top1, top2, top3)
