"""Kibot ticks: headerless ``MM/DD/YYYY,HH:MM:SS,Price[,Bid,Ask],Size``, US Eastern time.

Kibot stamps whole seconds and repeats identical rows: each is a trade of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from litlab.adapters.pipeline import WORD, Pipeline
from litlab.adapters.reading import Reader
from litlab.adapters.trades import TradersBaseAdapter
from litlab.ticks.columns import NS

_LAYOUTS = {
    4: ("Date", "Time", "Price", "Size"),
    6: ("Date", "Time", "Price", "Bid", "Ask", "Size"),
}
_TYPES = {
    "Date": WORD, "Time": pa.time64("ns"), "Price": pa.float64(), "Bid": pa.float64(),
    "Ask": pa.float64(), "Size": pa.int64(),
}  # fmt: skip
_NO_DAY = -(1 << 62)


class KibotAdapter(TradersBaseAdapter):
    """Kibot trades, with or without the quote of the moment."""

    name: ClassVar[str] = "kibot"
    ALIASES: ClassVar[dict[str, str]] = {"Price": "price", "Size": "volume"}

    def parse(self, path: Path) -> Iterator[pa.RecordBatch]:
        """Yield the file's rows in their order."""
        reader = Reader(path, self.account, max_rejected=self.parameters["max_rejected"])
        line = Pipeline(self, reader, "Time", "Price", "Size")
        first = line.look(
            lambda cells: len(cells) in _LAYOUTS and date_of(cells[0]) is not None,
            "MM/DD/YYYY, HH:MM:SS, price, [bid, ask,] size",
        )
        for batch, lines in reader.rows({name: _TYPES[name] for name in _LAYOUTS[len(first)]}):
            days = _days(batch.column("Date"))
            since = np.asarray(batch.column("Time").cast(pa.int64()).fill_null(-1))
            rows = line.clock((batch, lines), days, np.where(days == _NO_DAY, -1, since))
            yield from line.ticks(rows, zone="America/New_York")


def _days(dates: pa.Array) -> npt.NDArray[np.int64]:
    """Return the midnights of dates as if they were UTC, (n,) int64 ns."""
    midnights = [_day(word) for word in dates.dictionary.to_pylist()]
    days: npt.NDArray[np.int64] = np.array([*midnights, _NO_DAY])[np.asarray(dates.indices.fill_null(-1))]
    return days


def date_of(text: str) -> datetime | None:
    """Return the midnight that a text MM/DD/YYYY names, None for another text.

    >>> date_of("10/07/2013"), date_of("2013-10-07")
    (datetime.datetime(2013, 10, 7, 0, 0), None)
    """
    try:
        found = datetime.strptime(text, "%m/%d/%Y")
    except ValueError:
        return None
    return found if 1900 <= found.year < 2262 else None  # int64 ns end in 2262


def _day(text: str) -> int:
    found = date_of(text or "")
    return _NO_DAY if found is None else (found - datetime(1970, 1, 1)).days * 86_400 * NS
