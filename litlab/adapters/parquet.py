"""Parquet files of ticks: columns are named by parameters, types come from the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from litlab.adapters.named import NamedColumnsAdapter
from litlab.adapters.pipeline import Pipeline, needed, since_epoch
from litlab.adapters.reading import Reader, Rows
from litlab.errors import BadParameter, BrokenArchive, NaiveTime, WrongLayout
from litlab.ticks.account import RowAccount

_BATCH = 131_072


class ParquetReader(Reader):
    """A Parquet file as batches with the number of each row, counted from 1."""

    def __init__(self, path: Path, account: RowAccount, *, max_rejected: float) -> None:
        super().__init__(path, account, max_rejected=max_rejected)
        account.texts = None  # a row is no line of text

    def batches(self) -> Iterator[Rows]:
        """Yield all rows in the file's order; BrokenArchive where it cannot be read."""
        done = 0
        try:
            for batch in pq.ParquetFile(self.path).iter_batches(_BATCH):
                self.account.rows_in += batch.num_rows
                yield batch, np.arange(done + 1, done + 1 + batch.num_rows)
                done += batch.num_rows
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as problem:
            reason = str(problem).splitlines()[0]
            raise BrokenArchive(path=self.path, line=done + 1, reason=reason) from None
        self.check_rejects()


class ParquetAdapter(NamedColumnsAdapter):
    """Parquet files; whole-number sizes stay whole, others may be fractions."""

    name: ClassVar[str] = "parquet"

    def parse(self, path: Path) -> Iterator[pa.RecordBatch]:
        """Yield the file's rows in their order."""
        p = self.parameters
        reader = ParquetReader(path, self.account, max_rejected=p["max_rejected"])
        wanted = tuple(p[name] for name in ("time", "price", "volume", "conditions_column") if p[name])
        coded = p["conditions_column"]
        line: Pipeline | None = None
        for batch, lines in reader.batches():
            if line is None:
                needed(path, batch.schema.names, wanted)
                line = Pipeline(self, reader, p["time"], p["price"], p["volume"])
            conditions = (lambda batch: batch.column(coded).cast(pa.string())) if coded else None
            yield from line.ticks((self._typed(batch, path), lines), zone=p["zone"], conditions=conditions)

    def _typed(self, batch: pa.RecordBatch, path: Path) -> pa.RecordBatch:
        """Return the batch with types that a cache can hold."""
        p = self.parameters
        arrays = {}
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if name in (p["price"], p["volume"]):
                whole = name == p["volume"] and pa.types.is_integer(column.type)
                arrays[name] = _cast(column, pa.int64() if whole else pa.float64(), name, path)
            elif name == p["time"]:
                arrays[name] = self._times(column, path)
            else:
                arrays[name] = _plain(column, name, path)
        return pa.RecordBatch.from_pydict(arrays)

    def _times(self, column: pa.Array, path: Path) -> pa.Array:
        name, unit, zone = self.parameters["time"], self.parameters["time_unit"], self.parameters["zone"]
        if pa.types.is_integer(column.type):
            column = since_epoch(column.cast(pa.int64()), unit, path)
        elif pa.types.is_date(column.type):
            column = column.cast(pa.timestamp("s"))
        if not pa.types.is_timestamp(column.type):
            wanted = f"{path} holds {column.type} in that column, no times"
            raise BadParameter(name="time", given=name, wanted=wanted)
        if column.type.tz is None and not zone:
            raise NaiveTime(path=path, line=1, given=str(column[0].as_py()))
        return _cast(column, pa.timestamp("ns", "UTC" if column.type.tz else None), name, path)


def _cast(column: pa.Array, kind: pa.DataType, name: str, path: Path) -> pa.Array:
    try:
        return column.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as problem:
        wanted = f"{path} holds {column.type} there, which is not all {kind} ({str(problem).splitlines()[0]})"
        raise BadParameter(name="column", given=name, wanted=wanted) from None


def _plain(column: pa.Array, name: str, path: Path) -> pa.Array:
    """Return a vendor's column as numbers, times or text.

    Raises
    ------
    WrongLayout
        For lists, structs and bytes.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _plain(column.dictionary_decode(), name, path)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_time(kind):
        return column
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _cast(column, pa.timestamp("ns", "UTC"), name, path)
    if pa.types.is_boolean(kind):
        return column.cast(pa.int8())
    if pa.types.is_decimal(kind):
        return column.cast(pa.float64())
    if pa.types.is_duration(kind):
        return column.cast(pa.duration("ns")).cast(pa.int64())
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        wanted = "columns of numbers, times and texts"
        raise WrongLayout(path=path, line=1, found=f"{name}: {kind}", adapter="parquet", wanted=wanted)
    return _cast(column, pa.string(), name, path)
