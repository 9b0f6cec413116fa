"""What a script gets instead of the adapter: the ticks it may read, with every read recorded.

``View`` ends at its index: asking for anything behind it raises LookaheadError and is remembered, whatever
the script does with the exception. ``GateView`` may also learn whether its tick's period has ended.
``OpenView`` (labels) reads everything. ``BatchView`` offers row-aligned reads only, each row ending at its
own index. Reads are half-open intervals of tick indices. What a vendor filled in later (the adapter's
LATER_COLUMNS, the flag CORRECTED) is not there but for labels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from litlab.bars import Size, Window
from litlab.bars.windows import gather
from litlab.errors import LookaheadError
from litlab.ticks.columns import CORRECTED, FLAGS

if TYPE_CHECKING:
    from litlab.adapters.quotes import Quote
    from litlab.adapters.trades import TradersBaseAdapter


_SEEN = np.uint8(255 - CORRECTED)
_Columns = dict[str, npt.NDArray[Any]]


class _Recorded:
    """Adapter reads, recorded as one enclosing interval."""

    _knows_later = False  # whether what was filled in after a tick had come may be read

    def __init__(self, adapter: TradersBaseAdapter, index: int) -> None:
        if not 0 <= index < len(adapter):
            raise IndexError(f"{index} lies outside of the {len(adapter):,} ticks")
        self._adapter = adapter
        self._index = int(index)
        self.read_lo = self._index
        self.read_hi = self._index + 1
        self.violation: LookaheadError | None = None

    @property
    def zone(self) -> str:
        """The exchange's time zone."""
        return self._adapter.zone

    @property
    def tick_size(self) -> float:
        """The smallest price step."""
        return self._adapter.tick_size

    def _limit(self) -> int:
        raise NotImplementedError

    def _refuse(self, read: str) -> LookaheadError:
        self.violation = LookaheadError(script="?", line=0, index=self._index, read=read)
        return self.violation

    def _note(self, lo: int, hi: int) -> None:
        if lo < hi:
            self.read_lo, self.read_hi = min(self.read_lo, lo), max(self.read_hi, hi)

    def _span(self, start: int, stop: int) -> None:
        if stop > self._limit():
            raise self._refuse(f"it reads the ticks up to {stop - 1}")
        if not 0 <= start <= stop:
            raise IndexError(f"[{start}, {stop}) lies outside of the {len(self):,} ticks")
        self._note(start, stop)

    def __len__(self) -> int:
        return self._limit()

    def __getitem__(self, index: int) -> dict[str, Any]:
        index = int(index)
        if index < 0:
            index += len(self)
        self._span(index, index + 1)
        record = self._adapter[index]
        for name in () if self._knows_later else self._adapter.LATER_COLUMNS:
            record.pop(name, None)
        return record

    def __iter__(self) -> Iterator[dict[str, Any]]:
        # Python would go on to the first index that raises IndexError, which here is a refusal.
        return (self[index] for index in range(len(self)))

    def window(self, start: int, stop: int, columns: Sequence[str]) -> _Columns:
        """Return columns of the ticks [start, stop), copied."""
        self._span(start, stop)
        if self._knows_later:
            return self._adapter.window(start, stop, columns)
        _check_columns(self._adapter, columns, self._refuse)
        return _as_seen(self._adapter.window(start, stop, columns))

    def search(self, token: str, start: int, stop: int, regex: bool = False) -> npt.NDArray[np.bool_]:
        """Tell of each tick in [start, stop) whether a text column holds `token` (or matches it: `regex`)."""
        self._span(start, stop)
        without = () if self._knows_later else self._adapter.LATER_COLUMNS
        return self._adapter.search(token, start, stop, without, regex)

    def get_bars(
        self,
        index: int,
        count: int,
        unit: str,
        size: Size = 1,
        future: bool = False,
        prevent_lookahead_bias: bool = True,
        current: str = "exclude",
        **options: Any,
    ) -> npt.NDArray[np.float64]:
        """Return ``Adapter.get_bars``, within what this view may read."""
        if "cross" in options:
            found = self.bars(
                [index], count, unit, size, future=future, prevent_lookahead_bias=prevent_lookahead_bias,
                current=current, **options,
            )  # fmt: skip
            return found.values[0, : found.lengths[0]]
        self._check_bars(index, future, prevent_lookahead_bias)
        values, lo, hi = self._adapter.read_bars(
            index, count, unit, size, future, prevent_lookahead_bias, current, **options
        )
        self._note(lo, hi)
        return values

    def bars(self, indices: npt.ArrayLike, count: int, unit: str, size: Size = 1, **options: Any) -> Window:
        """Return windows of bars with their times: see ``litlab.bars.windows``."""
        rows = np.atleast_1d(np.asarray(indices, np.int64))
        last = int(rows.max()) if len(rows) else -1
        self._check_bars(last, options.get("future", False), options.get("prevent_lookahead_bias", True))
        found = self._adapter.bars(rows, count, unit, size, **options)
        if len(rows):
            self._note(int(found.reads[:, 0].min()), int(found.reads[:, 1].max()))
        return found

    def asof_quote(self, index: int) -> Quote | None:
        """Return the last quote strictly before a tick: a read of that tick, whose place it asks for."""
        self._span(index, index + 1)
        return self._adapter.asof_quote(index)

    def asof_quotes(self, indices: npt.ArrayLike) -> dict[str, npt.NDArray[np.float64]]:
        """Return the last quote strictly before each tick: see ``BatchView.asof_quotes``."""
        rows = np.atleast_1d(np.asarray(indices, np.int64))
        if len(rows):
            self._span(int(rows.min()), int(rows.max()) + 1)
        return self._adapter.asof_quotes(rows)

    def last_ticks_batch(
        self, indices: npt.ArrayLike, count: int, columns: Sequence[str]
    ) -> tuple[dict[str, npt.NDArray[Any]], npt.NDArray[np.int64]]:
        """Return the last `count` ticks up to each index: see ``BatchView.last_ticks_batch``."""
        rows = np.atleast_1d(np.asarray(indices, np.int64))
        if len(rows):
            stop = int(rows.max()) + 1
            self._span(max(int(rows.min()) + 1 - count, 0), stop)
        if self._knows_later:
            return _last_ticks(self._adapter, rows, count, columns)
        _check_columns(self._adapter, columns, self._refuse)
        values, lengths = _last_ticks(self._adapter, rows, count, columns)
        return _as_seen(values), lengths

    def _check_bars(self, last: int, future: bool, guarded: bool) -> None:
        raise NotImplementedError


