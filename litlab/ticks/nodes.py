"""Nodes: what 64, 256, 1,024 … ticks of one file add up to, folded exactly.

The compiled half of ``overview``. A node is (low, high, first, last, volume); the nodes of a level follow
each other, the last of a file may be short. Prices are finite: adapters reject others.
"""

from __future__ import annotations

import numba
import numpy as np

LEAF_BITS, UP_BITS = 6, 2  # 64 ticks a leaf, four nodes a node of the level above
NODE = np.dtype([("low", "<f8"), ("high", "<f8"), ("first", "<f8"), ("last", "<f8"), ("volume", "<f8")])
WIDTH = 5
_LOW, _HIGH, _FIRST, _LAST, _VOLUME = range(WIDTH)


@numba.njit(cache=True, nogil=True)
def lay_out(starts, start, stop, bits, edges, out):  # type: ignore[no-untyped-def]
    """Make `edges` equal steps from `start` to `stop`, inner ones moved onto nodes of 2**bits ticks.

    The nodes of a file begin with the file; `starts` are the files' first ticks, and behind the last. `bits`
    0 moves nothing. `out`, (5, p) in NODE's order, becomes what no ticks add up to.
    """
    columns = len(edges) - 1
    out[_LOW], out[_HIGH], out[_FIRST], out[_LAST], out[_VOLUME] = np.inf, -np.inf, np.nan, np.nan, 0.0
    step = (stop - start) // columns
    rest = (stop - start) - step * columns
    half = (1 << bits) >> 1
    file, at, left = np.searchsorted(starts, start, "right") - 1, start, 0
    edges[0] = start
    edges[columns] = stop
    for k in range(1, columns):
        at += step
        left += rest
        if left >= columns:
            left -= columns
            at += 1
        while starts[file + 1] <= at:
            file += 1
        edges[k] = min(starts[file] + ((at - starts[file] + half) >> bits << bits), starts[file + 1])


@numba.njit(cache=True, nogil=True)
def fold_columns(nodes, bases, starts, leaf_bits, level, lo, hi, edges, out):  # type: ignore[no-untyped-def]
    """Fold the ticks [lo, hi), whole nodes of a pyramid, into the columns they lie in.

    `level` counts from the pyramid's own lowest. Inner columns are read at that level, the two outer ones,
    whose ends lie anywhere, from the lowest upwards. `out` is (5, p) in NODE's order; extremes and volume are
    added to what it holds, first prices set where there is none yet, last prices always.
    """
    last = len(edges) - 2
    inner_lo = max(lo, min(edges[1], hi))
    inner_hi = max(inner_lo, min(edges[last], hi))
    _climb_files(nodes, bases, starts, leaf_bits, level, lo, inner_lo, out[:, 0])
    _fold_inner(nodes, bases, starts, leaf_bits, level, inner_lo, inner_hi, edges, out)
    _climb_files(nodes, bases, starts, leaf_bits, level, inner_hi, hi, out[:, last])


@numba.njit(cache=True, nogil=True)
def _fold_inner(nodes, bases, starts, leaf_bits, level, lo, hi, edges, out):  # type: ignore[no-untyped-def]
    """Fold [lo, hi) at one level into columns whose edges are its nodes'."""
    k = np.searchsorted(edges, lo, "right") - 1
    file = np.searchsorted(starts, lo, "right") - 1
    while lo < hi:
        start, end = starts[file], min(starts[file + 1], hi)
        rows = starts[file + 1] - start
        below, bits = bases[file], leaf_bits
        for _ in range(level):
            if rows <= 1 << bits:
                break  # one node holds the file: nothing lies above it
            below += _nodes_in(rows, bits)
            bits += UP_BITS
        i = below + ((lo - start) >> bits)
        while lo < end:
            stop = min(edges[k + 1], end)
            j = below + _nodes_in(stop - start, bits)
            part = nodes[i:j]
            low, high, volume = part[0, _LOW], part[0, _HIGH], part[0, _VOLUME]
            for at in range(1, len(part)):
                low = part[at, _LOW] if part[at, _LOW] < low else low
                high = part[at, _HIGH] if part[at, _HIGH] > high else high
                volume += part[at, _VOLUME]
            if lo == edges[k]:
                out[_FIRST, k] = part[0, _FIRST]
            else:  # the column began in the file before
                low, high, volume = min(low, out[_LOW, k]), max(high, out[_HIGH, k]), volume + out[_VOLUME, k]
            out[_LOW, k], out[_HIGH, k], out[_VOLUME, k] = low, high, volume
            out[_LAST, k] = part[len(part) - 1, _LAST]
            i, lo = j, stop
            if stop == edges[k + 1]:
                k += 1
        file += 1


@numba.njit(cache=True, nogil=True)
def _climb_files(nodes, bases, starts, leaf_bits, levels, lo, hi, out):  # type: ignore[no-untyped-def]
    """Fold [lo, hi) of several files into one column."""
    file = np.searchsorted(starts, lo, "right") - 1
    while lo < hi:
        start, end = starts[file], min(starts[file + 1], hi)
        rows = starts[file + 1] - start
        _climb(nodes, bases[file], rows, leaf_bits, levels, lo - start, end - start, out)
        file, lo = file + 1, end


