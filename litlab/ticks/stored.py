"""One column on its way to disk: plain numbers, or codes with a vocabulary; nulls are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from litlab.ticks.npy import GrowingNpy


class StoredColumn:
    """One stored column: plain numbers, or codes with a vocabulary; nulls in a mask or as code -1."""

    def __init__(self, folder: Path, file: str, kind: pa.DataType) -> None:
        self.folder, self.file = folder, file
        self.kind = _kind(kind)
        self.text = self.kind == "text"
        self.words: dict[str, int] = {}
        self.nulls: list[npt.NDArray[np.bool_]] = []
        self.any_null = False
        stored = {"text": "<i2", "time": "<i8", "clock": "<i8"}
        self.dtype = np.dtype(stored.get(self.kind) or kind.to_pandas_dtype())
        self.out = GrowingNpy(folder / file, self.dtype)

    def append(self, array: pa.Array) -> None:
        if self.text:
            codes = self._codes(array)  # may widen the file
            self.out.append(codes)
            return
        if self.kind == "time":
            array = array.cast(pa.timestamp("ns", "UTC")).cast(pa.int64())
        elif self.kind == "clock":
            array = array.cast(pa.time64("ns")).cast(pa.int64())
        missing = np.asarray(array.is_null()) if array.null_count else np.zeros(len(array), bool)
        self.nulls.append(missing)
        if array.null_count:
            self.any_null = True
            array = array.fill_null(0)
        self.out.append(array.to_numpy(zero_copy_only=False))

    def _codes(self, array: pa.Array) -> npt.NDArray[np.integer]:
        if not pa.types.is_dictionary(array.type):
            array = array.dictionary_encode()
        local = np.array(
            [self.words.setdefault(word, len(self.words)) for word in array.dictionary.to_pylist()], np.int64
        )
        if self.dtype.itemsize == 2 and len(self.words) > np.iinfo(np.int16).max:
            self._widen()
        codes = np.asarray(array.indices.fill_null(-1), np.int64)
        return np.where(codes >= 0, np.append(local, -1)[codes], -1)

    def _widen(self) -> None:
        """Rewrite the codes as int32: rare, and once."""
        self.out.close()
        narrow = np.load(self.folder / self.file)
        (self.folder / self.file).unlink()
        self.dtype = np.dtype("<i4")
        self.out = GrowingNpy(self.folder / self.file, self.dtype)
        self.out.append(narrow)

    def close(self) -> dict[str, Any]:
        self.out.close()
        about: dict[str, Any] = {"file": self.file, "dtype": self.dtype.str}
        if self.kind:
            about["kind"] = self.kind
        if self.text:
            about["words"] = list(self.words)
        elif self.any_null:
            about["nulls"] = self.file.replace(".npy", ".nulls.npy")
            np.save(self.folder / about["nulls"], np.packbits(np.concatenate(self.nulls), bitorder="little"))
        return about


def _kind(kind: pa.DataType) -> str:
    """Return how a column is stored: "text" as codes, "time" and "clock" as int64 ns, "" as it is."""
    if pa.types.is_dictionary(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return "text"
    if pa.types.is_timestamp(kind):
        return "time"
    return "clock" if pa.types.is_time(kind) else ""