class View(_Recorded):
    """The adapter as it was when the tick `index` had just arrived."""

    def _limit(self) -> int:
        return self._index + 1

    def _check_bars(self, last: int, future: bool, guarded: bool) -> None:
        if last > self._index:
            raise self._refuse(f"it asks for bars at the index {last}")
        if future:
            raise self._refuse("it asks for bars of the future (future=True)")
        if not guarded:
            raise self._refuse("it asks for the complete bar (prevent_lookahead_bias=False)")


class GateView(View):
    """A feature's view that may also learn that its tick's period has ended.

    Attributes
    ----------
    as_of_ns : int or None
        When the period ended, once that was asked.
    """

    as_of_ns: int | None = None

    def period_ended(self, unit: str, size: Size = 1, sessions: str | None = None) -> bool:
        """Tell whether this is the last tick of a bar whose period has ended."""
        _, ends = self._adapter.period_ends(self._index, self._index + 1, unit, size, sessions)
        if len(ends):
            self.as_of_ns = int(ends[0])
        return bool(len(ends))


class GateBatchView:
    """What a gate's ``candidates`` gets: which ticks are the last of their periods, and nothing else."""

    def __init__(self, adapter: TradersBaseAdapter, start: int, stop: int) -> None:
        self._adapter, self._start, self._stop = adapter, start, stop
        self.as_of: dict[int, int] = {}

    def period_ends(
        self, start: int, stop: int, unit: str, size: Size = 1, sessions: str | None = None
    ) -> npt.NDArray[np.int64]:
        """Return the last tick of every bar that ends in [start, stop), (n,) int64."""
        start, stop = max(start, self._start), min(stop, self._stop)
        indices, ends = self._adapter.period_ends(start, stop, unit, size, sessions)
        self.as_of.update(zip(indices.tolist(), ends.tolist(), strict=True))
        return indices


class OpenView(_Recorded):
    """A label's view: everything may be read."""

    _knows_later = True

    def _limit(self) -> int:
        return len(self._adapter)

    def _check_bars(self, last: int, future: bool, guarded: bool) -> None:
        del last, future, guarded


def _check_columns(
    adapter: TradersBaseAdapter, columns: Sequence[str], refuse: Callable[[str], LookaheadError]
) -> None:
    for name in columns:
        if name in adapter.LATER_COLUMNS:
            raise refuse(f"it reads the column {name!r}, which was filled in later")


