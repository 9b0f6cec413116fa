"""Reading delimited text so that every physical row is accounted for.

1. The file is inflated (gzip by isal, zip, or plain) and cut into blocks of whole lines, of some 4 MiB.
2. A thread of its own does that, a little ahead, and parses the blocks in which every cell is plain
(``parsing``): there a line is a row. 3. In other blocks lines are counted before any parser sees them, then
pyarrow parses with an explicit schema. 4. If it raises, or returns another number of rows (an unclosed quote
swallows lines silently), the block is bisected by lines down to the guilty ones, whose message is the reason.
pyarrow's streaming reader cannot keep this account: a bad number ends its stream and its row numbers are None
with threads.
"""

from __future__ import annotations

import collections
import csv
import functools
import io
import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from litlab import engine
from litlab.adapters.blocks import PADDING, Block
from litlab.adapters.inflating import BROKEN, MAX_LINE, Inflated, lines_before_break, reason_of
from litlab.adapters.parsing import PlainRows
from litlab.adapters.rereading import physical_lines
from litlab.adapters.times import name_zones
from litlab.errors import BrokenArchive, EmptyFile, LineTooLong, LitlabError, MissingFile, TooManyRejects
from litlab.ticks.cache import RowAccount

_BLANK = re.compile(rb"^[ \t\r]*$\n", re.M)
_MARK = b"\xef\xbb\xbf"
_LONE_RETURN = re.compile(rb"\r(?![\r\n])")
_HEXADECIMAL = re.compile(rb"0[xX]")
_BLOCK = 4 << 20  # half as much costs a tenth more: some of the work on a block is the same for any
_AHEAD = 2  # blocks
_LOOKED_AT = 100  # times that tell whether a file names zones
_PIECE = 1 << 18  # read at a time, so that a break is told to the line it comes in
_EARLY = 200_000  # rows after which the limit on rejects is watched while reading

_Item = TypeVar("_Item")

Rows = tuple[pa.RecordBatch, npt.NDArray[np.int64]]


