"""Which period a moment lies in."""

from __future__ import annotations

import dataclasses
import functools
from typing import TypeAlias

import numba
import numpy as np
import numpy.typing as npt

from litlab.bars.units import UNITS, Size
from litlab.ticks.columns import NS
from litlab.ticks.sessions import AUCTION_GRACE_NS

MARGIN_DAYS = 366  # a period of days may begin and end that far outside of the data
_GRACE = AUCTION_GRACE_NS // NS
NEVER = -(1 << 62)  # a second before all others

Rule: TypeAlias = tuple[
    int, int, bool, bool
]  # width in seconds or days, regular sessions only, from the open


@dataclasses.dataclass(frozen=True)
class Clock:
    """The days and sessions of one exchange around a data set's span; seconds since 1970 UTC throughout.

    Attributes
    ----------
    begins : (d,) int64
        When each trading date begins, covering the span and MARGIN_DAYS on either side: with the local
        midnight, or the evening before where the date's session opens then (futures), from its open on.
    midnight : (d,) int64
        Each date's exchange-local midnight, from which seconds, minutes and hours are counted.
    date : (d,) int64
        The dates, days since 1970-01-01.
    opens, closes : (s,) int64
        Regular sessions in order; empty where no calendar is known.
    """

    begins: npt.NDArray[np.int64]
    midnight: npt.NDArray[np.int64]
    date: npt.NDArray[np.int64]
    opens: npt.NDArray[np.int64]
    closes: npt.NDArray[np.int64]

    def dates(self, times_ns: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the trading date of each moment, (n,) int64 days since 1970-01-01."""
        return self.date[np.searchsorted(self.begins, times_ns // NS, "right") - 1]

    @property
    def crosses_midnight(self) -> bool:
        """Whether a trading date begins on the evening before."""
        return bool(np.any(self.begins != self.midnight))

    def rule(self, unit: str, size: Size, scope: str, anchor: str) -> Rule:
        """Return a period as `period_of` takes it; one that is no time is as if it had no width."""
        width = 0 if unit not in UNITS or unit == "day" else UNITS[unit] * int(size)  # type: ignore[arg-type]
        days = int(size) if unit == "day" else 0  # type: ignore[arg-type]
        return width, days, scope == "regular", anchor == "session"

    @functools.cached_property
    def on_minutes(self) -> bool:
        """Tell whether days and sessions begin and end with whole minutes of UTC."""
        edges = np.concatenate([self.begins, self.midnight, self.opens, self.closes])
        return not np.any(edges % UNITS["minute"])


@numba.njit(cache=True, nogil=True)
def advance(edges, second, at):  # type: ignore[no-untyped-def]
    """Return the last of `edges` at or before `second`, -1 before all; `at` is one that is not too late."""
    if at < 0 and len(edges) and edges[0] <= second:
        at = np.searchsorted(edges, second, side="right") - 1
    while at + 1 < len(edges) and edges[at + 1] <= second:
        at += 1
    return at


@numba.njit(cache=True, nogil=True)
def period_of(second, day, session, begins, midnight, date, opens, closes, rule):  # type: ignore[no-untyped-def]
    """Return the period that holds a second.

    Parameters
    ----------
    second : int
    day, session : int
        Where `advance` finds it among `begins` and `opens`.
    rule : tuple
        Of `Clock.rule`.

    Returns
    -------
    start, date, end : int
        Periods never cross from one trading date into the next. A regular session's clock stops at its close;
        the period that holds the close ends when no auction print can come any more.
    """
    width, days, regular, anchored = rule
    if days > 0:
        day = max(day - date[day] % days, 0)
        return begins[day], date[day], begins[min(day + days, len(begins) - 1)]
    opened, ends = begins[day], begins[min(day + 1, len(begins) - 1)]
    closing = session >= 0 and closes[session] >= opened and closes[session] < ends
    if regular and closing and second >= closes[session]:
        second = closes[session]
    origin = midnight[day]
    if anchored:
        if session >= 0 and (opens[session] >= opened or closes[session] > second):
            origin = opens[session]
        elif session + 1 < len(opens) and opens[session + 1] < ends:
            origin = opens[session + 1]
    start = origin + (second - origin) // width * width
    end = min(start + width, ends)
    start = max(start, opened)
    if regular and closing and start <= closes[session] < end:
        end = min(max(end, closes[session] + _GRACE), ends)
    return start, date[day], end


@numba.njit(cache=True, nogil=True)
def steps_of(second, start, end, day, session, begins, opens, closes, rule):  # type: ignore[no-untyped-def]
    """Return how far what `period_of` found of a second holds: dividing once a period is most of a fold.

    Returns
    -------
    bound : int
        Seconds from that one up to this lie in the same period.
    steady : int
        Periods up to this follow each other width by width on the same date; NEVER where the next one is
        to be looked up.
    """
    _, days, regular, _ = rule
    if days > 0:
        return end, NEVER
    ends = begins[min(day + 1, len(begins) - 1)]
    steady = min(ends, opens[session + 1]) if session + 1 < len(opens) else ends
    if session >= 0 and begins[day] <= closes[session] < ends:
        closed = second >= closes[session]
        stands = regular and (closed or start <= closes[session] < end)
        upto = steady  # a regular session's clock stands still from its close on
        if not closed:
            steady = min(steady, closes[session])
        if stands:
            return upto if closed else steady, NEVER
    return min(end, steady), steady
