"""Many cached files as one array of ticks: lazily opened, addressed by index or time."""

from __future__ import annotations

import bisect
import functools
import weakref
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from litlab.errors import OverlappingFiles, UnknownName
from litlab.ticks.columns import CANONICAL, TIMESTAMP
from litlab.ticks.files import CachedFile, OpenFiles
from litlab.ticks.kinds import Kind, iso, kind_of
from litlab.ticks.overview import Overview, Pyramids

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from litlab.ticks.frame import TickFrame

_LINE = 64  # bytes: each column of a window begins a cache line


class TickStore:
    """An ordered list of cached files seen as one array; safe to use from several threads.

    Files may differ in their columns. A column that a file lacks is null there. Numbers of several types
    become the type that holds them all (whole and fractional sizes: float64) for the whole store.

    Parameters
    ----------
    homes : sequence of (raw path, cache folder)
        In any order: files are ordered by their first tick, never by name.

    Attributes
    ----------
    files : list of CachedFile
    starts : (f + 1,) int64
        Index of each file's first tick, and behind the last.

    Raises
    ------
    NotCached, BrokenCache
        If a file has no usable cache; OverlappingFiles if two cover the same time.
    """

    def __init__(self, homes: Sequence[tuple[Path, Path]]) -> None:
        # A file of quotes may hold none: it has no place in the order.
        files = (one for raw, home in homes if (one := CachedFile(home, raw)).rows)
        self._adopt(sorted(files, key=lambda one: (one.first_time_ns, one.last_time_ns, one.raw.name)))
        for before, after in zip(self.files, self.files[1:]):
            if before.last_time_ns > after.first_time_ns:
                raise OverlappingFiles(first=before.raw, second=after.raw)

    def _adopt(self, files: list[CachedFile]) -> None:
        """Take over files that are in order."""
        self.files = files
        self.starts = np.concatenate([[0], np.cumsum([one.rows for one in self.files])]).astype(np.int64)
        self._starts: list[int] = self.starts.tolist()
        self._first_times = [one.first_time_ns for one in self.files]
        self._open = OpenFiles(self.files)
        # Two that held each other would keep every file open until garbage is next collected.
        self._pyramids = Pyramids(weakref.proxy(self))
        self._kinds: dict[str, Kind] = {}

    def __len__(self) -> int:
        return self._starts[-1]

    # --- files --------------------------------------------------------------------------------------

    def file_of(self, index: int) -> int:
        """Return the number of the file that holds the tick `index`."""
        return bisect.bisect_right(self._starts, index) - 1

    def map(self, number: int, file: str) -> npt.NDArray[Any]:
        """Return one ``.npy`` of the file `number` as a read-only map, for kernels that walk over it."""
        return self._open.get(number, file).map

    def segments(self, start: int, stop: int) -> Iterator[tuple[int, int, int]]:
        """Yield (file number, start, stop) within each file that [start, stop) touches."""
        number = self.file_of(start) if start < stop else len(self.files)
        while number < len(self.files) and self._starts[number] < stop:
            base = self._starts[number]
            yield number, max(start - base, 0), min(stop, self._starts[number + 1]) - base
            number += 1

    def check(self, start: int, stop: int) -> None:
        """Raise IndexError unless 0 <= start <= stop <= len."""
        if not 0 <= start <= stop <= len(self):
            raise IndexError(f"[{start}, {stop}) lies outside of the {len(self):,} ticks")

    @property
    def digests(self) -> tuple[str, ...]:
        """The content digests of all files, in order."""
        return tuple(one.digest for one in self.files)

    # --- columns ------------------------------------------------------------------------------------

    @functools.cached_property
    def stored_names(self) -> tuple[str, ...]:
        """Names of the stored columns of any file, canonical and the vendor's, each value once."""
        return tuple(dict.fromkeys(name for one in self.files for name in one.manifest["order"]))

    @functools.cached_property
    def names(self) -> tuple[str, ...]:
        """Names of all columns: the stored ones, and the vendor's names of canonical ones."""
        aliases = (name for one in self.files for name in one.manifest["aliases"])
        return tuple(dict.fromkeys([*self.stored_names, *aliases]))

    def kind(self, name: str) -> Kind:
        """Return what a column holds; UnknownName if no file has it, MixedColumn if files disagree."""
        if name not in self._kinds:
            found = kind_of(name, self.files)
            if found is None:
                raise UnknownName(kind="column", given=name, known=self.names)
            self._kinds[name] = found
        return self._kinds[name]

    def column(self, name: str, start: int, stop: int) -> npt.NDArray[Any]:
        """Return a column's values in [start, stop), copied.

        Returns
        -------
        values : (n,)
            Numbers in their stored dtype, times as int64 ns UTC, text as object. A null is NaN, None, in
            times the number of NaT, and 0 in other whole numbers, where `missing` tells which are none.

        Raises
        ------
        IndexError
            Outside of the data; UnknownName, MixedColumn, BrokenCache as said there.
        """
        self.check(start, stop)
        return self._read(name, start, np.empty(stop - start, self.kind(name).dtype))

    def _read(self, name: str, start: int, out: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Fill `out` with a column's values from `start` on and return it."""
        kind, at = self.kind(name), 0
        for number, lo, hi in self.segments(start, start + len(out)):
            self._fill(out[at : at + hi - lo], kind, number, self.files[number].about(name), lo)
            at += hi - lo
        return out

    def _fill(
        self, out: npt.NDArray[Any], kind: Kind, number: int, about: dict[str, Any] | None, lo: int
    ) -> None:
        """Fill `out` with one file's values from its row `lo` on."""
        if about is None:
            out[:] = kind.null
            return
        hi = lo + len(out)
        if kind.kind == "text":
            codes = self._open.read(number, about["file"], lo, hi)
            out[:] = self.files[number].texts_of(about, codes)
        elif about["dtype"] == kind.dtype.str:
            self._open.read_into(number, about["file"], lo, out)
        else:
            out[:] = self._open.read(number, about["file"], lo, hi)
        if "nulls" in about and kind.null != 0:
            out[self._bits(number, about, lo, hi)] = kind.null

    def codes(self, name: str, number: int, lo: int, hi: int) -> tuple[npt.NDArray[np.int32], Sequence[str]]:
        """Return a text column of the file `number` as codes of its rows [lo, hi), -1 is null, and words."""
        about = self.files[number].about(name)
        if about is None:
            return np.full(hi - lo, -1, np.int32), []
        codes = self._open.read(number, about["file"], lo, hi)
        return codes.astype(np.int32, copy=False), self.files[number].words(about)

    def missing(self, name: str, start: int, stop: int) -> npt.NDArray[np.bool_]:
        """Tell of each tick in [start, stop) whether a column has no value there, (n,) bool."""
        self.check(start, stop)
        kind = self.kind(name)
        if kind.dtype.kind == "f":
            lacking: npt.NDArray[np.bool_] = np.isnan(self.column(name, start, stop))
            return lacking
        masks = [np.zeros(0, bool)]
        for number, lo, hi in self.segments(start, stop):
            about = self.files[number].about(name)
            if about is None:
                masks.append(np.ones(hi - lo, bool))
            elif kind.kind == "text":
                masks.append(self._open.read(number, about["file"], lo, hi) < 0)
            else:
                masks.append(self._bits(number, about, lo, hi))
        return np.concatenate(masks)

    def _bits(self, number: int, about: dict[str, Any], lo: int, hi: int) -> npt.NDArray[np.bool_]:
        """Return the null mask of a file's rows [lo, hi)."""
        if "nulls" not in about:
            return np.zeros(hi - lo, bool)
        packed = self._open.read(number, about["nulls"], lo >> 3, (hi + 7) >> 3)
        mask = np.unpackbits(packed, bitorder="little")[lo & 7 : (lo & 7) + hi - lo]
        return mask.astype(bool)

    def window(self, start: int, stop: int, columns: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
        """Return several columns of [start, stop), each as `column` does, in one block of memory.

        One block is given back as one, and malloc keeps it for the next window: 180,000 ticks take 0.3 ms
        against 2 to 10 where the pages of each column are faulted in anew.
        """
        self.check(start, stop)
        rows = stop - start
        kinds = {name: self.kind(name) for name in columns}
        sizes = {name: rows * kind.dtype.itemsize for name, kind in kinds.items() if kind.kind != "text"}
        self._expect(columns, start, stop)
        block = np.empty(sum(size + -size % _LINE for size in sizes.values()), np.uint8)
        window, at = {}, 0
        for name, kind in kinds.items():
            if name in sizes:
                out = block[at : at + sizes[name]].view(kind.dtype)
                window[name], at = self._read(name, start, out), at + sizes[name] + -sizes[name] % _LINE
            else:
                window[name] = self.column(name, start, stop)
        return window

    def _expect(self, columns: Sequence[str], start: int, stop: int) -> None:
        """Have what a window reads come from disk at once."""
        wanted = [
            (number, about["file"], lo, hi, np.dtype(about["dtype"]).itemsize)
            for number, lo, hi in self.segments(start, stop)
            for name in columns
            if (about := self.files[number].about(name))
        ]
        self._open.expect(wanted)

    # --- times and single ticks ---------------------------------------------------------------------

    def times(self, start: int, stop: int) -> npt.NDArray[np.int64]:
        """Return the timestamps of [start, stop), (n,) int64 ns UTC, non-decreasing."""
        return self.column(TIMESTAMP, start, stop)

    def times_at(self, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the timestamps of single ticks, (n,) int64 ns UTC; IndexError outside of the data."""
        if len(indices):
            self.check(int(indices.min()), int(indices.max()) + 1)
        files, found = np.searchsorted(self.starts, indices, "right") - 1, np.empty(len(indices), np.int64)
        for number in np.unique(files).tolist():
            mine = files == number
            found[mine] = self.map(number, "timestamp.npy")[indices[mine] - self._starts[number]]
        return found

    def index_at(self, time_ns: int) -> int:
        """Return the last index whose timestamp is <= `time_ns`; -1 before the first tick."""
        return int(self.indices_at(np.array([time_ns]))[0])

    def indices_at(self, times_ns: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return for each time what `index_at` does, (n,) int64."""
        files = np.searchsorted(self._first_times, times_ns, "right") - 1
        found = np.full(len(times_ns), -1, np.int64)
        for number in np.unique(files[files >= 0]).tolist():
            mine = files == number
            within = np.searchsorted(self.map(number, "timestamp.npy"), times_ns[mine], "right")
            found[mine] = self._starts[number] + within - 1
        return found

    def record(self, index: int) -> dict[str, Any]:
        """Return one tick as the vendor named it, with index, timestamp (int64 ns) and session.

        Null stays None; times are ISO strings in UTC.
        """
        self.check(index, index + 1)
        number = self.file_of(index)
        at = index - self._starts[number]
        manifest = self.files[number].manifest
        values: dict[str, Any] = {"index": index}
        for vendor, canonical in manifest["aliases"].items():
            values[vendor] = self._cell(number, canonical, at)
        for name in manifest["order"]:
            if name not in CANONICAL or name in ("timestamp", "session"):
                values[name] = self._cell(number, name, at)
        return values

    def _cell(self, number: int, name: str, at: int) -> Any:
        about = self.files[number].manifest["columns"][name]
        if "nulls" in about and self.map(number, about["nulls"])[at >> 3] >> (at & 7) & 1:
            return None
        value = self.map(number, about["file"])[at].item()
        kind = about.get("kind")
        if kind == "text":
            return self.files[number].text(about, value)
        if kind:
            return iso(value) if kind == "time" else iso(value)[11:-1]
        return None if isinstance(value, float) and value != value else value  # noqa: PLR0124

    # --- charts -------------------------------------------------------------------------------------

    def search(
        self, token: str, start: int, stop: int, without: Collection[str] = (), regex: bool = False
    ) -> npt.NDArray[np.bool_]:
        """Tell of each tick in [start, stop) whether a text column holds `token`, (n,) bool.

        The vendor's texts often are lists (``ODD[IRGCOND];132[IRGCOND]``), so a token is found wherever a
        text holds it as written, case included: ``ODD[IRGCOND]`` finds that condition, ``ODD`` whatever
        contains these letters. The empty token is in every text and in no null. Vocabularies are searched,
        not rows, and a column none of whose words holds the token is not read, nor any named in `without`.
        With `regex` the token is a regular expression as RE2 reads it; BadParameter says what is wrong in it.
        """
        self.check(start, stop)
        found = np.zeros(stop - start, bool)
        at = 0
        for number, lo, hi in self.segments(start, stop):
            part = found[at : at + hi - lo]
            for file, hits in self.files[number].holding(token, without, regex).items():
                if hits.any():
                    part |= hits[self._open.read(number, file, lo, hi)]
            at += hi - lo
        return found

    def count_matches(
        self, token: str, edges: npt.NDArray[np.int64], regex: bool = False
    ) -> npt.NDArray[np.int64]:
        """Return how many ticks of each [edges[k], edges[k + 1]) ``search`` would mark, (c,) int64."""
        from litlab.ticks.matches import count_matches

        if len(edges):
            self.check(int(edges[0]), int(edges[-1]))
        return count_matches(self, token, edges, regex)

    def stored(self, number: int, file: str, lo: int, hi: int) -> npt.NDArray[Any]:
        """Return the rows [lo, hi) of a column's file, of the cached file `number`, as they lie on disk."""
        return self._open.read(number, file, lo, hi)

    def overview(self, start: int, stop: int, pixels: int) -> Overview:
        """Return [start, stop) as min(pixels, stop - start) columns: low, high, first, last and volume.

        Raises
        ------
        IndexError
            Outside of the data; BadParameter if `pixels` is below 1.
        """
        self.check(start, stop)
        return self._pyramids.overview(start, stop, pixels)

    # --- frames -------------------------------------------------------------------------------------

    def frame(
        self, start: int = 0, stop: int | None = None, columns: Sequence[str] | None = None
    ) -> TickFrame:
        """Return [start, stop) as a frame that reads when it is asked: all ticks and columns by default."""
        from litlab.ticks.frame import TickFrame

        stop = len(self) if stop is None else stop
        return TickFrame(self, start, stop, self.stored_names if columns is None else columns)

    def to_pandas(
        self, start: int = 0, stop: int | None = None, columns: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """Return [start, stop) as a pandas frame; see `TickFrame.to_pandas`."""
        return self.frame(start, stop, columns).to_pandas()

    def to_polars(
        self, start: int = 0, stop: int | None = None, columns: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """Return [start, stop) as a polars frame; see `TickFrame.to_polars`."""
        return self.frame(start, stop, columns).to_polars()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Offer all ticks as an Arrow stream, read batch by batch: DuckDB, polars, pyarrow take the store."""
        return self.frame().__arrow_c_stream__(requested_schema)
