"""The order of ticks: as they were received, or sorted by event time.

Received: rows keep their place; the clock is made non-decreasing by running maximum, and a row whose own time
lies before it is flagged late. By event: the time is the event's; a row that arrived behind a later one is
flagged late and moved. Sorting takes a bounded amount of memory: rows go into buckets of time, each small
enough to be sorted at once, and one column after another is written anew in the order found.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from litlab.errors import TooMuchDisorder
from litlab.ticks.columns import FLAGS, LATE, NS, TIMESTAMP
from litlab.ticks.npy import GrowingNpy

ORDERS = ("received", "event")
MAX_DISORDER_S = 3600  # a file whose rows come later is in another order; late reports are seconds, not hours
_BUCKET = 1 << 22  # rows sorted at once
_BLOCK = 1 << 20  # rows moved at a time; whole bytes of a bit mask
_SAMPLES = 1 << 16

Ints = npt.NDArray[np.int64]


class Order:
    """Gives the batches of one raw file their timestamp and the flag of late rows.

    Parameters
    ----------
    path : Path
        The raw file.
    by_event : bool
        Times are event times and rows may be sorted by them; else they are the times of receipt.
    limit_s : float
        How far a time of receipt may lie behind the latest one before it.

    Attributes
    ----------
    rows, late : int
        Ticks so far, and those that came behind a later one.
    latest_ns : int
        How far the latest of them came behind.
    """

    def __init__(self, path: Path, by_event: bool, limit_s: float) -> None:
        self.path, self.by_event, self.limit_s = path, by_event, limit_s
        self.rows = self.late = self.latest_ns = 0
        self._clock = np.int64(np.iinfo(np.int64).min)

    def place(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return the next batch with ``timestamp`` and ``flags`` as they are stored.

        Raises
        ------
        TooMuchDisorder
            If a row of a file in order of receipt comes later than the limit.
        """
        stamp = batch.column(TIMESTAMP)
        own = np.asarray(stamp if pa.types.is_int64(stamp.type) else stamp.cast(pa.int64()))
        running = never_falling(own, self._clock)
        flags = np.asarray(batch.column(FLAGS)) if FLAGS in batch.schema.names else None
        if running is not own:
            late = running != own
            self._count(own, running, late)
            flags = late * np.uint8(LATE) | (np.uint8(0) if flags is None else flags)
        self._clock = running[-1] if len(running) else self._clock
        self.rows += len(own)
        arrays = dict(zip(batch.schema.names, batch.columns, strict=True))
        arrays[TIMESTAMP] = pa.array(own if self.by_event else running)
        arrays[FLAGS] = pa.array(np.zeros(len(own), np.uint8) if flags is None else flags)
        return pa.RecordBatch.from_pydict(arrays)

    def _count(self, own: Ints, running: Ints, late: npt.NDArray[np.bool_]) -> None:
        behind = running - own
        self.late += int(late.sum())
        self.latest_ns = max(self.latest_ns, int(behind.max()))
        if not self.by_event and self.latest_ns > self.limit_s * NS:
            at = int(np.argmax(behind > self.limit_s * NS))
            raise TooMuchDisorder(
                path=self.path, tick=self.rows + at + 1, late_s=int(behind[at]) / NS, time=_iso(own[at]),
                clock=_iso(running[at]), limit_s=self.limit_s,
            )  # fmt: skip


def never_falling(times: Ints, clock: np.int64) -> Ints:
    """Return the running maximum of times (n,) and the clock before them; `times` themselves if in order.

    >>> never_falling(np.array([3, 2, 5]), np.int64(1)).tolist()
    [3, 3, 5]
    """
    if not len(times) or (times[0] >= clock and (times[1:] >= times[:-1]).all()):
        return times
    return np.maximum.accumulate(np.maximum(times, clock))


def sort_by_time(folder: Path, columns: Mapping[str, Mapping[str, Any]]) -> None:
    """Sort the stored columns in `folder` stably by their timestamp.

    Parameters
    ----------
    columns : mapping
        What the manifest says of each column: ``file``, and ``nulls`` where it has a mask.
    """
    order = folder / "order.npy"
    times = np.load(folder / columns[TIMESTAMP]["file"], mmap_mode="r")
    _write(order, np.dtype("<i8"), sorted_places(times))
    places = np.load(order, mmap_mode="r")
    for about in columns.values():
        path = folder / about["file"]
        values = np.load(path, mmap_mode="r")
        _write(path, values.dtype, (values[block] for block in _blocks(places)))
        if "nulls" in about:
            path = folder / about["nulls"]
            bits = np.load(path, mmap_mode="r")
            _write(path, bits.dtype, (_gathered(bits, block) for block in _blocks(places)))
    order.unlink()


def sorted_places(times: Ints) -> Iterator[Ints]:
    """Yield the places of `times` (n,) in ascending order, equal ones as they stand, a bucket at a time.

    >>> np.concatenate(list(sorted_places(np.array([30, 10, 20, 10])))).tolist()
    [1, 3, 2, 0]
    """
    buckets = -(-len(times) // _BUCKET)
    sample = np.sort(times[:: max(len(times) // _SAMPLES, 1)])
    borders = sample[np.arange(1, buckets) * len(sample) // buckets].tolist()
    bounds = np.iinfo(np.int64)
    for low, high in itertools.pairwise([bounds.min, *borders, bounds.max]):
        parts = [at + np.flatnonzero((part >= low) & (part < high)) for at, part in _parts(times)]
        places = np.concatenate(parts)
        yield places[np.argsort(times[places], kind="stable")]


def _parts(values: Ints) -> Iterator[tuple[int, Ints]]:
    return ((at, values[at : at + _BLOCK]) for at in range(0, len(values), _BLOCK))


def _blocks(places: Ints) -> Iterator[Ints]:
    return (block for _, block in _parts(places))


def _gathered(bits: npt.NDArray[np.uint8], places: Ints) -> npt.NDArray[np.uint8]:
    return np.packbits(bits[places >> 3] >> (places & 7).astype(np.uint8) & 1, bitorder="little")


def _write(path: Path, dtype: np.dtype[Any], blocks: Iterator[npt.NDArray[Any]]) -> None:
    """Write a column anew; what is mapped of the old one stays readable."""
    draft = path.with_name(f"{path.name}.sorted")
    out = GrowingNpy(draft, dtype)
    try:
        for block in blocks:
            out.append(block)
        out.close()
    finally:
        out.discard()
    draft.rename(path)


def _iso(time_ns: np.int64) -> str:
    return f"{np.datetime64(int(time_ns), 'ns')}Z"
