"""Runs: what every second's and every minute's ticks add up to, the material all bars are made of.

A run is the longest stretch of consecutive ticks that share their UTC second (or minute) and their being
regular or not. Folding runs in order gives any bar of whole seconds (minutes) exactly, in both session
scopes; 72 bytes a run. Runs of minutes are kept where sizes are whole numbers, which add up exactly in any
order; fractional sizes add up by the second.

A minute's end is found by galloping through the timestamps, whether it is regular and all eligible by a look
at its bytes; then prices are compared as integers, which the compiler does several at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from litlab.ticks.columns import ALL_OK, NS, OK_HL, OK_LAST, OK_VOLUME, REGULAR, TIMESTAMP, VOLUME
from litlab.ticks.npy import GrowingNpy

RUN = np.dtype(
    [
        ("second", "<i8"), ("first", "<i8"), ("open", "<f8"), ("high", "<f8"), ("low", "<f8"),
        ("close", "<f8"), ("volume", "<f8"), ("max_size", "<f8"), ("trades", "<i4"), ("regular", "<i4"),
    ]
)  # fmt: skip
FILES = {1: "runs.npy", 60: "minutes.npy"}  # seconds in a run → its file
FOLDED = (TIMESTAMP, "price", VOLUME, "session", "eligibility")
_BUFFER = 1 << 14  # runs made at a time: about a megabyte, which stays in the processor's cache

_LOWEST, _HIGHEST = np.iinfo(np.int64).min, np.iinfo(np.int64).max


def widths(volume: npt.NDArray[Any]) -> tuple[int, ...]:
    """Return the seconds that runs may span for sizes of this kind: minutes where they are whole numbers.

    Examples
    --------
    >>> widths(np.array([100])), widths(np.array([0.5]))
    ((1, 60), (1,))
    """
    return (1, 60) if volume.dtype.kind in "iu" else (1,)


def write_runs(folder: Path, columns: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write the runs of one file's columns, (n,) each, into `folder`: FILES, as `widths` has them."""
    for width in widths(columns[VOLUME]):
        runs = GrowingNpy(folder / FILES[width], RUN)
        for some, _ in each_run(columns, 0, width):
            runs.append(some)
        runs.close()


def fold_runs(columns: Mapping[str, npt.NDArray[Any]], first: int, width: int = 1) -> npt.NDArray[np.void]:
    """Return the runs of a stretch of ticks.

    Parameters
    ----------
    columns : mapping of str to (n,)
        FOLDED: timestamps non-decreasing, prices finite.
    first : int
        The index of the stretch's first tick.
    width : int
        Seconds of a run.

    Returns
    -------
    runs : (m,) RUN
        ``open`` and ``close`` are NaN where no print may set the last price, ``high`` is -inf and ``low``
        inf where none may set the extremes.
    """
    return np.concatenate([np.empty(0, RUN), *(some.copy() for some, _ in each_run(columns, first, width))])


def each_run(
    columns: Mapping[str, npt.NDArray[Any]], first: int, width: int
) -> Iterator[tuple[npt.NDArray[np.void], int]]:
    """Yield what `fold_runs` returns in pieces, each valid until the next, and the tick behind each.

    Two ways of adding up, one tick at a time and whole stretches at once, come to the same bits.
    """
    times, price, *others = (np.asarray(columns[name]) for name in FOLDED)
    fold = _fold_seconds if width == 1 else _fold_minutes
    buffer = np.empty(min(_BUFFER, max(len(times), 1)), RUN)
    at = 0
    while at < len(times):
        made, at = fold(times, np.asarray(price, np.float64), *others, at, first, width, buffer)
        yield buffer[:made], first + at


@numba.njit(cache=True, nogil=True)
def _fold_seconds(timestamp, price, volume, session, eligibility, at, first, width, out):  # type: ignore[no-untyped-def]
    """Fold ticks one by one: for a second's few that costs less than several looks at the stretch."""
    made = 0
    while at < len(timestamp) and made < len(out):
        second, regular = timestamp[at] // NS, session[at] == REGULAR
        row = out[made]
        row.second, row.first, row.regular = second, first + at, 1 if regular else 0
        bound = (second + 1) * NS
        opened, high, low, closed = np.nan, -np.inf, np.inf, np.nan
        total, largest, trades = volume.dtype.type(0), volume.dtype.type(0), 0
        while at < len(timestamp) and timestamp[at] < bound and (session[at] == REGULAR) == regular:
            bits = eligibility[at]
            if bits & OK_LAST:
                closed = price[at]
                if np.isnan(opened):
                    opened = closed
            if bits & OK_HL:
                high, low = max(high, price[at]), min(low, price[at])
            if bits & OK_VOLUME:
                trades += 1
                total += volume[at]
                largest = max(largest, volume[at])
            at += 1
        row.open, row.high, row.low, row.close = opened, high, low, closed
        row.volume, row.max_size, row.trades = total, largest, trades
        made += 1
    return made, at


