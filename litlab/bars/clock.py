"""Which period a moment lies in."""

from __future__ import annotations

import dataclasses
import functools

import numba
import numpy as np
import numpy.typing as npt

from litlab.bars.units import UNITS
from litlab.ticks.columns import NS
from litlab.ticks.sessions import AUCTION_GRACE_NS


@dataclasses.dataclass(frozen=True)
class Clock:
    """The days and sessions of one exchange over a data set's span; seconds since 1970 UTC throughout.

    Attributes
    ----------
    midnight : (d,) int64
        Exchange-local midnights, one per calendar day, covering the span.
    date : (d,) int64
        The local date that begins at each, days since 1970-01-01.
    opens, closes : (s,) int64
        Regular sessions in order; empty where no calendar is known.
    """

    midnight: npt.NDArray[np.int64]
    date: npt.NDArray[np.int64]
    opens: npt.NDArray[np.int64]
    closes: npt.NDArray[np.int64]

    def periods(
        self, times_ns: npt.NDArray[np.int64], unit: str, size: int, scope: str
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the start (seconds) and the local date of the period that holds each moment, (n,) each."""
        starts, dates = np.empty(len(times_ns), np.int64), np.empty(len(times_ns), np.int64)
        width, days = (UNITS[unit] * size, 0) if unit != "day" else (0, size)
        closes = self.closes if scope == "regular" else self.closes[:0]
        seconds = np.asarray(times_ns) // NS
        _periods(seconds, self.midnight, self.date, self.opens, closes, width, days, starts, dates)
        return starts, dates

    def end_of(self, start: int, unit: str, size: int, scope: str = "all") -> int:
        """Return the second at which the period beginning at `start` ends, not later than its day.

        A regular period that holds a close ends when no auction print can come any more.
        """
        at = int(np.searchsorted(self.midnight, start, "right")) - 1
        last = min(at + (size if unit == "day" else 1), len(self.midnight) - 1)
        day_end = int(self.midnight[last]) if last > at else int(self.midnight[at]) + UNITS["day"]
        if unit == "day":
            return day_end
        end = start + UNITS[unit] * size
        session = int(np.searchsorted(self.closes, start)) if scope == "regular" else len(self.closes)
        if session < len(self.closes) and self.closes[session] < end:
            end = max(end, int(self.closes[session]) + AUCTION_GRACE_NS // NS)
        return min(end, day_end)

    @functools.cached_property
    def spans_regular(self) -> bool:
        """Tell whether a calendar is known."""
        return len(self.opens) > 0


@numba.njit(cache=True, nogil=True)
def period_of(second, midnight, date, opens, closes, width, days):  # type: ignore[no-untyped-def]
    """Return (start, date) of one second's period; `days` > 0 counts in days instead of `width` seconds."""
    at = np.searchsorted(midnight, second, side="right") - 1
    if len(closes):
        session = np.searchsorted(opens, second, side="right") - 1
        if session >= 0 and second >= closes[session] and closes[session] >= midnight[at]:
            second = closes[session]
    if days > 0:
        at = max(at - date[at] % days, 0)
        return midnight[at], date[at]
    return midnight[at] + (second - midnight[at]) // width * width, date[at]


@numba.njit(cache=True, nogil=True)
def _periods(seconds, midnight, date, opens, closes, width, days, starts, dates):  # type: ignore[no-untyped-def]
    for row in range(len(seconds)):
        starts[row], dates[row] = period_of(seconds[row], midnight, date, opens, closes, width, days)
