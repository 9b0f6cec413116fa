"""What a script gets to compute many samples at once: reads that are aligned to rows, each at its own index.

So that what holds of ``View`` holds of every row: it ends at its index, and its reads are recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from litlab.adapters.seen import as_seen, check_columns, last_ticks
from litlab.bars import Size, Window
from litlab.errors import LookaheadError

if TYPE_CHECKING:
    from litlab.adapters.trades import TradersBaseAdapter


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
        return found if self._knows_later else found.alone()

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
            check_columns(self._adapter, columns, self._refuse)
        values, lengths = last_ticks(self._adapter, rows, count, columns)
        self._note(np.stack([rows + 1 - lengths, rows + 1], 1))
        return (values if self._knows_later else as_seen(values)), lengths

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
        for index, end in zip(indices.tolist(), ends.tolist(), strict=True):
            self.as_of[index] = max(self.as_of.get(index, end), end)
        return indices
