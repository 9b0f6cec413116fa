"""Other futures: what may come behind a tick without anything up to it being different.

``ended`` gives an adapter whose trades, and the quotes beside them, end at a tick; ``altered`` one whose go
on differently behind it, in one of the ways that FUTURES names.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.adapters import TradersBaseAdapter
from litlab.ticks.columns import (
    ALL_OK,
    ASK,
    ASK_SIZE,
    BID,
    BID_SIZE,
    ELIGIBILITY,
    LINE,
    PRICE,
    TIMESTAMP,
    VOLUME,
)  # fmt: skip
from litlab.ticks.probe import ProbeStore

Columns = Mapping[str, npt.NDArray[Any]]

_PRICES, _SIZES = (PRICE, BID, ASK), (VOLUME, BID_SIZE, ASK_SIZE)
# What an adapter has worked out from its ticks and quotes.
_OWN = {"_bars", "store", "sessions", "clock", "quotes", "_quote_adapter"}


def ended(adapter: TradersBaseAdapter, index: int, ahead: int = 0) -> TradersBaseAdapter:
    """Return an adapter over the data as they were at a tick: nothing behind it is mapped.

    Parameters
    ----------
    ahead : int
        How many ticks are there behind it nevertheless; no quote is.
    """
    return _over(adapter, index, ahead, None, 0)


def altered(adapter: TradersBaseAdapter, index: int, future: str, ahead: int = 0) -> TradersBaseAdapter:
    """Return an adapter over the same data up to a tick and one of FUTURES behind it."""
    return _over(adapter, index, ahead, *FUTURES[future])


def _over(
    adapter: TradersBaseAdapter,
    index: int,
    ahead: int,
    change: Callable[[Columns], None] | None,
    length: int,
) -> TradersBaseAdapter:
    probe = copy.copy(adapter)
    own = probe.__dict__
    for name in _OWN:
        own.pop(name, None)
    stop = min(index + 1 + ahead, len(adapter))
    own["_bars"] = {}
    own["store"] = ProbeStore(adapter.store, stop, change, length)
    if adapter.quotes is not None:
        own["quotes"] = adapter.quotes.cut(adapter.store, index + 1, change, length)
        (beside,) = adapter.beside
        quotes = own["_quote_adapter"] = copy.copy(beside)
        quotes.__dict__["store"] = own["quotes"].store
    return probe


def _scaled(columns: Columns, by: float) -> None:
    for name in columns:
        if name in _PRICES:
            columns[name][:] *= by
        elif name in _SIZES:
            columns[name][:] = np.maximum(columns[name] * by * by, 1)


def _up(columns: Columns) -> None:
    _scaled(columns, 1.5)


def _down(columns: Columns) -> None:
    _scaled(columns, 0.5)


def _noise(columns: Columns) -> None:
    generator = np.random.default_rng(7)
    rows = len(columns[TIMESTAMP])
    order = generator.permutation(rows)
    factor = generator.uniform(0.8, 1.25, rows)
    for name, values in columns.items():
        if name not in (TIMESTAMP, LINE):  # these are in order
            values[:] = values[order]
        if name in _PRICES:
            values[:] *= factor
        if name == ELIGIBILITY:
            values[:] = generator.choice(np.array([0, ALL_OK], np.uint8), rows)


def _stretched(columns: Columns, by: float) -> None:
    times = columns[TIMESTAMP]
    since = np.diff(times, prepend=times[:1])  # the gap to the tick before the cut stays as it is
    times[:] = times[0] + np.cumsum((since * by).astype(np.int64))


def _slower(columns: Columns) -> None:
    times = columns[TIMESTAMP]
    times += 20 * 1_000_000_000
    _stretched(columns, 3.0)


def _faster(columns: Columns) -> None:
    _stretched(columns, 1 / 3)


def _silent(columns: Columns) -> None:
    columns[TIMESTAMP][:] += 3600 * 1_000_000_000


# Name → how it changes the ticks behind the cut, and how many of them there are at most.
FUTURES: dict[str, tuple[Callable[[Columns], None], int]] = {
    "up": (_up, 20_000),
    "down": (_down, 20_000),
    "noise": (_noise, 20_000),
    "slower": (_slower, 20_000),
    "faster": (_faster, 20_000),
    "an hour of silence": (_silent, 5),
}
