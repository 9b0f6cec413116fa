"""What a span of ticks looks like in so many pixel columns: exact low, high, first, last and volume.

1. ``write_pyramid`` folds every 64 ticks into a node, four nodes into one above, up to the top: 0.83 byte a
tick on disk. 2. ``Pyramids.overview`` cuts a span into columns whose edges lie on nodes of the coarsest level
that gives each column two or more, and folds those; few ticks a column are folded as they are. 3. Ticks
before the span's first whole node and behind its last are folded one by one.

Nothing is rounded: a column is exactly the ticks between its edges. Only inner edges move: by a quarter of a
column at most, by half a column where columns are of 64 to 127 ticks, not at all below.
"""

from __future__ import annotations

import functools
import mmap
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from litlab.errors import BadParameter
from litlab.ticks import nodes as folding
from litlab.ticks.columns import PRICE, VOLUME
from litlab.ticks.nodes import LEAF_BITS, NODE, UP_BITS, WIDTH
from litlab.ticks.npy import GrowingNpy

if TYPE_CHECKING:
    from litlab.ticks.store import TickStore

PYRAMID = "pyramid.npy"
TABLE_LEVEL = 2  # nodes of 1,024 ticks and more are kept in memory for all files together: 0.08 byte a tick
TABLE_BITS = LEAF_BITS + UP_BITS * TABLE_LEVEL
_BLOCK = 1 << 14  # nodes folded at a time while writing

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Overview(NamedTuple):
    """A span of ticks in pixel columns; column k is exactly the ticks [edges[k], edges[k + 1]).

    Attributes
    ----------
    edges : (p + 1,) int64
        Tick indices, strictly increasing, from the span's start to its stop; p = 0 where it is empty.
    first, last : (p,) float64
        Price of each column's first and last tick.
    low, high : (p,) float64
        Lowest and highest price.
    volume : (p,) float64
        Sum of the sizes of all its ticks, whatever their eligibility; whole sizes are exact up to 2**53.
    """

    edges: Ints
    first: Floats
    last: Floats
    low: Floats
    high: Floats
    volume: Floats


def write_pyramid(folder: Path, columns: dict[str, npt.NDArray[Any]]) -> None:
    """Write ``pyramid.npy`` of one file's columns: NODE rows, the leaves first, one level after another.

    The memory taken does not grow with the file: a level is folded from the one below as it lies on disk.
    """
    price, volume = np.asarray(columns[PRICE]), np.asarray(columns[VOLUME])
    path = folder / PYRAMID
    out = GrowingNpy(path, NODE)
    step = _BLOCK << LEAF_BITS
    for at in range(0, len(price), step):
        part = slice(at, at + step)
        leaves = np.empty((-(-len(price[part]) >> LEAF_BITS), WIDTH))
        folding.fold_leaves(price[part], volume[part], leaves)
        out.append(leaves.view(NODE))
    head = path.stat().st_size - out.rows * NODE.itemsize
    level, below, count = 0, 0, out.rows
    while count > 1 or level < TABLE_LEVEL:
        lower = _written(path, head)[below:]
        for at in range(0, count, _BLOCK):
            part = slice(at, at + _BLOCK)
            upper = np.empty((-(-len(lower[part]) >> UP_BITS), WIDTH))
            folding.fold_nodes(lower[part], UP_BITS, upper)
            out.append(upper.view(NODE))
        level, below, count = level + 1, below + count, -(-count >> UP_BITS)
    out.close()


def _written(path: Path, head: int) -> Floats:
    """Return the nodes that a file holds so far behind its header, (n, 5), mapped."""
    with open(path, "rb") as file:
        pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return np.frombuffer(pages, np.float64, offset=head).reshape(-1, WIDTH)


def nodes_below(rows: int, level: int) -> int:
    """Return how many nodes of a file of so many ticks come before those of `level`.

    >>> nodes_below(1000, 0), nodes_below(1000, 1), nodes_below(1000, 2)
    (0, 16, 20)
    """
    below, count = 0, -(-rows >> LEAF_BITS)
    for _ in range(level):
        below, count = below + count, -(-count >> UP_BITS)
    return below


def bits_for(ticks: int) -> int:
    """Return which nodes suit columns of so many ticks: those of 2**bits ticks; 0 where raw ticks do.

    From TABLE_BITS up there are nodes of every power of two.

    >>> [bits_for(ticks) for ticks in (63, 64, 511, 512, 2047, 2048, 4096)]
    [0, 6, 6, 8, 8, 10, 11]
    """
    if ticks < 1 << LEAF_BITS:
        return 0
    bits = max(ticks.bit_length() - 2, LEAF_BITS)  # two nodes a column or more, but for columns of 64 to 127
    return bits if bits >= TABLE_BITS else bits - (bits - LEAF_BITS) % UP_BITS


