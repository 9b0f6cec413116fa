"""Any delimited text with a time, a price and a size: columns are named by parameters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa

from litlab.adapters.named import NamedColumnsAdapter
from litlab.adapters.pipeline import WORD, Pipeline, needed, replaced, since_epoch
from litlab.adapters.reading import Reader
from litlab.adapters.times import time_type


class CsvAdapter(NamedColumnsAdapter):
    """Delimited text.

    Parameters (beside those that name columns)
    ----------
    delimiter : str
    fractional : bool
        Sizes may be fractions.
    """

    name: ClassVar[str] = "csv"
    PARAMETERS: ClassVar[dict[str, Any]] = {
        **NamedColumnsAdapter.PARAMETERS,
        "delimiter": ",",
        "fractional": False,
    }

    def parse(self, path: Path) -> Iterator[pa.RecordBatch]:
        """Yield the file's rows in their order."""
        p = self.parameters
        reader = Reader(path, self.account, delimiter=p["delimiter"], max_rejected=p["max_rejected"])
        names = reader.header()
        coded = p["conditions_column"]
        needed(path, names, (p["time"], p["price"], p["volume"], *([coded] if coded else [])))
        types: dict[str, pa.DataType] = dict.fromkeys(names, WORD)
        types[p["price"]] = pa.float64()
        types[p["volume"]] = pa.float64() if p["fractional"] else pa.int64()
        line, first = reader.first_time(names, p["time"])
        types[p["time"]] = pa.int64() if p["time_unit"] else time_type(path, line, first, p["zone"])
        pipe = Pipeline(self, reader, p["time"], p["price"], p["volume"])
        conditions = (lambda batch: batch.column(coded)) if coded else None
        for batch, lines in reader.rows(types):
            if p["time_unit"]:
                stamps = since_epoch(batch.column(p["time"]), p["time_unit"], path)
                batch = replaced(batch, p["time"], stamps)
            yield from pipe.ticks((batch, lines), zone=p["zone"], conditions=conditions)
