"""Databento ``trades`` as CSV: the receive time is the clock, the event time a column of its own.

Times come as ISO 8601 or as nanoseconds, prices as decimals or as fixed-point integers of 1e-9: the first
row says which.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from litlab.adapters.pipeline import WORD, Pipeline, needed, replaced
from litlab.adapters.reading import Reader
from litlab.adapters.trades import TradersBaseAdapter

_TYPES = {
    "rtype": pa.int64(), "publisher_id": pa.int64(), "depth": pa.int64(), "size": pa.int64(),
    "flags": pa.int64(), "ts_in_delta": pa.int64(), "sequence": pa.int64(),
}  # fmt: skip
_FIXED_POINT = 1e9
_UNDEFINED = 2**63 - 1  # a price in fixed point that is none


class DatabentoAdapter(TradersBaseAdapter):
    """Databento trades.

    Parameters (beside those of every traders adapter)
    ----------
    symbol : str
        Which ``symbol`` (or ``instrument_id``, where the file has no symbols) to read; "" for the only one.
    """

    name: ClassVar[str] = "databento"
    PARAMETERS: ClassVar[dict[str, Any]] = {**TradersBaseAdapter.PARAMETERS, "calendar": "", "symbol": ""}
    ALIASES: ClassVar[dict[str, str]] = {"price": "price", "size": "volume"}
    EVENT_TIME: ClassVar[str] = "ts_event"

    def parse(self, path: Path) -> Iterator[pa.RecordBatch]:
        """Yield the file's trades in the order they were received."""
        reader = Reader(path, self.account, max_rejected=self.parameters["max_rejected"])
        names = reader.header()
        time = "ts_recv" if "ts_recv" in names else "ts_event"
        needed(path, names, (time, "price", "size"))
        line = Pipeline(self, reader, time, "price", "size")
        types = {name: _TYPES.get(name, WORD) for name in names}
        at = names.index("price")
        first = line.look(
            lambda cells: len(cells) == len(names) and cells[at][:1].isdigit(), ", ".join(names)
        )
        stamps = [name for name in ("ts_recv", "ts_event") if name in names]
        for name in stamps:
            whole = first[names.index(name)].isdigit()
            types[name] = pa.int64() if whole else pa.timestamp("ns", "UTC")
        fixed = first[at].isdigit()
        types["price"] = pa.int64() if fixed else pa.float64()
        instrument = next((name for name in ("symbol", "instrument_id") if name in names), "")
        for batch, lines in reader.rows(types):
            for name in stamps:
                batch = _as_time(batch, name)
            if fixed:
                price = np.asarray(batch.column("price").fill_null(0))
                batch = replaced(batch, "price", np.where(price == _UNDEFINED, 0, price) / _FIXED_POINT)
            rows = batch, lines
            if "action" in names:
                trade = pc.equal(batch.column("action").cast(pa.string()), "T").fill_null(False)
                rows = line.keep(rows, np.asarray(trade))
            if instrument:
                rows = line.only(rows, instrument, str(self.parameters["symbol"]))
            yield from line.ticks(rows)


def _as_time(batch: pa.RecordBatch, name: str) -> pa.RecordBatch:
    column = batch.column(name).cast(pa.timestamp("ns", "UTC"))
    return batch.set_column(batch.schema.get_field_index(name), name, column)
