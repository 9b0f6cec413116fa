"""Windows: three columns of so many consecutive ticks, from anywhere in the data set.

Every round visits new places, the same for all ways, so that no window is in the processor's caches.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from litlab.ticks.store import TickStore

from .fresh import fresh
from .measuring import Disagreement, Table, Way, race, table_of
from .place import COLUMNS, Place

SIZES = {20_000: (100, 10.0, None), 180_000: (20, 5.0, 1 / 3)}  # ticks → windows a round, the marks
COLD = 20_000
_WRAP = 2**64  # sums of bit patterns, by parts or whole
_COMPARED = 20  # windows of the warm-up


def tables(place: Place) -> Iterator[Table]:
    """Yield warm windows of each size, then cold ones."""
    for size, (many, least, share) in SIZES.items():
        if place.ticks > size * 2:
            yield _warm(place, size, place.few(many), least, share)
    if place.ticks > COLD * 2:
        yield _cold(place)


def _starts(ticks: int, size: int, many: int, number: int) -> list[int]:
    return np.random.default_rng([size, number]).integers(0, ticks - size, many).tolist()


def _warm(place: Place, size: int, many: int, least: float, share: float | None) -> Table:
    store = place.adapter.store
    mapped = [place.maps(number) for number in range(len(store.files))]
    for columns in mapped:  # warm: every page is in memory, and known to this process
        for name in COLUMNS:
            int(columns[name].view(np.uint8)[:: mmap.PAGESIZE].sum())
    loaded = store.window(0, min(place.ticks, 50 * size), COLUMNS)
    target = {name: np.empty(size, values.dtype) for name, values in loaded.items()}

    def visit(window: Callable[[int], Any], number: int) -> list[Any]:
        """Take a window everywhere; only the warm-up keeps them, for comparison."""
        starts = _starts(place.ticks, size, many, number)
        kept = [window(at) for at in starts[:_COMPARED]] if number == 0 else []
        for at in starts[len(kept) :]:
            window(at)
        return kept

    def ours(at: int) -> Any:
        return store.window(at, at + size, COLUMNS)

    def memmap(at: int) -> Any:
        parts = list(store.segments(at, at + size))
        return {name: np.concatenate([mapped[n][name][lo:hi] for n, lo, hi in parts]) for name in COLUMNS}

    def database(at: int) -> Any:
        query = f"SELECT {', '.join(COLUMNS)} FROM ticks WHERE rowid >= ? AND rowid < ?"
        return place.database.execute(query, [at, at + size]).fetchnumpy()

    def memcpy(number: int) -> None:
        for at in _starts(len(loaded["price"]), size, many, number):
            for name, values in loaded.items():
                np.copyto(target[name], values[at : at + size])

    ways = [
        Way("litlab: store.window", lambda number: visit(ours, number), many, seen=_digest),
        Way("numpy: copies of memory maps", lambda number: visit(memmap, number), many, seen=_digest),
        Way("DuckDB by rowid", lambda number: visit(database, number), many, least, _digest, "duckdb"),
        Way("the limit: memcpy of the bytes, memory to memory", memcpy, many, share),
    ]
    return race(f"window of {size:,} ticks, 3 columns, warm", "windows", ways, place.rounds, size * 24)


def _digest(windows: list[dict[str, np.ndarray]]) -> np.ndarray:
    """Return first and last value and the sum of every column of every window."""
    return np.array(
        [
            [
                float(part[name][0].astype(float)),
                float(part[name][-1].astype(float)),
                part[name].view("i8").sum(),
            ]
            for part in windows
            for name in COLUMNS
        ]
    )


# --- cold: the pages of every file concerned are dropped before each window -----------------------------


def _cold(place: Place) -> Table:
    many = place.few(100)
    store = place.adapter.store
    homes = [[str(file.raw), str(file.path.parent)] for file in store.files]
    del store
    place.close()  # pages that a process maps are not dropped
    told = [
        cold(homes, many, number)() if place.tiny else fresh(f"{__name__}:cold", homes, many, number).answer
        for number in range(place.rounds)
    ]
    seconds = {way: statistics.median(one[way] for one in told) for way in ("ours", "pread")}
    kept = max(one["kept"] for one in told)
    ways = [
        Way("litlab: store.window", lambda _: None, 1),
        Way("the limit: pread of the same bytes", lambda _: None, 1, 0.5),
    ]
    rates = {way.name: 1 / seconds[key] for way, key in zip(ways, seconds, strict=True)}
    table = table_of(f"window of {COLD:,} ticks, 3 columns, cold", "windows/s", ways, rates, COLD * 24)
    table.limit("pages that stayed in memory though dropped, at most", kept * 100, "%")
    return table


def cold(homes: list[list[str]], many: int, number: int) -> Any:
    """Return the work of a fresh process: cold windows by turns through the store and by pread."""
    pairs = [(Path(raw), Path(home)) for raw, home in homes]
    store = TickStore(pairs)
    files = {(n, name): store.files[n].path / f"{name}.npy" for n in range(len(homes)) for name in COLUMNS}
    heads = {key: np.load(path, mmap_mode="r").offset for key, path in files.items()}
    ticks, segments = len(store), store.segments
    store.window(0, 1, COLUMNS)

    def work() -> dict[str, float]:
        seconds: dict[str, list[float]] = {"ours": [], "pread": []}
        kept = 0.0
        for turn, at in enumerate(_starts(ticks, COLD, many, number)):
            parts = list(segments(at, at + COLD))
            concerned = [(key, lo, hi) for n, lo, hi in parts for key in files if key[0] == n]
            answers = []
            both = {"ours": _window, "pread": _pread}
            for way in sorted(both, reverse=turn % 2 == 1):  # who comes second may find the host's cache warm
                store = TickStore(pairs)  # another one, that maps nothing yet
                for key, *_ in concerned:
                    kept = max(kept, _drop(files[key]))
                began = time.perf_counter()
                answers.append(
                    both[way](store, at, [(files[key], heads[key], lo, hi) for key, lo, hi in concerned])
                )
                seconds[way].append(time.perf_counter() - began)
            if answers[0] != answers[1]:
                raise Disagreement(f"the cold window at {at}")
        return {**{way: statistics.median(each) for way, each in seconds.items()}, "kept": kept}

    return work


def _window(store: TickStore, at: int, parts: list[Any]) -> int:
    del parts
    found = store.window(at, at + COLD, COLUMNS)
    return sum(int(values.view("i8").sum()) for values in found.values()) % _WRAP


def _pread(store: TickStore, at: int, parts: list[Any]) -> int:
    del store, at
    total = 0
    for path, head, lo, hi in parts:
        file = os.open(path, os.O_RDONLY)
        total += int(np.frombuffer(os.pread(file, (hi - lo) * 8, head + lo * 8), "i8").sum())
        os.close(file)
    return total % _WRAP


def _drop(path: Path) -> float:
    """Drop a file's pages from the page cache and return the share that stayed."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        with mmap.mmap(file, 0, prot=mmap.PROT_READ | mmap.PROT_WRITE, flags=mmap.MAP_PRIVATE) as mapped:
            pages = -(-len(mapped) // mmap.PAGESIZE)
            there = (ctypes.c_ubyte * pages)()
            address = ctypes.addressof(ctypes.c_char.from_buffer(mapped))
            libc = ctypes.CDLL(None, use_errno=True)
            libc.mincore(ctypes.c_void_p(address), ctypes.c_size_t(len(mapped)), there)
            return float((np.frombuffer(there, np.uint8) & 1).mean())
    finally:
        os.close(file)
