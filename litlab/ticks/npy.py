"""A ``.npy`` file that grows: rows are appended, the header is written when their number is known."""

from __future__ import annotations

import io
import os
from pathlib import Path

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
        # numpy pads its version-1 header so that it has one length for any row count.
        self._head = len(self._header())
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
        head = self._header()
        if len(head) != self._head:
            raise ValueError(f"the header of {self.rows} rows takes {len(head)} bytes, not {self._head}")
        self._file.seek(0)
        self._write(head)
        self._file.close()

    def _header(self) -> bytes:
        head = io.BytesIO()
        descr = np.lib.format.dtype_to_descr(self.dtype)
        about = {"descr": descr, "fortran_order": False, "shape": (self.rows,)}
        np.lib.format.write_array_header_1_0(head, about)
        return head.getvalue()

    def _write(self, data: bytes | memoryview) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._file.fileno(), view) :]
        except BaseException:  # the disk is full: nobody will write here any more
            self._file.close()
            raise
