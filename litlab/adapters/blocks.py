"""Memory that parsing uses again: to fault a page in takes as long as to copy it."""

from __future__ import annotations

import weakref

import numpy as np
import numpy.typing as npt

PADDING = 32  # bytes behind a block, so that eight bytes and a whole time are always there to be looked at
_LINE_END = 10


class Block:
    r"""Text that grows by pieces and is handed out in whole lines, always in the same memory.

    Parameters
    ----------
    room : int
        Bytes to begin with.

    Attributes
    ----------
    size : int
        Bytes that were not handed out yet.

    Examples
    --------
    >>> block = Block(64)
    >>> block.append(b"1,2\n3,")
    >>> bytes(block.lines(behind=2)[:-PADDING]), block.size
    (b'1,2\n', 2)
    >>> block.append(b"4\n")
    >>> bytes(block.lines(behind=0)[:-PADDING]), block.size
    (b'3,4\n', 0)
    """

    def __init__(self, room: int) -> None:
        self.size = 0
        self._text = np.empty(room + PADDING, np.uint8)
        self._rest = b""  # of the line behind those handed out

    def append(self, data: bytes) -> None:
        """Add the next piece of text."""
        if self._rest:
            data, self._rest, self.size = self._rest + data, b"", 0
        end = self.size + len(data)
        if end + PADDING > len(self._text):
            grown = np.empty(2 * end + PADDING, np.uint8)
            grown[: self.size] = self._text[: self.size]
            self._text = grown
        self._text[self.size : end] = np.frombuffer(data, np.uint8)
        self.size = end

    def lines(self, behind: int) -> npt.NDArray[np.uint8]:
        """Return the whole lines and PADDING zeros, valid until the next piece; what is behind them is kept.

        Parameters
        ----------
        behind : int
            How many bytes that is.
        """
        end = self.size - behind
        self._rest, self.size = self._text[end : self.size].tobytes(), behind
        self._text[end : end + PADDING] = 0
        return self._text[: end + PADDING]

    def count(self) -> int:
        """Return how many line ends there are in what was not handed out."""
        return 0 if self._rest else int(np.count_nonzero(self._text[: self.size] == _LINE_END))


class Recycled:
    """Memory that is given out again once nobody refers to it: pages in use need not be faulted in.

    Examples
    --------
    >>> memory = Recycled()
    >>> first = memory.take(1000)
    >>> second, where = memory.take(1000), first.ctypes.data
    >>> second.ctypes.data == where
    False
    >>> part = first[10:]
    >>> del first
    >>> memory.take(1000).ctypes.data == where
    False
    >>> del part
    >>> memory.take(900).ctypes.data == where
    True
    """

    def __init__(self) -> None:
        self._free: list[npt.NDArray[np.uint8]] = []

    def take(self, size: int) -> npt.NDArray[np.uint8]:
        """Return `size` bytes of any content."""
        block = self._free.pop() if self._free else np.empty(0, np.uint8)
        if len(block) < size:
            block = np.empty(size + (size >> 2), np.uint8)  # the next block may have a few rows more
        # Views of this array, and Arrow's buffers over them, keep it alive; the block outlives it. Of an
        # array, not of a memoryview, numpy would make the block itself their base.
        whole = np.frombuffer(block.data, np.uint8)
        weakref.finalize(whole, self._free.append, block).atexit = False
        return whole[:size]
