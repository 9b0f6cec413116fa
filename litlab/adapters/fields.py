"""An adapter's parameters as a form: fields out of its docstrings, typed text out of its defaults."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Mapping
from typing import Any

from litlab.adapters.adapter import Adapter
from litlab.errors import (
    BadParameter,
    ImpossibleTime,
    LitlabError,
    MissingColumn,
    NaiveTime,
    SeveralInstruments,
    TooManyRejects,
    TooMuchDisorder,
    UnknownName,
    WrongLayout,
)
from litlab.forms import Field
from litlab.ticks.order import ORDERS

_HEAD = re.compile(r"^(\w+(?:, \w+)*) : (.+)$")
_CHOICES = re.compile(r"^\{(.*)\}$")

# What every adapter of trades has, described where a person looks for it.
COMMON = {
    "calendar": Field("calendar", "text", "The exchange's calendar, XNYS for New York; empty for none"),
    "tick_size": Field("tick_size", "number", "The smallest price step", low=0),
    "eligibility": Field(
        "eligibility", "choice", "Which prints count: by the table of conditions, or all", "",
        ("table", "all"),
    ),
    "conditions": Field("conditions", "text", "The table of sale conditions: a shipped one's name or a path"),
    "ambiguous": Field(
        "ambiguous", "choice", "A local time that comes twice as clocks are put back", "",
        ("raise", "reject", "earliest", "latest"),
    ),
    "order": Field("order", "choice", "Of receipt; by event uses hindsight", "", ORDERS),
    "max_rejected": Field("max_rejected", "number", "The share of rows that may be unusable", low=0, high=1),
    "max_disorder_s": Field(
        "max_disorder_s", "number", "Seconds that a time of receipt may lie behind an earlier one", low=0
    ),
    "quotes": Field("quotes", "text", 'JSON: "same", or {"adapter": …, "paths": […]}'),
}  # fmt: skip

# Said once, in the docstring of csv, and meant by others as well.
_USUAL = {
    "time_unit": ('{"", "s", "ms", "us", "ns"}', "Of times given as whole numbers since 1970 UTC"),
    "zone": ("str", "The zone of times that name none"),
    "delimiter": ("str", "What parts the columns"),
    "columns": ("list of str", "The columns' names where the file has no header"),
    "date": ("str", "The column of the date where the time is the time of day only"),
    "date_format": ("str", "How the date is written, as for datetime.strptime"),
    "symbol": ("str", "The one instrument to read of a file that holds several"),
}

_ERRORS: tuple[tuple[type[LitlabError], str], ...] = (
    (NaiveTime, "zone"), (ImpossibleTime, "ambiguous"), (SeveralInstruments, "symbol"),
    (TooManyRejects, "max_rejected"), (TooMuchDisorder, "max_disorder_s"), (WrongLayout, "adapter"),
)  # fmt: skip


def adapter_fields(kind: type[Adapter]) -> tuple[Field, ...]:
    """Return a field for each parameter of an adapter: its own first, then those that all have.

    Examples
    --------
    >>> from litlab.adapters.csv import CsvAdapter
    >>> fields = {one.name: one for one in adapter_fields(CsvAdapter)}
    >>> fields["time_unit"].choices, fields["fractional"].kind, fields["delimiter"].default
    (('', 's', 'ms', 'us', 'ns'), 'boolean', ',')
    """
    told = _described(kind)
    own = [name for name in kind.PARAMETERS if name not in COMMON]
    common = [name for name in COMMON if name in kind.PARAMETERS]
    return tuple(
        _field(name, kind.PARAMETERS[name], told.get(name) or _USUAL.get(name, ("", "")))
        for name in (*own, *common)
    )


def shown(value: Any) -> str:
    r"""Return a parameter's value as people type it.

    >>> shown(["a", "b"]), shown("\t"), shown(None), shown({"a": 1})
    ('a, b', '\\t', '', '{"a": 1}')
    """
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    if value in (None, {}, []):
        return ""
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    return str(value).replace("\t", r"\t")


def read_parameters(kind: type[Adapter], typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed as parameters: those that differ from the defaults.

    Parameters
    ----------
    kind : type of Adapter
    typed : mapping
        Name → text, or a check box's bool; names that the adapter does not know are refused.

    Raises
    ------
    UnknownName
    BadParameter
        With the field's name.

    Examples
    --------
    >>> from litlab.adapters.csv import CsvAdapter
    >>> read_parameters(CsvAdapter, {"columns": "time, px", "delimiter": ",", "fractional": True})
    {'columns': ['time', 'px'], 'fractional': True}
    """
    fields = {one.name: one for one in adapter_fields(kind)}
    found = {}
    for name, text in typed.items():
        if name not in fields:
            raise UnknownName(kind=f"parameter of the adapter {kind.name}", given=name, known=fields)
        value = _read(fields[name], kind.PARAMETERS[name], text)
        if value != kind.PARAMETERS[name]:
            found[name] = value
    return found


