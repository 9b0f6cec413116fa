"""One raw file's cache, opened: its manifest, and its columns as descriptors that are read or mapped.

A window is read with ``pread`` into the array that is handed out: as fast as copying from a map when the
pages are in memory, as fast as the disk when not (a map's own faults read 8 MB ahead each), and a cut file is
an error, not SIGBUS. Kernels, which walk over a column, get a map.
"""

from __future__ import annotations

import collections
import contextlib
import functools
import json
import mmap
import os
import threading
import weakref
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from litlab import atomic
from litlab.errors import BrokenCache, NewerFormat, NotCached, OlderFormat
from litlab.ticks.version import FORMAT
from litlab.ticks.words import Words, holding, read_words

_NO_WAIT: int = getattr(os, "RWF_NOWAIT", 0)
_HEAD = 128  # bytes before the rows of a .npy that holds one column
_OPEN_FILES = 256  # a file that is mapped too holds two descriptors; many systems allow a process 1,024


def _advise(file: int, start: int, size: int) -> None:
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file, start, size, os.POSIX_FADV_WILLNEED)


class NpyFile:
    """A one-dimensional ``.npy`` file, open until nobody refers to it any more.

    Attributes
    ----------
    dtype : dtype
    rows : int
    """

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._fd)
        with open(self._fd, "rb", closefd=False) as head:
            version = np.lib.format.read_magic(head)
            if version != (1, 0):
                raise ValueError(f"its header has version {version}")
            shape, _, self.dtype = np.lib.format.read_array_header_1_0(head)
            self._offset = head.tell()
        if len(shape) != 1 or self.dtype.hasobject:
            raise ValueError(f"it holds {len(shape)}-dimensional {self.dtype}")
        self.rows = int(shape[0])
        size = os.fstat(self._fd).st_size
        if size != self._offset + self.rows * self.dtype.itemsize:
            raise ValueError(f"it has {size:,} bytes, which do not make the {self.rows:,} rows it names")

    def read(self, out: npt.NDArray[Any], lo: int) -> None:
        """Fill `out`, contiguous and of the file's dtype, with the rows from `lo` on."""
        left = out.view(np.uint8).data
        at = self._offset + lo * self.dtype.itemsize
        while left:
            done = os.preadv(self._fd, [left], at)
            if not done:
                raise EOFError("it became shorter while it was open")
            left, at = left[done:], at + done

    def expect(self, lo: int, hi: int) -> None:
        """Have the rows [lo, hi) read from disk, and do not wait for them."""
        size = self.dtype.itemsize
        _advise(self._fd, self._offset + lo * size, (hi - lo) * size)

    def holds(self, lo: int) -> bool:
        """Tell whether the row `lo` is in memory, True where the system does not say."""
        try:
            os.preadv(self._fd, [bytearray(1)], self._offset + lo * self.dtype.itemsize, _NO_WAIT)
        except BlockingIOError:
            return False
        except OSError:  # this file system cannot tell
            pass
        return True

    @functools.cached_property
    def map(self) -> npt.NDArray[Any]:
        """All rows, (n,), memory-mapped and read-only."""
        pages = mmap.mmap(self._fd, 0, access=mmap.ACCESS_READ)
        return np.frombuffer(pages, self.dtype, self.rows, self._offset)


