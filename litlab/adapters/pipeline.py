"""What adapters of delimited text have in common: an adapter only says what its columns mean.

1. ``look`` finds the first row that has the format's shape, or refuses the file at once. 2. The adapter
converts columns batch by batch; ``drop`` rejects rows with their line and reason, ``keep`` filters what is
no trade, ``only`` one instrument. 3. ``clock`` turns times of day into times, ``ticks`` does the rest:
unusable rows, zone, session, eligibility, canonical columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from litlab.adapters.adapter import Adapter
from litlab.adapters.judging import Judge, canonical, usable
from litlab.adapters.reading import Reader, Rows
from litlab.adapters.times import COMES_TWICE, filled, nanoseconds, place
from litlab.errors import (
    BadParameter,
    ImpossibleTime,
    MissingColumn,
    NoDateInName,
    RepeatedColumn,
    SeveralInstruments,
    UnknownName,
    WrongLayout,
)
from litlab.ticks.columns import FLAGS, LINE, NS, TIMESTAMP
from litlab.ticks.sessions import calendar_span

WORD = pa.dictionary(pa.int32(), pa.string())
_LOOKED_AT = 100
EPOCH = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_]?(\d\d)[-_]?(\d\d)(?!\d)")


class Pipeline:
    """One file on its way from parsed rows to ticks.

    Parameters
    ----------
    adapter : Adapter
    reader : Reader
    time, price, volume : str
        The vendor's columns of what every tick has.
    codes_of : callable
        Splits a vendor's condition text into codes.
    """

    def __init__(
        self,
        adapter: Adapter,
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
            adapter.calendar, p.get("conditions", "us"), p.get("eligibility", "all") == "all", codes_of,
            adapter.account.unknown_codes, in_order=not adapter.by_event,
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
        texts = batch.column(column)
        if wanted:
            return self.keep(rows, equals(texts, wanted))
        for symbol in filter(None, texts.dictionary.to_pylist()):
            if symbol == self._symbol:
                continue
            at = np.flatnonzero(equals(texts, symbol))
            if len(at) and self._symbol:
                line = int(lines[at[0]])
                raise SeveralInstruments(path=self.reader.path, line=line, first=self._symbol, second=symbol)
            if len(at):
                self._symbol = symbol
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

    def placed(self, rows: Rows, zone: str) -> Rows:
        """Return the rows with their times as UTC; those without a place in zone or calendar are rejected.

        Raises
        ------
        ImpossibleTime
            For the first time that comes twice, unless the parameter ``ambiguous`` says what it means.
        """
        ambiguous = self.adapter.parameters["ambiguous"]
        given = rows[0].column(self.time)
        times, misplaced = place(given, zone, ambiguous)
        twice = misplaced.get(COMES_TWICE)
        if ambiguous == "raise" and twice is not None and twice.any():
            at = int(twice.argmax())
            raise ImpossibleTime(path=self.reader.path, line=rows[1][at], given=given[at], zone=zone)
        if self.adapter.calendar and len(given):
            first, end = calendar_span(self.adapter.calendar)
            whole = np.asarray(filled(nanoseconds(times), first))
            if whole.min() < first or whole.max() >= end:
                reason = f"the calendar {self.adapter.calendar} has no record of its time"
                misplaced[reason] = (whole < first) | (whole >= end)
        rows = replaced(rows[0], self.time, times), rows[1]
        bad = np.zeros(len(rows[1]), bool)
        for reason, which in misplaced.items():
            self.reader.reject(rows[1][which & ~bad], reason)
            bad |= which
        return (rows[0].filter(pa.array(~bad)), rows[1][~bad]) if bad.any() else rows

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
        batch, lines = self.placed((batch, lines), zone)
        if not len(lines):
            return
        times = np.asarray(nanoseconds(batch.column(self.time)))
        if self.adapter.by_event:
            times = self._event_times(batch, times)
        judged = self.judge.columns(times, conditions(batch) if conditions else None)
        if corrected:
            judged[FLAGS] = corrected(batch)
        if self.adapter.numbered:
            judged[LINE] = lines
        batch = canonical(batch, self.time, self.price, self.volume, judged)
        yield replaced(batch, TIMESTAMP, times) if self.adapter.by_event else batch

    def _event_times(self, batch: pa.RecordBatch, received: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        needed(self.reader.path, batch.schema.names, (self.adapter.EVENT_TIME,))
        return self.adapter.event_times(batch, received)


def equals(column: pa.DictionaryArray, word: str) -> npt.NDArray[np.bool_]:
    """Tell of each row whether its text is `word`, (n,) bool; a null is not.

    Codes are looked at, not texts: four times as fast as comparing these.

    >>> equals(pa.array(["Trade", None, "Quote"]).dictionary_encode(), "Trade").tolist()
    [True, False, False]
    """
    hits = np.array([*(one == word for one in column.dictionary.to_pylist()), False])
    if hits[:-1].all() and not column.null_count:
        return np.ones(len(column), bool)
    found: npt.NDArray[np.bool_] = hits[np.asarray(filled(column.indices, -1))]
    return found


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
    if unit not in EPOCH:
        raise UnknownName(kind="time unit", given=str(unit), known=EPOCH)
    try:
        return pc.multiply_checked(column, EPOCH[unit]).cast(pa.timestamp("ns", "UTC"))
    except pa.ArrowInvalid:
        wanted = f"{path} holds times that lie beyond the year 2262 in this unit"
        raise BadParameter(name="time_unit", given=unit, wanted=wanted) from None


def header(reader: Reader, columns: Sequence[str]) -> list[str]:
    """Return a file's column names: its first line, or `columns` where given; a first line of these is taken.

    Parameters
    ----------
    reader : Reader
    columns : sequence of str
        What a person says of a file that may have no header; empty for one that has.
    """
    names = list(columns)
    return reader.header() if not names or reader.peek(1)[0] == names else names


def needed(path: Path, names: list[str], wanted: tuple[str, ...]) -> None:
    """Raise MissingColumn for the first of `wanted` that a header does not name.

    Raises
    ------
    RepeatedColumn
        Where it names two columns alike.
    """
    for at, column in enumerate(names):
        if column in names[:at]:
            raise RepeatedColumn(path=path, column=column)
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
    return text.replace(".", "", 1).isdecimal()
