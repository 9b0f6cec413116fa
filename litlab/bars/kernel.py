"""The folds: runs into bars, ticks into the bar not yet complete. No fastmath, no threads, fixed order."""

from __future__ import annotations

import numba
import numpy as np

from litlab.bars.clock import period_of
from litlab.ticks.columns import NS, OK_HL, OK_LAST, OK_VOLUME, REGULAR

BAR = np.dtype(
    [
        ("start", "<i8"), ("date", "<i8"), ("first", "<i8"), ("last", "<i8"), ("stop", "<i8"),
        ("values", "<f8", (8,)),
    ]
)  # fmt: skip


@numba.njit(cache=True, nogil=True)
def fold_bars(runs, base, end, midnight, date, opens, closes, width, days, regular, out, made):  # type: ignore[no-untyped-def]
    """Fold one file's runs into bars, going on with the last bar where its period does.

    Parameters
    ----------
    runs : (m,) RUN
        With tick indices counted in the file.
    base, end : int
        The file's first tick index in the store, and the index behind its last.
    regular : bool
        Leave out runs outside of regular sessions.
    out : (…,) BAR
        `made` bars stand in it already; ``mean_size`` holds nothing yet.

    Returns
    -------
    int
        The number of bars made.
    """
    for at in range(len(runs)):
        run = runs[at]
        if regular and run.regular == 0:
            continue
        start, day = period_of(run.second, midnight, date, opens, closes, width, days)
        stop = base + runs[at + 1].first if at + 1 < len(runs) else end
        if made == 0 or out[made - 1].start != start:
            bar = out[made]
            made += 1
            bar.start, bar.date, bar.first = start, day, base + run.first
            bar.values[0] = np.nan
            bar.values[1], bar.values[2], bar.values[3] = -np.inf, np.inf, np.nan
            bar.values[4:] = 0.0
        bar = out[made - 1]
        bar.last, bar.stop = stop - 1, stop
        values = bar.values
        if not np.isnan(run.open):
            if np.isnan(values[0]):
                values[0] = run.open
            values[3] = run.close
        values[1] = max(values[1], run.high)
        values[2] = min(values[2], run.low)
        values[4] += run.trades
        values[5] += run.volume
        values[7] = max(values[7], run.max_size)
    return made


@numba.njit(cache=True, nogil=True)
def finish_bar(values):  # type: ignore[no-untyped-def]
    """Fill in mean size; where no print may set the extremes, open and close are all that is known."""
    values[6] = values[5] / values[4] if values[4] > 0 else 0.0
    if values[1] < values[2]:
        values[1], values[2] = max(values[0], values[3]), min(values[0], values[3])


@numba.njit(cache=True, nogil=True)
def finish_bars(values):  # type: ignore[no-untyped-def]
    """Finish each of (m, 8) bars in place."""
    for row in range(len(values)):
        finish_bar(values[row])


@numba.njit(cache=True, nogil=True)
def fold_partial(timestamp, price, volume, session, eligibility, start, stop, regular, values):  # type: ignore[no-untyped-def]
    """Fold the ticks [start, stop) of one file into one bar, adding volume run by run as `fold_bars` does."""
    values[0] = np.nan
    values[1], values[2], values[3] = -np.inf, np.inf, np.nan
    values[4:] = 0.0
    total = 0.0
    second, inside = np.int64(-1), False
    for at in range(start, stop):
        is_regular = session[at] == REGULAR
        if timestamp[at] // NS != second or is_regular != inside:
            values[5] += total
            total = 0.0
            second, inside = timestamp[at] // NS, is_regular
        if regular and not is_regular:
            continue
        bits = eligibility[at]
        if bits & OK_LAST:
            if np.isnan(values[0]):
                values[0] = price[at]
            values[3] = price[at]
        if bits & OK_HL:
            values[1] = max(values[1], price[at])
            values[2] = min(values[2], price[at])
        if bits & OK_VOLUME:
            values[4] += 1
            total += volume[at]
            values[7] = max(values[7], volume[at])
    values[5] += total
    finish_bar(values)
