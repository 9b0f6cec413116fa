"""HDF5 files whose bytes depend on their content alone and whose data can be mapped into memory.

Default libver (later ones stamp times into group headers), early allocation without fill, 4 KiB
alignment; the file is closed, its space allocated, and only then filled in place: a full disk raises an
OSError instead of killing the process.
"""

from __future__ import annotations

import contextlib
import mmap
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

Spec = tuple[tuple[int, ...], str]
_PAGE = 4096
_PIECE = 1 << 18  # stays in the processor's cache between reading and writing
_STRETCH = 8 << 20  # the disk is told of what was written


def create(
    path: Path,
    sets: Mapping[str, Spec],
    links: Mapping[str, tuple[str, str]] | None = None,
    first: str = "",
    reserve: bool = True,
) -> dict[str, int]:
    """Make a file of uninitialised contiguous datasets and return where each one's data begin.

    Parameters
    ----------
    path : Path
        Must not exist.
    sets : mapping of name to (shape, dtype)
    links : mapping of name to (file name, dataset), optional
        External links, relative to the file's folder.
    first : str
        The dataset that lies before the others; they follow by name.
    reserve : bool
        Whether the disk is asked for the space now.

    Returns
    -------
    offsets : dict of str to int
        Byte offsets; an empty dataset has none.
    """
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    plist.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    offsets = {}
    with h5py.File(path, "x", alignment_threshold=_PAGE, alignment_interval=_PAGE) as file:
        for name in sorted(sets, key=lambda name: (name != first, name)):
            shape, dtype = sets[name]
            made = file.create_dataset(name, shape, dtype, dcpl=plist.copy())
            offset = made.id.get_offset()
            if offset is not None:
                offsets[name] = int(offset)
        for name, (target, inner) in sorted((links or {}).items()):
            file[name] = h5py.ExternalLink(target, inner)
        end = file.id.get_filesize()
    if reserve:
        with open(path, "r+b") as out:
            os.posix_fallocate(out.fileno(), 0, end)
    return offsets


def write(
    path: Path,
    arrays: Mapping[str, npt.NDArray[np.generic]],
    links: Mapping[str, tuple[str, str]] | None = None,
    first: str = "",
) -> None:
    """Make a file holding `arrays`, C-ordered."""
    shapes = {name: (array.shape, array.dtype.str) for name, array in arrays.items()}
    offsets = create(path, shapes, links, first)
    with open(path, "r+b", buffering=0) as out:
        for name, offset in offsets.items():
            put(out.fileno(), offset, arrays[name])


def put(handle: int, offset: int, array: npt.NDArray[np.generic]) -> None:
    """Write an array's bytes at `offset`, all of them."""
    data = memoryview(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    while data:
        done = os.pwrite(handle, data, offset)
        data, offset = data[done:], offset + done


def copy(source: int, at: int, handle: int, offset: int, size: int) -> None:
    """Copy bytes from one open file to another, and have the disk begin with them.

    A sync that comes once everything is written would leave the disk idle until then.

    Raises
    ------
    EOFError
        If the source ends before.
    """
    piece = memoryview(bytearray(min(_PIECE, size)))
    begun, end = offset, offset + size
    while offset < end:
        count = os.preadv(source, [piece[: end - offset]], at)
        if not count:
            raise EOFError(f"{size:,} bytes were to be copied, {end - offset:,} are missing")
        put(handle, offset, np.frombuffer(piece[:count], np.uint8))
        at, offset = at + count, offset + count
        if offset - begun >= _STRETCH or offset == end:
            _begin_storing(handle, begun, offset - begun)
            begun = offset


def _begin_storing(handle: int, offset: int, size: int) -> None:
    """Have the disk begin to store what was written; the pages stay in memory while it does."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(handle, offset, size, os.POSIX_FADV_DONTNEED)


class Growing:
    """A file whose dataset ``values`` takes rows until nobody brings any more; memory holds next to none.

    A dataset that comes first and fills a page begins at the same offset whatever its length: rows are
    written there, and the file around them is made when their number is known.

    Parameters
    ----------
    path : Path
        Must not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o664)
        self._first: list[npt.NDArray[Any]] = []
        self._rows = self._written = 0

    def append(self, values: npt.NDArray[Any]) -> None:
        """Add rows; all have the shape and type of the first."""
        if self._written == 0:
            self._first.append(values)
            if sum(one.nbytes for one in self._first) < _PAGE:
                return
            values, self._first = np.concatenate(self._first), [values[:0]]
        put(self._handle, _PAGE + self._written, values)
        self._written += values.nbytes
        self._rows += len(values)

    def finish(self, others: Mapping[str, npt.NDArray[Any]]) -> None:
        """Add the other datasets and close the file; ``append`` was called once at least."""
        os.close(self._handle)
        values = np.concatenate(self._first)
        if not self._written:
            self.path.unlink()
            write(self.path, {"values": values, **others}, first="values")
            return
        frame = self.path.with_name(f"{self.path.name}.frame")
        shapes = {name: (array.shape, array.dtype.str) for name, array in others.items()}
        shape = ((self._rows, *values.shape[1:]), values.dtype.str)
        try:
            offsets = create(frame, {"values": shape, **shapes}, first="values", reserve=False)
            if offsets["values"] != _PAGE:
                raise RuntimeError(f"HDF5 puts the values at {offsets['values']}, not {_PAGE}")
            with open(frame, "r+b") as made, open(self.path, "r+b", buffering=0) as out:
                for name, array in others.items():
                    put(made.fileno(), offsets[name], array)
                end = os.fstat(made.fileno()).st_size
                for start, stop in ((0, _PAGE), (_PAGE + self._written, end)):
                    put(
                        out.fileno(), start, np.frombuffer(os.pread(made.fileno(), stop - start, start), "u1")
                    )
        finally:
            frame.unlink(missing_ok=True)

    def close(self) -> None:
        """Give up: for a file that is not finished."""
        with contextlib.suppress(OSError):
            os.close(self._handle)


def place_of(path: Path, name: str) -> tuple[tuple[int, ...], np.dtype[Any], int | None]:
    """Return shape and type of the dataset `name` of the file and where its bytes begin, None if empty."""
    with h5py.File(path, "r") as file:
        found = file[name]
        return found.shape, found.dtype, found.id.get_offset()


def mapped(path: Path, name: str) -> npt.NDArray[Any]:
    """Return the dataset `name` of the file as a read-only array mapped into memory."""
    shape, dtype, offset = place_of(path, name)
    if offset is None:
        return np.empty(shape, dtype)
    with open(path, "rb") as file:
        return np.ndarray(shape, dtype, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), offset)


def release(array: npt.NDArray[Any]) -> None:
    """Let the pages of a mapped array leave the process's memory; they come back when they are read."""
    pages: object = array.base
    if isinstance(pages, mmap.mmap):
        pages.madvise(mmap.MADV_DONTNEED)
