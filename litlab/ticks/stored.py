"""One column on its way to disk: plain numbers, or codes with a vocabulary; nulls are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from litlab.ticks.npy import GrowingNpy
from litlab.ticks.words import GrowingWords

_PIECE = 1 << 20  # bytes of a mask written at a time


class StoredColumn:
    """One stored column: plain numbers, or codes with a vocabulary; nulls in a mask or as code -1.

    Parameters
    ----------
    folder : Path
    file : str
        The column's file name in it, ``*.npy``.
    kind : DataType
        Of the arrays to come.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     column = StoredColumn(Path(folder), "venue.npy", pa.string())
    ...     column.append(pa.array(["NYS", None, "PSE", "NYS"]))
    ...     about = column.close()
    ...     about["words"], np.load(Path(folder) / "venue.npy").tolist()
    (['NYS', 'PSE'], [0, -1, 1, 0])
    """

    def __init__(self, folder: Path, file: str, kind: pa.DataType) -> None:
        self.folder, self.file = folder, file
        self.kind = _kind(kind)
        stored = {"text": "<i2", "time": "<i8", "clock": "<i8"}
        self.dtype = np.dtype(stored.get(self.kind) or kind.to_pandas_dtype())
        self.out = GrowingNpy(folder / file, self.dtype)
        self._words = GrowingWords(folder, file)
        self._dictionary: pa.Array | None = None  # of the last batch, and the code of each of its words
        self._local = np.empty(0, self.dtype)
        self._equal = False  # whether the codes are the places in that dictionary
        self._mask = _Mask(folder / file.replace(".npy", ".nulls.npy"))

    def append(self, array: pa.Array) -> None:
        """Add the next values."""
        if self.kind == "text":
            codes = self._codes(array)  # may widen the file
            self.out.append(codes)
            return
        if self.kind == "time":
            array = array.cast(pa.timestamp("ns", "UTC")).view(pa.int64())
        elif self.kind == "clock":
            array = array.cast(pa.time64("ns")).view(pa.int64())
        self._mask.append(array)
        if array.null_count:
            array = array.fill_null(0)
        self.out.append(array.to_numpy(zero_copy_only=False))

    def _codes(self, array: pa.Array) -> npt.NDArray[np.integer[Any]]:
        if not pa.types.is_dictionary(array.type):
            array = array.dictionary_encode()
        elif array.dictionary.null_count:
            array = array.cast(pa.large_string()).dictionary_encode()
        if self._dictionary is None or not array.dictionary.equals(self._dictionary):
            self._dictionary = array.dictionary
            local = self._words.codes(array.dictionary.to_pylist())
            if self.dtype.itemsize == 2 and self._words.count > np.iinfo(np.int16).max:
                self._widen()
            self._local = np.append(local, -1).astype(self.dtype)
            self._equal = bool((local == np.arange(len(local))).all())
        places = array.indices
        if len(self._local) == 2 and not places.null_count:
            return np.full(len(places), self._local[0])
        if self._equal and not places.null_count:
            return np.asarray(places)  # the file casts them
        if places.null_count:
            places = places.fill_null(len(self._local) - 1)
        return np.take(self._local, np.asarray(places))

    def _widen(self) -> None:
        """Rewrite the codes as int32: rare, and once."""
        self.out.close()
        narrow = np.load(self.folder / self.file, mmap_mode="r")
        (self.folder / self.file).unlink()
        self.dtype = np.dtype("<i4")
        self.out = GrowingNpy(self.folder / self.file, self.dtype)
        for at in range(0, len(narrow), _PIECE):
            self.out.append(narrow[at : at + _PIECE])

    def discard(self) -> None:
        """Let the files go as they are; nothing happens to closed ones."""
        for one in (self.out, self._words, self._mask):
            one.discard()

    def close(self) -> dict[str, Any]:
        """Finish the files and return what the manifest says of them."""
        self.out.close()
        about: dict[str, Any] = {"file": self.file, "dtype": self.dtype.str}
        if self.kind:
            about["kind"] = self.kind
        if self.kind == "text":
            about |= self._words.close()
        elif mask := self._mask.close():
            about["nulls"] = mask
        return about


class _Mask:
    """A bit for each row, set where it is null; a file only from the first null on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._out: GrowingNpy | None = None
        self._rows = 0
        self._rest = np.empty(0, bool)  # rows that do not fill a byte yet

    def append(self, array: pa.Array) -> None:
        if not array.null_count and self._out is None:
            self._rows += len(array)
            return
        out = self._out or self._open()
        missing = np.asarray(array.is_null()) if array.null_count else np.zeros(len(array), bool)
        missing = np.concatenate([self._rest, missing])
        whole = len(missing) & ~7
        out.append(np.packbits(missing[:whole], bitorder="little"))
        self._rest = missing[whole:]

    def _open(self) -> GrowingNpy:
        self._out = out = GrowingNpy(self._path, "|u1")
        for at in range(0, self._rows >> 3, _PIECE):
            out.append(np.zeros(min(_PIECE, (self._rows >> 3) - at), np.uint8))
        self._rest = np.zeros(self._rows & 7, bool)
        return out

    def discard(self) -> None:
        if self._out is not None:
            self._out.discard()

    def close(self) -> str:
        """Finish and return the file's name, "" where there was no null."""
        if self._out is None:
            return ""
        self._out.append(np.packbits(self._rest, bitorder="little"))
        self._out.close()
        return self._path.name


def _kind(kind: pa.DataType) -> str:
    """Return how a column is stored: "text" as codes, "time" and "clock" as int64 ns, "" as it is."""
    if pa.types.is_dictionary(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return "text"
    if pa.types.is_timestamp(kind):
        return "time"
    return "clock" if pa.types.is_time(kind) else ""
