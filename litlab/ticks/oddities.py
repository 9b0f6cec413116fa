"""What is odd in a stream of ticks, found block by block in bounded memory.

``Repeats`` counts rows that say again what a row of the same moment has said. ``Silences`` keeps the longest
stretches of a regular session without a tick. ``outliers`` finds prices that jump away and come back.
"""

from __future__ import annotations

import heapq
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from litlab.ticks.sessions import Sessions

NEIGHBOURS = 5  # ticks on either side that a price is compared with
JUMP = 0.01  # the least relative distance from both sides' medians
_SPREADS = 5.0  # and how many times as wide as the neighbours' middle half it must be
_MIX = np.uint64(0x9E3779B97F4A7C15)


class Repeats:
    """Count repeated rows: equal in every column to an earlier row of the same timestamp.

    Rows of one timestamp are compared within a block and with the block before it, so that a moment of any
    number of ticks takes bounded memory. Rows are compared by 64-bit hashes.

    Attributes
    ----------
    count : int
    """

    def __init__(self) -> None:
        self.count = 0
        self._moment: int | None = None
        self._hashes = np.empty(0, np.uint64)

    def add(self, times: npt.NDArray[np.int64], columns: list[npt.NDArray[Any]]) -> None:
        """Go on with the next rows: non-decreasing times (n,) int64, and their other columns, (n,) each."""
        if not len(times):
            return
        hashes = times.view(np.uint64) * _MIX
        for column in columns:
            hashes ^= _bits(column)
            hashes *= _MIX
            hashes ^= hashes >> np.uint64(29)
        carried = self._hashes if self._moment == times[0] else self._hashes[:0]
        every = np.concatenate([carried, hashes])
        self.count += len(every) - len(np.unique(every)) - (len(carried) - len(np.unique(carried)))
        last = int(np.searchsorted(times, times[-1]))
        carried = carried if last == 0 else carried[:0]
        self._hashes = np.unique(np.concatenate([carried, hashes[last:]]))[: 1 << 20]
        self._moment = int(times[-1])


def _bits(column: npt.NDArray[Any]) -> npt.NDArray[np.uint64]:
    """Return a column's values as 64 bits each, (n,) uint64; equal values, equal bits."""
    if column.dtype.kind == "f":
        return (column.astype(np.float64) + 0.0).view(np.uint64)  # -0.0 equals 0.0
    return column.astype(np.int64).view(np.uint64)


