"""Kibot ticks: headerless ``MM/DD/YYYY,HH:MM:SS,Price[,Bid,Ask],Size``, US Eastern time.

Kibot stamps whole seconds and repeats identical rows: each is a trade of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa

from litlab.adapters.pipeline import WORD, Pipeline
from litlab.adapters.reading import Reader
from litlab.adapters.times import NO_DAY, day_of, midnights
from litlab.adapters.trades import TradersBaseAdapter

_LAYOUTS = {
    4: ("Date", "Time", "Price", "Size"),
    6: ("Date", "Time", "Price", "Bid", "Ask", "Size"),
}
_TYPES = {
    "Date": WORD, "Time": pa.time64("ns"), "Price": pa.float64(), "Bid": pa.float64(),
    "Ask": pa.float64(), "Size": pa.int64(),
}  # fmt: skip
DATE = "%m/%d/%Y"


class KibotAdapter(TradersBaseAdapter):
    """Kibot trades, with or without the quote of the moment."""

    name: ClassVar[str] = "kibot"
    ALIASES: ClassVar[dict[str, str]] = {"Price": "price", "Size": "volume"}

    def parse(self, path: Path) -> Iterator[pa.RecordBatch]:
        """Yield the file's rows in their order."""
        reader = Reader(path, self.account, max_rejected=self.parameters["max_rejected"])
        line = Pipeline(self, reader, "Time", "Price", "Size")
        first = line.look(
            lambda cells: len(cells) in _LAYOUTS and day_of(cells[0], DATE) is not None,
            "MM/DD/YYYY, HH:MM:SS, price, [bid, ask,] size",
        )
        for batch, lines in reader.rows({name: _TYPES[name] for name in _LAYOUTS[len(first)]}):
            days = midnights(batch.column("Date"), DATE)
            since = np.asarray(batch.column("Time").cast(pa.int64()).fill_null(-1))
            rows = line.clock((batch, lines), days, np.where(days == NO_DAY, -1, since))
            yield from line.ticks(rows, zone="America/New_York")