class CachedFile:
    """One raw file's current cache version."""

    def __init__(self, home: Path, raw: Path) -> None:
        version = atomic.pointed(home)
        if version is None:
            raise NotCached(path=raw)
        self.path, self.raw = version, raw
        try:
            self.manifest: dict[str, Any] = json.loads((version / "manifest.json").read_text("utf-8"))
        except (OSError, ValueError) as problem:
            raise BrokenCache(path=raw, reason=str(problem)) from None
        if self.manifest["format"] > FORMAT:
            raise NewerFormat(path=version, found=self.manifest["format"], supported=FORMAT)
        if self.manifest["format"] < FORMAT:
            raise OlderFormat(path=raw, found=self.manifest["format"], wanted=FORMAT)
        self.rows: int = self.manifest["rows"]
        self.digest: str = self.manifest["digest"]
        self.first_time_ns: int = self.manifest["first_time_ns"]
        self.last_time_ns: int = self.manifest["last_time_ns"]

    def about(self, name: str) -> dict[str, Any] | None:
        """Return what the manifest says of a column, by its own or the vendor's name; None where none is."""
        found: dict[str, Any] | None = self.manifest["columns"].get(self.manifest["aliases"].get(name, name))
        return found

    def words(self, about: dict[str, Any]) -> Sequence[str]:
        """Return the vocabulary of a text column: a code is an index into it."""
        return read_words(self.path, about)

    def texts_of(self, about: dict[str, Any], codes: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.object_]:
        """Return the texts of codes of a column, (n,) object, None for -1."""
        words = self._vocabularies[about["file"]]
        return words.take(codes) if isinstance(words, Words) else words[codes]

    def text(self, about: dict[str, Any], code: int) -> str | None:
        """Return the text of one code of a column, None for -1."""
        return self._vocabularies[about["file"]][code] if code >= 0 else None

    def holding(
        self, token: str, without: Collection[str] = (), regex: bool = False
    ) -> dict[str, npt.NDArray[np.bool_]]:
        """Tell of each text column's stored file which words hold a token, (n + 1,) bool: a null does not.

        Columns named in `without` are left out; with `regex` the token is a regular expression.
        """
        hidden = {about["file"] for name in without if (about := self.about(name))}
        hits = {}
        for file, words in self._vocabularies.items():
            if file not in hidden:
                own = words.array if isinstance(words, Words) else pa.array(words[:-1], pa.string())
                hits[file] = np.append(holding(own, token, regex), False)
        return hits

    @functools.cached_property
    def _vocabularies(self) -> dict[str, npt.NDArray[np.object_] | Words]:
        """Vocabularies by stored file; short ones as arrays, None last: codes are indices, -1 is null."""
        text = (about for about in self.manifest["columns"].values() if about.get("kind") == "text")
        found = {about["file"]: self.words(about) for about in text}
        return {
            file: words if isinstance(words, Words) else np.array([*words, None], object)
            for file, words in found.items()
        }


class OpenFiles:
    """The columns read most recently, kept open; safe to use from several threads.

    What is let go stays open for whoever still uses it: a descriptor is closed with its last reference.

    Parameters
    ----------
    caches : list of CachedFile
    """

    def __init__(self, caches: list[CachedFile]) -> None:
        self._caches = caches
        self._lock = threading.Lock()
        self._open: collections.OrderedDict[tuple[int, str], NpyFile] = collections.OrderedDict()

    def __len__(self) -> int:
        return len(self._open)

    def get(self, number: int, file: str) -> NpyFile:
        """Return one ``.npy`` of the cache `number`, opened if it is not; BrokenCache if it cannot be."""
        key = (number, file)
        with self._lock:
            if key in self._open:
                self._open.move_to_end(key)
                return self._open[key]
        cache = self._caches[number]
        try:  # outside of the lock: a slow disk keeps nobody else waiting
            opened = NpyFile(cache.path / file)
        except (OSError, ValueError, EOFError) as problem:
            raise BrokenCache(path=cache.raw, reason=f"{file}: {problem}") from None
        with self._lock:
            kept = self._open.setdefault(key, opened)
            if len(self._open) > _OPEN_FILES:
                self._open.popitem(last=False)
        return kept

    def expect(self, wanted: Sequence[tuple[int, str, int, int, int]]) -> None:
        """Have rows of several files read from disk at once, unless they are in memory already.

        One file's read after another's waits for the disk each time, and once more for a file's header.

        Parameters
        ----------
        wanted : sequence of (cache's number, file, first row, row behind the last, bytes a row)
        """
        with self._lock:
            there = [self._open.get((number, file)) for number, file, *_ in wanted]
        first = there[0] if there else None  # columns are read together: the first one tells for all
        if None not in there and (first is None or first.holds(wanted[0][2])):
            return
        for opened, (number, file, lo, hi, size) in zip(there, wanted, strict=True):
            if opened is not None:
                opened.expect(lo, hi)
                continue
            with contextlib.suppress(OSError):  # who reads will say so
                found = os.open(self._caches[number].path / file, os.O_RDONLY | os.O_CLOEXEC)
                try:
                    _advise(found, 0, _HEAD)
                    _advise(found, _HEAD + lo * size, (hi - lo) * size)
                finally:
                    os.close(found)

    def read(self, number: int, file: str, lo: int, hi: int) -> npt.NDArray[Any]:
        """Return the rows [lo, hi) of a file in an array of their own."""
        opened = self.get(number, file)
        out = np.empty(hi - lo, opened.dtype)
        self.read_into(number, file, lo, out)
        return out

    def read_into(self, number: int, file: str, lo: int, out: npt.NDArray[Any]) -> None:
        """Fill `out`, contiguous and of the file's dtype, with its rows from `lo` on."""
        try:
            self.get(number, file).read(out, lo)
        except (OSError, EOFError) as problem:
            raise BrokenCache(path=self._caches[number].raw, reason=f"{file}: {problem}") from None
