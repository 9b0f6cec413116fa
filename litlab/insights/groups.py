"""Players of an explanation: groups of columns that can be swapped without breaking a bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

PRICES = ("open", "high", "low", "close")
# The ATR derives from prices, so it goes with them.
GROUP_OF = {
    **dict.fromkeys((*PRICES, "atr"), "price"),
    "trades": "trades",
    "volume": "sizes",
    "mean_size": "sizes",
    "max_size": "sizes",
}

Groups = dict[str, dict[str, tuple[int, ...]]]


def groups_of(columns: Mapping[str, Sequence[str]]) -> Groups:
    """Return group → input → positions of its columns.

    Parameters
    ----------
    columns : mapping
        Input → names of its columns. A column that is no part of a bar plays with the other such columns
        of its input, under the input's name.

    Examples
    --------
    >>> groups_of({"bars": ["open", "high", "low", "close", "trades", "volume"], "atr": ["atr"]})
    {'price': {'atr': (0,), 'bars': (0, 1, 2, 3)}, 'trades': {'bars': (4,)}, 'sizes': {'bars': (5,)}}
    """
    found: dict[str, dict[str, list[int]]] = {}
    for name in sorted(columns):
        for at, column in enumerate(columns[name]):
            group = GROUP_OF.get(column, name)
            found.setdefault(group, {}).setdefault(name, []).append(at)
    return {
        group: {name: tuple(places) for name, places in inputs.items()} for group, inputs in found.items()
    }
