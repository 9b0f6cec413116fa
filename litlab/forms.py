"""Forms: the fields that a script's parameters are entered in, and the names of its output columns.

1. ``Field.read`` turns what a person typed into a value. 2. ``read_form`` reads all that an HTML form posts,
``read_values`` what comes from JSON or Python. 3. ``param_class`` makes the same form for notebooks, and
``from_param`` reads it. 4. ``columns`` fills the parameters' values into the names of the output columns: one
name for each item of a list. ``litlab.docstrings`` makes the fields.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from litlab.errors import BadParameter, UnknownName

if TYPE_CHECKING:
    import param

_BOOLEANS = {
    "true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False,
}  # fmt: skip
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
    return _BOOLEANS[str(value).strip().lower()]


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


def read_values(fields: Sequence[Field], values: Mapping[str, Any], of: str = "the form") -> dict[str, Any]:
    """Check values against a form's fields; those left out or empty get their default, if they have one.

    Parameters
    ----------
    of : str
        Whose form it is, for the error.

    Raises
    ------
    BadParameter
        Naming the field and what its value must be; UnknownName for a field that the form does not have.
    """
    known = {field.name: field for field in fields}
    for name in values:
        if name not in known:
            raise UnknownName(kind=f"parameter of {of}", given=name, known=known)
    given = {name: known[name].read(value) for name, value in values.items() if value not in (None, "")}
    missing = [field for field in fields if field.default and field.name not in given]
    return {**given, **{field.name: field.read(field.default) for field in missing}}


def read_form(fields: Sequence[Field], posted: Mapping[str, str], of: str = "the form") -> dict[str, Any]:
    """Turn what an HTML form posts, a flat dict of strings, into typed parameters.

    A box that is not ticked is not posted: a ``boolean`` that is absent is False. Other fields that are empty
    or absent get their default, or stay absent without one. Blanks around what is no text are cut off.

    Parameters
    ----------
    fields : sequence of Field
        ``Script.fields``.
    posted : mapping of str to str
        By field name; what else the page posts (tokens, names of buttons) is taken out before.
    of : str
        Whose form it is, for the error.

    Returns
    -------
    params : dict
        As ``feature`` gets them, and as ``save_feature`` stores them.

    Raises
    ------
    BadParameter
        Naming the field (``problem.fields["name"]``), what was given and what it must be; UnknownName for a
        field that the form does not have, with the nearest one.

    Examples
    --------
    >>> form = Field("rate", "number", low=1, default="14"), Field("log", "boolean"), Field("w", "list")
    >>> read_form(form, {"rate": " 20 ", "w": "5, 10"})
    {'log': False, 'rate': 20, 'w': [5, 10]}
    >>> read_form(form, {"rate": "", "log": "on"})
    {'log': True, 'rate': 14}
    >>> read_form(form, {"rate": "0"})
    Traceback (most recent call last):
    litlab.errors.BadParameter: rate = '0' is not possible: it must be a number, from 1.
    """
    boxes = {field.name: "off" for field in fields if field.kind == "boolean"}
    plain = {field.name for field in fields if field.kind == "text"}
    cut = {name: text if name in plain else text.strip() for name, text in posted.items()}
    return read_values(fields, {**boxes, **cut}, of)


def param_class(
    name: str, fields: Sequence[Field], about: str = ""
) -> type[param.Parameterized]:  # fmt: skip
    """Return a form as a class of ``param``: for panes and widgets in notebooks.

    Every field is a parameter of its name (``name_`` and the like where ``param`` needs the name itself) with
    its bounds, choices and help, and shows its example first, else its default. A value is checked when it is
    set: BadParameter, which is a ValueError, says what it must be. A field without default may be None.

    Parameters
    ----------
    name : str
        The class's name.
    fields : sequence of Field
    about : str
        The class's docstring.

    Examples
    --------
    >>> rate = Field("rate", "number", "Bars.", "14", low=1, whole=True)
    >>> form = rate, Field("unit", "choice", choices=("a", "b"))
    >>> mine = param_class("Mine", form)(unit="b")
    >>> from_param(form, mine)
    {'rate': 14, 'unit': 'b'}
    >>> mine.param.rate.bounds, mine.param.rate.doc
    ((1, None), 'Bars.')
    """
    import param

    def made(field: Field) -> param.Parameter:
        kinds: dict[str, type[param.Parameter]] = {
            "number": param.Integer if field.whole else param.Number,
            "choice": param.Selector, "boolean": param.Boolean, "list": param.List,
        }  # fmt: skip
        more: dict[str, Any] = {}
        if field.kind == "number":
            more = {"bounds": (field.low, field.high)}
        elif field.kind == "choice":
            more = {"objects": list(field.choices), "check_on_set": True}
        base = kinds.get(field.kind, param.String)

        def validate(self: Any, value: Any) -> None:
            if value is not None:
                field.read(value)
            base._validate(self, value)

        checked = type(base.__name__, (base,), {"__slots__": [], "_validate": validate})
        said = field.help or None
        found: param.Parameter = checked(
            default=field.prefill(), doc=said, allow_None=not field.default, **more
        )
        return found

    members = {_attribute(field.name): made(field) for field in fields}
    return type(name, (param.Parameterized,), {"__doc__": about or None, **members})


def from_param(fields: Sequence[Field], form: param.Parameterized) -> dict[str, Any]:
    """Return the parameters that an instance of ``param_class`` holds; what is None gets its default."""
    return read_values(fields, {field.name: getattr(form, _attribute(field.name)) for field in fields})


def _attribute(name: str) -> str:
    import param

    return f"{name}_" if hasattr(param.Parameterized, name) else name


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