@numba.njit(cache=True, nogil=True)
def _fold_minutes(timestamp, price, volume, session, eligibility, at, first, width, out):  # type: ignore[no-untyped-def]
    """Fold whole stretches: sizes must be whole numbers."""
    made, length = 0, 1
    while at < len(timestamp) and made < len(out):
        slot = timestamp[at] // (width * NS)
        stop = stretch_end(timestamp, at, (slot + 1) * width * NS, length)
        length = stop - at
        stop = same_session(session, at, stop)
        row = out[made]
        row.second, row.first = slot * width, first + at
        row.regular = 1 if session[at] == REGULAR else 0
        row.open, row.high, row.low, row.close, row.trades, row.volume, row.max_size = fold_stretch(
            price[at:stop], volume[at:stop], eligibility[at:stop]
        )
        made += 1
        at = stop
    return made, at


@numba.njit(cache=True, nogil=True)
def stretch_end(timestamp, at, bound, guess):  # type: ignore[no-untyped-def]
    """Return the first tick behind `at` whose time is `bound` or later; it may lie `guess` ticks on."""
    end = len(timestamp)
    low = at  # is before the bound
    for _ in range(4):  # a second's few ticks are sooner counted than searched
        near = timestamp[low + 1 : low + 17]
        before = 0
        for k in range(len(near)):
            before += near[k] < bound
        low += before
        if before < 16:
            return low + 1
    high, step = min(low + max(guess - 64, 16), end), 32
    while high < end and timestamp[high] < bound:
        low, high, step = high, min(high + step, end), step * 2
    while high - low > step:  # the guess was too far: gallop back
        middle = high - step
        if timestamp[middle] < bound:
            low = middle
        else:
            high, step = middle, step * 2
    while high - low > 1:
        middle = (low + high) // 2
        if timestamp[middle] < bound:
            low = middle
        else:
            high = middle
    return high


@numba.njit(cache=True, nogil=True)
def same_session(session, at, stop):  # type: ignore[no-untyped-def]
    """Return where, at `stop` at the latest, ticks begin to be regular or cease to."""
    part = session[at:stop]
    regular = 0
    for k in range(len(part)):
        regular += part[k] == REGULAR
    if regular in (0, len(part)):
        return stop
    k = 1
    while (part[k] == REGULAR) == (part[0] == REGULAR):
        k += 1
    return at + k


@numba.njit(cache=True, nogil=True)
def fold_stretch(price, volume, eligibility):  # type: ignore[no-untyped-def]
    """Return (open, high, low, close, trades, volume, max_size) of all ticks handed in, in their order."""
    every = np.uint8(ALL_OK)
    for k in range(len(eligibility)):
        every &= eligibility[k]
    keys = price.view(np.int64)
    high, low = np.int64(_LOWEST), np.int64(_HIGHEST)
    total, largest = volume.dtype.type(0), volume.dtype.type(0)
    first, last, trades = 0, len(price) - 1, len(price)
    if every == ALL_OK:
        for k in range(len(keys)):
            key = _flipped(keys[k])
            high, low = max(high, key), min(low, key)
        for k in range(len(volume)):
            total += volume[k]
            largest = max(largest, volume[k])
        return price[first], _price(high), _price(low), price[last], trades, np.float64(total), largest
    trades = 0
    for k in range(len(keys)):
        key, allowed = _flipped(keys[k]), -np.int64((eligibility[k] & OK_HL) != 0)
        high = max(high, (key & allowed) | (_LOWEST & ~allowed))
        low = min(low, (key & allowed) | (_HIGHEST & ~allowed))
    for k in range(len(volume)):
        counted = np.int64((eligibility[k] & OK_VOLUME) != 0)
        size = volume[k] * counted
        total += size
        largest = max(largest, size)
        trades += int(counted)
    while first < len(price) and not eligibility[first] & OK_LAST:
        first += 1
    while last >= 0 and not eligibility[last] & OK_LAST:
        last -= 1
    opened, closed = np.nan, np.nan
    if last >= 0:
        opened, closed = price[first], price[last]
    top = _price(high) if high != _LOWEST else -np.inf
    bottom = _price(low) if low != _HIGHEST else np.inf
    return opened, top, bottom, closed, trades, np.float64(total), largest


@numba.njit(cache=True, nogil=True, inline="always")
def _flipped(bits):  # type: ignore[no-untyped-def]
    """Return a price's bits as an integer that orders like the price; its own inverse."""
    return bits ^ ((bits >> 63) & _HIGHEST)


@numba.njit(cache=True, nogil=True, inline="always")
def _price(key):  # type: ignore[no-untyped-def]
    return np.int64(_flipped(key)).view(np.float64)
