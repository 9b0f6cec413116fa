"""A store as it would be had the data ended at a tick, or gone on differently behind it.

The prover's tapes. Nothing is copied: the columns of the last file are mapped privately and only as far as
they are wanted, so that no view of them reaches a later byte, and what is to be different is written into
these private pages. Words that no tick before the cut carries are not in the vocabulary.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.ticks.columns import CANONICAL
from litlab.ticks.files import CachedFile, NpyFile, OpenFiles
from litlab.ticks.runs import FILES, fold_runs
from litlab.ticks.store import TickStore

# Alters the stored columns of the ticks behind the cut, {name: (n,) array}, in place.
Change = Callable[[Mapping[str, npt.NDArray[Any]]], None]

_WIDTHS = {file: width for width, file in FILES.items()}


class ProbeStore(TickStore):
    """The ticks of a store before `cut`, and some of its last file's behind them, changed.

    Parameters
    ----------
    store : TickStore
    cut : int
        The first tick that is left out or may differ; at least 1.
    change : callable, optional
        Given with the columns of the ticks from `cut` on; without it the data end at the cut.
    ahead : int
        How many ticks behind the cut there are at most.
    """

    def __init__(self, store: TickStore, cut: int, change: Change | None = None, ahead: int = 20_000) -> None:
        number = store.file_of(cut - 1)
        before = cut - int(store.starts[number])
        whole = store.files[number]
        file = _Shortened(whole, min(before + ahead, whole.rows) if change else before, ends=change is None)
        if change and file.rows > before:
            change(_Behind(file, before))
        file.last_time_ns = int(file.array("timestamp.npy")[-1])
        self._adopt([*store.files[:number], file])
        self._open = _WithMemory(self.files, file)


class _Shortened(CachedFile):
    """A cached file's first rows, in private pages; each column is mapped when it is asked for."""

    def __init__(self, file: CachedFile, rows: int, ends: bool) -> None:
        self.__dict__ |= {name: value for name, value in file.__dict__.items() if name != "texts"}
        self.rows, self._ends = rows, ends
        self._arrays: dict[str, npt.NDArray[Any]] = {}

    def array(self, file: str) -> npt.NDArray[Any]:
        """Return one stored column, or what is derived of the canonical ones."""
        if file not in self._arrays:
            if file in _WIDTHS:
                canonical = {name: self.array(f"{name}.npy") for name in CANONICAL}
                self._arrays[file] = fold_runs(canonical, 0, _WIDTHS[file])
            elif file.endswith(".nulls.npy"):
                bits = np.unpackbits(_private(self.path / file, -(-self.rows // 8)), bitorder="little")
                self._arrays[file] = np.packbits(bits[: self.rows], bitorder="little")
            else:
                self._arrays[file] = _private(self.path / file, self.rows)
        return self._arrays[file]

    def words(self, about: dict[str, Any]) -> Sequence[str]:
        found = super().words(about)
        # Codes count up as words come: those of later ticks are higher.
        return found[: int(self.array(about["file"]).max()) + 1] if self._ends else found


class _Behind(Mapping[str, npt.NDArray[Any]]):
    """The columns of the ticks behind the cut, by name."""

    def __init__(self, file: _Shortened, before: int) -> None:
        self._file, self._before = file, before
        self._columns = file.manifest["columns"]

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return self._file.array(self._columns[name]["file"])[self._before :]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


class _WithMemory(OpenFiles):
    def __init__(self, caches: list[CachedFile], last: _Shortened) -> None:
        super().__init__(caches)
        self._last, self._number = last, len(caches) - 1

    def get(self, number: int, file: str) -> NpyFile:
        return _InMemory(self._last.array(file)) if number == self._number else super().get(number, file)

    def expect(self, wanted: Sequence[tuple[int, str, int, int, int]]) -> None:
        super().expect([one for one in wanted if one[0] != self._number])


class _InMemory(NpyFile):
    def __init__(self, values: npt.NDArray[Any]) -> None:
        self.map, self.dtype, self.rows = values, values.dtype, len(values)

    def read(self, out: npt.NDArray[Any], lo: int) -> None:
        out[:] = self.map[lo : lo + len(out)]


def _private(path: Path, rows: int) -> npt.NDArray[Any]:
    """Return the first rows of a ``.npy``: pages that end with them and whose changes nobody else sees."""
    with open(path, "rb") as file:
        np.lib.format.read_magic(file)
        _, _, dtype = np.lib.format.read_array_header_1_0(file)
        pages = mmap.mmap(file.fileno(), file.tell() + rows * dtype.itemsize, access=mmap.ACCESS_COPY)
        return np.frombuffer(pages, dtype, rows, file.tell())
