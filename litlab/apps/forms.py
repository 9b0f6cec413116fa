"""Forms as HTML: the fields of a script, or of anything else that people fill in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from litlab.forms import Field


def form_fields(
    fields: Sequence[Field],
    values: Mapping[str, Any] | None = None,
    problems: Mapping[str, str] | None = None,
    known: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """Return labelled inputs for the fields, in their order, to stand in a ``<form data-action=…>``.

    Parameters
    ----------
    fields : sequence of Field
    values : mapping, optional
        What stands in the fields; a field that is missing here shows ``Field.prefill()``.
    problems : mapping, optional
        By field name: the sentence that stands under a field which was refused.
    known : mapping, optional
        By kind (``"feature"``, ``"label"``): the names that a field of that kind offers.

    Examples
    --------
    >>> html = form_fields([Field("rate", "number", help="Bars", low=1, high=500)], {"rate": 14})
    >>> 'name="rate"' in html and 'value="14"' in html and "1 to 500" in html
    True
    """
    values, problems, known = values or {}, problems or {}, known or {}
    return "".join(
        _labelled(field, values.get(field.name, field.prefill()), problems.get(field.name, ""), known)
        for field in fields
    )


def tabs(action: str, names: Mapping[str, str], current: str, label: str) -> str:
    """Return a row of tabs that send ``action`` with the key of the one chosen.

    >>> tabs("pane", {"log": "Log"}, "log", "Panes").count('role="tab"')
    1
    """
    made = "".join(
        f'<button type="button" role="tab" data-action="{escape(action)}" data-argument="{escape(key)}" '
        f'aria-selected="{"true" if key == current else "false"}" tabindex="{0 if key == current else -1}">'
        f"{escape(shown)}</button>"
        for key, shown in names.items()
    )
    return f'<div class="tabs" role="tablist" aria-label="{escape(label)}">{made}</div>'


def _labelled(field: Field, value: Any, problem: str, known: Mapping[str, Sequence[str]]) -> str:
    name, words = escape(field.name), escape(field.help)
    invalid = ' aria-invalid="true"' if problem else ""
    said = f'<span class="problem" role="alert">{escape(problem)}</span>' if problem else ""
    control = _control(field, value, f'name="{name}" title="{words}"{invalid}', known)
    wanted = escape(field.wanted()) if field.kind in ("number", "list") else ""
    about = f"{words} ({wanted})" if wanted and words else words or wanted
    return f"""<label class="field {field.kind}"><span class="name">{name}</span>{control}
        <span class="quiet help">{about}</span>
        {said}</label>"""


def _control(field: Field, value: Any, attributes: str, known: Mapping[str, Sequence[str]]) -> str:
    if field.kind == "boolean":
        return f'<input type="checkbox" {attributes}{" checked" if value else ""}>'
    offered = field.choices or known.get(field.kind, ())
    if offered:
        empty = () if field.kind == "choice" else ("",)
        options = "".join(
            f"<option{' selected' if str(value) == one else ''}>{escape(one)}</option>"
            for one in (*empty, *offered)
        )
        return f"<select {attributes}>{options}</select>"
    text = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else "" if value is None else value
    numeric = ' inputmode="decimal"' if field.kind == "number" else ""
    return f'<input {attributes}{numeric} size="12" value="{escape(str(text))}" spellcheck="false">'
