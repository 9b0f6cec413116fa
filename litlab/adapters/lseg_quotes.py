"""LSEG Tick History "Time and Sales": the rows of type Quote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa

from litlab.adapters.lseg import TimeAndSales, symbol_named
from litlab.adapters.quotes import QuotePipeline, QuotesBaseAdapter

_SIDES = ("Bid Price", "Ask Price", "Bid Size", "Ask Size")
_OF_TRADES = ("Type", "Price", "Volume")


class LsegQuotesAdapter(QuotesBaseAdapter):
    """LSEG Tick History quotes: Bid Price, Ask Price and, where the extraction has them, Bid Size, Ask Size.

    Rows of another type are filtered. An empty cell is a side that is lacking.

    Parameters (beside those of every quote adapter)
    ----------
    zone : str
        The zone of Date-Time where the file gives none.
    symbol : str
        The one RIC to read of a file that holds several.
    columns : list of str
        The header of the first part, for the further parts of an extraction: these have none.
    """

    name: ClassVar[str] = "lseg_quotes"
    PARAMETERS: ClassVar[dict[str, Any]] = {
        **QuotesBaseAdapter.PARAMETERS, "zone": "", "symbol": "", "columns": [],
    }  # fmt: skip

    def read(self, path: Path) -> Iterator[pa.RecordBatch]:
        """Yield the file's quotes in capture order."""
        file = TimeAndSales(self, path, _SIDES[:2], dict.fromkeys(_SIDES, pa.float64()))
        bid, ask, bid_size, ask_size = (name if name in file.names else "" for name in _SIDES)
        pipe = QuotePipeline(self, file.reader, file.time, (bid, ask, bid_size, ask_size), _OF_TRADES)
        for rows in file.rows(pipe, "Quote"):
            for batch in pipe.quotes(rows, file.zone):
                yield batch.rename_columns(symbol_named(batch.schema.names))
