"""Opening raw files so that none of them can fill the memory or the disk.

A compressed file stops at a ratio: real ticks inflate 5 to 40 times, one row repeated without end 300 to
1,000 times. Text that has no line end stops at a line's length. Text whose lines end in CR alone is read as
if they ended in LF.
"""

from __future__ import annotations

import lzma
import sys
import zipfile
import zlib
from pathlib import Path
from types import TracebackType
from typing import IO

from isal import igzip, isal_zlib

from litlab.errors import InflatesTooFar, NotText

MAX_RATIO = 200  # inflated bytes per byte of the file, once FREE bytes are out
FREE = 64 << 20
MAX_LINE = 1 << 20
_PIECE, _MOST = 1 << 12, 1 << 20  # bytes of a broken file read, and inflated, at a time

_OTHERS = (
    (b"\x1f\x8b", "a gzip file under another name", "Give it a name that ends in .gz."),
    (b"PK\x03\x04", "a zip archive or a spreadsheet", "Name an archive .zip; save a spreadsheet as CSV."),
    (b"BZh", "a bzip2 file", "Unpack it, or pack it as .gz."),
    (b"\xfd7zXZ\0", "an xz file", "Unpack it, or pack it as .gz."),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file", "Unpack it, or pack it as .gz."),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "Unpack it, or pack it as .gz."),
    (b"PAR1", "a Parquet file", "Read it with the adapter parquet."),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "Write its table as CSV or Parquet."),
    (b"\x93NUMPY", "a NumPy array", "Write it as CSV or Parquet."),
    (b"SQLite format 3", "an SQLite database", "Write its table as CSV or Parquet."),
    (b"ARROW1", "an Arrow file", "Write its table as Parquet."),
    (b"%PDF-", "a PDF document", "Get the data as CSV or Parquet."),
    (b"\x89PNG", "a picture", "Get the data as CSV or Parquet."),
    (b"\xff\xfe", "text in UTF-16", "Save it as UTF-8."),
    (b"\xfe\xff", "text in UTF-16", "Save it as UTF-8."),
)  # fmt: skip

# What a damaged, encrypted or lying archive may raise, from opening it to its last byte.
BROKEN = (
    EOFError, OSError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error,
    isal_zlib.error, lzma.LZMAError,
)  # fmt: skip


class Inflated:
    """The text of a raw file: ``.csv``, ``.csv.gz`` or ``.zip`` with one member.

    Attributes
    ----------
    inflated : int
        Bytes handed out so far.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.inflated = path, 0
        self._size = path.stat().st_size
        refuse_other(path)
        self._raw: IO[bytes] = path.open("rb")
        self._carriage_returns = False
        packed = path.suffix.lower() in (".gz", ".zip")
        self._limit = max(FREE, MAX_RATIO * self._size) if packed else sys.maxsize
        try:
            self._file = self._opened()
        except BaseException:
            self._raw.close()
            raise

    def _opened(self) -> IO[bytes]:
        suffix = self.path.suffix.lower()
        if suffix == ".gz":
            return igzip.GzipFile(fileobj=self._raw)  # type: ignore[no-any-return]
        if suffix != ".zip":
            return self._raw
        archive = zipfile.ZipFile(self._raw)
        members = [one for one in archive.infolist() if not one.is_dir()]
        if len(members) != 1:
            raise zipfile.BadZipFile(f"it holds {len(members)} files; wanted one")
        self._check(members[0].file_size)
        return archive.open(members[0])

    def _check(self, inflated: int) -> None:
        if inflated > self._limit:
            raise InflatesTooFar(path=self.path, size=self._size, inflated=inflated, limit=MAX_RATIO)

    @property
    def bytes_read(self) -> int:
        """How far into the file itself reading has come."""
        return self._raw.tell()

    def read(self, count: int) -> bytes:
        """Return up to `count` bytes of text, b"" at its end.

        Raises
        ------
        InflatesTooFar
            As soon as more has come out than any ticks inflate to; one of BROKEN for a damaged file.
        """
        data = self._file.read(count)
        if not self.inflated:
            self._carriage_returns = b"\r" in data and b"\n" not in data
        self.inflated += len(data)
        self._check(self.inflated)
        return data.replace(b"\r", b"\n") if self._carriage_returns else data

    def __enter__(self) -> Inflated:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._raw.close()


def refuse_other(path: Path) -> None:
    """Raise NotText for a file that is known to be something else, by its first bytes and its name."""
    with path.open("rb") as file:
        begins = file.read(16)
    for magic, what, remedy in _OTHERS:
        own = path.suffix.lower() == {b"\x1f\x8b": ".gz", b"PK\x03\x04": ".zip"}.get(magic)
        if begins.startswith(magic) and not own:
            raise NotText(path=path, what=what, advice=remedy)


def lines_before_break(path: Path) -> int:
    """Return how many whole lines a broken gzip file gives before it breaks off, 0 for another file.

    It is inflated once more, by little pieces: a reader that asks for much at once gets nothing of the last.
    """
    lines, inflate = 0, zlib.decompressobj(31)
    if path.suffix.lower() != ".gz":
        return 0
    with path.open("rb") as file:
        while data := file.read(_PIECE):
            try:
                while data:
                    lines += inflate.decompress(data, _MOST).count(b"\n")
                    data = inflate.unconsumed_tail
                    if inflate.eof:
                        data, inflate = inflate.unused_data, zlib.decompressobj(31)
            except zlib.error:
                return lines
    return lines


def reason_of(problem: BaseException) -> str:
    """Return why a file cannot be inflated, as one half of a sentence.

    >>> reason_of(EOFError())
    'it ends early, or bytes that are no part of it follow its end'
    """
    if isinstance(problem, EOFError):
        return "it ends early, or bytes that are no part of it follow its end"
    return (str(problem) or type(problem).__name__).rstrip(".")
