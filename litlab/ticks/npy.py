"""A ``.npy`` file that grows: rows are appended, the header is written when their number is known."""

from __future__ import annotations

import functools
import io
import mmap
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


class GrowingNpy:
    """Append one-dimensional arrays of one dtype to a file that ``numpy.load(mmap_mode="r")`` opens.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = GrowingNpy(Path(folder) / "price.npy", "<f8")
    ...     file.append(np.array([1.0, 2.0]))
    ...     file.close()
    ...     np.load(Path(folder) / "price.npy").tolist()
    [1.0, 2.0]
    """

    def __init__(self, path: Path, dtype: npt.DTypeLike) -> None:
        self.path, self.dtype, self.rows = path, np.dtype(dtype), 0
        self._file = open(path, "xb", buffering=0)  # noqa: SIM115 - closed by close()
        self._head = _head_size(self.dtype)
        self._write(bytes(self._head))

    def append(self, values: npt.NDArray[np.generic]) -> None:
        """Add `values`, cast to the file's dtype."""
        data = np.ascontiguousarray(values, self.dtype)
        self._write(data.reshape(-1).view(np.uint8).data)
        self.rows += len(data)

    def discard(self) -> None:
        """Let the file go as it is, unfinished; nothing happens to a closed one."""
        self._file.close()

    def close(self) -> None:
        """Write the header and close."""
        head = _header(self.dtype, self.rows)
        if len(head) != self._head:
            raise ValueError(f"the header of {self.rows} rows takes {len(head)} bytes, not {self._head}")
        self._file.seek(0)
        self._write(head)
        self._file.close()

    def _write(self, data: bytes | memoryview) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._file.fileno(), view) :]
        except BaseException:  # the disk is full: nobody will write here any more
            self._file.close()
            raise


def mapped(path: Path) -> npt.NDArray[Any]:
    """Return the rows of a one-dimensional ``.npy`` file, (n,), memory-mapped and read-only.

    ``numpy.load`` does the same in three times the time, which counts where there are many small files.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(Path(folder) / "price.npy", np.array([1.0, 2.0]))
    ...     mapped(Path(folder) / "price.npy").tolist()
    [1.0, 2.0]
    """
    with open(path, "rb") as file:
        np.lib.format.read_magic(file)
        (rows,), _, dtype = np.lib.format.read_array_header_1_0(file)
        pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return np.frombuffer(pages, dtype, rows, file.tell())


def _header(dtype: np.dtype[Any], rows: int) -> bytes:
    head = io.BytesIO()
    about = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": (rows,)}
    np.lib.format.write_array_header_1_0(head, about)
    return head.getvalue()


@functools.cache
def _head_size(dtype: np.dtype[Any]) -> int:
    """Return how long a header is: numpy pads its version 1 so that this is one for any row count."""
    return len(_header(dtype, 0))
