"""What a script gets instead of the adapter: the ticks it may read, with every read recorded.

``View`` ends at its index: asking for anything behind it raises LookaheadError and is remembered, whatever
the script does with the exception. ``GateView`` may also learn whether its tick's period has ended.
``OpenView`` (labels) reads everything. Reads are half-open intervals of tick indices. What a vendor filled in
later (``seen``) is not there but for labels. Views of many samples at once: ``batch_views``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from litlab.adapters.seen import Columns, as_seen, check_columns, last_ticks
from litlab.bars import Size, Window
from litlab.bars.units import UNITS
from litlab.errors import LookaheadError

STILL_GOING = (
    "it keeps a tick although it was told that the period of {} has not ended, which the next tick tells; "
    "such a tick can only be left out"
)

if TYPE_CHECKING:
    from litlab.adapters.quotes import Quote
    from litlab.adapters.trades import TradersBaseAdapter


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

    def window(self, start: int, stop: int, columns: Sequence[str]) -> Columns:
        """Return columns of the ticks [start, stop), copied."""
        self._span(start, stop)
        if self._knows_later:
            return self._adapter.window(start, stop, columns)
        check_columns(self._adapter, columns, self._refuse)
        return as_seen(self._adapter.window(start, stop, columns))

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
        return found if self._knows_later else found.alone()

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
            return last_ticks(self._adapter, rows, count, columns)
        check_columns(self._adapter, columns, self._refuse)
        values, lengths = last_ticks(self._adapter, rows, count, columns)
        return as_seen(values), lengths

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
        When the last of the periods ended that it was told have ended.
    """

    as_of_ns: int | None = None
    _going_on = ""  # a period that it was told has not ended

    def period_ended(self, unit: str, size: Size = 1, sessions: str | None = None) -> bool:
        """Tell whether this is the last tick of a bar whose period has ended.

        That it has not says that another tick comes: such a sample can only be left out (``check_kept``).
        """
        _, ends = self._adapter.period_ends(self._index, self._index + 1, unit, size, sessions)
        if len(ends):
            self.as_of_ns = max(self.as_of_ns or int(ends[0]), int(ends[0]))
        elif unit in UNITS:  # whether a threshold is reached, the tick itself tells
            self._going_on = f"{size} {unit}"
        return bool(len(ends))

    def check_kept(self) -> None:
        """Note a violation if a sample is kept that was told that a period has not ended."""
        if self._going_on:
            self._refuse(STILL_GOING.format(self._going_on))


class OpenView(_Recorded):
    """A label's view: everything may be read."""

    _knows_later = True

    def _limit(self) -> int:
        return len(self._adapter)

    def _check_bars(self, last: int, future: bool, guarded: bool) -> None:
        del last, future, guarded
