"""The Vault page's pieces as HTML: the table of entries, the one chosen, its scoreboard and notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import urlencode

from litlab.apps import scorecards, tables
from litlab.apps.request import Request
from litlab.apps.tables import HIDDEN, NUMBER, WIDE
from litlab.charts import times
from litlab.vault import Entry, verdict
from litlab.vault.plots import number

Deployed = Mapping[tuple[str, str], Sequence[str]]
Row = Mapping[str, Any]

_HEADS = (
    ("Compare", HIDDEN), "Model", ("Version", WIDE), ("From", WIDE), ("Score", NUMBER),
    ("Best baseline", NUMBER), ("Difference", NUMBER), "Verdict", ("Parity", WIDE, NUMBER),
    ("Trained up to", WIDE), "Deployed",
)  # fmt: skip
LAST_LABEL = (
    "When the last label of its training was known. A label reads on after its sample, beyond the session's "
    "close too, up to the end of its last bar."
)
_CURRENT = "The newest of its versions: what its name alone stands for. Where it runs stands at Deployed."
_BEHIND = "▲ It is not better than its best baseline. "


def key_of(entry: Entry) -> str:
    """Return what an entry goes by in addresses: name@digest."""
    return f"{entry.name}@{entry.digest}"


def table(
    entries: Sequence[Entry], rows: Sequence[Row], deployed: Deployed, shown: Entry, picked: Sequence[str],
    asked: Request,
) -> str:  # fmt: skip
    """Return the entries, one a row; `rows` are theirs of ``comparing.row_of``."""
    names = [one.name for one in entries]
    body = "".join(
        _row(
            one, row, deployed.get((one.name, one.digest), ()), one is shown, key_of(one) in picked, asked,
            names.count(one.name) > 1,
        )
        for one, row in zip(entries, rows, strict=True)
    )  # fmt: skip
    return f'<div class="scroll" id="entries">{tables.table("Models", _HEADS, body)}</div>'


def _row(
    entry: Entry, row: Row, deployed: Sequence[str], shown: bool, picked: bool, asked: Request,
    versions: bool,
) -> str:  # fmt: skip
    record, key = entry.record, escape(key_of(entry))
    named = f"{escape(entry.name)} {escape(entry.digest[:12])}"
    name = f"""<button class="plain" data-action="show" data-argument="{key}" aria-label="Show {named}"
        aria-pressed="{str(shown).lower()}">{escape(entry.name)}</button>"""
    chips = "".join(f' <span class="chip">{escape(one)}</span>' for one in entry.tags)
    current = (
        f' <span class="quiet" title="{_CURRENT}">◂ current</span>' if versions and entry.is_current else ""
    )
    run = escape(asked.link("experiments", project=record.project, run=record.run))
    score, rival = (number(row[one]) for one in ("score", "baseline_score"))
    baseline = escape(str(row["baseline"] or "").replace("_", " "))
    span = f"{number(row['difference'], sign=True)} " + (
        f'<span class="quiet">{number(row["low"], sign=True)} … {number(row["high"], sign=True)}</span>'
    )
    where = ", ".join(f"● {escape(one)}" for one in deployed) or '<span class="quiet">no</span>'
    return f"""<tr{' class="chosen"' if shown else ""}><td><input type="checkbox" data-action="pick-{key}"
        aria-label="Compare {named}"{" checked" if picked else ""}></td><td>{name}{current}{chips}</td>
        <td class="wide"><code title="{escape(entry.digest)}">{escape(entry.digest[:12])}</code></td>
        <td class="wide"><a href="{run}">{escape(record.run)}</a>
        <span class="quiet">epoch {record.epoch}</span></td>
        <td class="number">{score} <span class="quiet">{scorecards.name_of(row["metric"])}</span></td>
        <td class="number">{rival} <span class="quiet">{baseline}</span></td><td class="number">{span}</td>
        <td>{_badge(row)}</td><td class="wide number">{_parity(record.parity)}</td>
        <td class="wide" title="{LAST_LABEL}">{moment(record.trained_up_to_ns, record.zone)}</td>
        <td>{where}</td></tr>"""


def _badge(row: Row) -> str:
    low, high = row["low"], row["high"]
    if not isinstance(low, (int, float)) or not isinstance(high, (int, float)):
        return '<span class="quiet">◌ not compared</span>'
    return "● beats it" if low > 0 else "▲ loses to it" if high < 0 else "▲ does not beat it"


def _parity(value: float) -> str:
    return f'<span title="Between Keras and the portable model, on sample inputs">● {value:.0e}</span>'


def moment(time_ns: int, zone: str) -> str:
    """Return a time in an exchange's zone, the nanoseconds on hover; a dash for what is none."""
    try:
        told, city = times.stamp(time_ns, zone, 0)[:16], times.city(zone)
    except (ValueError, OSError, OverflowError, KeyError):
        return "–"
    return f'<span title="{time_ns} ns UTC">{told} <span class="quiet">{escape(city)}</span></span>'