class Pyramid(NamedTuple):
    """Nodes of one file or of several that follow each other.

    Attributes
    ----------
    nodes : (n, 5) float64
        Of each file the levels from `level` on, in NODE's order.
    bases : (f,) int64
        Where each file's nodes begin.
    starts : (f + 1,) int64
        Index of each file's first tick, and behind the last.
    bits, up_bits : int
        2**bits ticks make a node of the lowest level held, 2**up_bits nodes one of the level above.
    """

    nodes: Floats
    bases: Ints
    starts: Ints
    bits: int
    up_bits: int


class Pyramids:
    """The pyramids of a store's files, and the overviews they make.

    A wide span over many files would cost a call for each: from TABLE_LEVEL up all files' nodes are read
    once into one table.
    """

    def __init__(self, store: TickStore) -> None:
        self._store = store

    def overview(self, start: int, stop: int, pixels: int) -> Overview:
        """Return [start, stop), which lie in the data, in min(pixels, stop - start) columns."""
        if pixels < 1:
            raise BadParameter(name="pixels", given=pixels, wanted="at least one column must be asked for")
        columns = min(pixels, stop - start)
        edges, out = np.empty(columns + 1, np.int64), np.empty((WIDTH, columns))
        if columns == 0:
            edges[0] = start
            return _overview(edges, out)
        bits = bits_for((stop - start) // columns)
        folding.lay_out(self._store.starts, start, stop, bits, edges, out)
        if bits >= TABLE_BITS:
            self._fold(self._table, bits, start, stop, edges, out)
            return _overview(edges, out)
        for number, lo, hi in self._store.segments(start, stop):
            base = int(self._store.starts[number])
            if bits == 0:
                self._fold_ticks(base + lo, base + hi, edges, out)
            else:
                self._fold(self._pyramid(number), bits, base + lo, base + hi, edges, out)
        return _overview(edges, out)

    def _pyramid(self, number: int) -> Pyramid:
        starts = self._store.starts[number : number + 2]
        return Pyramid(self._nodes(number), np.zeros(1, np.int64), starts, LEAF_BITS, UP_BITS)

    def _nodes(self, number: int) -> Floats:
        return self._store.map(number, PYRAMID).view(np.float64).reshape(-1, WIDTH)

    @functools.cached_property
    def _table(self) -> Pyramid:
        starts = self._store.starts
        parts = [
            _halved(self._nodes(number)[nodes_below(rows, TABLE_LEVEL) :][: -(-rows >> TABLE_BITS)])
            for number, rows in enumerate(np.diff(starts).tolist())
        ]
        bases = np.concatenate([[0], np.cumsum([len(part) for part in parts])])[:-1].astype(np.int64)
        table = np.concatenate(parts)
        table.flags.writeable = False  # one compiled kind with the maps
        return Pyramid(table, bases, starts, TABLE_BITS, 1)

    def _fold(self, pyramid: Pyramid, bits: int, start: int, stop: int, edges: Ints, out: Floats) -> None:
        """Fold [start, stop): ticks up to the first whole node, nodes, ticks behind the last."""
        store, lowest = self._store, pyramid.bits
        first, last = store.file_of(start), store.file_of(stop - 1)
        begins, base = int(store.starts[first]), int(store.starts[last])
        lo = min(begins + (-(-(start - begins) >> lowest) << lowest), int(store.starts[first + 1]))
        hi = stop if stop == store.starts[last + 1] else base + ((stop - base) >> lowest << lowest)
        front = (*self._ticks(first), begins, start, lo)
        back = front[:3] if first == last else (*self._ticks(last), base)
        folding.fold_span(
            pyramid.nodes, pyramid.bases, pyramid.starts, lowest, pyramid.up_bits,
            (bits - lowest) // pyramid.up_bits, front, lo, hi, (*back, hi, stop), edges, out,
        )  # fmt: skip

    def _ticks(self, number: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        return self._store.map(number, "price.npy"), self._store.map(number, "volume.npy")

    def _fold_ticks(self, start: int, stop: int, edges: Ints, out: Floats) -> None:
        """Fold raw ticks of one file."""
        number = self._store.file_of(start)
        base = int(self._store.starts[number])
        folding.fold_ticks(*self._ticks(number), base, start, stop, edges, out)


def _halved(nodes: Floats) -> Floats:
    """Return one file's nodes of a level, and above them levels of half as many each, up to one."""
    levels = [np.asarray(nodes)]
    while len(levels[-1]) > 1:
        upper = np.empty((-(-len(levels[-1]) >> 1), WIDTH))
        folding.fold_nodes(levels[-1], 1, upper)
        upper.flags.writeable = False
        levels.append(upper)
    return np.concatenate(levels)


def _overview(edges: Ints, out: Floats) -> Overview:
    low, high, first, last, volume = out
    return Overview(edges, first, last, low, high, volume)
