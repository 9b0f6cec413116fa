"""What adapters of delimited text have in common: an adapter only says what its columns mean.

1. ``look`` finds the first row that has the format's shape, or refuses the file at once. 2. The adapter
converts columns batch by batch; ``drop`` rejects rows with their line and reason, ``keep`` filters what is
no trade, ``only`` one instrument. 3. ``clock`` turns times of day into times, ``ticks`` does the rest:
unusable rows, zone, session, eligibility, canonical columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from litlab.adapters.judging import Judge, canonical, usable
from litlab.adapters.reading import Reader, Rows
from litlab.adapters.times import read_times
from litlab.adapters.trades import TradersBaseAdapter
from litlab.errors import (
    BadParameter,
    MissingColumn,
    NoDateInName,
    SeveralInstruments,
    UnknownName,
    WrongLayout,
)
from litlab.ticks.columns import FLAGS, NS

WORD = pa.dictionary(pa.int32(), pa.string())
_LOOKED_AT = 100
_EPOCH = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_]?(\d\d)[-_]?(\d\d)(?!\d)")


class Pipeline:
    """One file on its way from parsed rows to ticks.

    Parameters
    ----------
    adapter : TradersBaseAdapter
    reader : Reader
    time, price, volume : str
        The vendor's columns of what every tick has.
    codes_of : callable
        Splits a vendor's condition text into codes.
    """

    def __init__(
        self,
        adapter: TradersBaseAdapter,
        reader: Reader,
        time: str,
        price: str,
        volume: str,
        codes_of: Callable[[str], list[str]] = list,
    ) -> None:
        self.adapter, self.reader = adapter, reader
        self.time, self.price, self.volume = time, price, volume
        p = adapter.parameters
        self.judge = Judge(
            adapter.calendar, p["conditions"], p["eligibility"] == "all", codes_of,
            adapter.account.unknown_codes,
        )  # fmt: skip
        self._symbol = ""

    def look(self, fits: Callable[[list[str]], bool], wanted: str) -> list[str]:
        """Return the cells of the first row that `fits`, taking nothing.

        Raises
        ------
        WrongLayout
            If none of the first hundred does: bisecting a whole foreign file row by row takes minutes.
        """
        rows = self.reader.peek(_LOOKED_AT)
        for cells in rows:
            if fits(cells):
                return cells
        found = self.reader.delimiter.join(rows[0])[:80]
        raise WrongLayout(
            path=self.reader.path, line=1, found=found, adapter=self.adapter.name, wanted=wanted
        )

    def drop(self, rows: Rows, bad: npt.NDArray[np.bool_], reason: str) -> Rows:
        """Reject rows for a reason."""
        batch, lines = rows
        if not bad.any():
            return rows
        self.reader.reject(lines[bad], reason)
        return batch.filter(pa.array(~bad)), lines[~bad]

    def keep(self, rows: Rows, good: npt.NDArray[np.bool_]) -> Rows:
        """Filter the rows that are no trades."""
        batch, lines = rows
        if good.all():
            return rows
        self.adapter.account.filtered += int((~good).sum())
        return batch.filter(pa.array(good)), lines[good]

    def only(self, rows: Rows, column: str, wanted: str) -> Rows:
        """Keep the rows of one instrument, the only one where `wanted` is "".

        Raises
        ------
        SeveralInstruments
        """
        batch, lines = rows
        texts = batch.column(column).cast(pa.string())
        if wanted:
            return self.keep(rows, np.asarray(pc.equal(texts, wanted).fill_null(False)))
        for symbol in filter(None, pc.unique(texts).to_pylist()):
            self._symbol = self._symbol or symbol
            if symbol != self._symbol:
                line = int(lines[texts.index(symbol).as_py()])
                raise SeveralInstruments(path=self.reader.path, line=line, first=self._symbol, second=symbol)
        return rows

    def clock(self, rows: Rows, midnight_ns: npt.ArrayLike, since_ns: npt.NDArray[Any]) -> Rows:
        """Replace the time column by naive times: `since_ns` after a midnight; -1 or a day and more is none.

        Parameters
        ----------
        midnight_ns : int or (n,) int64
            The local midnight as if it were UTC.
        since_ns : (n,) int64
        """
        known = (since_ns >= 0) & (since_ns < 86_400 * NS)
        batch, lines = rows
        stamps = pa.array(np.asarray(midnight_ns) + since_ns, pa.timestamp("ns"))
        batch = batch.set_column(batch.schema.get_field_index(self.time), self.time, stamps)
        return self.drop((batch, lines), ~known, f"{self.time} is no time of day")

    def ticks(
        self,
        rows: Rows,
        *,
        zone: str = "",
        conditions: Callable[[pa.RecordBatch], pa.Array] | None = None,
        corrected: Callable[[pa.RecordBatch], npt.NDArray[np.uint8]] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the canonical batch of the rows that can be used, if any.

        Parameters
        ----------
        zone : str
            Where the time column is naive.
        conditions : callable, optional
            Returns the condition texts of a batch.
        corrected : callable, optional
            Returns the flags of a batch, (n,) uint8.
        """
        batch, lines = usable(*rows, self.reader, self.time, self.price, self.volume)
        if not len(lines):
            return
        batch = read_times(batch, self.time, self.reader.path, zone)
        times = np.asarray(batch.column(self.time).cast(pa.int64()))
        judged = self.judge.columns(times, conditions(batch) if conditions else None)
        if corrected:
            judged[FLAGS] = corrected(batch)
        yield canonical(batch, self.time, self.price, self.volume, judged)


def date_in_name(path: Path, example: str) -> int:
    """Return the midnight of the date in a file's name, as if it were UTC, int ns.

    Raises
    ------
    NoDateInName

    Examples
    --------
    >>> date_in_name(Path("lean/bac/20131007_trade.zip"), "") // 86_400_000_000_000
    15985
    """
    for year, month, day in _DATE.findall(path.name):
        try:
            found = date(int(year), int(month), int(day))
        except ValueError:
            continue
        return (found - date(1970, 1, 1)).days * 86_400 * NS
    raise NoDateInName(path=path, example=example)


def since_epoch(column: pa.Array, unit: str, path: Path) -> pa.Array:
    """Return whole numbers of "s", "ms", "us" or "ns" since 1970 UTC as times.

    Raises
    ------
    UnknownName
        For another unit; BadParameter where the numbers reach beyond the year 2262.
    """
    if unit not in _EPOCH:
        raise UnknownName(kind="time unit", given=str(unit), known=_EPOCH)
    try:
        return pc.multiply_checked(column, _EPOCH[unit]).cast(pa.timestamp("ns", "UTC"))
    except pa.ArrowInvalid:
        wanted = f"{path} holds times that lie beyond the year 2262 in this unit"
        raise BadParameter(name="time_unit", given=unit, wanted=wanted) from None


def needed(path: Path, names: list[str], wanted: tuple[str, ...]) -> None:
    """Raise MissingColumn for the first of `wanted` that a header does not name."""
    for column in wanted:
        if column not in names:
            raise MissingColumn(path=path, column=column, found=", ".join(names) or "nothing")


def replaced(batch: pa.RecordBatch, name: str, values: Any) -> pa.RecordBatch:
    """Return the batch with a column's values replaced."""
    return batch.set_column(batch.schema.get_field_index(name), name, pa.array(values))


def is_number(text: str) -> bool:
    """Tell whether a cell is a plain decimal number.

    >>> is_number("57749465.5"), is_number("Price")
    (True, False)
    """
    return text.replace(".", "", 1).isdigit()
