"""What a span of ticks looks like at so many pixels.

1. Up to POINTS ticks every tick is a point. 2. Up to DENSITY ticks are counted per pixel, the counts spread
over the ramp by rank, matches of a search laid over in their own colours: one uint8 image. 3. Beyond that
candles: first, last, lowest and highest price of every CANDLE pixels, as ``store.overview`` knows them.
What matches is counted up to SEARCHED ticks; silences within a session are found up to DENSITY.

On an axis of tick indices a pixel column is a stretch of ticks, so counting is one ``bincount``: 1.2 ms for
180,000 ticks and 12 ms for 1.9 million, what datashader takes (1.2 and 6 ms) without its 3 s of import and
1 s of compilation at the first picture.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.charts.hits import Token
from litlab.charts.tokens import HIT_CODES, LEVELS, OUTLINE_CODE
from litlab.ticks.columns import NS, REGULAR
from litlab.ticks.overview import Overview
from litlab.ticks.store import TickStore

POINTS = 3_000
DENSITY = 1 << 20
SEARCHED = 1 << 26
CANDLE = 7  # pixels
SILENCE_NS = 60 * NS  # shorter ones are not marked
_NIGHT_NS = 5 * 3600 * NS

Floats = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Sight:
    """A span of ticks, ready to draw.

    Attributes
    ----------
    start, stop : int
        The ticks in view, half-open.
    low, high : float
        The prices at the image's lower and upper border.
    image : (height, width) uint8 or None
        Codes of ``Theme.palette``, lowest price first; None where points or candles are drawn.
    price : (n,) float64
        The points' prices, empty elsewhere.
    hit : tuple of (n,) bool
        For each token: which points match it; empty where no points are drawn.
    candles : Overview or None
        First, last, low and high of every few pixels; None where points or an image are drawn.
    edges : (c + 1,) int64
        First tick of each pixel column, then `stop`.
    volume : (c,) float64
        Traded in each column.
    lowest, highest : (c,) float64
        Extremes of each column.
    hits : tuple of int, or None
        For each token: matches in view; None where the span is too wide to search at once.
    share : tuple of (c,) float64
        For each token: the share of a column's ticks that match.
    strips : (s, 2) int64
        Stretches of ticks outside of the regular session, half-open.
    silences : (g,) int64
        First ticks behind a silence within a regular session.
    """

    start: int
    stop: int
    low: float
    high: float
    image: npt.NDArray[np.uint8] | None
    price: Floats
    hit: tuple[npt.NDArray[np.bool_], ...]
    candles: Overview | None
    edges: npt.NDArray[np.int64]
    volume: Floats
    lowest: Floats
    highest: Floats
    hits: tuple[int, ...] | None
    share: tuple[Floats, ...]
    strips: npt.NDArray[np.int64]
    silences: npt.NDArray[np.int64]

    @property
    def count(self) -> int:
        """Ticks in view."""
        return self.stop - self.start


def look(
    store: TickStore, start: int, stop: int, width: int, height: int, tokens: Sequence[Token] = ()
) -> Sight:
    """Return what the ticks [start, stop) look like.

    Parameters
    ----------
    store : TickStore
    start, stop : int
        At least one tick.
    width, height : int
        The picture's size in pixels.
    tokens : sequence of Token
        What to search for in the vendor's text columns; matches are marked.
    """
    view, count = store.overview(start, stop, width), stop - start
    low, high = _room(float(view.low.min()), float(view.high.max()))
    image, price, candles = None, np.empty(0), None
    found = [one.find(store, start, stop) for one in tokens] if count <= DENSITY else []
    matches = _matches(store, view.edges, tokens, found) if count <= SEARCHED else []
    if count > DENSITY:
        candles = store.overview(start, stop, max(width // CANDLE, 1))
    else:
        price = np.asarray(store.column("price", start, stop), np.float64)
    if POINTS < count <= DENSITY:
        image, price = _image(price, found, low, high, width, height), np.empty(0)
    width_of = np.diff(view.edges)
    return Sight(
        start, stop, low, high, image, price, tuple(found) if len(price) else (), candles, view.edges,
        view.volume, view.low, view.high,
        tuple(int(one.sum()) for one in matches) if len(matches) == len(tokens) else None,
        tuple(one / width_of for one in matches),
        *_hours(store, start, stop, view.edges),
    )  # fmt: skip


def _matches(
    store: TickStore,
    edges: npt.NDArray[np.int64],
    tokens: Sequence[Token],
    found: Sequence[npt.NDArray[np.bool_]],
) -> list[npt.NDArray[np.int64]]:
    """Return the matches of each token in each pixel column, of its mask where there is one."""
    if found:
        return [np.add.reduceat(one, edges[:-1] - edges[0], dtype=np.int64) for one in found]
    return [one.count(store, edges) for one in tokens]


def _hours(
    store: TickStore, start: int, stop: int, edges: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return (stretches of columns whose first tick is outside of the regular session, ends of silences)."""
    if stop - start > DENSITY:  # days are too narrow to tell apart, and too many
        return np.empty((0, 2), np.int64), np.empty(0, np.int64)
    session = store.column("session", start, stop)
    outside = np.concatenate(([False], session[edges[:-1] - start] != REGULAR, [False]))
    borders = np.flatnonzero(outside[1:] != outside[:-1]).reshape(-1, 2)
    times = store.times(start, stop)
    silent = np.flatnonzero(
        (np.diff(times) >= SILENCE_NS) & (session[1:] == REGULAR) & (session[:-1] == REGULAR)
    )
    same = np.diff(times)[silent] < _NIGHT_NS
    return edges[borders], start + 1 + silent[same]


