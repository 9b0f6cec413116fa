"""Binance public data: ``trades`` and ``aggTrades`` of spot and futures, with or without a header.

The two are told apart by their cells: whether the maker's side stands in the sixth column (trades) or the
seventh (aggTrades). Times are milliseconds, microseconds for spot from 2025 on: the value says which.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from litlab.adapters.pipeline import WORD, Pipeline, replaced
from litlab.adapters.reading import Reader
from litlab.adapters.trades import TradersBaseAdapter

_LAYOUTS = {
    5: ("id", "price", "qty", "quoteQty", "time", "isBuyerMaker", "isBestMatch"),
    6: ("id", "price", "qty", "firstId", "lastId", "time", "isBuyerMaker", "isBestMatch"),
}
_TYPES = {
    "id": pa.int64(), "price": pa.float64(), "qty": pa.float64(), "quoteQty": pa.float64(),
    "firstId": pa.int64(), "lastId": pa.int64(), "time": pa.int64(),
}  # fmt: skip
_WANTED = "id, price, quantity, …, time, true or false"
_LAST_NS = np.iinfo(np.int64).max
_MICROSECONDS_FROM = 10**14  # as milliseconds the year 5138, as microseconds 1973


def layout_of(cells: list[str]) -> tuple[str, ...]:
    """Return the column names of a row, () where it is none of Binance's.

    >>> layout_of(["28457", "4.1", "0.5", "2.05", "1499865549590", "true", "true"])[4]
    'time'
    >>> layout_of(["agg_trade_id", "price", "quantity", "first", "last", "transact_time", "is_buyer_maker"])
    ()
    """
    sides = [at for at, cell in enumerate(cells) if cell.lower() in ("true", "false")]
    if not sides or sides[0] not in _LAYOUTS or not cells[0].isdigit():
        return ()
    names = _LAYOUTS[sides[0]][: len(cells)]
    return names if len(names) == len(cells) else ()


class BinanceAdapter(TradersBaseAdapter):
    """Binance trades and aggTrades: UTC, no sessions, fractional sizes."""

    name: ClassVar[str] = "binance"
    PARAMETERS: ClassVar[dict[str, Any]] = {**TradersBaseAdapter.PARAMETERS, "calendar": ""}
    ALIASES: ClassVar[dict[str, str]] = {"price": "price", "qty": "volume"}

    def parse(self, path: Path) -> Iterator[pa.RecordBatch]:
        """Yield the file's rows in their order."""
        reader = Reader(path, self.account, max_rejected=self.parameters["max_rejected"])
        line = Pipeline(self, reader, "time", "price", "qty")
        names = layout_of(line.look(lambda cells: bool(layout_of(cells)), _WANTED))
        if "price" in (cell.lower() for cell in reader.peek(1)[0]):
            reader.header()
        for batch, lines in reader.rows({name: _TYPES.get(name, WORD) for name in names}):
            stamp = np.asarray(batch.column("time").fill_null(0))
            scale = np.where(stamp < _MICROSECONDS_FROM, 1_000_000, 1_000)
            unknown = (stamp <= 0) | (stamp > _LAST_NS // scale)
            nanos = np.where(unknown, 0, stamp) * scale
            rows = replaced(batch, "time", nanos.astype("datetime64[ns]")), lines
            rows = line.drop(rows, unknown, "time is none from 1970 to 2262 in milliseconds or microseconds")
            yield from line.ticks(rows, zone="UTC")