def _as_seen(values: _Columns) -> _Columns:
    """Return columns as they were when their ticks came: nobody knew yet which would be corrected."""
    return values if FLAGS not in values else {**values, FLAGS: values[FLAGS] & _SEEN}


def _last_ticks(
    adapter: TradersBaseAdapter, rows: npt.NDArray[np.int64], count: int, columns: Sequence[str]
) -> tuple[dict[str, npt.NDArray[Any]], npt.NDArray[np.int64]]:
    at = rows[:, None] - np.arange(count - 1, -1, -1)
    inside, where = at >= 0, np.maximum(at, 0).ravel()
    values = {
        name: np.where(inside, gather(adapter.store, name, where).reshape(at.shape), 0) for name in columns
    }
    return values, np.minimum(rows + 1, count)


class BatchView:
    """Row-aligned reads of many samples at once: row k ends at ``indices[k]``.

    Attributes
    ----------
    reads : (n, 2) int64
        What each row has read so far.
    """

    def __init__(
        self, adapter: TradersBaseAdapter, indices: npt.NDArray[np.int64], *, label: bool = False
    ) -> None:
        self._adapter, self._label, self._knows_later = adapter, label, label
        self._indices = np.asarray(indices, np.int64)
        self.violation: LookaheadError | None = None
        self.reads = np.stack([self._indices, self._indices + 1], 1)

    @property
    def zone(self) -> str:
        """The exchange's time zone."""
        return self._adapter.zone

    @property
    def tick_size(self) -> float:
        """The smallest price step."""
        return self._adapter.tick_size

    def bars(self, indices: npt.ArrayLike, count: int, unit: str, size: Size = 1, **options: Any) -> Window:
        """Return one window of bars per row: see ``litlab.bars.windows``; `indices` are the view's own."""
        rows = self._own(indices)
        if not self._label:
            self._guard(options)
        found = self._adapter.bars(rows, count, unit, size, **options)
        self._note(found.reads)
        return found

    def get_bars_batch(
        self, indices: npt.ArrayLike, count: int, unit: str, size: int = 1, **options: Any
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return (values (n, count, 8), lengths (n,), reads (n, 2)): ``get_bars`` of every row."""
        found = self.bars(indices, count, unit, size, **options)
        return found.values, found.lengths, found.reads

    def last_ticks_batch(
        self, indices: npt.ArrayLike, count: int, columns: Sequence[str]
    ) -> tuple[dict[str, npt.NDArray[Any]], npt.NDArray[np.int64]]:
        """Return the last `count` ticks up to each row's own index.

        Returns
        -------
        values : dict of str to (n, count)
            Canonical columns, oldest first, aligned to the right; what lies before the data is 0.
        lengths : (n,) int64
        """
        rows = self._own(indices)
        if not self._knows_later:
            _check_columns(self._adapter, columns, self._refuse)
        values, lengths = _last_ticks(self._adapter, rows, count, columns)
        self._note(np.stack([rows + 1 - lengths, rows + 1], 1))
        return (values if self._knows_later else _as_seen(values)), lengths

    def asof_quotes(self, indices: npt.ArrayLike) -> dict[str, npt.NDArray[np.float64]]:
        """Return the last quote strictly before each row's own tick: of the ticks it reads that one.

        Returns
        -------
        values : dict of str to (n,) float64
            bid, ask, bid_size, ask_size, mid, spread and imbalance; NaN where there is none: see
            ``TradersBaseAdapter.asof_quote``.
        """
        return self._adapter.asof_quotes(self._own(indices))

    def _own(self, indices: npt.ArrayLike) -> npt.NDArray[np.int64]:
        rows = np.asarray(indices, np.int64)
        if not np.array_equal(rows, self._indices):
            raise self._refuse("it reads rows of other indices than its own; a batch is read row by row")
        return rows

    def _guard(self, options: dict[str, Any]) -> None:
        if options.get("future"):
            raise self._refuse("it asks for bars of the future (future=True)")
        if not options.get("prevent_lookahead_bias", True):
            raise self._refuse("it asks for complete bars (prevent_lookahead_bias=False)")

    def _refuse(self, read: str) -> LookaheadError:
        at = int(self._indices[0]) if len(self._indices) else -1
        self.violation = LookaheadError(script="?", line=0, index=at, read=read)
        return self.violation

    def _note(self, reads: npt.NDArray[np.int64]) -> None:
        self.reads[:, 0] = np.minimum(self.reads[:, 0], reads[:, 0])
        self.reads[:, 1] = np.maximum(self.reads[:, 1], reads[:, 1])
