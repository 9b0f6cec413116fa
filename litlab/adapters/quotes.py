"""Quotes beside the trades: the last one that was known when a tick came.

1. A quote adapter (``lseg_quotes``, ``csv_quotes``, a team's own) reads them; they are cached like trades.
2. ``Quotes`` finds for each tick the last quote strictly before it. Where one raw file holds both, that is by
the rows of this file, the order of capture; where quotes lie in files of their own, by time: what came first
at equal times nobody can know, and such a quote is not used. 3. A quote that lacks a side, or is crossed, is
no quote: it ends the one before it, and nothing stands in its place.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from litlab.adapters.adapter import Adapter
from litlab.adapters.pipeline import Pipeline
from litlab.adapters.reading import Reader, Rows
from litlab.bars import Clock
from litlab.bars.windows import gather
from litlab.errors import EmptyFile, NotCached
from litlab.ticks.cache import RowAccount
from litlab.ticks.columns import ASK, ASK_SIZE, BID, BID_SIZE, LINE, NS, QUOTED, SESSION, TIMESTAMP
from litlab.ticks.probe import Change, ProbeStore
from litlab.ticks.sessions import calendar_zone
from litlab.ticks.store import TickStore

SIDES = (BID, ASK, BID_SIZE, ASK_SIZE)
VALUES = (*SIDES, "mid", "spread", "imbalance")

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Quote:
    """One quote.

    Attributes
    ----------
    time_ns : int
        When it was captured, UTC.
    bid, ask : float
        Positive; they may be equal (locked), never crossed.
    bid_size, ask_size : float
        NaN where the file does not say.
    mid, spread : float
        (bid + ask) / 2 and ask - bid.
    imbalance : float
        (bid size - ask size) / (bid size + ask size), from -1 to 1; NaN where a size is not known.
    """

    time_ns: int
    bid: float
    ask: float
    bid_size: float
    ask_size: float
    mid: float
    spread: float
    imbalance: float


class QuotesBaseAdapter(Adapter):
    """An adapter of quotes: an author writes ``read(path)``, which yields what `QuotePipeline.quotes` makes.

    A file may hold no quote at all: where it has a header and nothing else, it says just that.
    """

    PARAMETERS: ClassVar[dict[str, Any]] = {**Adapter.PARAMETERS, "ambiguous": "raise", "calendar": "XNYS"}
    MAY_BE_EMPTY: ClassVar[bool] = True

    @property
    def calendar(self) -> str | None:
        """The exchange calendar's name; the parameter ``calendar``."""
        name = self.parameters["calendar"]
        return str(name) if name else None

    @property
    def zone(self) -> str:
        """The exchange's time zone."""
        return calendar_zone(self.calendar) if self.calendar else "UTC"

    def read(self, path: Path) -> Iterator[pa.RecordBatch]:
        """Yield the file's quotes in capture order and fill ``self.account``."""
        raise NotImplementedError(f"{type(self).__name__} does not say how to read {path}")

    def parse(self, path: Path) -> Iterator[pa.RecordBatch]:
        """Yield the file's quotes, and a batch without rows where it has none."""
        found = False
        try:
            for batch in self.read(path):
                found = True
                yield batch
        except EmptyFile:
            Reader(path, RowAccount()).header()  # of a file without a header nobody knows what it is
        if not found:
            types = {name: pa.from_numpy_dtype(kind) for name, kind in {**QUOTED, LINE: "<i8"}.items()}
            yield pa.RecordBatch.from_pydict({name: pa.array([], kind) for name, kind in types.items()})


