"""Many cached files as one array of ticks: lazily opened, memory-mapped, addressed by index or time."""

from __future__ import annotations

import bisect
import collections
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab import atomic
from litlab.errors import BrokenCache, NewerFormat, NotCached, OverlappingFiles, UnknownName
from litlab.ticks import overview
from litlab.ticks.cache import FORMAT
from litlab.ticks.columns import CANONICAL, NS, TIMESTAMP

_OPEN_FILES = 64  # each memory map holds a descriptor


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
        self.rows: int = self.manifest["rows"]
        self.digest: str = self.manifest["digest"]
        self.first_time_ns: int = self.manifest["first_time_ns"]
        self.last_time_ns: int = self.manifest["last_time_ns"]
        self._maps: collections.OrderedDict[str, npt.NDArray[Any]] = collections.OrderedDict()

    def map(self, file: str) -> npt.NDArray[Any]:
        """Return one ``.npy`` of the version, memory-mapped and read-only."""
        if file not in self._maps:
            try:
                self._maps[file] = np.load(self.path / file, mmap_mode="r")
            except (OSError, ValueError, EOFError) as problem:
                raise BrokenCache(path=self.raw, reason=f"{file}: {problem}") from None
        self._maps.move_to_end(file)
        return self._maps[file]

    def forget(self) -> None:
        """Let all maps go."""
        self._maps.clear()


class TickStore:
    """An ordered list of cached files seen as one array.

    Parameters
    ----------
    homes : sequence of (raw path, cache folder)
        In any order: files are ordered by their first tick, never by name.

    Raises
    ------
    NotCached, BrokenCache
        If a file has no usable cache; OverlappingFiles if two cover the same time.
    """

    def __init__(self, homes: Sequence[tuple[Path, Path]]) -> None:
        files = (CachedFile(home, raw) for raw, home in homes)
        self.files = sorted(files, key=lambda one: (one.first_time_ns, one.last_time_ns, one.raw.name))
        for before, after in zip(self.files, self.files[1:]):
            if before.last_time_ns > after.first_time_ns:
                raise OverlappingFiles(first=before.raw, second=after.raw)
        self.starts = np.concatenate([[0], np.cumsum([one.rows for one in self.files])]).astype(np.int64)
        self._starts: list[int] = self.starts.tolist()
        self._recent: collections.OrderedDict[int, None] = collections.OrderedDict()

    def __len__(self) -> int:
        return self._starts[-1]

    def file_of(self, index: int) -> int:
        """Return the number of the file that holds the tick `index`."""
        return bisect.bisect_right(self._starts, index) - 1

    def map(self, number: int, file: str) -> npt.NDArray[Any]:
        """Return a map of the file `number`; the least recently used files' maps are let go."""
        self._recent[number] = None
        self._recent.move_to_end(number)
        if len(self._recent) > _OPEN_FILES:
            oldest, _ = self._recent.popitem(last=False)
            self.files[oldest].forget()
        return self.files[number].map(file)

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
    def names(self) -> tuple[str, ...]:
        """Names of all columns: canonical ones, the vendor's, and the vendor's names of canonical ones."""
        first = self.files[0].manifest
        return (*first["order"], *first["aliases"])

    def about(self, number: int, name: str) -> dict[str, Any]:
        """Return what file `number` says of a column."""
        manifest = self.files[number].manifest
        name = manifest["aliases"].get(name, name)
        if name not in manifest["columns"]:
            raise UnknownName(kind="column", given=name, known=self.names)
        found: dict[str, Any] = manifest["columns"][name]
        return found

    def column(self, name: str, start: int, stop: int) -> npt.NDArray[Any]:
        """Return a column's values in [start, stop), copied.

        Numbers come in their stored dtype, times as int64 ns, text as object (None where null).
        """
        self.check(start, stop)
        parts = []
        for number, lo, hi in self.segments(start, stop):
            about = self.about(number, name)
            values = np.array(self.map(number, about["file"])[lo:hi])
            if about.get("kind") == "text":
                values = np.array([*about["words"], None], object)[values]
            parts.append(values)
        if len(parts) == 1:
            return parts[0]
        return np.concatenate(parts) if parts else np.empty(0, CANONICAL.get(name, "O"))

    def times(self, start: int, stop: int) -> npt.NDArray[np.int64]:
        """Return the timestamps of [start, stop), (n,) int64 ns UTC, non-decreasing."""
        return self.column(TIMESTAMP, start, stop)

    def index_at(self, time_ns: int) -> int:
        """Return the last index whose timestamp is <= `time_ns`; -1 before the first tick."""
        number = bisect.bisect_right([one.first_time_ns for one in self.files], time_ns) - 1
        if number < 0:
            return -1
        within = int(np.searchsorted(self.map(number, "timestamp.npy"), time_ns, "right"))
        return self._starts[number] + within - 1

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
        about = self.about(number, name)
        if "nulls" in about:
            byte = int(self.map(number, about["nulls"])[at >> 3])
            if byte >> (at & 7) & 1:
                return None
        value = self.map(number, about["file"])[at].item()
        if about.get("kind") == "text":
            return about["words"][value] if value >= 0 else None
        if about.get("kind") == "time":
            return iso(value)
        if about.get("kind") == "clock":
            return iso(value)[11:-1]
        return None if isinstance(value, float) and value != value else value  # noqa: PLR0124

    def window(self, start: int, stop: int, columns: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
        """Return several columns of [start, stop)."""
        return {name: self.column(name, start, stop) for name in columns}

    def search(self, token: str, start: int, stop: int) -> npt.NDArray[np.bool_]:
        """Tell of each tick in [start, stop) whether a text column holds `token`, (n,) bool.

        The vocabulary is searched, not the rows; a token is matched as a substring.
        """
        self.check(start, stop)
        masks = [np.empty(0, bool)]
        for number, lo, hi in self.segments(start, stop):
            mask = np.zeros(hi - lo, bool)
            for about in self.files[number].manifest["columns"].values():
                if about.get("kind") != "text":
                    continue
                hits = np.array([token in word for word in about["words"]] + [False])
                if hits.any():
                    mask |= hits[self.map(number, about["file"])[lo:hi]]
            masks.append(mask)
        return np.concatenate(masks)

    def overview(
        self, start: int, stop: int, pixels: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return tick edges (p + 1,), lowest and highest price (p,) of [start, stop) in about `pixels` steps.

        Every file in the span gets its share of the pixels; a step never crosses a file.
        """
        self.check(start, stop)
        edges, lows, highs = [], [], []
        for number, lo, hi in self.segments(start, stop):
            share = max(1, round(pixels * (hi - lo) / (stop - start)))
            price, leaves = self.map(number, "price.npy"), self.map(number, "pyramid.npy")
            inner, low, high = overview.envelope(share, lo, hi, price, leaves, 0)
            edges.append(inner[:-1] + self._starts[number])
            lows.append(low)
            highs.append(high)
        if not edges:
            return np.array([start]), np.empty(0), np.empty(0)
        return np.concatenate([*edges, [stop]]), np.concatenate(lows), np.concatenate(highs)

    @property
    def digests(self) -> tuple[str, ...]:
        """The content digests of all files, in order."""
        return tuple(one.digest for one in self.files)


def iso(time_ns: int) -> str:
    """Return a time as ISO 8601 in UTC with all nine digits.

    >>> iso(1_463_597_875_626_078_700)
    '2016-05-18T18:57:55.626078700Z'
    """
    seconds, rest = divmod(time_ns, NS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
