"""Any delimited text with a time, a price and a size: columns are named by parameters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from litlab.adapters.adapter import TradersBaseAdapter
from litlab.adapters.judging import Judge, canonical, usable
from litlab.adapters.reading import Reader
from litlab.adapters.times import read_times, time_type
from litlab.errors import BadParameter, MissingColumn, UnknownName

_WORD = pa.dictionary(pa.int32(), pa.string())
_EPOCH = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}


class CsvAdapter(TradersBaseAdapter):
    """Delimited text.

    Parameters (beside those of every traders adapter)
    ----------
    time, price, volume : str
        Names of the columns.
    conditions_column : str
        Column of sale-condition codes, one letter each; "" without.
    time_unit : {"", "s", "ms", "us", "ns"}
        For times given as whole numbers since 1970 UTC; "" for ISO 8601 texts.
    zone : str
        The zone of times that name none.
    delimiter : str
    fractional : bool
        Sizes may be fractions.
    """

    name: ClassVar[str] = "csv"
    PARAMETERS: ClassVar[dict[str, Any]] = {
        **TradersBaseAdapter.PARAMETERS,
        "calendar": "",
        "time": "time",
        "price": "price",
        "volume": "volume",
        "conditions_column": "",
        "time_unit": "",
        "zone": "",
        "delimiter": ",",
        "fractional": False,
    }

    @property
    def aliases(self) -> dict[str, str]:
        """The file's names of price and volume."""
        return {self.parameters["price"]: "price", self.parameters["volume"]: "volume"}

    def parse(self, path: Path) -> Iterator[pa.RecordBatch]:
        """Yield the file's rows in their order."""
        p = self.parameters
        reader = Reader(path, self.account, delimiter=p["delimiter"], max_rejected=p["max_rejected"])
        names = reader.header()
        for wanted in (p["time"], p["price"], p["volume"], p["conditions_column"]):
            if wanted and wanted not in names:
                raise MissingColumn(path=path, column=wanted, found=", ".join(names) or "nothing")
        if p["time_unit"] and p["time_unit"] not in _EPOCH:
            raise UnknownName(kind="time unit", given=p["time_unit"], known=_EPOCH)
        types: dict[str, pa.DataType] = dict.fromkeys(names, _WORD)
        types[p["price"]] = pa.float64()
        types[p["volume"]] = pa.float64() if p["fractional"] else pa.int64()
        line, first = reader.first_time(names, p["time"])
        types[p["time"]] = pa.int64() if p["time_unit"] else time_type(path, line, first, p["zone"])
        every = p["eligibility"] == "all"
        judge = Judge(self.calendar, p["conditions"], every, list, self.account.unknown_codes)
        for batch, lines in reader.rows(types):
            batch, lines = usable(batch, lines, reader, p["time"], p["price"], p["volume"])
            if not len(lines):
                continue
            batch = self._timed(batch, path)
            times = np.asarray(batch.column(p["time"]).cast(pa.int64()))
            conditions = batch.column(p["conditions_column"]) if p["conditions_column"] else None
            yield canonical(batch, p["time"], p["price"], p["volume"], judge.columns(times, conditions))

    def _timed(self, batch: pa.RecordBatch, path: Path) -> pa.RecordBatch:
        name, unit = self.parameters["time"], self.parameters["time_unit"]
        if not unit:
            return read_times(batch, name, path, self.parameters["zone"])
        try:
            stamps = pc.multiply_checked(batch.column(name), _EPOCH[unit]).cast(pa.timestamp("ns", "UTC"))
        except pa.ArrowInvalid:
            wanted = f"{path} holds times that lie beyond the year 2262 in this unit"
            raise BadParameter(name="time_unit", given=unit, wanted=wanted) from None
        return batch.set_column(batch.schema.get_field_index(name), name, stamps)