def utc(time_ns: int) -> str:
    """Return a time to the second."""
    try:
        return f"{times.stamp(time_ns, 'UTC', 0)} UTC"
    except (ValueError, OSError, OverflowError):
        return "at no time there is"


def said_first(scores: Row, row: Row) -> str:
    """Return whether the model is any better than its best baseline, in plain words."""

    def told(scores: Row) -> str:
        low = row["low"]
        better = isinstance(low, (int, float)) and low > 0
        behind = "" if better or low is None else f"<strong>{_BEHIND}</strong>"
        runs, epochs, looks = (
            number(scores.get(one), 0) for one in ("runs_tried", "epochs_seen", "test_looks")
        )
        counts = f"Runs tried: {runs}; epochs seen: {epochs}; looks at this test part: {looks}."
        return f"""<p class="{"" if not behind else "problem "}verdict-line" role="note">{behind}
            {escape(verdict(dict(scores)))} <span class="quiet">{counts}</span></p>"""

    return scorecards.safely(told, scores)


def head(entry: Entry, exported: str, saids: Mapping[str, str], deployed: Sequence[str]) -> str:
    """Return the chosen entry's name, tags and what can be done with it."""
    key = escape(key_of(entry))
    tags = "".join(
        f'<span class="chip">{escape(one)} <button class="plain" data-action="untag" '
        f'data-argument="{escape(one)}" aria-label="Take the tag {escape(one)} off">×</button></span>'
        for one in entry.tags
    )
    running = f"<p>It is deployed as {escape(', '.join(deployed))}: stop that first.</p>" if deployed else ""
    gone = "disabled" if deployed else ""
    named = f"{escape(entry.name)} <code>{escape(entry.digest[:12])}</code>"
    return f"""<section class="actions wraps"><h2>{named}</h2>{tags}
        <form data-action="tag" class="actions"><input id="tag-{len(entry.tags)}" name="tag"
        aria-label="New tag" size="12" maxlength="64" placeholder="tag"{_invalid(saids, "tag")}>
        <button>Add tag</button></form><span class="grow"></span>
        <button data-action="ask" data-argument="verify"
        title="Predict and score the test part again, and compare">Verify</button>
        <button data-open="remove">Delete</button>
        <a class="filled" href="{escape(exported)}" download>Export</a></section>
        {_problem(saids, "tag")}{_problem(saids, "remove")}
        <dialog id="remove" aria-label="Delete {escape(entry.name)}"><h2>Delete {escape(entry.name)}
        {escape(entry.digest[:12])}?</h2><p class="quiet">The model, its scores, notes and tags go; the ledger
        keeps that they were here.</p>{running}<div class="actions"><button data-close>Cancel</button>
        <button data-action="remove" data-argument="{key}" {gone}>Delete</button></div></dialog>"""


def _problem(saids: Mapping[str, str], name: str) -> str:
    return f'<p class="problem" role="alert">▲ {escape(saids[name])}</p>' if name in saids else ""


def _invalid(saids: Mapping[str, str], name: str) -> str:
    return ' aria-invalid="true"' if name in saids else ""


def board(scores: Row) -> str:
    """Return the scoreboard: figures beside all baselines, pictures, where it is good."""
    return f"""<section><h2>Scoreboard <span class="quiet">on the test part, looked at once</span></h2>
        {scorecards.safely(scorecards.table, scores)}</section>
        {_section(scorecards.safely(scorecards.classes, scores))}
        <section>{scorecards.pictures(scores)}
        {scorecards.safely(scorecards.groups, scores)}</section>"""


def _section(inner: str) -> str:
    return f"<section>{inner}</section>" if inner else ""


def notes(entry: Entry, saids: Mapping[str, str]) -> str:
    """Return what people wrote down, and where to write more."""
    listed = "".join(
        f'<li><p>{escape(one.text)}</p><p class="quiet">{escape(one.who)}, {utc(one.time_ns)}</p></li>'
        for one in entry.notes
    )
    return f"""<section class="notes"><h2>Notes</h2>{f"<ul>{listed}</ul>" if listed else ""}
        <form data-action="note"><textarea name="note" aria-label="New note" rows="2" maxlength="10000"
        placeholder="What should others know of this model?"{_invalid(saids, "note")}></textarea>
        <button>Add note</button></form>{_problem(saids, "note")}</section>"""


def export_link(project: str, entry: Entry) -> str:
    """Return the address that an entry is sent from as one file."""
    return f"entry?{urlencode({'project': project, 'name': entry.name, 'digest': entry.digest})}"