class Reader:
    """Delimited text as record batches with the physical line number of each row.

    Parameters
    ----------
    path : Path
        ``.csv``, ``.csv.gz`` or ``.zip`` with one member.
    account : RowAccount
        Filled while reading.
    delimiter : str
    max_rejected : float
        The share of rows that may be rejected before reading stops.
    footer : bytes
        What a line begins with that closes the file and is no row of data; b"" for none.
    """

    def __init__(
        self,
        path: Path,
        account: RowAccount,
        *,
        delimiter: str = ",",
        max_rejected: float = 0.001,
        footer: bytes = b"",
    ) -> None:
        if not path.is_file():
            raise MissingFile(path=path)
        self.path, self.account, self.delimiter, self.max_rejected = path, account, delimiter, max_rejected
        self.footer = footer
        self.account.texts = functools.partial(physical_lines, path)
        self._line = self._lines_out = 0  # lines taken, lines parsed: the parsing is ahead
        self._blocks = self._whole_lines()
        self._waiting = b""

    def header(self) -> list[str]:
        """Read the first line and return its cells; EmptyFile where there is none."""
        block = self._waiting or self._next()
        if not block:
            raise EmptyFile(path=self.path)
        first, _, self._waiting = block.removeprefix(b"\xef\xbb\xbf").partition(b"\n")
        self._line = self._lines_out = 1
        text = first.decode("utf-8", "replace").rstrip("\r")
        return _cells(text, self.delimiter)

    def peek(self, count: int) -> list[list[str]]:
        """Return the cells of up to `count` lines to come, taking nothing: for files that may have no header.

        Raises
        ------
        EmptyFile
            If there is nothing to come.
        """
        self._waiting = (self._waiting or self._next()).removeprefix(b"\xef\xbb\xbf")
        if not self._waiting or self._waiting.isspace():
            raise EmptyFile(path=self.path)
        lines = itertools.islice(io.BytesIO(self._waiting), count)
        texts = (line.decode("utf-8", "replace").strip() for line in lines)
        return [_cells(text, self.delimiter) for text in texts]

    def first_time(self, names: list[str], column: str) -> tuple[int, str]:
        """Return a column's first time and its line, taking nothing; "" where no cell begins with a digit.

        A file may begin with rows that cannot be used: they say nothing about the zone of the others. So it
        is the first that names a zone, or the first that names none, whichever the first hundred mostly do.

        Raises
        ------
        EmptyFile
            If there is no data row at all.
        """
        self._waiting = self._waiting or self._next()
        if not self._waiting or self._waiting.isspace():
            raise EmptyFile(path=self.path)
        times: list[tuple[int, str]] = []
        at = names.index(column)
        for number, line in enumerate(io.BytesIO(self._waiting), self._line + 1):
            cells = _cells(line.decode("utf-8", "replace").strip(), self.delimiter)
            if len(cells) > at and cells[at][:1].isdigit():
                times.append((number, cells[at]))
            if len(times) == _LOOKED_AT:
                break
        found: dict[bool | None, list[tuple[int, str]]] = {True: [], False: [], None: []}
        for zoned, time in zip(name_zones([text for _, text in times]), times, strict=True):
            found[zoned].append(time)
        best = max(found[True], found[False], key=len) or found[None]
        return best[0] if best else (self._line + 1, "")

    def rows(self, types: Mapping[str, pa.DataType]) -> Iterator[Rows]:
        """Yield batches with the columns `types` names, in the file's order.

        Raises
        ------
        TooManyRejects
            As soon as it is certain; BrokenArchive where the compressed data end or break off.
        """
        for block, batch in _ahead(self._parsed(PlainRows(self.delimiter, types))):
            if batch is None:
                yield from self._block(block, types)
            else:
                numbers = np.arange(self._line + 1, self._line + 1 + batch.num_rows)
                self._line += batch.num_rows
                self.account.rows_in += batch.num_rows
                yield batch, numbers
            if self.account.rows_in >= _EARLY:
                self.check_rejects()
        self.check_rejects()

    def reject(self, lines: npt.NDArray[np.int64], reason: str) -> None:
        """Count rows as rejected, keeping the first few with their reason."""
        self.account.reject(lines.tolist(), reason)

    def check_rejects(self) -> None:
        """Raise TooManyRejects if more rows than the limit could not be used."""
        account = self.account
        if account.rejected > self.max_rejected * account.rows_in:
            first = account.rejects[0]
            raise TooManyRejects(
                path=self.path, line=first["line"], reason=first["reason"], rejected=account.rejected,
                rows=account.rows_in, limit=self.max_rejected,
            )  # fmt: skip

    def _next(self) -> bytes:
        """Return the next block, b"" at the end."""
        data = next(self._blocks, None)
        return b"" if data is None else data[:-PADDING].tobytes()

    def _parsed(self, plain: PlainRows) -> Iterator[tuple[bytes, pa.RecordBatch | None]]:
        waiting, self._waiting = self._waiting, b""
        if waiting:
            batch = plain.parse(waiting)
            self._lines_out += waiting.count(b"\n") if batch is None else batch.num_rows
            yield waiting, batch
        for data in self._blocks:
            batch = plain.parse_padded(data)
            block = data[:-PADDING].tobytes() if batch is None else b""
            self._lines_out += block.count(b"\n") if batch is None else batch.num_rows
            yield block, batch

    def _block(self, block: bytes, types: Mapping[str, pa.DataType]) -> Iterator[Rows]:
        count = block.count(b"\n")
        numbers = np.arange(self._line + 1, self._line + 1 + count)
        self._line += count
        self.account.rows_in += len(numbers)
        if b"\0" in block:
            block, numbers = self._without_nul(block, numbers)
        yield from self._parse(block, numbers, types)

    def _parse(
        self, block: bytes, numbers: npt.NDArray[np.int64], types: Mapping[str, pa.DataType]
    ) -> Iterator[Rows]:
        if not len(numbers):
            return
        try:
            table = _read_csv(block, self.delimiter, types)
            reason = f"the line reads as {table.num_rows} rows: a quote is not closed"
        except (pa.ArrowInvalid, pa.ArrowKeyError) as problem:
            table, reason = None, str(problem).splitlines()[0][:200]
        if table is not None and (cell := _hexadecimal(block, self.delimiter, types)):
            table, reason = None, f"{cell!r} is no decimal number"
        # Such a line may read as two rows, for which a blank line elsewhere makes up: no count tells it.
        alone = table is not None and len(numbers) == table.num_rows == 1 and block[:1] != b"\r"
        if table is not None and not alone and _LONE_RETURN.search(block):
            table, reason = None, "a carriage return ends a line inside of the line"
        if table is not None and table.num_rows == len(numbers) and not _swallows_its_end(table):
            for batch in table.combine_chunks().to_batches():
                yield batch, numbers
        elif _has_blank(
            block
        ):  # looked for only where the parser stumbled: the search costs as much as parsing
            yield from self._parse(*self._without_blanks(block, numbers), types)
        elif len(numbers) == 1 and self.footer and block.startswith(self.footer):
            self.account.filtered += 1
        elif len(numbers) == 1:
            self.reject(numbers, reason)
            if self.account.rows_in >= _EARLY:
                self.check_rejects()  # row by row takes minutes where a whole block is foreign
        else:
            half = len(numbers) // 2
            cut = 0
            for _ in range(half):
                cut = block.index(b"\n", cut) + 1
            yield from self._parse(block[:cut], numbers[:half], types)
            yield from self._parse(block[cut:], numbers[half:], types)

    def _without_nul(
        self, block: bytes, numbers: npt.NDArray[np.int64]
    ) -> tuple[bytes, npt.NDArray[np.int64]]:
        """Reject the lines that hold a NUL: no text does, damaged disks and broken copies leave them."""
        lines = block.split(b"\n")[:-1]
        damaged = np.array([b"\0" in line for line in lines])
        self.reject(numbers[damaged], "the line holds a NUL byte")
        kept = (line + b"\n" for line, bad in zip(lines, damaged, strict=True) if not bad)
        return b"".join(kept), numbers[~damaged]

    def _without_blanks(
        self, block: bytes, numbers: npt.NDArray[np.int64]
    ) -> tuple[bytes, npt.NDArray[np.int64]]:
        lines = block.split(b"\n")[:-1]
        filled = np.array([bool(line.strip()) for line in lines])
        blank = int((~filled).sum())
        self.account.blank += blank
        self.account.rows_in -= blank
        return b"".join(line + b"\n" for line, keep in zip(lines, filled, strict=True) if keep), numbers[
            filled
        ]

    def _whole_lines(self) -> Iterator[npt.NDArray[np.uint8]]:
        """Yield the inflated text in blocks of whole lines; a line that passes a block makes it longer.

        A block has PADDING zeros behind it and is valid until the next. The first is of one piece: it is
        copied as often as somebody looks at the file's beginning.
        """
        block, open_line, enough = Block(_BLOCK + 2 * _PIECE), 0, min(_PIECE, _BLOCK)
        try:
            with Inflated(self.path) as file:
                while data := file.read(_PIECE):
                    self.account.bytes_read = file.bytes_read
                    open_line = self._open_line(open_line, data, block)
                    block.append(data)
                    if block.size >= enough and b"\n" in data:
                        yield block.lines(open_line)
                        enough = _BLOCK
        except LitlabError:
            raise
        except BROKEN as problem:  # type: ignore[misc]  # isal's stubs are wrong
            whole = lines_before_break(self.path) or self._lines_out + block.count()
            raise BrokenArchive(path=self.path, line=whole + 1, reason=reason_of(problem)) from None
        if block.size and open_line:
            block.append(b"\n")
        if block.size:
            yield block.lines(0)

    def _open_line(self, before: int, data: bytes, block: Block) -> int:
        """Return the length so far of the line that a piece ends in; LineTooLong where one is no row."""
        first = data.find(b"\n")
        if before + (first if first >= 0 else len(data)) > MAX_LINE:
            raise LineTooLong(path=self.path, line=self._lines_out + 1 + block.count(), limit=MAX_LINE)
        return before + len(data) if first < 0 else len(data) - 1 - data.rfind(b"\n")


