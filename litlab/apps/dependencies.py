"""Which feature reads which: a small picture and the same in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

_WIDTH, _HEIGHT, _GAP, _ROW = 148, 24, 40, 32


def ranks(needs: Mapping[str, Sequence[str]], labels: Sequence[str]) -> dict[str, int]:
    """Return the column of each feature: behind all it reads; labels behind all features.

    A ring, which cannot be computed, is cut where it closes.

    >>> ranks({"bars": [], "z": ["bars"], "up": []}, ["up"])
    {'bars': 0, 'z': 1, 'up': 2}
    """
    found: dict[str, int] = {}

    def rank(name: str, above: tuple[str, ...]) -> int:
        if name not in found:
            below = [one for one in needs.get(name, ()) if one in needs and one not in (*above, name)]
            found[name] = 1 + max((rank(one, (*above, name)) for one in below), default=-1)
        return found[name]

    plain = [name for name in needs if name not in labels]
    last = max((rank(name, ()) for name in plain), default=-1)
    return {name: found[name] for name in plain} | {
        name: max(rank(name, ()), last + 1) for name in needs if name in labels
    }


def words(needs: Mapping[str, Sequence[str]], labels: Sequence[str]) -> str:
    """Return the same in words, one sentence for each feature that reads another.

    >>> words({"bars": [], "z": ["bars"]}, [])
    'z reads bars.'
    """
    said = [
        f"{'the label ' if name in labels else ''}{name} reads {', '.join(read)}."
        for name, read in needs.items()
        if read
    ]
    return " ".join(said) or "No feature reads another."


def picture(needs: Mapping[str, Sequence[str]], labels: Sequence[str], chosen: str = "") -> str:
    """Return the features as boxes with arrows to whoever reads them, labels on the right.

    Parameters
    ----------
    needs : mapping
        Feature → the features that it reads.
    labels : sequence of str
        Which of them are labels.
    """
    column = ranks(needs, labels)
    place: dict[str, tuple[int, int]] = {}
    filled: dict[int, int] = {}
    for name in sorted(needs, key=lambda one: (column[one], list(needs).index(one))):
        row = filled.get(column[name], 0)
        filled[column[name]] = row + 1
        place[name] = column[name] * (_WIDTH + _GAP), row * _ROW
    width = (max(column.values(), default=0) + 1) * (_WIDTH + _GAP) - _GAP + 2
    height = max(filled.values(), default=1) * _ROW
    arrows = "".join(
        _arrow(place[read], place[name], chosen in (name, read))
        for name, every in needs.items()
        for read in every
        if read in place
    )
    boxes = "".join(_box(name, *place[name], name in labels, name == chosen) for name in needs)
    told = escape(words(needs, labels))
    return f"""<svg class="needs" role="img" aria-label="{told}" width="{width}" height="{height}"
        viewBox="-1 -1 {width} {height}"><title>{told}</title>{arrows}{boxes}</svg>"""


def _arrow(start: tuple[int, int], end: tuple[int, int], marked: bool) -> str:
    x, y, u, v = start[0] + _WIDTH, start[1] + _HEIGHT / 2, end[0], end[1] + _HEIGHT / 2
    middle = (x + u) / 2
    line = f"M{x} {y} C{middle} {y} {middle} {v} {u - 5} {v}"
    head = f"M{u - 6} {v - 4} L{u} {v} L{u - 6} {v + 4}"
    return f'<path d="{line} {head}"{" class=chosen" if marked else ""}/>'


def _box(name: str, x: int, y: int, label: bool, chosen: bool) -> str:
    shown = name if len(name) <= 20 else f"{name[:18]}…"
    kind = " ".join(one for one, holds in (("label", label), ("chosen", chosen)) if holds)
    return f"""<g class="{kind}"><rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="4"/>
        <text x="{x + 8}" y="{y + 16}">{escape(shown)}</text></g>"""
