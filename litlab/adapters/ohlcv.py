"""Bars as input: each row becomes four prints, which add up to exactly that bar again.

An open print at the bar's start may set the last price; a high and a low print may set the extremes; a close
print may set the last price and carries the whole volume. These three stand at the period's last nanosecond:
a bar's outcome is not known before it. So ``get_bars`` at the bar's own unit returns the row (one trade,
mean and max size equal to the volume), and every larger unit is folded from it. Other columns (adjusted
closes, trade counts) are not kept: beside the open print they would tell the future.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from litlab.adapters.judging import MOST_SIZE
from litlab.adapters.pipeline import WORD, Pipeline, header, needed, replaced, since_epoch
from litlab.adapters.reading import Reader, Rows
from litlab.adapters.times import time_type
from litlab.adapters.trades import TradersBaseAdapter
from litlab.bars import check_period
from litlab.bars.units import UNITS
from litlab.errors import BadParameter, UnknownName
from litlab.ticks.columns import (
    ELIGIBILITY,
    NS,
    OK_HL,
    OK_LAST,
    OK_VOLUME,
    PRICE,
    SESSION,
    TIMESTAMP,
    VOLUME,
)
from litlab.ticks.sessions import calendar_zone, local_midnights, sessions_between

_PRINTS = ("open", "high", "low", "close")
_EPOCH_DAY = date(1970, 1, 1)
_TIMES = ("time", "timestamp", "datetime", "date")
_DAY = 86_400 * NS


class OhlcvAdapter(TradersBaseAdapter):
    """Delimited bars with a header.

    Parameters (beside those of every traders adapter)
    ----------
    unit : {"second", "minute", "hour", "day"}
    size : int
        Units per bar; 1 for days.
    time, open, high, low, close, volume : str
        Names of the columns, in any case; "" for `time` takes the first of time, timestamp, datetime, date.
    stamp : {"start", "end"}
        Which end of its period a bar's time names; of days it is the date.
    time_unit : {"", "s", "ms", "us", "ns"}
        For times given as whole numbers since 1970 UTC.
    zone : str
        The zone of times that name none; the calendar's where there is one.
    delimiter : str
    columns : list of str
        The columns' names where the file has no header.
    """

    name: ClassVar[str] = "ohlcv"
    PARAMETERS: ClassVar[dict[str, Any]] = {
        **TradersBaseAdapter.PARAMETERS,
        "calendar": "",
        "unit": "day",
        "size": 1,
        "time": "",
        "open": "open",
        "high": "high",
        "low": "low",
        "close": "close",
        "volume": "volume",
        "stamp": "start",
        "time_unit": "",
        "zone": "",
        "delimiter": ",",
        "columns": [],
    }

    @functools.cached_property
    def zone(self) -> str:
        """The calendar's time zone, the parameter ``zone`` without one: days begin at its midnights."""
        return calendar_zone(self.calendar) if self.calendar else self.parameters["zone"] or "UTC"

    def parse(self, path: Path) -> Iterator[pa.RecordBatch]:
        """Yield four prints for each row, in the file's order."""
        p = self.parameters
        self._check()
        self.account.ticks_per_row = len(_PRINTS)
        reader = Reader(path, self.account, delimiter=p["delimiter"], max_rejected=p["max_rejected"])
        names = [name.lower() for name in header(reader, p["columns"])]
        time = p["time"].lower() or next((name for name in _TIMES if name in names), "time")
        values = [p[name].lower() for name in (*_PRINTS, "volume")]
        needed(path, names, (time, *values))
        types: dict[str, pa.DataType] = dict.fromkeys(names, WORD) | dict.fromkeys(values, pa.float64())
        line, first = reader.first_time(names, time)
        zone = p["zone"] or (self.zone if self.calendar else "")
        types[time] = pa.int64() if p["time_unit"] else time_type(path, line, first, zone)
        pipe = Pipeline(self, reader, time, values[3], values[4])
        for rows in reader.rows(types):
            batch, lines = _sound(pipe, rows, time, values)
            if p["time_unit"]:
                batch = replaced(batch, time, since_epoch(batch.column(time), p["time_unit"], path))
            batch, _ = pipe.placed((batch, lines), zone)
            if not batch.num_rows:
                continue
            stamps = np.asarray(batch.column(time).cast(pa.int64()))
            yield self._prints(pipe, stamps, [np.asarray(batch.column(name)) for name in values])

    def _check(self) -> None:
        p = self.parameters
        check_period(p["unit"], p["size"])
        if p["unit"] == "day" and p["size"] != 1:
            raise BadParameter(name="size", given=p["size"], wanted="bars of days hold one day each")
        if p["stamp"] not in ("start", "end"):
            raise UnknownName(kind="value of stamp", given=str(p["stamp"]), known=("start", "end"))

    def _prints(
        self, pipe: Pipeline, stamps: npt.NDArray[np.int64], values: list[npt.NDArray[np.float64]]
    ) -> pa.RecordBatch:
        begin, end = self._periods(stamps)
        times = np.stack([begin, end - 1, end - 1, end - 1], 1).ravel()
        volume = np.zeros((len(stamps), 4))
        volume[:, 3] = values[4]
        bits = np.tile(np.array([OK_LAST, OK_HL, OK_HL, OK_LAST], np.uint8), (len(stamps), 1))
        bits[:, 3] |= np.where(values[4] > 0, OK_VOLUME, 0).astype(np.uint8)
        return pa.RecordBatch.from_pydict(
            {
                TIMESTAMP: pa.array(times),
                PRICE: pa.array(np.stack(values[:4], 1).ravel()),
                VOLUME: pa.array(volume.ravel()),
                SESSION: pa.array(pipe.judge.columns(times, None)[SESSION]),
                ELIGIBILITY: pa.array(bits.ravel()),
                "print": pa.array(_PRINTS * len(stamps)).dictionary_encode(),
            }
        )

    def _periods(self, stamps: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return when the bars begin and end, (n,) int64 ns each, within the regular session they meet."""
        p = self.parameters
        if p["unit"] == "day":
            return self._days(stamps)
        width = UNITS[p["unit"]] * p["size"] * NS
        begin = stamps - (width if p["stamp"] == "end" else 0)
        end = begin + width
        if self.calendar:
            found = sessions_between(self.calendar, int(begin.min()), int(end.max()))
            begin = _clipped(begin, begin, end, found.open_ns)
            end = _clipped(end, begin, end, found.close_ns)
        return begin, end

    def _days(self, stamps: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        first, last = int(stamps.min()), int(stamps.max())
        midnights = local_midnights(self.zone, first, last + 2 * _DAY)
        at = np.searchsorted(midnights, stamps, "right") - 1
        begin, end = midnights[at], midnights[at + 1]
        if self.calendar:
            found = sessions_between(self.calendar, first, last)
            dates = (datetime.fromtimestamp(first // NS, ZoneInfo(self.zone)).date() - _EPOCH_DAY).days + at
            where = np.minimum(np.searchsorted(found.day, dates), max(len(found.day) - 1, 0))
            known = found.day[where] == dates if len(found.day) else np.zeros(len(dates), bool)
            begin = np.where(known, found.open_ns[where], begin)
            end = np.where(known, found.close_ns[where], end)
        return begin, end


def _sound(pipe: Pipeline, rows: Rows, time: str, values: list[str]) -> Rows:
    """Reject the rows that are no bars."""
    batch = rows[0]
    o, h, low, c, v = (np.asarray(batch.column(name).fill_null(np.nan)) for name in values)
    prices = np.stack([o, h, low, c])
    reasons = {
        f"{time} is empty": np.asarray(batch.column(time).is_null()),
        "a price is no finite positive number": ~(np.isfinite(prices) & (prices > 0)).all(0),
        "high and low do not enclose open and close": (h < prices.max(0)) | (low > prices.min(0)),
        f"{values[4]} is no number from 0 on": ~(np.isfinite(v) & (v >= 0)),
        f"{values[4]} is above 10^15": v > MOST_SIZE,
    }
    bad = np.zeros(batch.num_rows, bool)
    reason_of = np.full(batch.num_rows, "", object)
    for reason, which in reasons.items():
        reason_of[which & ~bad] = reason
        bad |= which
    for reason in reasons:
        pipe.reader.reject(rows[1][reason_of == reason], reason)
    return batch.filter(pa.array(~bad)), rows[1][~bad]


def _clipped(
    own: npt.NDArray[np.int64],
    begin: npt.NDArray[np.int64],
    end: npt.NDArray[np.int64],
    moments: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """Return for each period the session's moment that lies inside of it, else its own."""
    if not len(moments):
        return own
    at = np.minimum(np.searchsorted(moments, begin, "right"), len(moments) - 1)
    inside = (moments[at] > begin) & (moments[at] < end)
    return np.where(inside, moments[at], own)
