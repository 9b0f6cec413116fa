"""Reading delimited text so that every physical row is accounted for.

1. The file is inflated (gzip by isal, zip, or plain) and cut into blocks of whole lines, at most 4 MiB.
2. Lines are counted before any parser sees them. 3. pyarrow parses a block with an explicit schema. 4. If
it raises, or returns another number of rows (an unclosed quote swallows lines silently), the block is
bisected by lines down to the guilty ones, whose message is the reason. pyarrow's streaming reader cannot
keep this account: a bad number ends its stream and its row numbers are None with threads.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv
from isal import igzip, isal_zlib

from litlab.errors import BrokenArchive, EmptyFile, MissingFile, TooManyRejects
from litlab.ticks.cache import RowAccount

_BLANK = re.compile(rb"^[ \t\r]*$\n", re.M)
_BLOCK = 4 << 20
_PIECE = 1 << 18  # read at a time, so that a break is told to the line it comes in
_KEPT_REJECTS = 20
_EARLY = 200_000  # rows after which the limit on rejects is watched while reading

_BROKEN = (EOFError, OSError, zipfile.BadZipFile, zlib.error, isal_zlib.error)

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
        self._line = 0
        self._blocks = self._whole_lines()
        self._waiting = b""

    def header(self) -> list[str]:
        """Read the first line and return its cells; EmptyFile where there is none."""
        block = self._waiting or next(self._blocks, b"")
        if not block:
            raise EmptyFile(path=self.path)
        first, _, self._waiting = block.removeprefix(b"\xef\xbb\xbf").partition(b"\n")
        self._line = 1
        text = first.decode("utf-8", "replace").rstrip("\r")
        return _cells(text, self.delimiter)

    def peek(self, count: int) -> list[list[str]]:
        """Return the cells of up to `count` lines to come, taking nothing: for files that may have no header.

        Raises
        ------
        EmptyFile
            If there is nothing to come.
        """
        self._waiting = (self._waiting or next(self._blocks, b"")).removeprefix(b"\xef\xbb\xbf")
        if not self._waiting.strip():
            raise EmptyFile(path=self.path)
        lines = itertools.islice(io.BytesIO(self._waiting), count)
        texts = (line.decode("utf-8", "replace").strip() for line in lines)
        return [_cells(text, self.delimiter) for text in texts]

    def first_time(self, names: list[str], column: str) -> tuple[int, str]:
        """Return the first time in a column and its line, taking nothing; "" where none begins with a digit.

        A file may begin with rows that cannot be used: they say nothing about the zone of the others.

        Raises
        ------
        EmptyFile
            If there is no data row at all.
        """
        self._waiting = self._waiting or next(self._blocks, b"")
        if not self._waiting.strip():
            raise EmptyFile(path=self.path)
        at = names.index(column)
        for number, line in enumerate(io.BytesIO(self._waiting), self._line + 1):
            cells = _cells(line.decode("utf-8", "replace").strip(), self.delimiter)
            if len(cells) > at and cells[at][:1].isdigit():
                return number, cells[at]
        return self._line + 1, ""

    def rows(self, types: Mapping[str, pa.DataType]) -> Iterator[Rows]:
        """Yield batches with the columns `types` names, in the file's order.

        Raises
        ------
        TooManyRejects
            As soon as it is certain; BrokenArchive where the compressed data end or break off.
        """
        if self._waiting:
            yield from self._block(self._waiting, types)
            self._waiting = b""
        for block in self._blocks:
            yield from self._block(block, types)
        self.check_rejects()

    def reject(self, lines: npt.NDArray[np.int64], reason: str) -> None:
        """Count rows as rejected, keeping the first few with their reason."""
        self.account.rejected += len(lines)
        room = _KEPT_REJECTS - len(self.account.rejects)
        self.account.rejects.extend({"line": int(line), "reason": reason} for line in lines[: max(room, 0)])

    def check_rejects(self) -> None:
        """Raise TooManyRejects if more rows than the limit could not be used."""
        account = self.account
        if account.rejected > self.max_rejected * account.rows_in:
            first = account.rejects[0]
            raise TooManyRejects(
                path=self.path, line=first["line"], reason=first["reason"], rejected=account.rejected,
                rows=account.rows_in, limit=self.max_rejected,
            )  # fmt: skip

    def _block(self, block: bytes, types: Mapping[str, pa.DataType]) -> Iterator[Rows]:
        count = block.count(b"\n")
        numbers = np.arange(self._line + 1, self._line + 1 + count)
        self._line += count
        self.account.rows_in += len(numbers)
        yield from self._parse(block, numbers, types)
        if self.account.rows_in >= _EARLY:
            self.check_rejects()

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
        else:
            half = len(numbers) // 2
            cut = 0
            for _ in range(half):
                cut = block.index(b"\n", cut) + 1
            yield from self._parse(block[:cut], numbers[:half], types)
            yield from self._parse(block[cut:], numbers[half:], types)

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

    def _whole_lines(self) -> Iterator[bytes]:
        """Yield the inflated text in blocks of whole lines; a line that passes a block makes it longer."""
        pieces: list[bytes] = []
        size = 0
        try:
            with _open(self.path) as file:
                while data := file.read(_PIECE):
                    pieces.append(data)
                    size += len(data)
                    cut = data.rfind(b"\n") + 1 if size >= _BLOCK else 0
                    if cut:
                        pieces[-1] = data[:cut]
                        yield b"".join(pieces)
                        pieces, size = [data[cut:]], len(data) - cut
        except _BROKEN as problem:  # type: ignore[misc]  # isal's stubs are wrong
            reason = str(problem) or type(problem).__name__
            line = self._line + 1 + sum(piece.count(b"\n") for piece in pieces)
            raise BrokenArchive(path=self.path, line=line, reason=reason) from None
        if rest := b"".join(pieces):
            yield rest if rest.endswith(b"\n") else rest + b"\n"


def _swallows_its_end(table: pa.Table) -> bool:
    """Tell whether the last cell is a text that holds a line end: its quote is not closed."""
    cell = table.column(table.num_columns - 1)[-1].as_py()
    return isinstance(cell, str) and "\n" in cell


def _cells(text: str, delimiter: str) -> list[str]:
    """Return the cells of one line; bytes of no text may hold what the csv module refuses."""
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return text.split(delimiter)


def _has_blank(block: bytes) -> bool:
    """Tell whether some line of the block holds nothing but white space."""
    return _BLANK.search(block) is not None


def _open(path: Path) -> io.BufferedIOBase:
    suffix = path.suffix.lower()
    if suffix == ".gz":
        return igzip.open(path, "rb")  # type: ignore[no-any-return]
    if suffix == ".zip":
        archive = zipfile.ZipFile(path)
        members = [name for name in archive.namelist() if not name.endswith("/")]
        if len(members) != 1:
            raise zipfile.BadZipFile(f"it holds {len(members)} files; wanted one")
        return archive.open(members[0])  # type: ignore[return-value]
    return path.open("rb")


def _read_csv(data: bytes, delimiter: str, types: Mapping[str, pa.DataType]) -> pa.Table:
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
