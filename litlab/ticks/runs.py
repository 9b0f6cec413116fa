"""Runs: what every second's ticks add up to, the material all bars are made of.

A run is the longest stretch of consecutive ticks that share their UTC second and their being regular or
not. Folding runs in order gives any bar of whole seconds exactly, in both session scopes; 72 bytes a run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from litlab.ticks.columns import NS, OK_HL, OK_LAST, OK_VOLUME, REGULAR, TIMESTAMP
from litlab.ticks.npy import GrowingNpy

RUN = np.dtype(
    [
        ("second", "<i8"), ("first", "<i8"), ("open", "<f8"), ("high", "<f8"), ("low", "<f8"),
        ("close", "<f8"), ("volume", "<f8"), ("max_size", "<f8"), ("trades", "<i4"), ("regular", "<i4"),
    ]
)  # fmt: skip
_BLOCK = 1 << 20  # ticks folded at a time


def write_runs(folder: Path, columns: dict[str, npt.NDArray[Any]]) -> None:
    """Write ``runs.npy`` of one file's columns, (n,) each, into `folder`."""
    times = columns[TIMESTAMP]
    runs = GrowingNpy(folder / "runs.npy", RUN)
    start = 0
    while start < len(times):
        # A block ends with a second: fractional sizes added in two halves would differ in the last bit.
        second = int(times[min(start + _BLOCK, len(times)) - 1]) // NS
        stop = int(np.searchsorted(times, (second + 1) * NS))
        runs.append(fold_runs({name: values[start:stop] for name, values in columns.items()}, start))
        start = stop
    runs.close()


@numba.njit(cache=True, nogil=True)
def _fold(timestamp, price, volume, session, eligibility, first, out):  # type: ignore[no-untyped-def]
    made = 0
    at = 0
    n = len(timestamp)
    while at < n:
        second = timestamp[at] // NS
        regular = session[at] == REGULAR
        row = out[made]
        row.second = second
        row.first = first + at
        row.regular = 1 if regular else 0
        opened, high, low, closed = np.nan, -np.inf, np.inf, np.nan
        total, largest, trades = 0.0, 0.0, 0
        while at < n and timestamp[at] // NS == second and (session[at] == REGULAR) == regular:
            bits = eligibility[at]
            if bits & OK_LAST:
                closed = price[at]
                if np.isnan(opened):
                    opened = price[at]
            if bits & OK_HL:
                high = max(high, price[at])
                low = min(low, price[at])
            if bits & OK_VOLUME:
                trades += 1
                total += volume[at]
                largest = max(largest, volume[at])
            at += 1
        row.open, row.high, row.low, row.close = opened, high, low, closed
        row.volume, row.max_size, row.trades = total, largest, trades
        made += 1
    return made


def fold_runs(columns: dict[str, npt.NDArray[Any]], first: int) -> npt.NDArray[np.void]:
    """Return the runs of a stretch of ticks.

    Parameters
    ----------
    columns : dict of str to (n,)
        timestamp, price, volume, session, eligibility.
    first : int
        The index of the stretch's first tick.

    Returns
    -------
    runs : (m,) RUN
        ``open`` and ``close`` are NaN where no print may set the last price, ``high`` is -inf and ``low``
        inf where none may set the extremes.
    """
    times = columns["timestamp"]
    bound = 1
    if len(times) > 1:
        regular = columns["session"] == REGULAR
        bound += int(np.count_nonzero((np.diff(times // NS) != 0) | (regular[1:] != regular[:-1])))
    out = np.empty(bound if len(times) else 0, RUN)
    names = ("timestamp", "price", "volume", "session", "eligibility")
    made = _fold(*(np.asarray(columns[name]) for name in names), first, out)
    return out[:made]
