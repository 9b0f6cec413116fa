"""The folds: runs into bars, ticks into the bar not yet complete. No fastmath, no threads, fixed order."""

from __future__ import annotations

import numba
import numpy as np

from litlab.bars.clock import NEVER, advance, period_of, steps_of
from litlab.ticks.columns import NS, REGULAR
from litlab.ticks.runs import fold_stretch, same_session, stretch_end

# Raise it when a kernel's results change, a bar's or an indicator's: every chunk is then computed again, and
# what was proved of a script is stale.
KERNEL_VERSION = 4

# What is known of a bar beside its values. Start and end are seconds while time bars are folded, then ns; the
# date counts days since 1970. Tick indices: first and last in scope; the ticks [enter, leave) lie in its
# period; shown is the tick that shows that the bar is over, -1 while none does.
TIMES = ("start", "end", "date", "first", "last", "enter", "leave", "shown")
START, END, DATE, FIRST, LAST, ENTER, LEAVE, SHOWN = range(len(TIMES))


@numba.njit(cache=True, nogil=True)
def empty_bar(values):  # type: ignore[no-untyped-def]
    """Make a row of BAR_COLUMNS a bar without ticks."""
    values[0], values[1], values[2], values[3] = np.nan, -np.inf, np.inf, np.nan
    values[4:] = 0.0


@numba.njit(cache=True, nogil=True)
def empty_bars(values):  # type: ignore[no-untyped-def]
    """Make each of (m, 8) rows a bar without ticks."""
    for row in range(len(values)):
        empty_bar(values[row])


@numba.njit(cache=True, nogil=True)
def add(values, opened, high, low, closed, trades, volume, largest):  # type: ignore[no-untyped-def]
    """Go on with a bar; mean size is left to `finish_bar`."""
    if not np.isnan(opened):
        if np.isnan(values[0]):
            values[0] = opened
        values[3] = closed
    values[1] = max(values[1], high)
    values[2] = min(values[2], low)
    values[4] += trades
    values[5] += volume
    values[7] = max(values[7], largest)


@numba.njit(cache=True, nogil=True)
def fold_bars(runs, base, end, dates_begin, midnight, date, opens, closes, rule, times, values, made):  # type: ignore[no-untyped-def]
    """Fold one file's runs into bars, going on with the last bar where its period does.

    Parameters
    ----------
    runs : (m,) RUN
        With tick indices counted in the file.
    base, end : int
        The file's first tick index in the store, and the index behind its last.
    rule : tuple
        Of `Clock.rule`.
    times : (8, …) int64, TIMES
    values : (…, 8) float64, BAR_COLUMNS
        `made` bars stand in them already; there is room for one more per run. The last one is still open.

    Returns
    -------
    int
        The number of bars made.
    """
    width = rule[0]
    day, session, on = np.int64(-1), np.int64(-1), np.int64(0)
    begins, ends, bound, steady = np.int64(NEVER), np.int64(NEVER), np.int64(NEVER), np.int64(NEVER)
    for at in range(len(runs)):
        run = runs[at]
        first = base + run.first
        stop = base + runs[at + 1].first if at + 1 < len(runs) else end
        if run.second >= bound:
            if ends <= run.second < ends + width <= steady:
                begins, ends = ends, ends + width
                bound = ends
            else:
                day, session = advance(dates_begin, run.second, day), advance(opens, run.second, session)
                begins, on, ends = period_of(
                    run.second, day, session, dates_begin, midnight, date, opens, closes, rule
                )
                bound, steady = steps_of(
                    run.second, begins, ends, day, session, dates_begin, opens, closes, rule
                )
        if made and times[SHOWN, made - 1] < 0 and run.second >= times[END, made - 1]:
            times[SHOWN, made - 1] = first
        if made == 0 or times[START, made - 1] != begins:
            bar = times[:, made]
            bar[START], bar[END], bar[DATE] = begins, ends, on
            bar[FIRST], bar[LAST], bar[ENTER], bar[SHOWN] = -1, -1, first, -1
            empty_bar(values[made])
            made += 1
        bar = times[:, made - 1]
        bar[LEAVE] = stop
        if rule[2] and run.regular == 0:
            continue
        bar[FIRST] = bar[FIRST] if bar[FIRST] >= 0 else first
        bar[LAST] = stop - 1
        add(values[made - 1], run.open, run.high, run.low, run.close, run.trades, run.volume, run.max_size)
    return made