def field_of(problem: LitlabError, parameters: Mapping[str, Any]) -> str:
    """Return the parameter that an error is about, "adapter" where another would fit, "" where none is.

    >>> from litlab.errors import MissingColumn
    >>> field_of(MissingColumn(path="a", column="px", found="time"), {"time": "time", "price": "px"})
    'price'
    """
    if isinstance(problem, MissingColumn):
        column = problem.fields["column"]
        return next((name for name, value in parameters.items() if value == column), "adapter")
    if isinstance(problem, BadParameter):
        return str(problem.fields["name"])
    if isinstance(problem, UnknownName):
        about = str(problem.fields["kind"]).removeprefix("value of ").replace(" ", "_")
        return about if about in parameters else "adapter"
    return next((name for error, name in _ERRORS if isinstance(problem, error)), "")


def _field(name: str, default: Any, told: tuple[str, str]) -> Field:
    if name in COMMON:
        one = COMMON[name]
        return Field(name, one.kind, one.help, "", one.choices, one.low, one.high, default=shown(default))
    what, words = told[0], told[1] or _USUAL.get(name, told)[1]
    choices = _CHOICES.match(what)
    if isinstance(default, bool):
        return Field(name, "boolean", words)
    if choices:
        offered = tuple(part.strip().strip('"') for part in choices[1].split(","))
        words = words or f"One of {', '.join(filter(None, offered))}"
        return Field(name, "choice", words, "", offered, default=shown(default))
    kind = "number" if isinstance(default, (int, float)) else "text"
    if isinstance(default, dict):
        words = f"{words} (JSON)"
    return Field(name, kind, words or what, default=shown(default))


def _read(field: Field, default: Any, text: Any) -> Any:
    if isinstance(default, (bool, int, float)) or field.choices:
        return field.read(text)
    text = str(text).strip() if str(text).strip() else str(text)
    if isinstance(default, list):
        return [part.strip() for part in text.split(",") if part.strip()]
    if not isinstance(default, str):
        return _json(field, default, text)
    return text.replace(r"\t", "\t")


def _json(field: Field, default: Any, text: str) -> Any:
    if not text.strip():
        return default
    try:
        return json.loads(text)
    except ValueError:
        raise BadParameter(name=field.name, given=text, wanted="it must be JSON") from None


def _described(kind: type[Adapter]) -> dict[str, tuple[str, str]]:
    """Return (kind, words) of each parameter as the docstrings of a class and its bases say."""
    found: dict[str, tuple[str, str]] = {}
    for one in kind.__mro__:
        text = inspect.cleandoc(vars(one).get("__doc__") or "")
        names: list[str] = []
        for line in text.partition("\n----------\n")[2].splitlines():
            if head := _HEAD.match(line):
                names = [name for name in head[1].split(", ") if name not in found]
                found |= dict.fromkeys(names, (head[2], ""))
            elif line.startswith("    "):
                found |= {
                    name: (found[name][0], f"{found[name][1]} {line.strip()}".strip()) for name in names
                }
            else:
                names = []
    return found
