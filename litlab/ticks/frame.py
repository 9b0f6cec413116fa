"""A stretch of ticks as a frame: nothing is read until it is asked for, and then batch by batch.

Anything that takes ``__arrow_c_stream__`` takes it: pyarrow, polars, DuckDB, ``adapters.from_arrow``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from litlab.errors import MissingExtra
from litlab.shown import Shown
from litlab.ticks.kinds import Kind
from litlab.ticks.words import Words

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from litlab.ticks.store import TickStore

BATCH = 1 << 20  # rows of a batch: 8 MB a column

# Named with their unit: pandas 3 and polars take microseconds where nobody says otherwise.
_TYPES = {
    "text": pa.dictionary(pa.int32(), pa.string()),
    "time": pa.timestamp("ns", "UTC"),
    "clock": pa.time64("ns"),
}


class TickFrame(Shown):
    """The ticks [start, stop) of a store, some columns of them, lazily.

    Parameters
    ----------
    store : TickStore
    start, stop : int
    columns : sequence of str

    Attributes
    ----------
    schema : pyarrow.Schema
        Times are timestamp[ns, UTC], times of day time64[ns], text is dictionary-coded, nulls are nulls.

    Raises
    ------
    IndexError
        Outside of the data; UnknownName, MixedColumn for a column that is none.
    """

    def __init__(self, store: TickStore, start: int, stop: int, columns: Sequence[str]) -> None:
        store.check(start, stop)
        self.store, self.start, self.stop = store, start, stop
        self.schema = pa.schema([(name, _type(store.kind(name))) for name in columns])

    def __len__(self) -> int:
        return self.stop - self.start

    def __repr__(self) -> str:
        return f"TickFrame([{self.start:,}, {self.stop:,}) of {len(self.store):,} ticks, {self.schema.names})"

    def _facts(self) -> dict[str, object]:
        return {"ticks": len(self), "from": self.start, "to": self.stop, "columns": self.schema.names}

    def batches(self, rows: int = BATCH) -> Iterator[pa.RecordBatch]:
        """Yield record batches of up to `rows` ticks, in order; a batch never crosses a file."""
        for number, lo, hi in self.store.segments(self.start, self.stop):
            for at in range(lo, hi, rows):
                arrays = [self._array(field, number, at, min(at + rows, hi)) for field in self.schema]
                yield pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    def _array(self, field: pa.Field, number: int, lo: int, hi: int) -> pa.Array:
        """Return a column of one file's rows [lo, hi)."""
        if pa.types.is_dictionary(field.type):
            return _coded(*self.store.codes(field.name, number, lo, hi))
        base = int(self.store.starts[number])
        values = self.store.column(field.name, base + lo, base + hi)
        return _nulled(values, self.store.missing(field.name, base + lo, base + hi)).cast(field.type)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Offer the ticks as an Arrow stream; every call begins anew."""
        reader = pa.RecordBatchReader.from_batches(self.schema, self.batches())
        return reader.__arrow_c_stream__(requested_schema)

    def to_arrow(self) -> pa.Table:
        """Return all of it as a pyarrow table."""
        return pa.Table.from_batches(self.batches(), self.schema)

    def to_pandas(self) -> pd.DataFrame:
        """Return all of it as a pandas frame.

        Times are datetime64[ns, UTC], times of day timedelta64[ns] since midnight (pandas has none of its own
        that keeps nanoseconds), text is categorical; whole numbers that have nulls in any file of the store
        are pandas' nullable ones (``Int64``), whatever the range, so that none is rounded.
        """
        import pandas as pd

        store, table = self.store, self.to_arrow()
        for at, field in enumerate(self.schema):
            if pa.types.is_time(field.type):
                column = table.column(at).cast(pa.int64()).cast(pa.duration("ns"))
                table = table.set_column(at, field.name, column)
        whole = [field.name for field in self.schema if pa.types.is_integer(field.type)]
        nullable = [name for name in whole if store.kind(name).nullable]
        frame: pd.DataFrame = table.drop_columns(nullable).to_pandas()
        for name in nullable:
            values = store.column(name, self.start, self.stop)
            missing = store.missing(name, self.start, self.stop)
            counted = pd.Series(pd.arrays.IntegerArray(values, missing))
            frame.insert(table.schema.get_field_index(name), name, counted)
        return frame

    def to_polars(self) -> pl.DataFrame:
        """Return all of it as a polars frame: times are Datetime("ns", "UTC"), text is categorical.

        Raises
        ------
        MissingExtra
            Where polars is not installed.
        """
        try:
            import polars as pl
        except ImportError:
            raise MissingExtra(what="to_polars", module="polars", extra="frames") from None
        return pl.DataFrame(self.to_arrow())


def _type(kind: Kind) -> pa.DataType:
    return _TYPES.get(kind.kind) or pa.from_numpy_dtype(kind.dtype)


def _coded(codes: npt.NDArray[np.int32], words: Sequence[str]) -> pa.DictionaryArray:
    """Return codes with their words; of a long vocabulary with those words only that occur."""
    missing = codes < 0
    if isinstance(words, Words):
        used = np.unique(codes[~missing])
        codes, known = np.searchsorted(used, codes).astype(np.int32), words.array.take(pa.array(used))
    else:
        known = pa.array(words, pa.string())
    return pa.DictionaryArray.from_arrays(_nulled(codes, missing), known.cast(pa.string()))


def _nulled(values: npt.NDArray[Any], missing: npt.NDArray[np.bool_]) -> pa.Array:
    return pa.array(values, mask=missing) if missing.any() else pa.array(values)