@numba.njit(cache=True, nogil=True)
def _climb(nodes, below, rows, bits, levels, lo, hi, out):  # type: ignore[no-untyped-def]
    """Fold [lo, hi) of one file into one column: the nodes at both ends, between them the groups above."""
    i, j = lo >> bits, _nodes_in(hi, bits)
    if np.isnan(out[_FIRST]):
        out[_FIRST] = nodes[below + i, _FIRST]
    out[_LAST] = nodes[below + j - 1, _LAST]
    while i < j:
        count = _nodes_in(rows, bits)
        group, stop = j, j
        if levels > 0 and j - i > 2 << UP_BITS:
            group = (i + (1 << UP_BITS) - 1) >> UP_BITS << UP_BITS
            stop = j >> UP_BITS << UP_BITS
        for at in range(i, group):
            _add(nodes, below + at, out)
        for at in range(stop, j):
            _add(nodes, below + at, out)
        if group == j:
            break
        i, j = group >> UP_BITS, _nodes_in(stop, UP_BITS)
        below, bits, levels = below + count, bits + UP_BITS, levels - 1


@numba.njit(cache=True, nogil=True)
def _add(nodes, at, out):  # type: ignore[no-untyped-def]
    out[_LOW] = min(out[_LOW], nodes[at, _LOW])
    out[_HIGH] = max(out[_HIGH], nodes[at, _HIGH])
    out[_VOLUME] += nodes[at, _VOLUME]


@numba.njit(cache=True, nogil=True)
def _nodes_in(ticks, bits):  # type: ignore[no-untyped-def]
    return (ticks + (1 << bits) - 1) >> bits


@numba.njit(cache=True, nogil=True)
def fold_ticks(price, volume, base, lo, hi, edges, out):  # type: ignore[no-untyped-def]
    """Fold raw ticks [lo, hi) of a file that begins at index `base` into the columns they lie in.

    Four chains at a time: a chain of minima waits four cycles for each tick (49 against 150 µs for 128,000).
    """
    k = np.searchsorted(edges, lo, "right") - 1
    while lo < hi:
        while edges[k + 1] <= lo:
            k += 1
        end = min(edges[k + 1], hi)
        values, sizes = price[lo - base : end - base], volume[lo - base : end - base]
        low0 = low1 = low2 = low3 = high0 = high1 = high2 = high3 = values[0]
        sum0 = sum1 = sum2 = sum3 = sizes[0] - sizes[0]
        fours = len(values) & ~3
        for at in range(0, fours, 4):
            a, b, c, d = values[at], values[at + 1], values[at + 2], values[at + 3]
            low0, low1 = a if a < low0 else low0, b if b < low1 else low1
            low2, low3 = c if c < low2 else low2, d if d < low3 else low3
            high0, high1 = a if a > high0 else high0, b if b > high1 else high1
            high2, high3 = c if c > high2 else high2, d if d > high3 else high3
            sum0 += sizes[at]
            sum1 += sizes[at + 1]
            sum2 += sizes[at + 2]
            sum3 += sizes[at + 3]
        for at in range(fours, len(values)):
            low0, high0 = min(low0, values[at]), max(high0, values[at])
            sum0 += sizes[at]
        out[_LOW, k] = min(out[_LOW, k], low0, low1, low2, low3)
        out[_HIGH, k] = max(out[_HIGH, k], high0, high1, high2, high3)
        if np.isnan(out[_FIRST, k]):
            out[_FIRST, k] = values[0]
        out[_LAST, k] = values[-1]
        out[_VOLUME, k] += (sum0 + sum1) + (sum2 + sum3)
        lo = end


@numba.njit(cache=True, nogil=True)
def fold_leaves(price, volume, out):  # type: ignore[no-untyped-def]
    """Fold every 64 ticks into a row of `out`, (n, 5) in NODE's order."""
    for at in range(len(out)):
        lo = at << LEAF_BITS
        hi = min(lo + (1 << LEAF_BITS), len(price))
        low = high = price[lo]
        total = 0.0
        for tick in range(lo, hi):
            low, high = min(low, price[tick]), max(high, price[tick])
            total += volume[tick]
        out[at, _LOW], out[at, _HIGH], out[at, _VOLUME] = low, high, total
        out[at, _FIRST], out[at, _LAST] = price[lo], price[hi - 1]


@numba.njit(cache=True, nogil=True)
def fold_nodes(nodes, out):  # type: ignore[no-untyped-def]
    """Fold every four nodes into a row of `out`."""
    for at in range(len(out)):
        lo = at << UP_BITS
        hi = min(lo + (1 << UP_BITS), len(nodes))
        low, high, total = np.inf, -np.inf, 0.0
        for node in range(lo, hi):
            low, high = min(low, nodes[node, _LOW]), max(high, nodes[node, _HIGH])
            total += nodes[node, _VOLUME]
        out[at, _LOW], out[at, _HIGH], out[at, _VOLUME] = low, high, total
        out[at, _FIRST], out[at, _LAST] = nodes[lo, _FIRST], nodes[hi - 1, _LAST]
