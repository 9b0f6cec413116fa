"""The chosen script: its form from its docstring, what may be done with it, and what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from litlab.apps import catalogue, reads
from litlab.apps.forms import form_fields
from litlab.errors import BadParameter, LitlabError, UnknownName
from litlab.features import Feature, list_features
from litlab.sources import Outline
from litlab.upkeep.features import feature_pins
from litlab.workspace import Team

if TYPE_CHECKING:
    from litlab.apps.features import Features


def saved(team: Team, name: str) -> Feature:
    """Return a saved feature; UnknownName where there is none."""
    known = list_features(team)
    if name not in known:
        raise UnknownName(kind="feature", given=name, known=known)
    return known[name]


def prefilled(team: Team, script: str) -> dict[str, Any]:
    """Return what a script's form shows at first; nothing for a script that cannot be read."""
    try:
        fields = catalogue.outlined(team, script).fields
    except LitlabError:
        return {}
    return {field.name: field.prefill() for field in fields if field.prefill() is not None}


def read(team: Team, script: str, typed: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the form's values, and by field what is wrong with those that were refused.

    Raises
    ------
    BadScript
        If the script cannot be read.
    """
    found: dict[str, Any] = {}
    problems: dict[str, str] = {}
    outline = catalogue.outlined(team, script)
    for field in outline.fields:
        value = typed.get(field.name)
        try:
            if value not in (None, ""):
                found[field.name] = field.read(value)
            elif field.default:
                found[field.name] = field.read(field.default)
        except BadParameter as problem:
            problems[field.name] = str(problem)
    for name in outline.requires(found):
        if name not in list_features(team):
            kind = next(field.name for field in outline.fields if found.get(field.name) == name)
            problems[kind] = f"There is no saved feature {name!r}. Save it first, or choose another."
    return found, problems


def html(page: Features) -> str:
    """Return the head, the form and the evidence of what is chosen."""
    wrong = page.said.startswith("▲")
    look = 'class="said problem" role="alert"' if wrong else 'class="said" role="status"'
    said = f"<p {look}>{escape(page.said)}</p>" if page.said else ""
    if not page.script:
        return f'{said}<p class="quiet">Choose a feature or a script.</p>'
    try:
        outline = catalogue.outlined(page.team, page.script)
    except LitlabError as problem:
        return f"{said}<h2>{escape(page.script)}</h2>{reads.failure(problem, page.script)}"
    return f"{_form(page, outline, said)}{_dialogs(page, outline)}"


def _form(page: Features, outline: Outline, said: str) -> str:
    known = list_features(page.team)
    labels = [name for name, one in known.items() if _is_label(page.team, one)]
    plain = [name for name in known if name not in labels and name != page.feature]
    fields = form_fields(outline.fields, page.typed, page.problems, {"feature": plain, "label": labels})
    name = escape(page.script)
    title = escape(page.feature or page.script)
    refused = ' aria-invalid="true"' if page.refused else ""
    of = f' <span class="quiet">of {name}</span>' if page.feature else ""
    marks = "".join(f'<span class="chip">{mark}</span>' for mark in catalogue.marks_of(outline))
    return f"""<form data-action="test" data-live="typing" aria-label="{title}">
        <div class="head"><h2>{title}{of}</h2>{marks}{_verdict(page, outline)}<span class="grow"></span>
        {_links(page)}</div>
        <p class="quiet about">{escape(outline.about)}</p>
        <div class="actions wraps">
        <button type="submit" class="filled" data-key="t" title="Test (T)">Test</button>
        <label class="as">Save as <input name=":name" size="18" spellcheck="false" value="{escape(page.name)}"
        aria-label="Save as" placeholder="{name}"{refused}></label>
        <button type="submit" data-action="save">Save</button>
        <button type="button" data-lab="edit-source" data-argument="scripts/{name}">Edit source</button>
        {_proving(page, outline)}</div>{said}
        <div class="fields">{fields or '<p class="quiet">It has no parameters.</p>'}</div></form>"""


def _is_label(team: Team, one: Feature) -> bool:
    try:
        return catalogue.outlined(team, one.script).is_label
    except LitlabError:
        return False


def _links(page: Features) -> str:
    asked: dict[str, str] = {"index": str(page.chart.index)}
    if page.feature:
        asked["feature"] = page.feature
    link = escape(page.asked.link("discovery", project=str(page.project), **asked))
    remove = '<button type="button" data-open="delete">Delete</button>' if page.feature else ""
    return f'<a href="{link}">Show on Discovery</a>{remove}'


def _params(page: Features) -> dict[str, Any]:
    try:
        found, problems = read(page.team, page.script, page.typed)
    except LitlabError:
        return {}
    return {} if problems else found


def _verdict(page: Features, outline: Outline) -> str:
    if outline.is_label:
        return ""
    said = reads.badge(*catalogue.known_of(page.team, page.script, _params(page)))
    tone = " problem" if said.startswith("▲") else ""
    return f"""<button type="button" class="badge{tone}" data-open="evidence" title="Show the evidence">{said}
        </button>"""


def _proving(page: Features, outline: Outline) -> str:
    if outline.is_label:
        return '<span class="quiet">A label may read the future and is never an input.</span>'
    if not page.proving.running:
        return '<button type="submit" data-action="prove">Prove</button>'
    return """<progress max="1" value="0" data-value="proved" aria-label="Proving"></progress>
        <span class="quiet" role="status" data-value="steps">starting</span>
        <button type="button" data-action="stop-proving">Stop</button>"""


def _dialogs(page: Features, outline: Outline) -> str:
    def link(index: int) -> str:
        return page.asked.link("discovery", project=str(page.project), index=str(index))

    held, built = catalogue.known_of(page.team, page.script, _params(page))
    shown = escape(page.feature or page.script)
    told = "" if outline.is_label else reads.evidence(held, built, link)
    dialogs = f"""<dialog id="evidence" class="wider" aria-label="Evidence about {shown}">
        <h2>{shown}: {reads.badge(held, built)}</h2>{told}
        <div class="actions"><button data-close>Close</button></div></dialog>"""
    return dialogs + (_delete(page) if page.feature else "")


def _delete(page: Features) -> str:
    name = escape(page.feature)
    pins = feature_pins(page.team).get(page.feature, [])
    if pins:
        why = "".join(f"<li>{escape(one[0].upper() + one[1:])}.</li>" for one in pins)
        return f"""<dialog id="delete" aria-label="Delete {name}"><h2>{name} is in use</h2><ul>{why}</ul>
            <p class="quiet">Remove what uses it first.</p>
            <div class="actions"><button data-close>Close</button></div></dialog>"""
    return f"""<dialog id="delete" aria-label="Delete {name}"><h2>Delete the feature {name}?</h2>
        <p class="quiet">Nothing uses it. The script stays; built assets hold what they need.</p>
        <div class="actions"><button data-close>Cancel</button>
        <button data-action="delete" data-argument="{name}">Delete</button></div></dialog>"""
