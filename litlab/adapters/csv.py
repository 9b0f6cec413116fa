"""Any delimited text with a time, a price and a size: columns are named by parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from litlab.adapters.adapter import Adapter
from litlab.adapters.named import NamedColumnsAdapter
from litlab.adapters.pipeline import WORD, Pipeline, header, needed, replaced, since_epoch
from litlab.adapters.reading import Reader, Rows
from litlab.adapters.times import NO_DAY, midnights, time_type
from litlab.errors import NaiveTime, UnknownName

_TYPES = {"whole": pa.int64(), "decimal": pa.float64(), "text": WORD}


class CsvAdapter(NamedColumnsAdapter):
    """Delimited text.

    Parameters (beside those that name columns)
    ----------
    delimiter : str
    fractional : bool
        Sizes may be fractions.
    columns : list of str
        The columns' names where the file has no header.
    date : str
        The column of the date where `time` is the time of day only (HH:MM:SS, with decimals or not).
    date_format : str
        How it is written, as for ``datetime.strptime``.
    types : mapping of str to {"whole", "decimal", "text"}
        How further columns are read; a column that is not named here is text.
    """

    name: ClassVar[str] = "csv"
    PARAMETERS: ClassVar[dict[str, Any]] = {
        **NamedColumnsAdapter.PARAMETERS,
        "delimiter": ",",
        "fractional": False,
        "columns": [],
        "date": "",
        "date_format": "%Y-%m-%d",
        "types": {},
    }

    def parse(self, path: Path) -> Iterator[pa.RecordBatch]:
        """Yield the file's rows in their order."""
        p, coded = self.parameters, self.parameters["conditions_column"]
        file = Delimited(self, path, (p["price"], p["volume"], *filter(None, [coded]), *p["types"]))
        types = {column: _type(name) for column, name in p["types"].items()}
        types |= {p["price"]: pa.float64(), p["volume"]: pa.float64() if p["fractional"] else pa.int64()}
        pipe = Pipeline(self, file.reader, p["time"], p["price"], p["volume"])
        conditions = (lambda batch: batch.column(coded)) if coded else None
        for rows in file.rows(pipe, types):
            yield from pipe.ticks(rows, zone=p["zone"], conditions=conditions)


def _type(name: str) -> pa.DataType:
    if name not in _TYPES:
        raise UnknownName(kind="type of a column", given=str(name), known=_TYPES)
    return _TYPES[name]


class Delimited:
    """One file of delimited text whose columns a person names.

    Parameters
    ----------
    adapter : Adapter
        Its parameters ``delimiter``, ``columns``, ``time``, ``time_unit``, ``zone``, ``date``,
        ``date_format`` and ``max_rejected`` are followed.
    path : Path
    wanted : tuple of str
        Columns that the file must have beside its times.

    Raises
    ------
    MissingColumn, RepeatedColumn, NaiveTime, EmptyFile
    """

    def __init__(self, adapter: Adapter, path: Path, wanted: tuple[str, ...]) -> None:
        self.p = p = adapter.parameters
        self.reader = Reader(path, adapter.account, delimiter=p["delimiter"], max_rejected=p["max_rejected"])
        self.names = header(self.reader, p["columns"])
        needed(path, self.names, (p["time"], *wanted, *filter(None, [p["date"]])))
        self._time = pa.int64() if p["time_unit"] else self._time_type()

    def rows(self, pipe: Pipeline, types: Mapping[str, pa.DataType]) -> Iterator[Rows]:
        """Yield the rows with their times; columns are text where `types` does not say otherwise."""
        p = self.p
        known = {**{name: types.get(name, WORD) for name in self.names}, p["time"]: self._time}
        for batch, lines in self.reader.rows(known):
            if p["time_unit"]:
                stamps = since_epoch(batch.column(p["time"]), p["time_unit"], self.reader.path)
                batch = replaced(batch, p["time"], stamps)
            rows = batch, lines
            if p["date"]:
                days = midnights(batch.column(p["date"]), p["date_format"])
                since = np.asarray(batch.column(p["time"]).cast(pa.int64()).fill_null(-1))
                rows = pipe.clock(rows, days, np.where(days == NO_DAY, -1, since))
            yield rows

    def _time_type(self) -> pa.DataType:
        p = self.p
        line, first = self.reader.first_time(self.names, p["time"])
        if p["date"]:
            if not p["zone"]:
                raise NaiveTime(path=self.reader.path, line=line, given=first)
            return pa.time64("ns")
        return time_type(self.reader.path, line, first, p["zone"])
