"""Does a row of a batch depend on the other rows? A batch is computed again in parts, and nothing may change.

Reads are aligned to rows, but a script holds all rows at once and may shift, fill or average across them.
``fellows`` divides the rows at random into two parts: whatever a row takes from a later or an earlier one is
not there, or is another one, for half of the rows that take something.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import xxhash

from litlab.adapters import TradersBaseAdapter
from litlab.errors import LitlabError
from litlab.features.compute import Rows, compute_rows
from litlab.features.feature import LoadedFeature

Indices = npt.NDArray[np.int64]
Others = dict[str, npt.NDArray[np.float64]]

_SPECIAL = 2  # rows of each kind that are asked about by themselves


def drawing(name: str, indices: Indices) -> np.random.Generator:
    """Return a generator seeded by a feature's name and the ticks: everybody draws the same.

    >>> a, b = (drawing("x", np.arange(3)).integers(1000) for _ in range(2))
    >>> bool(a == b)
    True
    """
    return np.random.default_rng(xxhash.xxh3_64_intdigest(name.encode() + indices.tobytes()))


def fellows(count: int, random: np.random.Generator) -> Iterator[Indices]:
    """Yield two parts of so many rows, drawn at random, none of them empty; nothing for a single row.

    >>> parts = list(fellows(5, np.random.default_rng(0)))
    >>> sorted(np.concatenate(parts).tolist()), len(parts), list(fellows(1, np.random.default_rng(0)))
    ([0, 1, 2, 3, 4], 2, [])
    """
    if count < 2:
        return
    mine = random.integers(0, 2, count).astype(bool)
    if mine.all() or not mine.any():
        mine[0] = not mine[0]
    yield np.flatnonzero(mine)
    yield np.flatnonzero(~mine)


def stands_alone(
    adapter: TradersBaseAdapter,
    indices: Indices,
    feature: LoadedFeature,
    others: Others,
    rows: Rows,
    random: np.random.Generator,
) -> bool:
    """Tell whether every row comes out alike, bit for bit, where about half of the others are missing.

    Parameters
    ----------
    others : dict of str to (n, rows, cols) float64
    rows : Rows
        What ``feature_batch`` made of all of them.
    """
    for part in fellows(len(indices), random):
        some = {name: values[part] for name, values in others.items()}
        try:
            again = compute_rows(adapter, indices[part], feature, some)
        except LitlabError:  # together it did not fail
            return False
        if not same_rows(again, rows, part):
            return False
    return True


def special(rows: Rows, random: np.random.Generator) -> Indices:
    """Return rows that a script is likely to treat in a way of their own, and a few others, ascending.

    They are rejected ones, some with a number that is not finite, and any.
    """
    odd = np.zeros(len(rows.keep), bool)
    if rows.values.size:
        odd = ~np.isfinite(rows.values).all(axis=(1, 2)) & rows.keep
    picked: list[int] = []
    for kind in (~rows.keep, odd, np.ones(len(odd), bool)):
        there = np.flatnonzero(kind)
        picked += random.choice(there, min(_SPECIAL, len(there)), replace=False).tolist()
    return np.unique(np.array(picked, np.int64))


def same_rows(few: Rows, many: Rows, picked: Sequence[int] | Indices) -> bool:
    """Tell whether rows computed by themselves are bit for bit those among many."""
    if not np.array_equal(few.keep, many.keep[picked]):
        return False
    if not few.keep.any():
        return True
    among = many.values[picked][few.keep]
    return few.values.shape[1:] == among.shape[1:] and (
        few.values[few.keep].tobytes() == np.ascontiguousarray(among).tobytes()
    )
