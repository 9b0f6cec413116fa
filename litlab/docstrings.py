"""Docstrings read as forms: any text gives a form, or BadScript with the line that is wrong.

    Parameters
    ----------
    rate : number, whole, 1 to 500, default 20
        Bars to average over; e.g. [20]
    column : [open,high,low,close], default close
    windows : list, 1 to 500, default 10, 30

    Returns
    -------
    [ sma_{rate}, rv_{windows} ]

1. ``_sections`` finds the underlined sections, ``_entries`` the parameters in one. 2. ``_field`` reads
``name : kind, clause, …, default value``. 3. ``_names`` reads the output columns.

docs/scripts.md is the page for people who write scripts.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterator
from pathlib import Path

from litlab.errors import BadParameter, BadScript
from litlab.forms import KINDS, SLOT, Field

_HEAD = re.compile(r"^([^\W\d]\w*)\s*:\s*(.+?)\s*$")
_KIND = re.compile(r"^(\[[^\[\]]*\]|\w+)\s*(?:,\s*(.*))?$", re.DOTALL)
_DEFAULT = re.compile(r"(?:^|,)\s*default(?:[\s:=]+(.*))?$", re.DOTALL)
_RANGE = re.compile(r"^(?:up to (?P<most>\S+)|from (?P<least>\S+)|(?P<low>\S+) to (?P<high>\S+))$")
_EXAMPLE = re.compile(r"\[([^\[\]]*)\]")


def parse_docstring(
    text: str, path: Path | str = "<docstring>", first_line: int = 1
) -> tuple[tuple[Field, ...], tuple[str, ...]]:
    """Read a form out of a docstring.

    Parameters
    ----------
    text : str
    path, first_line
        The file and the line in it that the text begins in, for BadScript.

    Returns
    -------
    fields : tuple of Field
    returns : tuple of str
        The output columns' names, parameters not yet filled in; () where the docstring names none.

    Raises
    ------
    BadScript
        With the line that is wrong.

    Examples
    --------
    >>> fields, returns = parse_docstring('''Moving average.
    ...
    ... Parameters
    ... ----------
    ... rate : number
    ...     Bars in a window; e.g. [10]
    ... unit : [hour,minute]
    ...
    ... Returns
    ... -------
    ... [ sma ]''')
    >>> [(field.name, field.kind, field.example, field.choices) for field in fields], returns
    ([('rate', 'number', '10', ()), ('unit', 'choice', '', ('hour', 'minute'))], ('sma',))
    """
    fields: dict[str, Field] = {}
    returns: tuple[str, ...] = ()
    line = returns_line = first_line
    seen: set[str] = set()
    try:
        for title, number, block in _sections(text):
            line = first_line + number - 3
            if title in seen:
                raise ValueError(f"there is a second section {title}")
            seen |= {title} & {"Parameters", "Returns"}
            if title == "Parameters":
                for offset, head, words in _entries(block):
                    line = first_line + number - 1 + offset
                    field = _field(head, words)
                    if field.name in fields:
                        raise ValueError(f"the parameter {field.name!r} is described twice")
                    fields[field.name] = field
            elif title == "Returns":
                offset = next((at for at, words in enumerate(block) if "[" in words), -2)
                line = returns_line = first_line + number - 1 + offset
                returns = _names(" ".join(block[max(offset, 0) :]))
        line = returns_line
        for slot in (slot for name in returns for slot in SLOT.findall(name)):
            if slot not in fields:
                raise ValueError(f"an output column is named after {slot!r}, which is no parameter")
    except (ValueError, BadParameter) as problem:
        raise BadScript(path=path, line=line, reason=str(problem).rstrip(".")) from None
    return tuple(fields.values()), returns


def _sections(text: str) -> Iterator[tuple[str, int, list[str]]]:
    """Yield (title, number of its first line, lines) of every underlined section."""
    lines = text.split("\n")
    heads = [
        at
        for at in range(len(lines) - 1)
        if lines[at].strip() and set(lines[at + 1].strip()) == {"-"} and not lines[at][:1].isspace()
    ]
    for at, following in zip(heads, [*heads[1:], len(lines)], strict=False):
        yield lines[at].strip(), at + 3, lines[at + 2 : following]


def _entries(block: list[str]) -> Iterator[tuple[int, str, str]]:
    """Yield (number in the block, head, help on one line) of every parameter of a section."""
    heads = [at for at, line in enumerate(block) if line.strip() and not line[:1].isspace()]
    for at, following in zip(heads, [*heads[1:], len(block)], strict=False):
        words = " ".join(line.strip() for line in block[at + 1 : following] if line.strip())
        yield at, block[at], words


def _field(head: str, words: str) -> Field:
    """Read ``name : kind, clause, …, default value``; ValueError or BadParameter says what is wrong."""
    match = _HEAD.match(head)
    if not match or not match.group(1).isidentifier():
        raise ValueError(f"{head.strip()[:60]!r} is no parameter; wanted 'name : kind'")
    name, said = match.groups()
    parts = _KIND.match(said)
    kind, rest = (parts.group(1), parts.group(2)) if parts else (said, None)
    choices: tuple[str, ...] = ()
    if kind.startswith("["):
        choices = tuple(part.strip() for part in kind[1:-1].split(",") if part.strip())
        kind = "choice" if choices else kind
        if len(set(choices)) < len(choices):
            raise ValueError(f"a choice of {name} stands twice")
    if not parts or kind not in KINDS or (kind == "choice") != bool(choices):
        wanted = "number, boolean, text, list, feature, label or [choice,choice]"
        raise ValueError(f"{said[:60]!r} is no kind; wanted {wanted}")
    clauses, default = rest or "", ""
    found = _DEFAULT.search(clauses)
    if found:
        clauses, default = clauses[: found.start()], (found.group(1) or "").strip()
        if not default:
            raise ValueError(f"the default of {name} is missing")
    low, high, whole = _clauses(name, kind, clauses) if clauses.strip() or rest == "" else (None, None, False)
    field = Field(name, kind, words, "", choices, low, high, whole, default)
    if default:
        field.read(default)
    examples = [one.strip() for one in _EXAMPLE.findall(words)]
    return dataclasses.replace(field, example=next((one for one in examples if _reads(field, one)), ""))


def _reads(field: Field, text: str) -> bool:
    try:
        field.read(text)
    except BadParameter:
        return False
    return bool(text)


def _clauses(name: str, kind: str, text: str) -> tuple[float | None, float | None, bool]:
    """Return (low, high, whole) of ``whole, 1 to 500``."""
    low: float | None = None
    high: float | None = None
    whole = False
    for clause in (part.strip() for part in text.split(",")):
        match = _RANGE.match(clause)
        if kind not in ("number", "list") or (clause != "whole" and not match):
            wanted = "'whole', '1 to 500', 'from 1', 'up to 500'" if kind in ("number", "list") else "nothing"
            raise ValueError(f"{clause[:60]!r} says nothing about {name}; wanted {wanted} or 'default …'")
        if match:
            low = _bound(name, match["low"] or match["least"], low)
            high = _bound(name, match["high"] or match["most"], high)
        whole = whole or clause == "whole"
    if low is not None and high is not None and low > high:
        raise ValueError(f"no number lies in the bounds of {name}, {low:.12g} to {high:.12g}")
    return low, high, whole


def _bound(name: str, text: str | None, before: float | None) -> float | None:
    if text is None:
        return before
    try:
        bound = float(text)
    except ValueError:
        bound = math.nan
    if not math.isfinite(bound):
        raise ValueError(f"{text[:60]!r} bounds nothing; {name} needs a number there")
    return bound


def _names(text: str) -> tuple[str, ...]:
    """Return the names within the first brackets of the section Returns."""
    inner = re.search(r"\[([^\]]*)\]", text)
    if not inner:
        return ()
    names = tuple(part.strip() for part in inner.group(1).split(",") if part.strip())
    for name in names:
        if not SLOT.sub("x", name).isprintable() or re.search(r"[{}\[]", SLOT.sub("", name)):
            raise ValueError(f"{name[:60]!r} is no name of a column")
        if names.count(name) > 1:
            raise ValueError(f"the column {name!r} is named twice")
    return names
