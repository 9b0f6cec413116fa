"""Exchange sessions: when the market is open, and which print belongs to it."""

from __future__ import annotations

import dataclasses
import functools
import threading
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from litlab.errors import BadParameter, MissingExtra, UnknownName
from litlab.ticks.columns import CLOSED, NS, POST, PRE, REGULAR

_KEPT = 7  # calendars of an exchange that are remembered beside the newest
_MAKING = threading.Lock()
_MADE: dict[str, list[tuple[date, date, Any]]] = {}

# The closing print comes 5 to 86 s after the close; half an hour leaves room for late auctions.
AUCTION_GRACE_NS = 30 * 60 * NS
_PRE_OPENS, _POST_CLOSES = time(4), time(20)  # US extended hours, exchange-local


@dataclasses.dataclass(frozen=True)
class Sessions:
    """The regular sessions of one exchange over a span, in order.

    Attributes
    ----------
    zone : str
    day : (s,) int32
        Session dates, days since 1970-01-01.
    open_ns, close_ns : (s,) int64
        UTC; half days close early.
    break_start_ns, break_end_ns : (s,) int64, optional
        The lunch break, at the close where a session has none; None where no session has one.
    """

    zone: str
    day: npt.NDArray[np.int32]
    open_ns: npt.NDArray[np.int64]
    close_ns: npt.NDArray[np.int64]
    break_start_ns: npt.NDArray[np.int64] | None = None
    break_end_ns: npt.NDArray[np.int64] | None = None

    def classify(
        self, times_ns: npt.NDArray[np.int64], auction: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.int8]:
        """Return each tick's session, (n,) int8: 0 regular, 1 pre, 2 post, 3 closed.

        Regular is [open, close), and official auction prints up to half an hour after the close. A lunch
        break is closed; the morning's last auction is told as the day's is.
        """
        times = np.asarray(times_ns, np.int64)
        out = np.full(len(times), CLOSED, np.int8)
        if not len(self.day) or not len(times):
            return out
        begins, ends = self._extended
        at, last = np.searchsorted(begins, [times.min(), times.max()], "right") - 1
        if at != last:  # most batches lie within one day
            at = np.searchsorted(begins, times, "right") - 1
        elif at >= 0 and self._holds(at, times):
            return np.full(len(times), REGULAR, np.int8)
        known = at >= 0
        at = np.maximum(at, 0)
        opened, closed = self.open_ns[at], self.close_ns[at]
        out[known & (times < opened)] = PRE
        out[known & (times >= opened) & (times < closed)] = REGULAR
        out[known & (times >= closed) & (times < ends[at])] = POST
        if self.break_start_ns is not None and self.break_end_ns is not None:
            pauses = self.break_start_ns[at]
            rests = known & (times >= pauses) & (times < self.break_end_ns[at])
            out[rests & ~(auction & (times < pauses + AUCTION_GRACE_NS))] = CLOSED
        out[known & auction & (times >= closed) & (times < closed + AUCTION_GRACE_NS)] = REGULAR
        return out

    def _holds(self, at: int, times: npt.NDArray[np.int64]) -> bool:
        """Tell whether all times lie in one session that nothing interrupts."""
        inside = self.open_ns[at] <= times.min() and times.max() < self.close_ns[at]
        return bool(inside and self.break_start_ns is None)

    def without_breaks(self) -> Sessions:
        """Return the stretches between breaks as sessions of their own: a morning and an afternoon."""
        if self.break_start_ns is None or self.break_end_ns is None:
            return self
        whole = self.break_start_ns == self.close_ns
        pairs = (self.open_ns, self.break_end_ns), (self.break_start_ns, self.close_ns)
        opens, closes = (np.stack(pair, 1).reshape(-1) for pair in pairs)
        kept = np.stack([np.ones_like(whole), ~whole], 1).reshape(-1)
        return Sessions(self.zone, np.repeat(self.day, 2)[kept], opens[kept], closes[kept])

    def dates_begin(
        self, midnights_ns: npt.NDArray[np.int64], dates: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """Return when trading dates begin, (d,) int64 ns: at midnight, or at an open on an evening before.

        Parameters
        ----------
        midnights_ns : (d,) int64
            The local midnight of each date.
        dates : (d,) int64
            Days since 1970-01-01, ascending.
        """
        begins = midnights_ns.copy()
        at = np.minimum(np.searchsorted(dates, self.day), max(len(dates) - 1, 0))
        known = dates[at] == self.day
        np.minimum.at(begins, at[known], self.open_ns[known])
        # A session that opens two evenings before leaves the date between them none of its own.
        return np.minimum.accumulate(begins[::-1])[::-1]

    @functools.cached_property
    def _extended(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """When each session's date begins and ends, extended hours included, (s,) int64 ns each.

        Futures and crypto open before 04:00, the evening before or at midnight: their date begins then.
        """
        zone = ZoneInfo(self.zone)
        dates = [date(1970, 1, 1) + timedelta(days=int(day)) for day in self.day]
        pre = [_ns(datetime.combine(one, _PRE_OPENS, zone)) for one in dates]
        post = [_ns(datetime.combine(one, _POST_CLOSES, zone)) for one in dates]
        return (
            np.minimum(np.array(pre, np.int64), self.open_ns),
            np.maximum(np.array(post, np.int64), self.close_ns),
        )


def sessions_between(calendar: str, first_ns: int, last_ns: int) -> Sessions:
    """Return the sessions of an exchange whose dates lie within a day of [first, last].

    Parameters
    ----------
    calendar : str
        A name of exchange_calendars: "XNYS".
    first_ns, last_ns : int
        UTC.

    Raises
    ------
    UnknownName
        For a calendar nobody knows; MissingExtra where exchange_calendars is not installed; BadParameter
        for years of which it has no record.

    Examples
    --------
    >>> found = sessions_between("XNYS", 1_704_200_000 * 10**9, 1_704_300_000 * 10**9)
    >>> found.zone, len(found.day)
    ('America/New_York', 3)
    """
    first = datetime.fromtimestamp(first_ns // NS, UTC).date() - timedelta(days=1)
    last = datetime.fromtimestamp(last_ns // NS, UTC).date() + timedelta(days=1)
    return _sessions(calendar, first, last)


@functools.lru_cache(maxsize=32)
def _sessions(calendar: str, first: date, last: date) -> Sessions:
    # exchange_calendars wants a session within its bounds; a week on either side always holds one.
    found = _covering(calendar, first - timedelta(days=7), last + timedelta(days=7))
    days = found.schedule.index.values.astype("datetime64[D]").astype(np.int32)
    wanted = (days >= _day(first)) & (days <= _day(last))
    kept = found.schedule[wanted]
    opens, closes = _times(kept["open"]), _times(kept["close"])
    if not kept["break_start"].notna().any():
        return Sessions(str(found.tz), days[wanted], opens, closes)
    breaks = (_times(kept[name].fillna(kept["close"])) for name in ("break_start", "break_end"))
    return Sessions(str(found.tz), days[wanted], opens, closes, *breaks)


def _times(column: Any) -> npt.NDArray[np.int64]:
    """Return a column of a calendar's schedule as int64 ns UTC."""
    times: npt.NDArray[np.int64] = (
        column.dt.tz_convert(None).to_numpy().astype("datetime64[ns]").astype(np.int64)
    )
    return times


def _covering(calendar: str, begin: date, end: date) -> Any:
    """Return a calendar that holds [begin, end]: one that was made before, else one of whole years.

    To make one takes a fifth of a second and more, however few years it has: with a year on either side it
    serves a file's last and first weeks, and mostly the next year's files too.
    """
    with _MAKING:  # threads that cache files ask for the same one at the same time
        made = _MADE.setdefault(calendar, [])
        for first, last, found in reversed(made):
            if first <= begin and end <= last:
                return found
        spans = [(date(begin.year - more, 1, 1), date(end.year + more, 12, 31)) for more in (1, 0)]
        for first, last in spans:
            try:
                found = _calendar(calendar, first, last)
            except BadParameter:  # years of which there is no record
                continue
            made[:] = [*made[-_KEPT:], (first, last, found)]
            return found
        return _calendar(calendar, begin, end)


def calendar_zone(calendar: str) -> str:
    """Return the time zone of an exchange calendar.

    >>> calendar_zone("XNYS")
    'America/New_York'
    """
    return str(_calendar(calendar, date(2024, 1, 1), date(2024, 1, 31)).tz)


@functools.lru_cache(maxsize=32)
def _calendar(name: str, first: date, last: date) -> Any:
    try:
        import exchange_calendars
    except ImportError:
        raise MissingExtra(
            what="An exchange calendar", module="exchange_calendars", extra="calendars"
        ) from None
    known = exchange_calendars.get_calendar_names(include_aliases=True)
    if name not in known:
        raise UnknownName(kind="exchange calendar", given=name, known=known)
    try:
        return exchange_calendars.get_calendar(name, start=str(first), end=str(last))
    except ValueError as problem:
        wanted = f"it has no record of {first} to {last} ({problem})"
        raise BadParameter(name="calendar", given=name, wanted=wanted) from None


@functools.lru_cache(maxsize=32)
def calendar_span(calendar: str) -> tuple[int, int]:
    """Return from when until when an exchange calendar can be asked, int ns UTC, half-open.

    >>> first, end = calendar_span("XTKS")
    >>> datetime.fromtimestamp(first // NS, UTC).year
    1997
    """
    found = _calendar(calendar, date(2024, 1, 1), date(2024, 1, 31))
    first, last = found.bound_min(), found.bound_max()
    # Asking looks up to nine days beyond a time; years that only a misprint names take seconds to work out.
    margin = timedelta(days=10)
    begin = first.date() + margin if first is not None else date(1900, 1, 1)
    end = last.date() - margin if last is not None else date(2200, 1, 1)
    return _day(begin) * 86_400 * NS, _day(end) * 86_400 * NS


def local_midnights(zone: str, first_ns: int, last_ns: int) -> npt.NDArray[np.int64]:
    """Return the UTC instants at which the local days covering [first, last] begin, (d,) int64 ns.

    >>> [int(one) for one in local_midnights("UTC", 86_400 * 10**9 + 5, 86_400 * 10**9 + 6)]
    [86400000000000]
    """
    local = ZoneInfo(zone)
    days = (datetime.fromtimestamp(time_ns // NS, local).date() for time_ns in (first_ns, last_ns))
    return _midnights(zone, *days).copy()


@functools.lru_cache(maxsize=32)
def _midnights(zone: str, first: date, last: date) -> npt.NDArray[np.int64]:
    days = (first + timedelta(days=step) for step in range((last - first).days + 1))
    return np.array([_ns(datetime.combine(day, time(), ZoneInfo(zone))) for day in days], np.int64)


def _day(one: date) -> int:
    return (one - date(1970, 1, 1)).days


def _ns(moment: datetime) -> int:
    return int(moment.timestamp()) * NS