def _room(lowest: float, highest: float) -> tuple[float, float]:
    """Return the borders of the picture: a twentieth of the range of air above and below."""
    air = (highest - lowest) * 0.05 or max(abs(highest) * 1e-4, 1e-9)
    return lowest - air, highest + air


def _image(
    price: Floats, found: Sequence[npt.NDArray[np.bool_]], low: float, high: float, width: int, height: int
) -> npt.NDArray[np.uint8]:
    """Return the density image of a stretch of ticks, matches on top with a dark outline."""
    x = np.arange(len(price), dtype=np.int64) * width // len(price)
    y = ((price - low) * ((height - 1) / (high - low)) + 0.5).astype(np.int64)
    cells = y * width + x
    counts = np.bincount(cells, minlength=width * height).astype(np.int32).reshape(height, width)
    # A lone pixel is hard to see: few ticks get larger dots.
    size = 3 if len(price) <= 20_000 else 2 if len(price) <= 400_000 else 1
    codes = levels(_spread(counts, size))
    for code, hit in reversed(list(zip(HIT_CODES, found, strict=False))):  # the first token on top
        if hit.any():
            cell = np.zeros(width * height, np.int64)
            cell[cells[hit]] = 1
            marked = _spread(cell.reshape(height, width), max(size, 2)) > 0
            codes[_around(marked) & (codes <= OUTLINE_CODE)] = OUTLINE_CODE
            codes[marked] = code
    return codes


def levels(counts: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Return the ramp's code of each count, uint8: 0 for none, then by rank among the counts that occur.

    Equal counts get equal codes, and every code is as common as another (histogram equalisation), so that
    single ticks and crowds show in one picture.

    >>> levels(np.array([0, 1, 1, 1, 9])).tolist()
    [0, 150, 150, 150, 200]
    """
    codes = np.zeros(counts.shape, np.uint8)
    some = counts > 0
    seen = np.bincount(counts[some].ravel())
    rank = np.cumsum(seen)
    if len(rank):
        share = rank / rank[-1]
        codes[some] = np.round(1 + (LEVELS - 1) * share[counts[some]]).astype(np.uint8)
    return codes


def _spread(counts: npt.NDArray[Any], size: int) -> npt.NDArray[Any]:
    """Return the counts with every tick as a square of `size` pixels."""
    for turned in (np.asarray, np.transpose):  # along the columns, along the rows
        wide = counts.copy()
        into, out_of = turned(wide), turned(counts)
        for step in range(1, size):
            back = step - size // 2 if step > size // 2 else -step
            if back < 0:
                into[:back] += out_of[-back:]
            else:
                into[back:] += out_of[:-back]
        counts = wide
    return counts


def _moved(values: npt.NDArray[Any], by: int, axis: int) -> npt.NDArray[Any]:
    """Return the values moved along an axis, zeros coming in."""
    out = np.zeros_like(values)
    source, target = [slice(None)] * 2, [slice(None)] * 2
    source[axis] = slice(-by, None) if by < 0 else slice(None, -by)
    target[axis] = slice(None, by) if by < 0 else slice(by, None)
    out[tuple(target)] = values[tuple(source)]
    return out


def _around(marked: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return the marked pixels and the ring of one pixel around them."""
    for axis in (0, 1):
        marked = marked | _moved(marked, 1, axis) | _moved(marked, -1, axis)
    return marked
