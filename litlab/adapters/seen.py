"""Columns as they were when their ticks came: what a vendor filled in later is not there.

That is the adapter's LATER_COLUMNS and the flag CORRECTED, which is made of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from litlab.bars.windows import gather
from litlab.errors import LookaheadError
from litlab.ticks.columns import CORRECTED, FLAGS

if TYPE_CHECKING:
    from litlab.adapters.trades import TradersBaseAdapter

_SEEN = np.uint8(255 - CORRECTED)
Columns = dict[str, npt.NDArray[Any]]


def check_columns(
    adapter: TradersBaseAdapter, columns: Sequence[str], refuse: Callable[[str], LookaheadError]
) -> None:
    """Raise what `refuse` makes of the first column that was filled in later."""
    for name in columns:
        if name in adapter.LATER_COLUMNS:
            raise refuse(f"it reads the column {name!r}, which was filled in later")


def as_seen(values: Columns) -> Columns:
    """Return columns as they were when their ticks came: nobody knew yet which would be corrected."""
    return values if FLAGS not in values else {**values, FLAGS: values[FLAGS] & _SEEN}


def last_ticks(
    adapter: TradersBaseAdapter, rows: npt.NDArray[np.int64], count: int, columns: Sequence[str]
) -> tuple[dict[str, npt.NDArray[Any]], npt.NDArray[np.int64]]:
    """Return the last `count` ticks up to each row, aligned to the right, and how many there are, (n,)."""
    at = rows[:, None] - np.arange(count - 1, -1, -1)
    inside, where = at >= 0, np.maximum(at, 0).ravel()
    values = {
        name: np.where(inside, gather(adapter.store, name, where).reshape(at.shape), 0) for name in columns
    }
    return values, np.minimum(rows + 1, count)
