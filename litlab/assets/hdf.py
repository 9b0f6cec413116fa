"""HDF5 files whose bytes depend on their content alone and whose data can be mapped into memory.

Default libver (later ones stamp times into group headers), early allocation without fill, 4 KiB
alignment; the file is closed, its space allocated, and only then filled in place: a full disk raises an
OSError instead of killing the process.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

Spec = tuple[tuple[int, ...], str]


def create(
    path: Path, sets: Mapping[str, Spec], links: Mapping[str, tuple[str, str]] | None = None
) -> dict[str, int]:
    """Make a file of uninitialised contiguous datasets and return where each one's data begin.

    Parameters
    ----------
    path : Path
        Must not exist.
    sets : mapping of name to (shape, dtype)
    links : mapping of name to (file name, dataset), optional
        External links, relative to the file's folder.

    Returns
    -------
    offsets : dict of str to int
        Byte offsets; an empty dataset has none.
    """
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    plist.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    offsets = {}
    with h5py.File(path, "x", alignment_threshold=4096, alignment_interval=4096) as file:
        for name in sorted(sets):
            shape, dtype = sets[name]
            made = file.create_dataset(name, shape, dtype, dcpl=plist.copy())
            offset = made.id.get_offset()
            if offset is not None:
                offsets[name] = int(offset)
        for name, (target, inner) in sorted((links or {}).items()):
            file[name] = h5py.ExternalLink(target, inner)
        end = file.id.get_filesize()
    with open(path, "r+b") as out:
        os.posix_fallocate(out.fileno(), 0, end)
    return offsets


def write(
    path: Path,
    arrays: Mapping[str, npt.NDArray[np.generic]],
    links: Mapping[str, tuple[str, str]] | None = None,
) -> None:
    """Make a file holding `arrays`, C-ordered."""
    offsets = create(path, {name: (array.shape, array.dtype.str) for name, array in arrays.items()}, links)
    with open(path, "r+b", buffering=0) as out:
        for name, offset in offsets.items():
            put(out.fileno(), offset, arrays[name])


def put(handle: int, offset: int, array: npt.NDArray[np.generic]) -> None:
    """Write an array's bytes at `offset`, all of them."""
    data = memoryview(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    while data:
        done = os.pwrite(handle, data, offset)
        data, offset = data[done:], offset + done


def mapped(path: Path, name: str) -> npt.NDArray[Any]:
    """Return the dataset `name` of the file as a read-only array mapped into memory."""
    with h5py.File(path, "r") as file:
        found = file[name]
        shape, dtype, offset = found.shape, found.dtype, found.id.get_offset()
    if offset is None:
        return np.empty(shape, dtype)
    with open(path, "rb") as file:
        return np.ndarray(shape, dtype, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), offset)


def release(array: npt.NDArray[Any]) -> None:
    """Let the pages of a mapped array leave the process's memory; they come back when they are read."""
    pages: object = array.base
    if isinstance(pages, mmap.mmap):
        pages.madvise(mmap.MADV_DONTNEED)
