"""How many ticks of each pixel column match a search, counted from the codes of text columns.

No mask of the whole span is made: codes are read 128 Ki rows at a time and looked up in the table of
words that match.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from litlab.ticks.store import TickStore

_ROWS = 1 << 17  # what is read at a time stays in the processor's cache


def count_matches(
    store: TickStore, token: str, edges: npt.NDArray[np.int64], regex: bool = False
) -> npt.NDArray[np.int64]:
    """Return how many ticks of each column [edges[k], edges[k + 1]) match, (c,) int64; see ``search``."""
    counts = np.zeros(max(len(edges) - 1, 0), np.int64)
    if not len(counts):
        return counts
    base = int(edges[0])
    for number, lo, hi in store.segments(base, int(edges[-1])):
        found = store.files[number].holding(token, (), regex)
        tables = {file: hits for file, hits in found.items() if hits.any()}
        for at in range(lo, hi, _ROWS) if tables else ():
            rows = min(_ROWS, hi - at)
            codes = [(store.stored(number, file, at, at + rows), hits) for file, hits in tables.items()]
            _count(codes, base + at - lo, edges, counts)
        base += hi - lo
    return counts


def _count(
    codes: list[tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]],
    first: int,
    edges: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
) -> None:
    """Add the matches among rows that begin at tick `first`; a row in several text columns counts once."""
    if len(codes) == 1:
        _count_codes(*codes[0], first, edges, counts)
        return
    mask = np.zeros(len(codes[0][0]), np.int8)
    for column, hits in codes:
        mask |= hits[column]
    _count_codes(mask, np.array([False, True, False]), first, edges, counts)


@numba.njit(cache=True, nogil=True)
def _count_codes(codes, hits, first, edges, counts):  # type: ignore[no-untyped-def]
    """Add up ``hits[codes]`` by the columns that `edges` bound; code -1 is the last of `hits`, a null."""
    column = np.searchsorted(edges, first, "right") - 1
    at, end = 0, len(codes)
    from_null = np.empty(len(hits), np.uint8)  # unsigned places need no look at their sign
    from_null[0] = hits[-1]
    from_null[1:] = hits[:-1]
    while at < end:
        stop = min(edges[column + 1] - first, end)
        found = np.uint32(0)
        for row in range(at, stop):
            found += np.uint32(from_null[np.uint32(codes[row] + 1)])
        counts[column] += found
        at, column = stop, column + 1
