"""How objects look in a notebook: a small table of facts, every text escaped, no colour of its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

_CELL = "text-align:left;padding:2px 12px 2px 0;border:0;background:none;vertical-align:top"
_MOST = 12


def facts_html(title: str, facts: Mapping[str, Any]) -> str:
    """Return an object's facts as HTML for ``_repr_html_``.

    Parameters
    ----------
    title : str
        Class and name.
    facts : mapping of str to anything
        Shown as text; integers with thousands separators, sequences by their first items, empty ones not.

    Examples
    --------
    >>> "1,887,460" in facts_html("Adapter SPY.P", {"ticks": 1_887_460})
    True
    >>> "<script>" in facts_html("<script>", {"<script>": ["<script>"]})
    False
    """
    rows = "".join(
        f'<tr style="background:none"><td style="{_CELL};opacity:.7">{escape(name)}</td>'
        f'<td style="{_CELL}">{text}</td></tr>'
        for name, value in facts.items()
        if (text := escape(_text(value)))
    )
    table = f'<table style="border:0;margin:4px 0">{rows}</table>' if rows else ""
    return f'<div style="font-variant-numeric:tabular-nums"><strong>{escape(title)}</strong>{table}</div>'


class Shown:
    """Base of objects that a notebook shows as a table of facts.

    Dataclasses show their fields, arrays by shape and type; others say what in ``_facts``.
    """

    def _facts(self) -> dict[str, Any]:
        """Return what is shown, name → value."""
        return _fields(self)

    def _repr_html_(self) -> str:
        facts = self._facts()
        named = facts.pop("name", None) or getattr(self, "name", "")
        return facts_html(f"{type(self).__name__} {named}".strip(), facts)


def rows_html(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table with a header as HTML for a notebook; numbers stand right.

    >>> rows_html("Bars", ["close"], [[168.05]]).count("<tr")
    2
    """
    head = "".join(f'<th style="{_CELL}">{escape(name)}</th>' for name in columns)
    body = "".join(
        "<tr>"
        + "".join(f'<td style="{_CELL}{_side(cell)}">{escape(_text(cell))}</td>' for cell in row)
        + "</tr>"
        for row in rows
    )
    return (
        f'<div style="font-variant-numeric:tabular-nums"><strong>{escape(title)}</strong>'
        f'<table style="border:0"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def counted(count: int, word: str, words: str = "") -> str:
    """Return how many there are of something, in the singular for one alone.

    Parameters
    ----------
    words : str, optional
        The plural where it is not `word` and an s.

    Examples
    --------
    >>> counted(1, "model"), counted(1_200, "tick"), counted(0, "entry", "entries")
    ('1 model', '1,200 ticks', '0 entries')
    """
    return f"{count:,} {word if count == 1 else words or word + 's'}"


def _side(cell: Any) -> str:
    return ";text-align:right" if isinstance(cell, (int, float)) and not isinstance(cell, bool) else ""


def _fields(value: Any) -> dict[str, Any]:
    """Return a dataclass' fields and their values; nothing of what is no dataclass."""
    if isinstance(value, type) or not dataclasses.is_dataclass(value):
        return {}
    return {one.name: getattr(value, one.name) for one in dataclasses.fields(value)}


def _text(value: Any) -> str:
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"{value.shape} {value.dtype}"
    if value is None or value == "" or (isinstance(value, (list, tuple, dict, set)) and not value):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if facts := _fields(value):
        value = {name: one for name, one in facts.items() if _text(one)}
    if isinstance(value, Mapping):
        return _joined([f"{key} {_text(one)}" for key, one in value.items()])
    if isinstance(value, (list, tuple, set)):
        return _joined([_text(one) for one in value])
    return str(value)


def _joined(items: list[str]) -> str:
    more = f" … {len(items):,} in all" if len(items) > _MOST else ""
    return ", ".join(items[:_MOST]) + more