class QuotePipeline(Pipeline):
    """One file on its way from parsed rows to quotes.

    Parameters
    ----------
    adapter : Adapter
    reader : Reader
    time : str
        The vendor's column of times.
    sides : tuple of str
        The vendor's columns of bid, ask, bid size and ask size, parsed as float64; "" for one there is not.
    without : tuple of str
        Columns that say nothing of a quote.
    """

    def __init__(
        self,
        adapter: Adapter,
        reader: Reader,
        time: str,
        sides: tuple[str, str, str, str],
        without: tuple[str, ...] = (),
    ) -> None:
        super().__init__(adapter, reader, time, sides[0], sides[1])
        self.sides, self.left_out = sides, {*sides, *without}

    def quotes(self, rows: Rows, zone: str = "") -> Iterator[pa.RecordBatch]:
        """Yield the canonical batch of the rows that have a time, if any; a lacking side is NaN.

        Parameters
        ----------
        zone : str
            Where the time column is naive.
        """
        rows = self.drop(rows, np.asarray(rows[0].column(self.time).is_null()), f"{self.time} is empty")
        batch, lines = self.placed(rows, zone)
        if not len(lines):
            return
        stamps = batch.column(self.time).cast(pa.int64())
        session = self.judge.columns(np.asarray(stamps), None)[SESSION]
        arrays: dict[str, Any] = {TIMESTAMP: stamps}
        for name, vendor in zip(SIDES, self.sides, strict=True):
            arrays[name] = pa.array(_finite(batch, vendor))
        arrays |= {SESSION: pa.array(session), LINE: pa.array(lines)}
        for name in batch.schema.names:
            if name not in self.left_out:
                arrays[f"vendor_{name}" if name in (*QUOTED, LINE) else name] = batch.column(name)
        yield pa.RecordBatch.from_pydict(arrays)


def _finite(batch: pa.RecordBatch, column: str) -> Floats:
    """Return a column's numbers; NaN where there is none, and in all rows of a column there is not."""
    if not column:
        return np.full(batch.num_rows, np.nan)
    values = batch.column(column).fill_null(np.nan).to_numpy(zero_copy_only=False)
    return np.where(np.isfinite(values), values, np.nan)


