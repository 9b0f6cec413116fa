"""Forms: the fields that a script's parameters are entered in, and the names of its output columns.

1. ``Field.read`` turns what a person typed into a value. 2. ``columns`` fills the parameters' values into
the names of the output columns: one name for each item of a list. ``litlab.docstrings`` makes the fields.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from typing import Any

from litlab.errors import BadParameter

KINDS = ("number", "choice", "boolean", "text", "list", "feature", "label")
SLOT = re.compile(r"\{([^{}]*)\}")


@dataclasses.dataclass(frozen=True)
class Field:
    """One field of a form.

    Attributes
    ----------
    name : str
        The key under which the value arrives in ``params``.
    kind : str
        One of KINDS.
    help : str
        The indented text, on one line.
    example : str
        What stood in [brackets] in the help, "" without; it prefills the form.
    choices : tuple of str
        For ``choice`` only.
    low, high : float or None
        Inclusive bounds of a number, or of every item of a list; None where there is none.
    whole : bool
        Whether a number, or every item of a list, must be integral.
    default : str
        The value that a parameter left out has, as written; "" without one.
    """

    name: str
    kind: str
    help: str = ""
    example: str = ""
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    whole: bool = False
    default: str = ""

    def prefill(self) -> Any:
        """Return what a form shows at first, as a value: the example, else the default, else None.

        Brackets that hold no value of the field's kind are words of the help, not an example.
        """
        for text in (self.example, self.default):
            try:
                if text:
                    return self.read(text)
            except BadParameter:
                continue
        return None

    @property
    def is_numeric(self) -> bool:
        """Tell whether a list's items must be numbers: it has bounds, or says ``whole``."""
        return self.whole or self.low is not None or self.high is not None

    def read(self, value: Any) -> Any:
        """Turn what came from a form into a value of the field's kind.

        A number is an int when it is integral.

        Raises
        ------
        BadParameter
            If it is none.

        Examples
        --------
        >>> Field("rate", "number", low=1, high=500).read("14")
        14
        >>> Field("rate", "number", low=1, high=500).read(0)
        Traceback (most recent call last):
        litlab.errors.BadParameter: rate = 0 is not possible: it must be a number, 1 to 500.
        """
        try:
            return _READERS[self.kind](value, self)
        except (ValueError, TypeError, LookupError, OverflowError):
            raise BadParameter(name=self.name, given=value, wanted=f"it must be {self.wanted()}") from None

    def wanted(self) -> str:
        """Say in words what a value must be."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        whole = "whole " if self.whole else ""
        words = f"a list of {whole}numbers" if self.kind == "list" and self.is_numeric else f"a {self.kind}"
        if self.kind == "number":
            words = f"a {whole}number"
        low, high = (None if bound is None else f"{bound:.12g}" for bound in (self.low, self.high))
        if low and high:
            return f"{words}, {low} to {high}"
        return f"{words}, from {low}" if low else f"{words}, up to {high}" if high else words


def _read_number(value: Any, field: Field) -> int | float:
    if isinstance(value, bool):
        raise ValueError(value)
    number = float(value)
    below = field.low is not None and number < field.low
    above = field.high is not None and number > field.high
    if not math.isfinite(number) or below or above or (field.whole and not number.is_integer()):
        raise ValueError(value)
    return int(number) if number.is_integer() else number


def _read_choice(value: Any, field: Field) -> str:
    if str(value) not in field.choices:
        raise ValueError(value)
    return str(value)


def _read_boolean(value: Any, field: Field) -> bool:
    del field
    if isinstance(value, bool):
        return value
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[str(value).lower()]


def _read_text(value: Any, field: Field) -> str:
    del field
    return str(value)


def _read_list(value: Any, field: Field) -> list[Any]:
    items = value if isinstance(value, (list, tuple)) else [part.strip() for part in str(value).split(",")]
    read = _read_number if field.is_numeric else _number_or_text
    return [read(item, field) for item in items if item != ""]


def _number_or_text(item: Any, field: Field) -> Any:
    try:
        return _read_number(item, field)
    except (ValueError, TypeError):
        return item


_READERS = {
    "number": _read_number,
    "choice": _read_choice,
    "boolean": _read_boolean,
    "text": _read_text,
    "list": _read_list,
    "feature": _read_text,
    "label": _read_text,
}


def columns(
    returns: tuple[str, ...], fields: tuple[Field, ...], params: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return the names of the output columns under `params`.

    Parameters
    ----------
    returns : tuple of str
        Names as the docstring has them; ``{rate}`` stands for the parameter's value, a list's for each item.
    params : mapping
        Values as ``Field.read`` gave them; a parameter left out has its default.

    Raises
    ------
    BadParameter
        If a parameter that a name holds has no value, or two columns get the same name.

    Examples
    --------
    >>> fields = Field("rate", "number"), Field("windows", "list", default="5, 10")
    >>> columns(("sma_{rate}", "rv_{windows}"), fields, {"rate": 20})
    ('sma_20', 'rv_5', 'rv_10')
    """
    known = {field.name: field for field in fields}
    names: list[str] = []
    for template in returns:
        made = [template]
        for slot in SLOT.findall(template):
            field = known[slot]
            value = params.get(slot, field.read(field.default) if field.default else None)
            if value is None:
                raise BadParameter(name=slot, given=None, wanted="an output column is named after it")
            items = value if isinstance(value, list) else [value]
            made = [name.replace(f"{{{slot}}}", str(item)) for name in made for item in items]
        names.extend(made)
    for name in names:
        if names.count(name) > 1:
            wanted = "every output column needs a name of its own"
            raise BadParameter(name=", ".join(returns), given=name, wanted=wanted)
    return tuple(names)
