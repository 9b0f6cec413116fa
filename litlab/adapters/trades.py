"""Adapters of trades: bars, sessions and views over the ticks of one instrument."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from litlab import bars
from litlab.adapters.quoted import QuotedAdapter
from litlab.bars import BarIndex, Clock, Size, Window
from litlab.bars.clock import MARGIN_DAYS
from litlab.errors import BadParameter, UnknownName
from litlab.ticks.columns import NS
from litlab.ticks.sessions import Sessions, local_midnights, sessions_between


class TradersBaseAdapter(QuotedAdapter):
    """An adapter of trades: what feature scripts of the plugin *traders* rely on.

    Adds bars, sessions and the views ``at`` (a feature's), ``gate_at`` and ``open_at`` (a label's).
    Its parameter ``ambiguous`` says what a local time means that comes twice as clocks are put back:
    "raise" refuses the file, "reject" the row, "earliest" and "latest" choose; a skipped one is rejected.
    """

    PARAMETERS: ClassVar[dict[str, Any]] = {
        **QuotedAdapter.PARAMETERS,
        "ambiguous": "raise",
        "calendar": "XNYS",
        "conditions": "us",
        "eligibility": "table",
        "tick_size": 0.01,
    }

    def __init__(self, parameters: Mapping[str, Any], cache: Path) -> None:
        super().__init__(parameters, cache)
        self._bars: dict[tuple[str, Any, str | None, str], BarIndex] = {}

    @property
    def calendar(self) -> str | None:
        """The exchange calendar's name; the parameter ``calendar``."""
        name = self.parameters["calendar"]
        return str(name) if name else None

    @property
    def tick_size(self) -> float:
        """The smallest price step; the parameter ``tick_size``."""
        return float(self.parameters["tick_size"])

    @property
    def default_scope(self) -> str:
        """What bars are made of by default: regular sessions where a calendar is known, else all ticks."""
        return "regular" if self.calendar else "all"

    @functools.cached_property
    def sessions(self) -> Sessions | None:
        """The exchange's sessions over the data, None where no calendar is known."""
        if self.calendar is None:
            return None
        first, last = self.store.files[0].first_time_ns, self.store.files[-1].last_time_ns
        return sessions_between(self.calendar, first, last)

    @functools.cached_property
    def zone(self) -> str:
        """The exchange's time zone."""
        if self.calendar is None:
            return "UTC"
        manifest = self.store.files[0].manifest if self._has_store() else None
        return str(manifest["zone"]) if manifest else _zone_of(self.calendar)

    def _has_store(self) -> bool:
        return bool(self.paths) and all(self.is_cached(path) for path in self.paths)

    @functools.cached_property
    def clock(self) -> Clock:
        """Trading dates and sessions as bars need them."""
        first, last = self.store.files[0].first_time_ns, self.store.files[-1].last_time_ns
        margin = (MARGIN_DAYS + 1) * 86_400 * NS
        midnights = local_midnights(self.zone, first - margin, last + margin)
        dates = _local_dates(midnights, self.zone)
        empty = np.empty(0, np.int64)
        opens = self.sessions.open_ns // NS if self.sessions else empty
        closes = self.sessions.close_ns // NS if self.sessions else empty
        begins = midnights if self.sessions is None else self.sessions.dates_begin(midnights, dates)
        return Clock(begins // NS, midnights // NS, dates, opens, closes)

    def bar_index(
        self, unit: str, size: Size = 1, sessions: str | None = None, anchor: str = "midnight"
    ) -> BarIndex:
        """Return all bars of a unit; made once per adapter object.

        Parameters
        ----------
        unit, size
            As in `get_bars`.
        sessions : {"regular", "all"}, optional
            What bars are made of; "regular" where a calendar is known.
        anchor : {"midnight", "session"}
            Where seconds, minutes and hours are counted from: exchange-local midnight, or the session's open.
            Days and thresholds know no other beginning than the day's.

        Raises
        ------
        UnknownName
            For another unit, scope or anchor; BadParameter for an impossible size, and for sessions to count
            from where no calendar is known.
        """
        unit, size = bars.check_period(unit, size)
        scope = sessions or self.default_scope
        if scope not in bars.SCOPES:
            raise UnknownName(kind="value of sessions", given=str(scope), known=bars.SCOPES)
        if anchor not in bars.ANCHORS:
            raise UnknownName(kind="value of anchor", given=str(anchor), known=bars.ANCHORS)
        if anchor == "session" and self.calendar is None:
            raise BadParameter(name="anchor", given=anchor, wanted="no calendar says when sessions open")
        key = (unit, tuple(size.items()) if isinstance(size, Mapping) else size, scope, anchor)
        if key not in self._bars:
            self._bars[key] = BarIndex(self.store, self.clock, unit, size, scope, anchor)
        return self._bars[key]

    def period_ends(
        self, start: int, stop: int, unit: str, size: Size = 1, sessions: str | None = None
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the last tick of every bar that ends in [start, stop), and the moment its period ends.

        A bar whose period has not ended by the data's last tick is left out: it may go on.

        Returns
        -------
        indices : (n,) int64
        as_of_ns : (n,) int64
            The period's end; for the closing auction's bar the moment when no auction print can follow, for a
            bar that reached its threshold the time of its last tick.
        """
        found = self.bar_index(unit, size, sessions)
        lo, hi = np.searchsorted(found.last, [start, stop])
        over = found.end_ns[lo:hi] <= self.store.files[-1].last_time_ns
        return found.last[lo:hi][over], found.end_ns[lo:hi][over]

    def bars(
        self,
        indices: npt.ArrayLike,
        count: int,
        unit: str,
        size: Size = 1,
        *,
        future: bool = False,
        prevent_lookahead_bias: bool = True,
        current: str = "exclude",
        sessions: str | None = None,
        cross: bool = True,
        anchor: str = "midnight",
    ) -> Window:
        """Return windows of bars with their times and reads: see ``litlab.bars.windows``."""
        index = self.bar_index(unit, size, sessions, anchor)
        return bars.windows(
            self.store, self.clock, index, np.atleast_1d(np.asarray(indices, np.int64)), count, future=future,
            prevent_lookahead_bias=prevent_lookahead_bias, current=current, cross=cross,
        )  # fmt: skip

    def get_bars(
        self,
        index: int,
        count: int,
        unit: str,
        size: Size = 1,
        future: bool = False,
        prevent_lookahead_bias: bool = True,
        current: str = "exclude",
        sessions: str | None = None,
        cross: bool = True,
        anchor: str = "midnight",
    ) -> npt.NDArray[np.float64]:
        """Return up to `count` bars before (or after) the tick `index`, oldest first.

        Parameters
        ----------
        index : int
        count : int
        unit : {"second", "minute", "hour", "day", "tick", "volume", "value"}
            The last three make a bar of so many trades, so much volume or so much money: it closes with the
            tick that reaches `size`, and a day's rest is a shorter bar (``litlab.bars.thresholds``).
        size : number or mapping
            Units per bar; for thresholds also ``{"per_day": n}``: about n bars a day, by the mean of the
            20 trading dates before.
        future : bool
            Bars after the bar holding `index` instead of before it.
        prevent_lookahead_bias : bool
            False includes the bar holding `index`, complete: last of the past, first of the future.
        current : {"exclude", "partial"}
            "partial": the last row is the bar holding `index`, built of ticks up to it.
        sessions : {"regular", "all"}, optional
            What bars are made of; "regular" where a calendar is known.
        cross : bool
            False keeps the window within the trading date.
        anchor : {"midnight", "session"}
            Count periods from exchange-local midnight, or from the session's open.

        Returns
        -------
        bars : (<=count, 8) float64
            open, high, low, close, trades, volume, mean size, max size; fewer rows where the data begin
            or end. Read-only: bars are kept once, and nothing is copied; ``.copy()`` makes them yours.
        """
        plain = current == "exclude" and prevent_lookahead_bias and cross and not future
        if plain and count.__class__ is int and count > 0:
            try:
                return self._bars[unit, size, sessions, anchor].past(index, count)
            except (KeyError, TypeError):  # not made yet; a mapping, which cannot be looked up
                pass
        values = self._get_bars(
            index, count, unit, size, future, prevent_lookahead_bias, current, sessions, cross, anchor
        )
        values.flags.writeable = False
        return values

    def _get_bars(
        self,
        index: int,
        count: int,
        unit: str,
        size: Size,
        future: bool,
        prevent_lookahead_bias: bool,
        current: str,
        sessions: str | None,
        cross: bool,
        anchor: str,
    ) -> npt.NDArray[np.float64]:
        """Return what `get_bars` returns, copied."""
        if not cross:
            found = self.bars(
                [index], count, unit, size, future=future, prevent_lookahead_bias=prevent_lookahead_bias,
                current=current, sessions=sessions, cross=cross, anchor=anchor,
            )  # fmt: skip
            return found.values[0, : found.lengths[0]]
        return self.read_bars(
            index, count, unit, size, future, prevent_lookahead_bias, current, sessions, anchor
        )[0]

    def read_bars(
        self,
        index: int,
        count: int,
        unit: str,
        size: Size = 1,
        future: bool = False,
        prevent_lookahead_bias: bool = True,
        current: str = "exclude",
        sessions: str | None = None,
        anchor: str = "midnight",
    ) -> tuple[npt.NDArray[np.float64], int, int]:
        """Return what `get_bars` returns, and the ticks [from, to) that it read: quick for one tick."""
        try:
            found = self._bars[unit, size, sessions, anchor]
        except (KeyError, TypeError):  # a mapping cannot be looked up
            found = self.bar_index(unit, size, sessions, anchor)
            if not isinstance(size, Mapping):
                self._bars[unit, size, sessions, anchor] = found
        if count.__class__ is not int or count < 1 or current != "exclude":
            bars.check_window(count, future, prevent_lookahead_bias, current)
        lo, hi, read_lo, read_hi = found.span(index, count, future, prevent_lookahead_bias)
        if current == "partial" and found.holds(hi, index):
            part = bars.fold_one(self.store, self.clock, found, index, hi)
            if not np.isnan(part[0, 3]):
                lo = max(lo, hi + 1 - count)
                read_lo = min(int(found.first[min(lo, hi)]), index)
                return np.concatenate([found.values[lo:hi], part]), read_lo, read_hi
        return found.values[lo:hi].copy(), read_lo, read_hi

    def get_bars_batch(
        self, indices: npt.ArrayLike, count: int, unit: str, size: Size = 1, **options: Any
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return ``get_bars`` of many ticks at once.

        Returns
        -------
        values : (n, count, 8) float64
            Rows past a window's length are NaN.
        lengths : (n,) int64
        reads : (n, 2) int64
            Half-open intervals of the ticks each row read.
        """
        found = self.bars(indices, count, unit, size, **options)
        return found.values, found.lengths, found.reads

    def at(self, index: int) -> Any:
        """Return the view a feature gets: the ticks up to `index`, every read recorded, no other."""
        from litlab.adapters.views import View

        return View(self, index)

    def open_at(self, index: int) -> Any:
        """Return the view a label gets: everything, every read recorded."""
        from litlab.adapters.views import OpenView

        return OpenView(self, index)

    def gate_at(self, index: int) -> Any:
        """Return the view a gate gets: a feature's, and whether the tick's period has ended."""
        from litlab.adapters.views import GateView

        return GateView(self, index)


def _zone_of(calendar: str) -> str:
    from litlab.ticks.sessions import calendar_zone

    return str(calendar_zone(calendar))


def _local_dates(midnights_ns: npt.NDArray[np.int64], zone: str) -> npt.NDArray[np.int64]:
    """Return the local date that begins at each midnight, days since 1970-01-01."""
    import pandas as pd

    local = pd.DatetimeIndex(midnights_ns.astype("datetime64[ns]")).tz_localize("UTC").tz_convert(zone)
    return np.asarray(local.tz_localize(None).normalize().values.astype("datetime64[D]").astype(np.int64))