def _ahead(work: Iterator[_Item]) -> Iterator[_Item]:
    """Yield what `work` yields, in its order, while a thread makes the next items."""
    with engine.threads(1) as pool:
        waiting = collections.deque(pool.submit(next, work, None) for _ in range(_AHEAD))
        while (item := waiting.popleft().result()) is not None:
            waiting.append(pool.submit(next, work, None))
            yield item


def _swallows_its_end(table: pa.Table) -> bool:
    """Tell whether the last cell is a text that holds a line end: its quote is not closed."""
    cell = table.column(table.num_columns - 1)[-1].as_py()
    return isinstance(cell, str) and "\n" in cell


def _hexadecimal(block: bytes, delimiter: str, types: Mapping[str, pa.DataType]) -> str:
    """Return the first cell of a whole-number column that pyarrow reads as hexadecimal, "" without."""
    whole = [at for at, kind in enumerate(types.values()) if pa.types.is_integer(kind)]
    if not whole or not _HEXADECIMAL.search(block):
        return ""
    for line in filter(_HEXADECIMAL.search, io.BytesIO(block)):
        cells = _cells(line.decode("utf-8", "replace").strip(), delimiter)
        for at in whole:
            if at < len(cells) and "x" in cells[at].lower():
                return cells[at]
    return ""


def _cells(text: str, delimiter: str) -> list[str]:
    """Return the cells of one line; bytes of no text may hold what the csv module refuses."""
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return text.split(delimiter)


def _has_blank(block: bytes) -> bool:
    """Tell whether some line of the block holds nothing but white space."""
    return _BLANK.search(block) is not None


def _read_csv(data: bytes, delimiter: str, types: Mapping[str, pa.DataType]) -> pa.Table:
    if data.startswith(_MARK):
        data = _MARK + data  # pyarrow leaves one out at the start of every block: here it belongs to a cell
    return pyarrow.csv.read_csv(
        pa.BufferReader(data),
        pyarrow.csv.ReadOptions(column_names=list(types), use_threads=False, block_size=len(data) + 1),
        # An empty line is left out, not read as a row of nulls: the row count then tells that there was one.
        pyarrow.csv.ParseOptions(delimiter=delimiter, ignore_empty_lines=True),
        pyarrow.csv.ConvertOptions(
            column_types=dict(types),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
