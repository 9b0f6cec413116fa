"""A table's element and its heads, told in one line each: the same look on every page."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

NUMBER, WIDE, HIDDEN = "number", "wide", "hidden"

Head = tuple[str, ...]  # a title, then any of NUMBER, WIDE, HIDDEN and classes of one's own


def table(label: str, heads: Iterable[str | Head], body: str) -> str:
    """Return a table of rows that are made already.

    Parameters
    ----------
    label : str
        Plain text, "" for none.
    heads : iterable of str or tuple
        A title alone, or with what it is: ``number`` stands to the right, ``wide`` is left out of a narrow
        window, ``hidden`` is only read aloud.
    body : str
        HTML.

    Examples
    --------
    >>> table("", ["File", ("Rows", NUMBER)], "")
    '<table><thead><tr><th>File</th><th class="number">Rows</th></tr></thead><tbody></tbody></table>'
    """
    named = f' aria-label="{escape(label)}"' if label else ""
    row = "".join(_head(one) for one in heads)
    return f"<table{named}><thead><tr>{row}</tr></thead><tbody>{body}</tbody></table>"


def _head(told: str | Head) -> str:
    title, *kinds = (told,) if isinstance(told, str) else told
    words = escape(title)
    if HIDDEN in kinds:
        words = f'<span class="visually-hidden">{words}</span>'
    known = " ".join(one for one in kinds if one != HIDDEN)
    return f'<th class="{known}">{words}</th>' if known else f"<th>{words}</th>"
