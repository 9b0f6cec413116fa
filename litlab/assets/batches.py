"""Batches of an asset's part in an order that is a function of (seed, epoch), in little memory.

1. Samples lie in blocks of 64 neighbours; an epoch permutes the blocks. 2. So many of them make a *pool*
(``POOL_BYTES`` of stored samples), which is permuted by sample. 3. Batches are gathered from the memory map;
behind a pool its pages are let go. A part that fits into one pool is permuted as a whole.

Why not one permutation of everything: touching a sample maps pages around it, so that after a tenth of an
epoch the whole file counts as the process's memory; and a cold disk reads 64 neighbours as fast as one.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.assets import hdf

BLOCK = 64
POOL_BYTES = 64 << 20
_ALIGNED = 64  # bytes
_KEPT = 15  # rooms that are looked at again
_BLOCKS = 0xFFFF_FFFF  # what tells the order of the blocks from that within a pool

Rows = npt.NDArray[np.int64]


class Order:
    """The order of `count` samples in one epoch.

    Parameters
    ----------
    count : int
    pool : int
        Samples in a pool, a multiple of BLOCK.
    seed : int or None
        None keeps the stored order.
    epoch : int

    Examples
    --------
    >>> Order(200, 64, seed=7, epoch=0).rows(1).tolist() == Order(200, 64, seed=7, epoch=1).rows(1).tolist()
    False
    >>> sorted(Order(200, 64, seed=7, epoch=0).all().tolist()) == list(range(200))
    True
    """

    def __init__(self, count: int, pool: int, seed: int | None, epoch: int) -> None:
        self.count, self.seed, self.epoch = count, seed, epoch
        blocks = np.arange(-(-count // BLOCK))
        each = max(1, pool // BLOCK)
        if seed is not None and len(blocks) > each:
            blocks = np.random.default_rng([seed, epoch, _BLOCKS]).permutation(blocks)
        self._pools = [blocks[at : at + each] for at in range(0, len(blocks), each)]
        sizes = [int(np.minimum(BLOCK, count - one * BLOCK).sum()) for one in self._pools]
        self.starts = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])

    def __len__(self) -> int:
        """The number of pools."""
        return len(self._pools)

    def rows(self, number: int) -> Rows:
        """Return a pool's samples in the order in which they are handed out, (m,) int64."""
        rows = (self._pools[number][:, None] * BLOCK + np.arange(BLOCK)).ravel()
        rows = rows[rows < self.count]
        if self.seed is None:
            return rows
        return np.random.default_rng([self.seed, self.epoch, number]).permutation(rows)

    def all(self) -> Rows:
        """Return the whole order, (count,) int64."""
        return np.concatenate([np.empty(0, np.int64), *map(self.rows, range(len(self)))])


class Batches(Sequence[dict[str, npt.NDArray[Any]]]):
    """The batches of an epoch: a sequence that is quick when it is read in order.

    Parameters
    ----------
    order : Order
    arrays : mapping of str to (n, …) array
        Mapped ones give their pages back behind each pool.
    size : int
        Samples in a batch; the last one may be smaller.
    """

    def __init__(self, order: Order, arrays: Mapping[str, npt.NDArray[Any]], size: int) -> None:
        self.order, self.arrays, self.size = order, dict(arrays), size
        self._pool = (-1, np.empty(0, np.int64))
        self._rooms = Rooms()

    def turn(self, order: Order) -> None:
        """Go on with another epoch."""
        self.order, self._pool = order, (-1, np.empty(0, np.int64))

    def __len__(self) -> int:
        return math.ceil(self.order.count / self.size)

    def __iter__(self) -> Iterator[dict[str, npt.NDArray[Any]]]:
        return (self[at] for at in range(len(self)))

    def __getitem__(self, at: Any) -> Any:
        """Return a batch: name → (<=size, …), copied; IndexError behind the last one."""
        rows = self.rows(at)
        return {name: self._taken(array, rows) for name, array in self.arrays.items()}

    def _taken(self, array: npt.NDArray[Any], rows: Rows) -> npt.NDArray[Any]:
        """Return rows of an array, copied."""
        out = self._rooms.array((len(rows), *array.shape[1:]), array.dtype)
        # They are within bounds; "raise" would gather into a buffer first.
        return np.take(array, rows, axis=0, out=out, mode="clip")

    def rows(self, at: int) -> Rows:
        """Return the samples of a batch, (<=size,) int64."""
        if not 0 <= at < len(self):
            raise IndexError(at)
        start, stop = at * self.size, min((at + 1) * self.size, self.order.count)
        first, last = (np.searchsorted(self.order.starts, [start, stop - 1], "right") - 1).tolist()
        found = []
        for number in range(first, last + 1):
            base = int(self.order.starts[number])
            found.append(self._rows_of(number)[max(start - base, 0) : stop - base])
        return np.concatenate(found)

    def _rows_of(self, number: int) -> Rows:
        held, rows = self._pool
        if held != number:
            rows = self.order.rows(number)
            if held >= 0:
                for array in self.arrays.values():
                    hdf.release(array)
            self._pool = (number, rows)
        return rows


class Rooms:
    """Memory for batches, given out again once nobody refers to what lay in it.

    Fresh memory of a batch's size costs as much as what is copied into it: the kernel hands it over page by
    page, each filled with zeros.

    Examples
    --------
    >>> rooms = Rooms()
    >>> one, two = rooms.array((64,), np.float32), rooms.array((64,), np.float32)
    >>> place = one.ctypes.data
    >>> del one
    >>> rooms.array((64,), np.float32).ctypes.data == place
    True
    """

    def __init__(self) -> None:
        self._rooms: list[npt.NDArray[np.uint8]] = []

    def array(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """Return an array of any content that begins where TensorFlow takes it without another copy."""
        size = math.prod(shape) * np.dtype(dtype).itemsize
        room = self._free(size + _ALIGNED)
        skipped = -room.ctypes.data % _ALIGNED
        return room[skipped : skipped + size].view(dtype).reshape(shape)

    def _free(self, size: int) -> npt.NDArray[np.uint8]:
        for at in range(len(self._rooms)):
            # The list and the call are two references; an array in it, or a view of one, is a third.
            if len(self._rooms[at]) == size and sys.getrefcount(self._rooms[at]) <= 2:
                return self._rooms[at]
        room = np.empty(size, np.uint8)
        self._rooms = [*self._rooms[-_KEPT:], room]
        return room
