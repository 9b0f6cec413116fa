"""Blocks of plain cells, parsed in one walk over their bytes; whatever is not plain is left to pyarrow.

1. ``PlainRows.parse`` takes a block of whole lines and answers with a record batch, or None. 2. ``_parse``
walks the bytes: a cell is spelled exactly as its column's type has it below, or the block is refused.
3. Distinct cells of text go into one table (``_enter``) and are told apart by their bytes, never by a hash
alone. Before that each column guesses: a cell that begins as one before, and ends there, is that one.

Plain is: printable ASCII, quoted as a whole or not at all; whole numbers of up to 18 digits; decimals of up
to 15, which one division rounds correctly (Clinger 1990, "How to read floating point numbers accurately"),
so that values equal pyarrow's bit for bit; ISO times from 1700 to 2199; nothing at all, which is null. A row
is a line with one cell a column. All else is no error here: pyarrow decides what it is, at half the speed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from litlab.adapters.blocks import PADDING, Recycled
from litlab.adapters.spelling import NO_DAY, TOPS, clock, days, decimal, lowest, whole

_SLOTS = 1 << 16  # of the hash table: half of them are used at most
_GUESSES = 256  # a column
_POOL = 1 << 21  # bytes of distinct cells
_FEW = 4096  # with more distinct cells than this the next block begins with an empty table
_REFUSALS = 8  # blocks in a row; such a file is not worth the attempt
_TEXT, _WHOLE, _DECIMAL, _TIME, _NAIVE, _CLOCK = range(6)
_KINDS = {
    pa.dictionary(pa.int32(), pa.string()): _TEXT,
    pa.int64(): _WHOLE,
    pa.float64(): _DECIMAL,
    pa.timestamp("ns", "UTC"): _TIME,
    pa.timestamp("ns"): _NAIVE,
    pa.time64("ns"): _CLOCK,
}
_DAY = 86_400_000_000_000
_NINE = 18  # bytes of HH:MM:SS and nine digits of a second
_QUOTE, _LINE, _RETURN = 34, 10, 13
_ONES = np.uint64(0x0101010101010101)
_NO_KEY = np.uint64(2**64 - 1)
_MIX = np.uint64(0x9E3779B97F4A7C15)


class _Words(NamedTuple):
    """The distinct cells of text so far: entry k of column ``column[k]`` is pool[offset[k]:][:length[k]]."""

    slots: npt.NDArray[np.int32]
    offset: npt.NDArray[np.int64]
    length: npt.NDArray[np.int64]
    column: npt.NDArray[np.int64]
    code: npt.NDArray[np.int32]
    pool: npt.NDArray[np.uint8]
    pool_words: npt.NDArray[np.uint64]
    used: npt.NDArray[np.int64]  # entries, bytes of the pool
    counts: npt.NDArray[np.int64]  # codes given out, by column
    keys: npt.NDArray[np.uint64]  # of cells of up to seven bytes: themselves, where their hash says
    guesses: npt.NDArray[np.int64]  # codes, places in the pool and lengths of cells that begin alike


class PlainRows:
    r"""The parser of the plain blocks of one file.

    Parameters
    ----------
    delimiter : str
    types : mapping of str to DataType
        Of all columns, in the file's order.

    Examples
    --------
    >>> plain = PlainRows(",", {"price": pa.float64(), "size": pa.int64()})
    >>> plain.parse(b"13.95,100\n13.96,\n").to_pydict()
    {'price': [13.95, 13.96], 'size': [100, None]}
    >>> plain.parse(b"1e5,100\n") is None
    True
    """

    def __init__(self, delimiter: str, types: Mapping[str, pa.DataType]) -> None:
        self._schema = pa.schema(list(types.items()))
        # In a file of one column an empty line cannot be told from an empty cell.
        able = len(types) > 1 and len(delimiter.encode()) == 1 and set(types.values()) <= set(_KINDS)
        self._patience = _REFUSALS if able else 0
        self._delimiter = ord(delimiter)
        self._kinds = np.array([_KINDS.get(kind, -1) for kind in types.values()], np.int64)
        self._buffer = np.empty(0, np.uint8)
        self._memory = Recycled()
        self._missing = np.zeros((len(types), 0), np.bool_)  # nothing is, between blocks
        self._begin_anew()

    def parse(self, block: bytes) -> pa.RecordBatch | None:
        """Return the rows of a block of whole lines, None where not every cell is plain."""
        return self.parse_padded(self._padded(block)) if self._patience else None

    def parse_padded(self, data: npt.NDArray[np.uint8]) -> pa.RecordBatch | None:
        """Return the rows of a block with PADDING zeros behind it, which the batch does not refer to."""
        if not self._patience:
            return None
        if self._words.used[0] > _FEW:
            self._begin_anew()
        eights, columns = _eights(data), len(self._kinds)
        rows = int(_lines(data, eights))
        cells = self._memory.take(columns * rows * 8).view(np.int64).reshape(columns, rows)
        if self._missing.shape[1] < rows:
            self._missing = np.zeros((columns, rows), np.bool_)
        views = (cells, cells.view(np.float64), cells.view(np.int32))
        nulls = np.zeros(columns, np.int64)
        done = _parse(
            data, eights, self._delimiter, self._kinds, rows,
            *views, self._missing, nulls, self._words,
        )  # fmt: skip
        arrays = [] if done < rows else self._arrays(cells, nulls.tolist())
        self._missing[nulls > 0] = False
        if done < rows:
            self._patience -= 1
            return None
        self._patience = _REFUSALS
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)

    def _padded(self, block: bytes) -> npt.NDArray[np.uint8]:
        """Return a copy with zeros behind it, valid until the next: memory in use costs no page faults."""
        size = len(block) + PADDING
        if len(self._buffer) < size:
            self._buffer = np.empty(size, np.uint8)
        data = self._buffer[:size]
        data[: len(block)] = np.frombuffer(block, np.uint8)
        data[len(block) :] = 0
        return data

    def _arrays(self, cells: npt.NDArray[np.int64], nulls: list[int]) -> list[pa.Array]:
        self._learn()
        missing = self._missing[:, : cells.shape[1]]
        return [self._array(at, cells[at], missing[at], nulls[at]) for at in range(len(cells))]

    def _array(
        self, at: int, cells: npt.NDArray[np.int64], missing: npt.NDArray[np.bool_], nulls: int
    ) -> pa.Array:
        kind = self._schema.types[at]
        valid = pa.py_buffer(np.packbits(~missing, bitorder="little")) if nulls else None
        if self._kinds[at] != _TEXT:
            return pa.Array.from_buffers(kind, len(cells), [valid, pa.py_buffer(cells)], nulls)
        codes = pa.Array.from_buffers(pa.int32(), len(cells), [valid, pa.py_buffer(cells)], nulls)
        return pa.DictionaryArray.from_arrays(codes, self._dictionaries[at], safe=False)

    def _begin_anew(self) -> None:
        columns, pool = len(self._kinds), np.empty(_POOL + PADDING, np.uint8)
        offset, length, column = np.empty((3, _SLOTS // 2), np.int64)
        self._words = _Words(
            np.full(_SLOTS, -1, np.int32), offset, length, column, np.empty(_SLOTS // 2, np.int32),
            pool, _eights(pool), np.zeros(2, np.int64), np.zeros(columns, np.int64),
            np.full(columns * _GUESSES, _NO_KEY), np.zeros((3, columns * _GUESSES), np.int64),
        )  # fmt: skip
        self._texts: list[list[str]] = [[] for _ in range(columns)]
        self._dictionaries = [pa.array([], pa.string()) for _ in range(columns)]
        self._learned = 0

    def _learn(self) -> None:
        """Decode the cells that were entered since the last block."""
        words, grown = self._words, set()
        for entry in range(self._learned, int(words.used[0])):
            at, start = int(words.column[entry]), int(words.offset[entry])
            text = words.pool[start : start + int(words.length[entry])].tobytes().decode("ascii")
            self._texts[at].append(text[1:-1] if text.startswith('"') else text)
            grown.add(at)
        for at in grown:
            self._dictionaries[at] = pa.array(self._texts[at], pa.string())
        self._learned = int(words.used[0])


def _eights(data: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """Return the eight bytes from each position on as one little-endian number, a view."""
    return np.ndarray((len(data) - 7,), "<u8", data, strides=(1,))


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _lines(data, eights):  # type: ignore[no-untyped-def]
    """Count the line ends, eight bytes at a time; there are none in the PADDING."""
    low, ends = np.uint64(0x7F7F7F7F7F7F7F7F), np.uint64(0x0A0A0A0A0A0A0A0A)
    count = np.uint64(0)
    for at in range(0, len(data) - PADDING, 8):
        x = eights[at] ^ ends
        hits = ~(((x & low) + low) | x | low)  # unlike `_equal`, of every byte
        count += ((hits >> np.uint64(7)) * _ONES) >> np.uint64(56)
    return count


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _parse(data, eights, delimiter, kinds, rows, cells, decimals, codes, missing, nulls, words):  # type: ignore[no-untyped-def]
    """Fill `cells` and its views with the rows; return how many, fewer than `rows` where one is not plain."""
    p = np.int64(0)
    columns = len(kinds)
    keys, (guessed, starts, sizes) = words.keys, words.guesses
    pool_words, rim = words.pool_words, len(data) - PADDING
    dated, midnight = np.int64(-1), np.int64(0)  # where the last time stands, and its date in ns
    clocked, since = np.int64(-1), np.int64(0)  # where the last time of day with nine digits stands, in ns
    for row in range(rows):
        for column in range(columns):
            kind, byte = kinds[column], data[p]
            end = delimiter if column < columns - 1 else _LINE
            if byte == end or byte == _RETURN:  # noqa: PLR1714, SIM109 - numba would build a tuple
                missing[column, row] = True
                nulls[column] += 1
                cells[column, row] = 0
            elif kind == _TEXT:
                hits, key = _equal(eights[p], end), eights[p]
                short = lowest(hits) if hits else np.int64(-1)
                if hits:  # its length is told too: a NUL behind a cell makes another one
                    key = _masked(key, short) | (np.uint64(short) << np.uint64(56))
                else:
                    key ^= eights[p + 12] * _MIX
                slot = column * _GUESSES + np.int64((key * _MIX) >> np.uint64(56))
                size = short
                if not hits or keys[slot] != key:  # a cell of up to seven bytes is its key
                    size, at = sizes[slot], starts[slot]
                    if p + size >= rim or data[p + size] != end or not _same(eights, p, pool_words, at, size):
                        size = _cell_size(data, eights, p, end)
                        entry = _enter(data, eights, p, size, delimiter, column, words)
                        if entry < 0:
                            return row
                        starts[slot], sizes[slot] = words.offset[entry], size
                        guessed[slot] = words.code[entry]
                        # A quoted cell may hold the delimiter: what stands before it is not the cell.
                        keys[slot] = key if size == short else _NO_KEY
                codes[column, row] = guessed[slot]
                p += size
            elif kind == _WHOLE:
                cells[column, row], p = whole(data, eights, p)
            elif kind == _DECIMAL:
                decimals[column, row], p = decimal(data, eights, p)
            else:
                day = np.int64(0)
                if kind != _CLOCK:
                    if dated < 0 or eights[dated] != eights[p] or eights[dated + 3] != eights[p + 3]:
                        day = days(data, p)
                        if day == NO_DAY:
                            return row
                        dated, midnight = p, day * _DAY
                    day, p = midnight, p + 11
                if clocked >= 0 and _same(eights, p, eights, clocked, _NINE):
                    p += _NINE  # the vendor's second time of a row often is its first
                else:
                    start = p
                    since, p = clock(data, eights, p)
                    clocked = start if p == start + _NINE else np.int64(-1)
                cells[column, row] = day + since
                if kind == _TIME and p >= 0:
                    p = p + 1 if data[p] == 90 else np.int64(-1)
            if p < 0:
                return row
            if data[p] == _RETURN and end == _LINE:
                p += 1
            if data[p] != end:
                return row
            p += 1
    return rows


@numba.njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _equal(eight, byte):  # type: ignore[no-untyped-def]
    """Return eight bytes with the top bit set at the first that equals `byte`; nothing is said of others."""
    x = eight ^ (np.uint64(byte) * _ONES)
    return (x - _ONES) & ~x & TOPS


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _find(eights, p, byte):  # type: ignore[no-untyped-def]
    """Return how far from `p` the next `byte` is, -1 where there is none."""
    for at in range(p, len(eights) - 8, 8):
        hits = _equal(eights[at], byte)
        if hits:
            return at - p + lowest(hits)
    return np.int64(-1)


@numba.njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _masked(eight, size):  # type: ignore[no-untyped-def]
    """Return the first `size` of eight bytes, zeros behind them."""
    if size >= 8:
        return eight
    return eight & ((np.uint64(1) << np.uint64(8 * size)) - np.uint64(1))


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _cell_size(data, eights, p, end):  # type: ignore[no-untyped-def]
    if data[p] == _QUOTE:
        inner = _find(eights, p + 1, _QUOTE)
        return inner + 2 if inner >= 0 else inner
    size = _find(eights, p, end)
    return size - 1 if end == _LINE and data[p + size - 1] == _RETURN else size


@numba.njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _same(eights, p, pool_words, start, size):  # type: ignore[no-untyped-def]
    for at in range(0, size, 8):  # noqa: SIM110 - numba has no generators to hand out
        if _masked(eights[p + at] ^ pool_words[start + at], size - at):
            return False
    return True


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _enter(data, eights, p, size, delimiter, column, words):  # type: ignore[no-untyped-def]
    """Return the entry of a column's cell, made where there is none; -1 where it is not plain or too much."""
    if size < 1 or p + size >= len(data) - PADDING:
        return np.int64(-1)
    mixed = np.uint64(size * 64 + column)
    for at in range(0, size, 8):
        mixed = (mixed ^ _masked(eights[p + at], size - at)) * _MIX
        mixed ^= mixed >> np.uint64(32)
    slot = np.int64(mixed & np.uint64(_SLOTS - 1))
    while words.slots[slot] >= 0:
        entry = np.int64(words.slots[slot])
        same = words.column[entry] == column and words.length[entry] == size
        if same and _same(eights, p, words.pool_words, words.offset[entry], size):
            return entry
        slot = (slot + 1) & (_SLOTS - 1)
    entry, start = words.used
    if entry >= _SLOTS // 2 or start + size > _POOL:
        return np.int64(-1)
    for at in range(size):
        byte = data[p + at]
        outer = at == 0 or at == size - 1
        if byte < 32 or byte > 126 or (byte == _QUOTE and not (outer and data[p] == _QUOTE)):
            return np.int64(-1)
        if byte == delimiter and data[p] != _QUOTE:  # the last cell ends at the line's end: a long row
            return np.int64(-1)
        words.pool[start + at] = byte
    words.slots[slot] = entry
    words.offset[entry], words.length[entry], words.column[entry] = start, size, column
    words.code[entry] = words.counts[column]
    words.counts[column] += 1
    words.used[0] += 1
    words.used[1] += size
    return entry
