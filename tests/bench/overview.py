"""Overviews: any span of ticks drawn on 2,000 pixels, beside a downsampler that reads every price."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .measuring import Table, Way, race
from .place import Place

PIXELS = 2000
SPANS = (180_000, 10_000_000)
PEER_TICKS = 10_000_000
LEAST = 100.0


def tables(place: Place) -> Iterator[Table]:
    """Yield one table for each span that the data hold, and one for all ticks."""
    price = np.array(place.adapter.store.column("price", 0, min(place.ticks, PEER_TICKS)))
    for span in SPANS:
        if span < place.ticks:
            yield _table(place, span, f"{span:,}", price)
    yield _table(place, place.ticks, "all", price)


def _table(place: Place, span: int, named: str, price: np.ndarray) -> Table:
    store, many = place.adapter.store, place.few(100)

    def ours(number: int) -> None:
        starts = np.random.default_rng([span, number]).integers(0, place.ticks - span + 1, many)
        for start in starts.tolist():
            store.overview(start, start + span, PIXELS)

    def peer(_: int) -> Any:
        from tsdownsample import MinMaxDownsampler

        return MinMaxDownsampler().downsample(price, n_out=2 * PIXELS)

    ways = [
        Way(f"litlab: store.overview of {named} ticks", ours, many),
        Way(f"tsdownsample MinMax of {len(price):,} prices", peer, 1, LEAST, needs="tsdownsample"),
    ]
    return race(f"overview of {named} ticks on {PIXELS:,} px", "overviews", ways, place.rounds)
