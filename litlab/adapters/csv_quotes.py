"""Any delimited text of quotes: a time, a bid and an ask; columns are named by parameters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa

from litlab.adapters.csv import Delimited
from litlab.adapters.quotes import QuotePipeline, QuotesBaseAdapter


class CsvQuotesAdapter(QuotesBaseAdapter):
    """Delimited text of quotes.

    Parameters (beside those of every quote adapter)
    ----------
    time, bid, ask : str
        Names of the columns.
    bid_size, ask_size : str
        Names of the columns of sizes; "" for a file that has none.
    time_unit, zone, delimiter, columns, date, date_format
        As for the adapter ``csv``.
    """

    name: ClassVar[str] = "csv_quotes"
    PARAMETERS: ClassVar[dict[str, Any]] = {
        **QuotesBaseAdapter.PARAMETERS,
        "calendar": "",
        "time": "time",
        "bid": "bid",
        "ask": "ask",
        "bid_size": "bid_size",
        "ask_size": "ask_size",
        "time_unit": "",
        "zone": "",
        "delimiter": ",",
        "columns": [],
        "date": "",
        "date_format": "%Y-%m-%d",
    }

    def read(self, path: Path) -> Iterator[pa.RecordBatch]:
        """Yield the file's rows in their order."""
        p = self.parameters
        sides = (p["bid"], p["ask"], p["bid_size"], p["ask_size"])
        file = Delimited(self, path, tuple(filter(None, sides)))
        pipe = QuotePipeline(self, file.reader, p["time"], sides)
        for rows in file.rows(pipe, dict.fromkeys(sides, pa.float64())):
            yield from pipe.quotes(rows, p["zone"])
