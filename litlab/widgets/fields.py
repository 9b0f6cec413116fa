"""A form's fields as ipywidgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import ipywidgets

from litlab.errors import BadParameter
from litlab.forms import Field, read_values

_NAME = {"description_width": "120px"}


class Fields(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets is not typed
    """The fields of a form, one below the other, with their help; what is wrong stands under its field.

    Parameters
    ----------
    fields : sequence of Field
    values : mapping, optional
        What stands in them at first; else each field's own example or default.
    known : mapping, optional
        By kind (``"feature"``, ``"label"``): names to choose from.

    Examples
    --------
    >>> form = Fields([Field("rate", "number", low=1, high=500, example="14")])
    >>> form.values()
    {'rate': 14}
    >>> form.inputs["rate"].value = "0"
    >>> form.values() is None, form.said["rate"].value
    (True, 'rate = &#x27;0&#x27; is not possible: it must be a number, 1 to 500.')
    """

    def __init__(
        self,
        fields: Sequence[Field],
        values: Mapping[str, Any] | None = None,
        known: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        given = values or {}
        self.fields = tuple(fields)
        self.inputs = {
            one.name: _input(one, given.get(one.name, one.prefill()), known or {}) for one in fields
        }
        self.said = {one.name: ipywidgets.HTML() for one in fields}
        rows = []
        for one in fields:
            about = ipywidgets.HTML(f'<span style="opacity:.7">{escape(_about(one))}</span>')
            rows += [ipywidgets.HBox([self.inputs[one.name], about]), self.said[one.name]]
            self.said[one.name].layout.display = "none"
        super().__init__(rows)

    def values(self) -> dict[str, Any] | None:
        """Return the values, typed; None where one is wrong, which is then said below its field."""
        found: dict[str, Any] = {}
        wrong = False
        for one in self.fields:
            said = self.said[one.name]
            said.value, said.layout.display = "", "none"
            try:
                found.update(read_values([one], {one.name: self.inputs[one.name].value}))
            except BadParameter as problem:
                said.value, said.layout.display, wrong = escape(str(problem)), "", True
        return None if wrong else found


def _input(field: Field, value: Any, known: Mapping[str, Sequence[str]]) -> Any:
    if field.kind == "boolean":
        return ipywidgets.Checkbox(value=bool(value), description=field.name, style=_NAME, indent=True)
    offered = field.choices or known.get(field.kind, ())
    if offered:
        options = list(offered) if field.choices else ["", *offered]
        chosen = value if value in options else options[0]
        return ipywidgets.Dropdown(options=options, value=chosen, description=field.name, style=_NAME)
    text = (
        ", ".join(map(str, value))
        if isinstance(value, (list, tuple))
        else ""
        if value is None
        else str(value)
    )
    return ipywidgets.Text(value=text, description=field.name, style=_NAME)


def _about(field: Field) -> str:
    wanted = field.wanted() if field.kind in ("number", "list") else ""
    return f"{field.help} ({wanted})" if field.help and wanted else field.help or wanted
