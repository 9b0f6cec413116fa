"""Trades as somebody meets them who has to trade: the first print after a moment, and what it costs."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from litlab.ticks.columns import ELIGIBILITY, NS, OK_LAST, OK_VOLUME, PRICE, REGULAR, SESSION, VOLUME

if TYPE_CHECKING:
    from litlab.adapters import TradersBaseAdapter

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_BEHIND_NS = 900 * NS


@dataclasses.dataclass(frozen=True)
class Prints:
    """A stretch of trades in one session, as they came.

    Attributes
    ----------
    time_ns : (n,) int64
    price : (n,) float64
    volume : (n,) float64
        0 where a print counts for no volume.
    sets_price : (n,) bool
    """

    time_ns: Ints
    price: Floats
    volume: Floats
    sets_price: npt.NDArray[np.bool_]


def fills(prints: Prints, moments: Ints) -> Ints:
    """Return the first print after each moment that sets a price, (m,) int64; the number of prints if none.

    >>> import numpy as np
    >>> three = Prints(np.array([1, 2, 3]), np.ones(3), np.ones(3), np.array([True, False, True]))
    >>> fills(three, np.array([0, 1, 3]))
    array([0, 2, 3])
    """
    eligible = np.append(np.flatnonzero(prints.sets_price), len(prints.price))
    after = np.searchsorted(prints.time_ns, moments, "right")
    return np.asarray(eligible[np.searchsorted(eligible, after, "left")], np.int64)


def roll_half_spread(price: Floats) -> float:
    """Return Roll's half-spread of successive prices, in their unit; NaN where it has none.

    Roll, "A Simple Implicit Measure of the Effective Bid-Ask Spread in an Efficient Market" (1984): half the
    spread is √(−cov(Δp_t, Δp_{t−1})).

    >>> import numpy as np
    >>> roll_half_spread(np.array([1.0, 2.0] * 500)).round(2)
    np.float64(1.0)
    """
    change = np.diff(price)
    if len(change) < 3:
        return float("nan")
    found = -float(np.mean((change[1:] - change[1:].mean()) * (change[:-1] - change[:-1].mean())))
    return np.sqrt(found) if found > 0 else float("nan")


def prints_of(adapter: TradersBaseAdapter, first_ns: int, last_ns: int) -> tuple[Prints, int]:
    """Return the prints from a moment to a quarter of an hour behind another, and the first one's index."""
    start, stop = adapter.store.index_at(first_ns) + 1, adapter.store.index_at(last_ns + _BEHIND_NS) + 1
    window = adapter.store.window(start, stop, [PRICE, VOLUME, SESSION, ELIGIBILITY])
    bits, regular = np.asarray(window[ELIGIBILITY]), np.asarray(window[SESSION]) == REGULAR
    return (
        Prints(
            np.asarray(adapter.store.times(start, stop), np.int64),
            np.asarray(window[PRICE], np.float64),
            np.where((bits & OK_VOLUME) != 0, np.asarray(window[VOLUME], np.float64), 0.0),
            ((bits & OK_LAST) != 0) & regular,
        ),
        start,
    )


def quoted_half_spreads(adapter: TradersBaseAdapter, first: int, prints: Prints) -> Floats | None:
    """Return the quoted half-spread at each print, (n,), NaN where there is none; None without quotes."""
    if adapter.quotes is None:
        return None
    found = adapter.asof_quotes(np.arange(first, first + len(prints.price)))
    return np.asarray(found["spread"], np.float64) / 2