class Silences:
    """Keep the longest silences within regular sessions, from open to close; a lunch break is none.

    Parameters
    ----------
    sessions : Sessions or None
        None where no calendar is known: the longest silences between any two ticks are kept.
    keep : int
    """

    def __init__(self, sessions: Sessions | None, keep: int = 5) -> None:
        self.sessions, self.keep = sessions and sessions.without_breaks(), keep
        self._longest: list[tuple[int, int]] = []
        self._last = (-1, 0)  # the session and time of the last regular tick
        self._ticks = np.zeros(len(self.sessions.day) if self.sessions else 0, np.int64)

    def add(self, times: npt.NDArray[np.int64]) -> None:
        """Go on with the times of the next regular ticks, (n,) int64 ns, non-decreasing."""
        if not len(times):
            return
        number = np.zeros(len(times), np.int64)
        opens, closes = times, times
        if self.sessions is not None:
            number = np.searchsorted(self.sessions.open_ns, times, "right") - 1
            self._ticks += np.bincount(number, minlength=len(self._ticks))
            opens, closes = self.sessions.open_ns[number], self.sessions.close_ns[number]
            times = np.minimum(times, closes)  # the closing print comes later: silence ends with the session
        before = np.concatenate([[self._last[0]], number[:-1]]), np.concatenate([[self._last[1]], times[:-1]])
        first = number != before[0]
        starts = np.where(first, opens, before[1])
        for at in np.argsort(times - starts, kind="stable")[-self.keep :].tolist():
            self._note(int(starts[at]), int(times[at]))
        for at in np.flatnonzero(first).tolist():
            self._close(int(before[0][at]), int(before[1][at]))
        self._last = (int(number[-1]), int(times[-1]))

    def _close(self, number: int, last_ns: int) -> None:
        """Note the silence from the last tick of a session to its close."""
        if self.sessions is not None and number >= 0:
            self._note(last_ns, int(self.sessions.close_ns[number]))

    def _note(self, start_ns: int, stop_ns: int) -> None:
        if stop_ns > start_ns:
            heapq.heappush(self._longest, (stop_ns - start_ns, start_ns))
            if len(self._longest) > self.keep:
                heapq.heappop(self._longest)

    def longest(self, until_ns: int) -> list[tuple[int, int]]:
        """Return (start, length) in ns of the longest silences, the longest first; call it once, at the end.

        Parameters
        ----------
        until_ns : int
            The data's last tick: a session that closes later may have gone on without us.
        """
        number, last_ns = self._last
        if self.sessions is not None and number >= 0 and self.sessions.close_ns[number] <= until_ns:
            self._close(number, last_ns)
        return [(start, length) for length, start in sorted(self._longest, reverse=True)]

    def empty(self, first_ns: int, last_ns: int) -> list[int]:
        """Return the sessions without a tick that lie wholly within [first, last], days since 1970-01-01."""
        if self.sessions is None:
            return []
        inside = (self.sessions.open_ns >= first_ns) & (self.sessions.close_ns <= last_ns)
        traded = ~inside | (self._ticks > 0)  # a morning alone is a day too
        return sorted(set(self.sessions.day.tolist()) - set(self.sessions.day[traded].tolist()))


def outliers(price: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return the prices that jump away from what comes before and after them.

    A price is one if it lies more than ``JUMP`` from the median of the five before it and from the median
    of the five after it, and more than five times as far as the middle half of these ten is wide. So a price
    that stays is no outlier but news, and neither is one on its way from one level to another.

    Parameters
    ----------
    price : (n,) float64
        The first and the last five have too few neighbours to be judged.

    Returns
    -------
    at : (m,) int64
    median : (m,) float64
        Of the ten neighbours.

    Examples
    --------
    >>> at, median = outliers(np.array([10.0] * 8 + [11.0] + [10.0] * 8))
    >>> at.tolist(), median.tolist()
    ([8], [10.0])
    """
    at, median = np.empty(len(price), np.int64), np.empty(len(price))
    found = _outliers(np.ascontiguousarray(price, np.float64), JUMP, at, median)
    return at[:found].copy(), median[:found].copy()


@numba.njit(cache=True, nogil=True)
def _sort(values):  # type: ignore[no-untyped-def]
    """Sort a handful of values in place."""
    for at in range(1, len(values)):
        value, to = values[at], at
        while to > 0 and values[to - 1] > value:
            values[to] = values[to - 1]
            to -= 1
        values[to] = value


@numba.njit(cache=True, nogil=True)
def _outliers(price, jump, out, medians):  # type: ignore[no-untyped-def]
    k = NEIGHBOURS
    sides = np.empty(2 * k)
    found = 0
    for at in range(k, len(price) - k):
        p = price[at]
        near = 0
        for step in range(1, k + 1):
            near += abs(p - price[at - step]) <= jump * p
        if near > k // 2:  # so the median of the five is near: most ticks are done here
            continue
        for step in range(k):
            sides[step], sides[k + step] = price[at - k + step], price[at + 1 + step]
        _sort(sides[:k])
        _sort(sides[k:])
        before, after = sides[k // 2], sides[k + k // 2]
        distance = min(abs(p - before), abs(p - after))
        if distance <= jump * p:
            continue
        _sort(sides)
        if distance > _SPREADS * (sides[2 * k - 1 - k // 2] - sides[k // 2]):
            out[found], medians[found] = at, (sides[k - 1] + sides[k]) / 2
            found += 1
    return found
