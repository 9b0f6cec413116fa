"""LOBSTER messages: headerless order-book events of which types 4 and 5 are trades.

``seconds after midnight, type, order id, size, price x 10,000, direction``, New York time, the date in the
file's name (``AAPL_2012-06-21_34200000_57600000_message_10.csv``). Submissions, cancellations, crosses (6)
and halts (7) are counted as filtered. ``direction`` is the resting order's: a sale lifts off a 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa

from litlab.adapters.pipeline import Pipeline, date_in_name, is_number, replaced
from litlab.adapters.reading import Reader
from litlab.adapters.trades import TradersBaseAdapter

_TYPES = {
    "time": pa.float64(), "type": pa.int64(), "order_id": pa.int64(), "size": pa.int64(),
    "price": pa.float64(), "direction": pa.int64(),
}  # fmt: skip
_TRADES = (4, 5)  # a visible and a hidden limit order's execution


class LobsterAdapter(TradersBaseAdapter):
    """LOBSTER message files."""

    name: ClassVar[str] = "lobster"
    ALIASES: ClassVar[dict[str, str]] = {"price": "price", "size": "volume"}

    def parse(self, path: Path) -> Iterator[pa.RecordBatch]:
        """Yield the file's executions in their order."""
        midnight = date_in_name(path, "AAPL_2012-06-21_34200000_57600000_message_10.csv")
        reader = Reader(path, self.account, max_rejected=self.parameters["max_rejected"])
        line = Pipeline(self, reader, "time", "price", "size")
        line.look(
            lambda cells: len(cells) == len(_TYPES) and is_number(cells[0]),
            "seconds after midnight, type, order id, size, price x 10,000, direction",
        )
        for rows in reader.rows(_TYPES):
            kind = np.asarray(rows[0].column("type").fill_null(0))
            batch, lines = line.keep(rows, np.isin(kind, _TRADES))
            # Seconds of a day times 1e9 stay below 2**53: the nearest integer is the nanosecond.
            since = np.nan_to_num(np.asarray(batch.column("time").fill_null(-1)), nan=-1, posinf=-1) * 1e9
            since = np.rint(np.clip(since, -1, 1e17)).astype(np.int64)
            price = np.asarray(batch.column("price").fill_null(0)) / 10_000
            rows = line.clock((replaced(batch, "price", price), lines), midnight, since)
            yield from line.ticks(rows, zone="America/New_York")
