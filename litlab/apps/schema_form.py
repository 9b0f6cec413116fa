"""The Schemas page as HTML: the list, the form, the estimate, what two schemas do not have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from litlab.assets import Asset
from litlab.builds import Estimate
from litlab.features import LoadedFeature
from litlab.forms import Field
from litlab.schemas import DataSet
from litlab.schemas.drafting import FIELDS, OF_KIND

KINDS = {
    "date": "Date: parts begin on given days",
    "end": "End: the last sessions are held out",
    "walk": "Walk-forward: one fold of several",
    "random": "Random sessions: whole days drawn by the seed",
}
_EMBARGO = (
    "The embargo after each held-out block is as long as a sample's own reads; there is nothing to set."
)
_PURGE = "Samples whose labels reach into a later part are left out."
_SESSIONS = {"regular": "regular sessions", "all": "all ticks"}

FRAME = """<div class="schemas"><aside data-html="list"></aside><div class="work" id="work">
<div data-html="form"></div><div data-html="differences"></div></div>
<a hidden data-go="go"></a></div>"""


def schema_list(rows: Iterable[tuple[str, str]], current: str, is_new: bool) -> str:
    """Return the list of schemas: (name, what became of it)."""
    items = "".join(
        f'<li><button class="plain" data-action="open" data-argument="{escape(name)}" '
        f'aria-pressed="{"true" if name == current and not is_new else "false"}">{escape(name)}</button>'
        f'<span class="quiet line">{escape(state)}</span></li>'
        for name, state in rows
    )
    return f"""<nav aria-label="Schemas"><div class="actions"><h2>Schemas</h2><span class="grow"></span>
        <button data-action="new" aria-pressed="{"true" if is_new else "false"}"
        title="A new schema of the project's selections"><span aria-hidden="true">+</span> New</button></div>
        <ul>{items}</ul></nav>"""


def form(
    values: Mapping[str, Any], saved: bool, pinned: Sequence[str], data: Mapping[str, DataSet], uploads: str
) -> str:
    """Return the form; what changes while people type is in slots of its own.

    `uploads` is where files come from: the next step where there are none.
    """
    build = "filled" if data else ""
    kinds = "".join(
        f'<option value="{kind}"{" selected" if kind == values["kind"] else ""}>{escape(words)}</option>'
        for kind, words in KINDS.items()
    )
    sessions = "".join(
        f'<option value="{one}"{" selected" if one == values["sessions"] else ""}>{words}</option>'
        for one, words in _SESSIONS.items()
    )
    name = escape(str(values["name"]))
    return f"""<form id="schema" data-action="save" data-live="edit" autocomplete="off" novalidate>
    <section class="fields">{
        _field(
            "name",
            "Name",
            f'<input name="name" aria-label="Name" size="28" value="{name}" required '
            'spellcheck="false" data-invalid="bad_name">',
            "Letters, digits, dots, dashes",
        )
    }</section>
    <fieldset><legend>Data</legend>{_data(values, data, uploads)}{_problem("data")}</fieldset>
    <fieldset><legend>Features <span class="quiet">in the order they are computed</span></legend>
      <div data-html="features"></div>{_problem("features")}</fieldset>
    <fieldset><legend>Labels</legend><div data-html="labels"></div>{_problem("labels")}</fieldset>
    <fieldset><legend>Samples</legend><div class="fields">
      {_number("resolution", "Resolution", values)}
      {
        _field(
            "sessions",
            "Sessions",
            f'<select name="sessions" aria-label="Sessions">{sessions}</select>',
            FIELDS["sessions"].help,
        )
    }
      {_number("seed", "Seed", values)}</div></fieldset>
    <fieldset><legend>Split into train, validation and test</legend>
      <div class="fields">{
        _field("kind", "Kind", f'<select name="kind" aria-label="Kind">{kinds}</select>', "")
    }
      <div class="fields" data-html="split"></div></div><p class="quiet" data-value="purging"></p></fieldset>
    <div class="commit"><div class="estimate" role="status" aria-label="Estimate" aria-live="polite"
      data-html="estimate"></div>
      <div class="actions"><span class="line" role="status" aria-label="Saved" data-html="said"></span>
      <span class="grow"></span>{_delete(name, saved, pinned)}
      <button type="submit">Save</button>
      <button type="submit" class="{build}" data-action="build">Build</button></div></div></form>"""


def split_fields(kind: str, values: Mapping[str, Any]) -> str:
    """Return the fields that a split of this kind has."""
    titles = {
        "validation": "Validation from", "test": "Test from", "validation_share": "Validation share",
        "test_share": "Test share", "folds": "Folds", "fold": "Fold",
    }  # fmt: skip
    return "".join(_number(name, titles[name], values) for name in OF_KIND.get(kind, ()))


def purging(kind: str) -> str:
    """Return what such a split leaves out by itself."""
    return f"{_PURGE} {_EMBARGO}" if kind == "random" else _PURGE


def features(
    field: str,
    known: Mapping[str, LoadedFeature],
    ticked: Sequence[str],
    order: Mapping[str, int],
    link: str,
) -> str:
    """Return a table of features with check boxes, the place of those that are ticked, gates marked."""
    if not known:
        word = "features" if field == "features" else "labels"
        return f'<p class="quiet">No {word} saved yet. <a href="{escape(link)}">Save some of a script</a></p>'
    needed = {need: name for name in ticked if name in known for need in known[name].requires}
    rows = "".join(_feature(field, one, one.name in ticked, order, needed) for one in known.values())
    return f"""<div class="scroll"><table class="pick"><thead><tr>
        <th><span class="visually-hidden">Chosen</span></th><th class="number">Place</th>
        <th>Name</th><th>Script</th><th class="wide">Parameters</th></tr></thead>
        <tbody>{rows}</tbody></table></div>"""


def _feature(
    field: str, one: LoadedFeature, ticked: bool, order: Mapping[str, int], needed: Mapping[str, str]
) -> str:
    name = escape(one.name)
    marks = ' <span class="chip" title="It decides which ticks are samples, and is not stored">gate</span>'
    marks = marks if one.is_gate else ""
    if one.name in needed:
        marks += f' <span class="quiet">needed by {escape(needed[one.name])}</span>'
    given = ", ".join(f"{key} {value}" for key, value in one.params.items())
    place = order.get(one.name, "") if ticked else ""
    return f"""<tr><td><input type="checkbox" name="{field}" value="{name}" data-item aria-label="{name}"
        {"checked" if ticked else ""}></td><td class="number">{place}</td><td>{name}{marks}</td>
        <td>{escape(one.feature.script)}</td><td class="wide line quiet">{escape(given)}</td></tr>"""


def _data(values: Mapping[str, Any], data: Mapping[str, DataSet], uploads: str) -> str:
    if not data:
        return f"""<p><span class="quiet">No project has files yet.</span>
            <a class="button filled" href="{escape(uploads)}">Uploads</a></p>"""
    return "".join(
        f"""<label class="choice"><input type="checkbox" name="data" value="{escape(key)}" data-item
        {"checked" if key in values["data"] else ""}> {escape(key)} <span class="quiet">{escape(one.adapter)},
        {len(one.paths):,} file{"s" * (len(one.paths) != 1)}</span></label>"""
        for key, one in data.items()
    )


def _delete(name: str, saved: bool, pinned: Sequence[str]) -> str:
    if not saved:
        return ""
    if pinned:
        return f'<button type="button" disabled title="{escape("; ".join(pinned))}">Delete</button>'
    return f"""<button type="button" data-open="delete">Delete</button>
        <dialog id="delete" aria-label="Delete {name}"><h2>Delete the schema {name}?</h2>
        <p class="quiet">No asset is built of it. What past builds keep of it stays.</p>
        <div class="actions"><button type="button" data-close>Cancel</button>
        <button type="button" data-action="delete" data-argument="{name}">Delete</button></div></dialog>"""


def _problem(name: str) -> str:
    return f'<span class="problem" role="alert" data-value="problem_{name}"></span>'


def _field(name: str, title: str, control: str, about: str) -> str:
    return f"""<label class="field"><span class="name">{title}</span>{control}
        <span class="quiet help">{escape(about)}</span>{_problem(name)}</label>"""


def _number(name: str, title: str, values: Mapping[str, Any]) -> str:
    field: Field = FIELDS[name]
    wanted = f" ({field.wanted()})" if field.kind == "number" else ""
    mode = ' inputmode="decimal"' if field.kind == "number" else ""
    value = escape(str(values.get(name, "")))
    control = f"""<input name="{name}" aria-label="{title}" size="{10 if field.kind == "text" else 8}"
        value="{value}"{mode} spellcheck="false" data-invalid="bad_{name}">"""
    return _field(name, title, control, field.help + wanted)


# --- below the form ---------------------------------------------------------------------------------


def estimate(found: Estimate) -> str:
    """Return the estimate as one line, and one for the parts."""
    exact = "Every sample was computed" if found.whole else "Computed at some samples of some chunks"
    purged = f"{found.purged:,} purged at the split"
    reused = f" · {found.reused:,} of {found.chunks:,} chunks are there already" if found.reused else ""
    parts = " · ".join(f"{name} {count:,}" for name, count in found.parts.items())
    told = "".join(f'<p class="problem">▲ {escape(one)}.</p>' for one in found.cautions)
    return f"""<p title="{exact}"><strong>≈ {found.samples:,} samples</strong> · {size(found.bytes)} ·
        {duration(found.seconds)} · {purged}</p>
        <p class="quiet">{parts} · of {found.ticks:,} ticks{reused}</p>{told}"""


def not_yet(problem: str) -> str:
    """Return what stands in the estimate's place: the first of what is wrong, always in sight."""
    return f"""<p class="problem">▲ {escape(problem)}</p>
        <p class="quiet">Then what it would come to stands here.</p>"""


