"""The price pyramid: lowest and highest price of every 64, 128, 256 … ticks, for charts of any span."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

LEAF = 64


def write_pyramid(folder: Path, columns: dict[str, npt.NDArray[Any]]) -> None:
    """Write ``pyramid.npy``: the leaves' lowest and highest prices, (leaves, 2) float32, rounded outwards.

    Upper levels are folded from the leaves when they are wanted: 64 ticks a leaf make 0.125 byte a tick.
    """
    price = columns["price"]
    starts = np.arange(0, len(price), LEAF)
    leaves = np.empty((len(starts), 2), np.float32)
    for block in range(0, len(starts), 1 << 14):
        part = starts[block : block + (1 << 14)]
        values = price[part[0] : part[-1] + LEAF]
        inner = part - part[0]
        low, high = np.minimum.reduceat(values, inner), np.maximum.reduceat(values, inner)
        narrow_low, narrow_high = low.astype(np.float32), high.astype(np.float32)
        leaves[block : block + len(part), 0] = np.where(
            narrow_low > low, np.nextafter(narrow_low, np.float32(-np.inf)), narrow_low
        )
        leaves[block : block + len(part), 1] = np.where(
            narrow_high < high, np.nextafter(narrow_high, np.float32(np.inf)), narrow_high
        )
    np.save(folder / "pyramid.npy", leaves)


def envelope(
    pixels: int, start: int, stop: int, price: Any, leaves: npt.NDArray[np.float32], first_leaf_tick: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the lowest and highest price in each of `pixels` equal stretches of ticks.

    Parameters
    ----------
    pixels : int
    start, stop : int
        The span, in ticks of one file.
    price : (n,) array
        The file's prices.
    leaves : (m, 2) float32
        The file's pyramid.
    first_leaf_tick : int
        Index of the first leaf's first tick.

    Returns
    -------
    edges : (p + 1,) int64
        Tick indices; p = min(pixels, stop - start).
    low, high : (p,) float64
    """
    count = min(pixels, stop - start)
    edges = np.linspace(start, stop, count + 1).astype(np.int64)
    if stop - start <= 8 * LEAF * count:
        values = np.asarray(price[start:stop])
        inner = edges[:-1] - start
        return edges, np.minimum.reduceat(values, inner), np.maximum.reduceat(values, inner)
    inner = (edges[:-1] - first_leaf_tick) // LEAF
    last = -(-(stop - first_leaf_tick) // LEAF)
    part = leaves[inner[0] : last]
    at = inner - inner[0]
    return (
        edges,
        np.minimum.reduceat(part[:, 0], at).astype(float),
        np.maximum.reduceat(part[:, 1], at).astype(float),
    )
