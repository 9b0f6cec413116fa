"""Adapters of trades: bars, sessions and views over the ticks of one instrument."""

from __future__ import annotations

import functools
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from litlab import bars
from litlab.adapters.adapter import Adapter
from litlab.bars import BarIndex, Clock, Window
from litlab.errors import UnknownName
from litlab.ticks.columns import NS
from litlab.ticks.sessions import Sessions, local_midnights, sessions_between


class TradersBaseAdapter(Adapter):
    """An adapter of trades: what feature scripts of the plugin *traders* rely on.

    Adds bars, sessions and the views ``at`` (a feature's), ``gate_at`` and ``open_at`` (a label's).
    """

    PARAMETERS: ClassVar[dict[str, Any]] = {
        **Adapter.PARAMETERS,
        "calendar": "XNYS",
        "conditions": "us",
        "eligibility": "table",
        "tick_size": 0.01,
    }

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
        """Days and sessions as bars need them."""
        first, last = self.store.files[0].first_time_ns, self.store.files[-1].last_time_ns
        midnights = local_midnights(self.zone, first, last + 7 * 86_400 * NS)
        dates = _local_dates(midnights, self.zone)
        empty = np.empty(0, np.int64)
        opens = self.sessions.open_ns // NS if self.sessions else empty
        closes = self.sessions.close_ns // NS if self.sessions else empty
        return Clock(midnights // NS, dates, opens, closes)

    @functools.cached_property
    def _bars(self) -> dict[tuple[str, int, str], BarIndex]:
        return {}

    def bar_index(self, unit: str, size: int, sessions: str | None = None) -> BarIndex:
        """Return all bars of a unit; made once per adapter object."""
        unit, size = bars.check_period(unit, size)
        scope = sessions or self.default_scope
        if scope not in bars.SCOPES:
            raise UnknownName(kind="value of sessions", given=str(scope), known=bars.SCOPES)
        key = (unit, size, scope)
        if key not in self._bars:
            self._bars[key] = BarIndex(self.store, self.clock, *key)
        return self._bars[key]

    def period_ends(
        self, start: int, stop: int, unit: str, size: int = 1, sessions: str | None = None
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the last tick of every bar that ends in [start, stop), and the moment its period ends.

        A bar whose period has not ended by the data's last tick is left out: it may go on.

        Returns
        -------
        indices : (n,) int64
        as_of_ns : (n,) int64
            The period's end; for the closing auction's bar the moment when no auction print can follow.
        """
        found = self.bar_index(unit, size, sessions)
        lo, hi = np.searchsorted(found.last, [start, stop])
        begins = found.start[lo:hi].tolist()
        ends = np.array([self.clock.end_of(one, unit, size, found.scope) for one in begins], np.int64) * NS
        over = ends <= self.store.files[-1].last_time_ns
        return found.last[lo:hi][over], ends[over]

    def bars(
        self,
        indices: npt.ArrayLike,
        count: int,
        unit: str,
        size: int = 1,
        *,
        future: bool = False,
        prevent_lookahead_bias: bool = True,
        current: str = "exclude",
        sessions: str | None = None,
        cross: bool = True,
    ) -> Window:
        """Return windows of bars with their times and reads: see ``litlab.bars.windows``."""
        index = self.bar_index(unit, size, sessions)
        return bars.windows(
            self.store, self.clock, index, np.atleast_1d(np.asarray(indices, np.int64)), count, future=future,
            prevent_lookahead_bias=prevent_lookahead_bias, current=current, cross=cross,
        )  # fmt: skip

    def get_bars(
        self,
        index: int,
        count: int,
        unit: str,
        size: int = 1,
        future: bool = False,
        prevent_lookahead_bias: bool = True,
        current: str = "exclude",
        **options: Any,
    ) -> npt.NDArray[np.float64]:
        """Return up to `count` bars before (or after) the tick `index`, oldest first.

        Parameters
        ----------
        index : int
        count : int
        unit : {"second", "minute", "hour", "day"}
        size : int
            Units per bar.
        future : bool
            Bars after the bar holding `index` instead of before it.
        prevent_lookahead_bias : bool
            False includes the bar holding `index`, complete: last of the past, first of the future.
        current : {"exclude", "partial"}
            "partial": the last row is the bar holding `index`, built of ticks up to it.
        **options
            ``sessions`` ("regular" where a calendar is known, or "all"), ``cross`` (False keeps the window
            within the day).

        Returns
        -------
        bars : (<=count, 8) float64
            open, high, low, close, trades, volume, mean size, max size; fewer rows where the data begin
            or end.
        """
        found = self.bars(
            [index], count, unit, size, future=future, prevent_lookahead_bias=prevent_lookahead_bias,
            current=current, **options,
        )  # fmt: skip
        return found.values[0, : found.lengths[0]]

    def get_bars_batch(
        self, indices: npt.ArrayLike, count: int, unit: str, size: int = 1, **options: Any
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