class Quotes:
    """All quotes beside an adapter's trades.

    Parameters
    ----------
    adapter : QuotesBaseAdapter
        Its files are cached.
    trades : TickStore, optional
        What the same raw files hold beside the quotes; None where quotes lie in files of their own.

    Attributes
    ----------
    store : TickStore
        The quotes in order: timestamp, bid, ask, bid_size, ask_size (NaN: lacking), session, flags, line and
        the vendor's columns.

    Raises
    ------
    NotCached
        If a file's quotes are not cached, or were when it held something else than its trades' cache says.
    """

    def __init__(self, adapter: QuotesBaseAdapter, trades: TickStore | None = None) -> None:
        if trades is None:
            self.store = TickStore([(path, adapter.cache_home(path)) for path in adapter.paths])
            self._numbers = np.arange(len(self.store.files))
        else:
            self.store = _InOrder(adapter, trades)
            rows = [one.rows for one in self.store.every]
            self._numbers = np.where(rows, np.cumsum(np.minimum(rows, 1)) - 1, -1)
        self.by_line = trades is not None
        counts = np.zeros(len(self._numbers), np.int64)
        counts[self._numbers >= 0] = np.diff(self.store.starts)
        self._begins = np.cumsum(counts) - counts
        self._first_ns = np.array([one.first_time_ns for one in self.store.files], np.int64)

    def digests(self, stop: int, last_ns: int) -> tuple[str, ...]:
        """Return the content digests of the files that any of some ticks may read.

        Parameters
        ----------
        stop : int
            The ticks lie in the first so many raw files,
        last_ns : int
            and their last timestamp is this one.
        """
        known = int((self._numbers[:stop] >= 0).sum()) if self.by_line else np.sum(self._first_ns < last_ns)
        return self.store.digests[: int(known)]

    def before(self, trades: TickStore, clock: Clock, indices: Ints) -> Ints:
        """Return the number of the last quote strictly before each tick, (n,) int64; -1 for none.

        Parameters
        ----------
        trades : TickStore
            Or the beginning of it: only the ticks at `indices` are looked at.
        clock : Clock
            A quote of an earlier trading date serves no tick.
        indices : (n,) int64
        """
        if not len(self.store) or not len(indices):
            return np.full(len(indices), -1, np.int64)
        times = gather(trades, TIMESTAMP, indices)
        places = self._numbers_before(trades, indices)
        begun = clock.begins[np.searchsorted(clock.begins, times // NS, "right") - 1] * NS
        quoted = gather(self.store, TIMESTAMP, np.maximum(places, 0))
        return np.where((places >= 0) & (quoted >= begun), places, -1)

    def _numbers_before(self, trades: TickStore, indices: Ints) -> Ints:
        """Return the number of the last quote strictly before each tick, of whatever date; -1 for none."""
        if not len(self.store):
            return np.full(len(indices), -1, np.int64)
        if self.by_line:
            files = np.searchsorted(trades.starts, indices, "right") - 1
            return self._places(files, gather(trades, LINE, indices), LINE)
        times = gather(trades, TIMESTAMP, indices)
        files = np.maximum(np.searchsorted(self._first_ns, times, "left") - 1, 0)
        return self._places(files, times, TIMESTAMP)

    def _places(self, files: Ints, keys: Ints, column: str) -> Ints:
        """Return how many quotes come before `keys` in their `files`, and before these files, less one."""
        places = self._begins[files] - 1
        for file in np.unique(files):
            if self._numbers[file] >= 0:
                mine = files == file
                known = self.store.map(int(self._numbers[file]), f"{column}.npy")
                places[mine] += np.searchsorted(known, keys[mine], "left")
        return places

    def cut(self, trades: TickStore, stop: int, change: Change | None = None, ahead: int = 0) -> Quotes:
        """Return them as they would be had all data ended behind a tick, or gone on differently.

        Parameters
        ----------
        trades : TickStore
        stop : int
            The first tick that is left out or may differ: quotes are kept that came before the last tick of
            which that cannot be said.
        change, ahead
            As in ``litlab.ticks.probe.ProbeStore``.
        """
        last = np.array([stop - 1], np.int64)
        kept = int(self._numbers_before(trades, last)[0]) + 1
        found = copy.copy(self)
        if kept:
            found.store = ProbeStore(self.store, kept, change, ahead)
        else:
            found.store = TickStore([])
        files = len(found.store.files)
        if self.by_line:
            found._numbers = np.where(self._numbers < files, self._numbers, -1)
        else:
            found._numbers, found._first_ns = self._numbers[:files], self._first_ns[:files]
            found._begins = self._begins[:files]
        return found

    def values(self, numbers: Ints) -> dict[str, Floats]:
        """Return VALUES of quotes by number, each (n,) float64: NaN where it is -1 or the quote is none.

        A quote is none where bid or ask is lacking or not positive, where a size is given that is not
        positive, and where it is crossed (bid above ask). A locked one (bid equal to ask) is a quote.
        """
        sides = {name: np.full(len(numbers), np.nan) for name in SIDES}
        there = numbers >= 0
        if there.any():
            for name, values in sides.items():
                values[there] = gather(self.store, name, numbers[there])
        bid, ask, bid_size, ask_size = sides.values()
        good = (bid > 0) & (ask >= bid) & ~(bid_size <= 0) & ~(ask_size <= 0)
        for values in sides.values():
            values[~good] = np.nan
        both = bid_size + ask_size
        return {
            **sides, "mid": (bid + ask) / 2, "spread": ask - bid, "imbalance": (bid_size - ask_size) / both,
        }  # fmt: skip

    def quote(self, number: int) -> Quote | None:
        """Return one quote by number; None for -1 and for what is none."""
        values = self.values(np.array([number], np.int64))
        if np.isnan(values[BID][0]):
            return None
        time_ns = int(self.store.times(number, number + 1)[0])
        return Quote(time_ns, **{name: float(values[name][0]) for name in VALUES})


class _InOrder(TickStore):
    """The quotes of raw files that hold trades too, in the order of these.

    Attributes
    ----------
    every : list of CachedFile
        One for each file of trades, those without a quote among them.
    """

    def __init__(self, adapter: QuotesBaseAdapter, trades: TickStore) -> None:
        from litlab.ticks.files import CachedFile

        self.every = [CachedFile(adapter.cache_home(one.raw), one.raw) for one in trades.files]
        for quotes, one in zip(self.every, trades.files, strict=True):
            if quotes.manifest["raw"] != one.manifest["raw"]:
                raise NotCached(path=one.raw)
        self._adopt([one for one in self.every if one.rows])