def built(asset: Asset | None, stage: str, link: str) -> str:
    """Return what the schema's last build came to."""
    if asset is None:
        return ""
    purged = asset.manifest["purged"]
    why = ", ".join(f"{count:,} {reason}" for reason, count in purged.items() if count)
    count = sum(asset.count(part) for part in asset.parts)
    return f"""<a href="{escape(link)}">Built</a>: {count:,} samples, {sum(purged.values()):,} purged
        <span class="quiet">{escape(f"({why}) " if why else "")}in {escape(stage)}</span>"""


def differences(
    name: str, others: Sequence[str], other: str, found: Sequence[tuple[str, Any, Any]] | None
) -> str:
    """Return the fold that compares the schema shown with another."""
    options = "".join(
        f"<option{' selected' if one == other else ''}>{escape(one)}</option>" for one in ("", *others)
    )
    rows = "".join(
        f"<tr><td>{escape(field)}</td><td>{_shown(old)}</td><td>{_shown(new)}</td></tr>"
        for field, old, new in found or ()
    )
    table = f"""<div class="scroll"><table><thead><tr><th>Field</th><th>{escape(name)}</th>
        <th>{escape(other)}</th></tr></thead><tbody>{rows}</tbody></table></div>"""
    same = '<p class="quiet">They are equal.</p>' if found is not None else ""
    return f"""<details id="differences"><summary>Differences to another schema</summary>
        <div class="bar wraps tools"><label>Compare with <select aria-label="Compare with"
        data-action="compare">{options}</select></label></div>{table if rows else same}</details>"""


def _shown(value: Any) -> str:
    if value is None:
        return '<span class="quiet">–</span>'
    text = ", ".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)
    return escape(text if len(text) <= 200 else f"{text[:200]}…")


def size(count: float) -> str:
    """Return bytes with a unit.

    >>> size(512), size(7_040_000), size(3 << 30)
    ('512 B', '7.0 MB', '3.2 GB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if count < 999.5 or unit == "GB":
            break
        count /= 1000
    return f"{count:.0f} {unit}" if unit == "B" or count >= 99.5 else f"{count:.1f} {unit}"


def duration(seconds: float) -> str:
    """Return a time span in its largest fitting units.

    >>> duration(0.2), duration(2.2), duration(95), duration(7260)
    ('< 1 s', '2 s', '1 min 35 s', '2 h 1 min')
    """
    if seconds < 0.95:
        return "< 1 s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def failed(told: str) -> str:
    """Return a sentence that says what went wrong."""
    return f'<p class="problem" role="alert">▲ {escape(told)}</p>'
