"""Tables of numbers that are read while somebody appends to them: perf.csv, resources.csv.

Each look reads on from the byte where the last one ended. A torn last line waits for its rest. A file that
was replaced, cut or changed before that byte (a resumed run drops the rows behind its last checkpoint) is
known by its inode, its size and the bytes before the offset, and is read from the start again.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_TAIL = 64  # bytes before the offset by which a file is known again: more than the digits of one number
_MANY = 64 << 10  # bytes from which it pays to ask pyarrow: 4 MB in 12 ms instead of 300
_LAST = 16 << 10  # bytes in which a last line is looked for
_SPARE = 1.25


class GrowingTable:
    r"""A CSV of numbers with a header, followed while it grows.

    Parameters
    ----------
    path : Path
        It need not be there yet.
    keep : collection of str, optional
        The columns to hold in memory; all of them by default.

    Attributes
    ----------
    columns : tuple of str
        Those held, in the file's order.
    begun : int
        How often it was read from the start; a change means that rows known before may have gone.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "perf.csv"
    >>> _ = path.write_text("epoch,loss\n1,0.5\n2,0.2")
    >>> table = GrowingTable(path)
    >>> table.advance(), len(table)
    (True, 1)
    >>> _ = path.write_text("epoch,loss\n1,0.5\n2,0.25\n")
    >>> table.advance(), table["loss"].tolist()
    (True, [0.5, 0.25])
    """

    def __init__(self, path: Path, keep: Collection[str] | None = None) -> None:
        self.path, self.keep = Path(path), keep
        self.begun = 0
        self._begin()

    def _begin(self) -> None:
        self.begun += 1
        self.columns: tuple[str, ...] = ()
        self._header: tuple[str, ...] = ()
        self._values: Floats = np.empty((0, 0))
        self._count = self._offset = 0
        self._tail = b""
        self._seen: tuple[int, int, int] | None = None

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, name: str) -> Floats:
        """Return a column, (n,) float64, NaN where no number stands; KeyError where there is none."""
        if name not in self.columns:
            raise KeyError(name)
        found = self._values[self.columns.index(name), : self._count]
        found.flags.writeable = False
        return found

    def row(self, at: int) -> dict[str, float]:
        """Return a row by its number, from 0; negative ones count from the end."""
        return {name: float(self[name][at]) for name in self.columns}

    def advance(self) -> bool:
        """Read what has come in, and tell whether rows came or went."""
        try:
            about = os.stat(self.path)
            if self._seen == (about.st_ino, about.st_size, about.st_mtime_ns):
                return False
            file = self.path.open("rb")
        except FileNotFoundError:
            return self._count > 0 and self._gone()
        with file:
            about = os.fstat(file.fileno())
            gone = self._seen is not None and not self._goes_on(file, about) and self._gone()
            file.seek(self._offset)
            data = file.read()
        self._seen = (about.st_ino, about.st_size, about.st_mtime_ns)
        return self._take(data) or gone

    def _gone(self) -> bool:
        had = self._count > 0
        self._begin()
        return had

    def _goes_on(self, file: BinaryIO, about: os.stat_result) -> bool:
        """Tell whether all that was read still stands where it was."""
        assert self._seen is not None
        if about.st_ino != self._seen[0] or about.st_size < self._offset:
            return False
        file.seek(self._offset - len(self._tail))
        return file.read(len(self._tail)) == self._tail

    def _take(self, data: bytes) -> bool:
        complete = data[: data.rfind(b"\n") + 1]
        self._offset += len(complete)
        self._tail = (self._tail + complete[-_TAIL:])[-_TAIL:]
        if not self._header:
            first, _, complete = complete.lstrip(b"\r\n").partition(b"\n")
            if not first:
                return False
            self._header = tuple(first.decode("utf-8", "replace").strip().split(","))
            names = dict.fromkeys(self._header)
            self.columns = tuple(name for name in names if self.keep is None or name in self.keep)
            self._values = np.empty((len(self.columns), 0))
        rows = read_rows(complete, self._header, self.columns)
        self._append(rows)
        return len(rows) > 0

    def _append(self, rows: Floats) -> None:
        stop = self._count + len(rows)
        if stop > self._values.shape[1]:
            grown = np.empty((len(self.columns), int(stop * _SPARE) + 16))
            grown[:, : self._count] = self._values[:, : self._count]
            self._values = grown
        self._values[:, self._count : stop] = rows.T
        self._count = stop


def last_row(path: Path) -> dict[str, float]:
    r"""Return the last complete row of a table without reading what comes before it, {} where there is none.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "perf.csv"
    >>> _ = path.write_text("epoch,loss\n1,0.5\n2,0.25\n3,0.1")
    >>> last_row(path)
    {'epoch': 2.0, 'loss': 0.25}
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return {}
    with file:
        header = file.readline()
        end = file.seek(0, os.SEEK_END)
        file.seek(max(len(header), end - _LAST))
        data = file.read()
    names = header.decode("utf-8", "replace").strip().split(",")
    last = data[: data.rfind(b"\n") + 1].rstrip(b"\r\n").rpartition(b"\n")[2]
    rows = _slowly(last, names, names)
    return dict(zip(names, rows[0].tolist(), strict=True)) if len(rows) else {}


def read_rows(block: bytes, header: Sequence[str], columns: Sequence[str]) -> Floats:
    r"""Return the numbers of complete lines.

    Parameters
    ----------
    block : bytes
    header : sequence of str
        The names of what stands in a line; lines with another number of cells are left out.
    columns : sequence of str
        The names wanted.

    Returns
    -------
    rows : (n, columns) float64
        NaN where no number stands.

    Examples
    --------
    >>> read_rows(b"1,0.5,nan\n2,oops,3\n", ["epoch", "loss", "auc"], ["auc", "loss"]).tolist()
    [[nan, 0.5], [3.0, nan]]
    """
    if len(block) >= _MANY and len(set(header)) == len(header) and columns:
        found = _quickly(block, header, columns)
        if found is not None:
            return found
    return _slowly(block, header, columns)


def _quickly(block: bytes, header: Sequence[str], columns: Sequence[str]) -> Floats | None:
    """Return what pyarrow reads, None where it meets what is no number."""
    import pyarrow as pa
    from pyarrow import csv

    try:
        table = csv.read_csv(
            pa.BufferReader(block),
            csv.ReadOptions(column_names=list(header), use_threads=False),
            csv.ParseOptions(quote_char=False, invalid_row_handler=lambda row: "skip"),
            csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.float64()), include_columns=list(columns)
            ),
        )
    except pa.ArrowInvalid:
        return None
    found = np.empty((table.num_rows, len(columns)))
    for at, column in enumerate(table.columns):
        found[:, at] = column.to_numpy()  # null becomes NaN
    return found


def _slowly(block: bytes, header: Sequence[str], columns: Sequence[str]) -> Floats:
    places = [header.index(name) for name in columns]
    rows = []
    for line in block.decode("utf-8", "replace").split("\n"):
        cells = line.strip("\r").split(",")
        if line and len(cells) == len(header):
            rows.append([_number(cells[at]) for at in places])
    return np.array(rows, np.float64).reshape(len(rows), len(columns))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
