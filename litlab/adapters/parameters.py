"""An adapter's parameters, checked before any file is opened: one place for all adapters.

What a parameter may be follows from its default in PARAMETERS (its type), from the choices that the docstring
lists in braces, and from the bounds of the fields that all adapters share. Zones, delimiters and forms of
dates are tried.
"""

from __future__ import annotations

import difflib
import math
import os
import re
import weakref
import zoneinfo
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litlab.errors import BadParameter, UnknownName
from litlab.forms import Field

if TYPE_CHECKING:
    from litlab.adapters.adapter import Adapter

_OFFSET = re.compile(r"[+-]\d\d:\d\d")
_TRIED = datetime(2013, 10, 7)
_KINDS = {"unit": "unit", "time_unit": "time unit"}  # how the choices are called elsewhere


def paths_of(given: Any) -> list[Path]:
    """Return a parameter ``paths`` as paths; BadParameter for what is no list of them.

    >>> paths_of(["a.csv"])
    [PosixPath('a.csv')]
    """
    given = list(given) if isinstance(given, Iterator) else given
    if not isinstance(given, Sequence) or isinstance(given, (str, bytes)):
        raise BadParameter(name="paths", given=given, wanted='it must be a list, for example ["ticks/*.csv"]')
    for one in given:
        if not isinstance(one, (str, os.PathLike)):
            raise BadParameter(name="paths", given=one, wanted="a path is a text")
    return [Path(one) for one in given]


def check_parameters(kind: type[Adapter], given: Mapping[str, Any]) -> None:
    """Refuse parameters that an adapter does not have, and values that it cannot have.

    Parameters
    ----------
    kind : type of Adapter
    given : mapping
        Without ``paths``.

    Raises
    ------
    UnknownName
        For a parameter or a choice that there is not, with the nearest one; BadParameter for another value.

    Examples
    --------
    >>> from litlab.adapters.csv import CsvAdapter
    >>> check_parameters(CsvAdapter, {"delimiter": ";", "max_rejected": 0.5})
    >>> check_parameters(CsvAdapter, {"eligibility": "tabel"})
    Traceback (most recent call last):
    litlab.errors.UnknownName: There is no value of eligibility called 'tabel'. Did you mean 'table'? ...
    """
    for name, value in given.items():
        if name not in kind.PARAMETERS:
            of = f"parameter of the adapter {kind.name}"
            raise UnknownName(kind=of, given=str(name), known=kind.PARAMETERS)
        default = kind.PARAMETERS[name]
        if value == default and type(value) is type(default):
            continue
        field = _fields(kind).get(name)
        _check_kind(name, default, value, field)
        # What has one choice only is refused by its adapter, which says why there is no other.
        if field is not None and len(field.choices) > 1 and value not in field.choices:
            of = _KINDS.get(name, f"value of {name}")
            raise UnknownName(kind=of, given=str(value), known=field.choices)
        if name in _TRY and (value or name == "delimiter"):
            _TRY[name](name, value)


_FIELDS: weakref.WeakKeyDictionary[type[Adapter], dict[str, Field]] = weakref.WeakKeyDictionary()


def _fields(kind: type[Adapter]) -> dict[str, Field]:
    from litlab.adapters.fields import adapter_fields

    if kind not in _FIELDS:
        _FIELDS[kind] = {field.name: field for field in adapter_fields(kind)}
    return _FIELDS[kind]


def _check_kind(name: str, default: Any, value: Any, field: Field | None) -> None:
    wanted = ""
    if isinstance(default, bool):
        wanted = "" if isinstance(value, bool) else "it must be true or false"
    elif isinstance(default, (int, float)):
        wanted = _number(value, field)
        if not wanted and name == "tick_size" and value <= 0:
            wanted = "it must be a number above 0"
    elif isinstance(default, str):
        none = value is None and name == "calendar"  # as good as ""
        wanted = "" if isinstance(value, str) or none else "it must be a text"
    elif isinstance(default, (list, tuple)):
        texts = isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value)
        wanted = "" if texts else 'it must be a list of texts, for example ["time", "price"]'
    elif isinstance(default, dict):
        wanted = "" if isinstance(value, Mapping) else 'it must be an object, for example {"name": "text"}'
    if wanted:
        raise BadParameter(name=name, given=value, wanted=wanted)


def _number(value: Any, field: Field | None) -> str:
    """Return what is wanted instead of a value that is no number within bounds, "" for one that is."""
    low, high = (field.low, field.high) if field else (None, None)
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if number and (low is None or value >= low) and (high is None or value <= high):
        return ""
    return f"it must be {(field or Field(name='', kind='number')).wanted()}"


def _check_zone(name: str, value: str) -> None:
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        if _OFFSET.fullmatch(value):
            return
        near = difflib.get_close_matches(value, zoneinfo.available_timezones(), 1, 0.5)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        wanted = f"no time zone is called so{hint or ', name one like America/New_York'}"
        raise BadParameter(name=name, given=value, wanted=wanted) from None


def _check_delimiter(name: str, value: str) -> None:
    if len(value) != 1 or not value.isascii() or value in '\r\n"\0':
        near = f"; did you mean {value[0]!r}?" if len(set(value)) == 1 and value[0] in ",;|\t " else ""
        raise BadParameter(name=name, given=value, wanted=f"it must be one character, like , or ; or |{near}")


def _check_date_format(name: str, value: str) -> None:
    try:
        known = datetime.strptime(_TRIED.strftime(value), value) == _TRIED
    except ValueError:
        known = False
    if not known:
        wanted = "it must name year, month and day as datetime.strptime does, for example %d/%m/%Y"
        raise BadParameter(name=name, given=value, wanted=wanted)


_TRY: dict[str, Callable[[str, str], None]] = {
    "zone": _check_zone, "delimiter": _check_delimiter, "date_format": _check_date_format,
}  # fmt: skip
