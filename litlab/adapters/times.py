"""Vendor times: with a zone they are read as they are, without one the adapter must be told it."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from litlab.errors import ImpossibleTime, NaiveTime

_ZONED = re.compile(r"(Z|:\d\d\S*[+-]\d\d(:?\d\d)?)$")  # the -07 of 2013-10-07 is no zone


def time_type(path: Path, line: int, sample: str, zone: str) -> pa.DataType:
    """Return the type a file's time column is parsed as, judged by its first value; "" fits any.

    Raises
    ------
    NaiveTime
        If the value has no zone and the adapter was given none.
    """
    if _ZONED.search(sample.strip()) or not sample:
        return pa.timestamp("ns", "UTC")
    if not zone:
        raise NaiveTime(path=path, line=line, given=sample)
    return pa.timestamp("ns")


def read_times(batch: pa.RecordBatch, name: str, path: Path, zone: str) -> pa.RecordBatch:
    """Return the batch with its naive time column placed in `zone`; one with a zone is left as it is.

    Raises
    ------
    ImpossibleTime
        If the clock change makes a time ambiguous or skips it.
    """
    column = batch.column(name)
    if column.type.tz is not None:
        return batch
    try:
        zoned = pc.assume_timezone(column, zone, ambiguous="raise", nonexistent="raise")
    except pa.ArrowInvalid as problem:
        raise ImpossibleTime(path=path, zone=zone, reason=str(problem)) from None
    return batch.set_column(batch.schema.get_field_index(name), name, zoned.cast(pa.timestamp("ns", "UTC")))