@numba.njit(cache=True, nogil=True)
def finish_bar(values):  # type: ignore[no-untyped-def]
    """Fill in mean size; where no print may set the extremes, open and close are all that is known."""
    values[6] = values[5] / values[4] if values[4] > 0 else 0.0
    if values[1] < values[2]:
        values[1], values[2] = max(values[0], values[3]), min(values[0], values[3])


@numba.njit(cache=True, nogil=True)
def finish_each(values):  # type: ignore[no-untyped-def]
    """Finish each of (m, 8) bars in place."""
    for row in range(len(values)):
        finish_bar(values[row])


@numba.njit(cache=True, nogil=True)
def finish_bars(times, values, made, ticks):  # type: ignore[no-untyped-def]
    """Finish `made` bars in place and leave out those without a last price; return how many are left.

    `ticks` is the number of ticks: a bar that nothing shows to be over is read to the end of the data.
    """
    kept = 0
    for row in range(made):
        if np.isnan(values[row, 3]):
            continue
        if kept < row:
            times[:, kept], values[kept] = times[:, row], values[row]
        finish_bar(values[kept])
        if times[SHOWN, kept] < 0:
            times[SHOWN, kept] = ticks
        kept += 1
    return kept


@numba.njit(cache=True, nogil=True)
def fold_ticks(timestamp, price, volume, session, eligibility, at, stop, regular, whole, values):  # type: ignore[no-untyped-def]
    """Go on with a bar by one file's ticks [at, stop).

    `whole` says that sizes are whole numbers, which add up in any order; else they are added second by
    second, as `fold_bars` adds them.
    """
    while at < stop:
        upto = stop
        if not whole:
            upto = stretch_end(timestamp[:stop], at, (timestamp[at] // NS + 1) * NS, 1)
        upto = same_session(session, at, upto)
        if not regular or session[at] == REGULAR:
            opened, high, low, closed, trades, total, largest = fold_stretch(
                price[at:upto], volume[at:upto], eligibility[at:upto]
            )
            add(values, opened, high, low, closed, trades, total, largest)
        at = upto


@numba.njit(cache=True, nogil=True)
def fold_partials(  # type: ignore[no-untyped-def]
    timestamp, price, volume, session, eligibility, runs, begins, regular, whole, firsts, stops, out
):
    """Go on with many bars by one file's ticks.

    Parameters
    ----------
    timestamp, price, volume, session, eligibility : (ticks,)
    runs : (m,) RUN
        The file's runs, none longer than the bars; empty where ticks are few enough to be folded one by one.
    begins : (n,) int64
        The run that each bar begins with; empty where it is to be searched.
    firsts, stops : (n,) int64
        The ticks [first, stop) of each, indices in the file; a bar begins with a run or with the file.
    out : (n, 8) float64
        BAR_COLUMNS, not finished: empty bars, or what earlier files add to them.
    """
    for row in range(len(firsts)):
        at, stop = firsts[row], stops[row]
        values = out[row]
        if len(runs):
            number = begins[row] if len(begins) else _run_from(runs, at)
            while number + 1 < len(runs) and runs[number + 1].first <= stop:
                run = runs[number]
                if not regular or run.regular:
                    add(values, run.open, run.high, run.low, run.close, run.trades, run.volume, run.max_size)
                number += 1
                at = runs[number].first
        fold_ticks(timestamp, price, volume, session, eligibility, at, stop, regular, whole, values)


@numba.njit(cache=True, nogil=True)
def _run_from(runs, tick):  # type: ignore[no-untyped-def]
    """Return the first run that begins at `tick` or later."""
    low, high = 0, len(runs)
    while low < high:
        middle = (low + high) // 2
        if runs[middle].first < tick:
            low = middle + 1
        else:
            high = middle
    return low
