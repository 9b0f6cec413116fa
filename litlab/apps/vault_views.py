"""The Vault page's pieces as HTML: the table of entries, the one chosen, two beside each other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import urlencode

from litlab.apps import scorecards
from litlab.apps.request import Request
from litlab.apps.scorecards import number
from litlab.charts import times
from litlab.vault import Entry, verdict
from litlab.vault.comparing import Comparison, mapping

Deployed = Mapping[tuple[str, str], Sequence[str]]
Row = Mapping[str, Any]

_BEHIND = "▲ It is not better than its best baseline. "


def key_of(entry: Entry) -> str:
    """Return what an entry goes by in addresses: name@digest."""
    return f"{entry.name}@{entry.digest}"


def table(
    entries: Sequence[Entry], rows: Sequence[Row], deployed: Deployed, shown: Entry, picked: Sequence[str],
    asked: Request,
) -> str:  # fmt: skip
    """Return the entries, one a row; `rows` are theirs of ``comparing.row_of``."""
    body = "".join(
        _row(one, row, deployed.get((one.name, one.digest), ()), one is shown, key_of(one) in picked, asked)
        for one, row in zip(entries, rows, strict=True)
    )
    return f"""<div class="scroll" id="entries"><table aria-label="Models"><thead><tr>
        <th><span class="visually-hidden">Compare</span></th><th>Model</th><th class="wide">Version</th>
        <th class="wide">From</th>
        <th class="number">Score</th><th class="number">Best baseline</th><th class="number">Difference</th>
        <th>Verdict</th><th class="wide">Parity</th><th class="wide">Trained up to</th>
        <th>Deployed</th></tr></thead>        <tbody>{body}</tbody></table></div>"""


def _row(entry: Entry, row: Row, deployed: Sequence[str], shown: bool, picked: bool, asked: Request) -> str:
    record, key = entry.record, escape(key_of(entry))
    named = f"{escape(entry.name)} {escape(entry.digest[:12])}"
    name = f"""<button class="plain" data-action="show" data-argument="{key}" aria-label="Show {named}"
        aria-pressed="{str(shown).lower()}">{escape(entry.name)}</button>"""
    chips = "".join(f' <span class="chip">{escape(one)}</span>' for one in entry.tags)
    current = ' <span class="quiet" title="The version in use">● in use</span>' if entry.is_current else ""
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
        <td>{_badge(row)}</td><td class="wide">{_parity(record.parity)}</td>
        <td class="wide">{_moment(record.trained_up_to_ns, record.zone)}</td><td>{where}</td></tr>"""


def _badge(row: Row) -> str:
    low, high = row["low"], row["high"]
    if not isinstance(low, (int, float)) or not isinstance(high, (int, float)):
        return '<span class="quiet">◌ not compared</span>'
    return "● beats it" if low > 0 else "▲ loses to it" if high < 0 else "▲ does not beat it"


def _parity(value: float) -> str:
    return f'<span title="Between Keras and the portable model, on sample inputs">● {value:.0e}</span>'


def _moment(time_ns: int, zone: str) -> str:
    try:
        told, city = times.stamp(time_ns, zone, 0)[:16], times.city(zone)
    except (ValueError, OSError, OverflowError, KeyError):
        return "–"
    return f'<span title="{time_ns} ns UTC">{told} <span class="quiet">{escape(city)}</span></span>'


def _utc(time_ns: int) -> str:
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
        looks, runs = scores.get("test_looks"), scores.get("runs_tried")
        counts = f"Runs tried: {number(runs, 0)}; looks at this test part: {number(looks, 0)}."
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
        <button>Add tag</button></form><span class="grow"></span><button data-open="remove">Delete</button>
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


def board(entry: Entry, scores: Row) -> str:
    """Return the scoreboard: figures beside all baselines, pictures, where it is good."""
    null, spread = (_kept(entry, name) for name in ("null.json", "spread.json"))
    more = [str(spread["said"])] if spread.get("said") else []
    if null:
        told = {key: number(null.get(key)) for key in ("mean", "sd", "p")}
        figure = "AUC" if "auc" in null else "loss"
        more.append(
            f"Under permuted labels the {figure} is {told['mean']} ± {told['sd']}; a share of {told['p']} of "
            f"{number(null.get('draws'), 0)} draws reaches this one."
        )
    said = "".join(f'<p class="quiet">{escape(one)}</p>' for one in more)
    return f"""<section><h2>Scoreboard <span class="quiet">on the test part, looked at once</span></h2>
        {scorecards.safely(scorecards.table, scores)}{said}</section>
        <section>{scorecards.pictures(scores)}
        {scorecards.safely(scorecards.groups, scores)}</section>"""


def _kept(entry: Entry, name: str) -> Row:
    """Return what a call found out later and kept with the entry, nothing where nobody asked."""
    path = entry.path / name
    return mapping(json.loads(path.read_text("utf-8"))) if path.is_file() else {}


def origin(entry: Entry, asked: Request) -> str:
    """Return what the entry is made of: the chain from raw files, features with sources, who and when."""
    record = entry.record
    who = escape(record.added_by or "nobody wrote down who")
    when = _utc(record.added_ns) if record.added_ns else "nor when"
    facts = {
        "Added by": f"{who}, {when}",
        "Predicts": f"{escape(record.label)}, base rate {number(record.base_rate)} in training",
        "Trained up to": _moment(record.trained_up_to_ns, record.zone),
        "Parity": f"{record.parity:.1e} between Keras and the portable model",
        "Epoch": _pairs({key: value for key, value in record.metrics.items() if key != "epoch"}),
        "Settings": _pairs({key: value for key, value in record.settings.items() if key != "format"}),
        "Environment": _pairs({**record.versions, **record.environment}),
    }
    listed = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts.items() if value)
    return f"""<section><h2>Lineage</h2>{lineage(entry, asked)}<dl class="about">{listed}</dl></section>
        <section><h2>Features</h2>{features(entry)}</section>"""


def lineage(entry: Entry, asked: Request) -> str:
    """Return the chain from raw files to the entry as one readable line of links."""
    record = entry.record
    files = [str(name) for one in record.data for name in one.get("files", [])]
    digests = [str(name) for one in record.data for name in one.get("digests", [])]
    told = f"{len(files)} files: {files[0]} … {files[-1]}" if len(files) > 2 else ", ".join(files)
    title = ", ".join(f"{a} {b}" for a, b in zip(files, digests, strict=False))
    link = asked.link
    canvas = str(mapping(record.canvas.get("settings")).get("name", "canvas"))
    steps = (
        f'<span title="{escape(title)}">{escape(told) or "files unknown"}</span>',
        f'schema {escape(record.schema)} <code title="{escape(record.schema_digest)}">'
        f"{escape(record.schema_digest[:8])}</code>",
        f'<a href="{escape(link("assets", schema=record.schema, digest=record.asset))}">asset</a> '
        f'<code title="{escape(record.asset)}">{escape(record.asset[:8])}</code>',
        f'<a href="{escape(link("designer", canvas=canvas))}">canvas {escape(canvas)}</a>',
        f'<a href="{escape(link("experiments", run=record.run))}">{escape(record.run)}</a> '
        f"epoch {record.epoch}",
        f"<strong>{escape(entry.name)}</strong> <code>{escape(entry.digest[:8])}</code>",
    )
    return f'<p class="lineage">{" <b>›</b> ".join(steps)}</p>'


def features(entry: Entry) -> str:
    """Return the inputs, what they read and the gates, each with its source as it lies with the entry."""
    record = entry.record
    named = [(name, one, "input") for name, one in record.features.items()]
    named += [(name, one, "read by inputs") for name, one in record.also.items()]
    named += [(str(one.get("name")), one, "gate") for one in record.gates]
    rows = "".join(_feature(entry, *one) for one in named)
    return f"""<div class="scroll"><table aria-label="Features"><thead><tr><th>Feature</th><th>As</th>
        <th>Script</th><th>Parameters</th><th class="number">Shape</th><th>Source</th></tr></thead>
        <tbody>{rows}</tbody></table></div>{_sources(entry)}"""


def _feature(entry: Entry, name: str, about: Row, role: str) -> str:
    script, digest = str(about.get("script")), str(about.get("script_digest"))
    kept = (entry.path / "scripts" / f"{script}.py").is_file()
    source = "● with the entry" if kept else "▲ not kept"
    columns = ", ".join(map(str, about.get("columns", [])))
    shape = f"{about['rows']} × {len(about['columns'])}" if "rows" in about else ""
    params = escape(json.dumps(about.get("params"), sort_keys=True))
    return f"""<tr><td>{escape(name)}</td><td>{role}</td><td>{escape(script)}
        <code title="{escape(digest)}">{escape(digest[:8])}</code></td><td><code>{params}</code></td>
        <td class="number" title="{escape(columns)}">{escape(shape)}</td><td>{source}</td></tr>"""


def _sources(entry: Entry) -> str:
    found = sorted([*(entry.path / "scripts").glob("*.py"), *(entry.path / "components").glob("*.py")])
    return "".join(
        f'<details id="source-{at}"><summary>{escape(one.parent.name)}/{escape(one.name)}</summary>'
        f"<pre><code>{escape(one.read_text('utf-8', 'replace'))}</code></pre></details>"
        for at, one in enumerate(found)
    )


def _pairs(values: Row) -> str:
    shown = {key: f"{value:g}" if isinstance(value, float) else str(value) for key, value in values.items()}
    return " · ".join(
        f'<span class="quiet">{escape(str(key).replace("_", " "))}</span> {escape(value[:80])}'
        for key, value in shown.items()
        if value not in ("", "[]", "{}", "None")
    )


def notes(entry: Entry, saids: Mapping[str, str]) -> str:
    """Return what people wrote down, and where to write more."""
    listed = "".join(
        f'<li><p>{escape(one.text)}</p><p class="quiet">{escape(one.who)}, {_utc(one.time_ns)}</p></li>'
        for one in entry.notes
    )
    return f"""<section class="notes"><h2>Notes</h2>{f"<ul>{listed}</ul>" if listed else ""}
        <form data-action="note"><textarea name="note" aria-label="New note" rows="2" maxlength="10000"
        placeholder="What should others know of this model?"{_invalid(saids, "note")}></textarea>
        <button>Add note</button></form>{_problem(saids, "note")}</section>"""


def comparison(found: Comparison) -> str:
    """Return entries side by side, the best of each row marked, and what they differ in."""
    heads = "".join(f'<th class="number">{escape(row["entry"])}</th>' for row in found.rows)
    scores = ""
    for key, label in _COMPARED.items():
        values = [row[key] for row in found.rows]
        known = [one for one in values if isinstance(one, float)]
        best = _COMPARED_BEST[key](known) if key in _COMPARED_BEST and known and found.same_test else None
        cells = "".join(
            f'<td class="number">{_told(one)}{" ★" if one == best else ""}</td>' for one in values
        )
        scores += f"<tr><td>{label}</td>{cells}</tr>"
    other = (
        "".join(
            f"<tr><td>{one.part}: {escape(one.what)}</td>"
            + "".join(f'<td class="number">{_told(value)}</td>' for value in one.values)
            + "</tr>"
            for one in found.differences
        )
        or f'<tr><td colspan="{len(found.rows) + 1}" class="quiet">Nothing but the weights.</td></tr>'
    )
    return f"""<section><div class="actions"><h2>Side by side</h2><span class="grow"></span>
        <button data-action="close">Close</button></div>{_between(found)}
        <div class="scroll"><table aria-label="Side by side"><thead><tr><th>Scores</th>{heads}</tr></thead>
        <tbody>{scores}<tr><th colspan="{len(found.rows) + 1}">What differs</th></tr>{other}</tbody></table>
        </div></section>"""


_COMPARED = {
    "score": "Score", "baseline_score": "Best baseline", "difference": "Difference", "log_loss": "Log-loss",
    "brier_skill": "Brier skill", "parity": "Parity", "test_looks": "Looks at the test part", "run": "Run",
    "epoch": "Epoch",
}  # fmt: skip
_COMPARED_BEST = {"difference": max, "log_loss": min, "brier_skill": max}


def _between(found: Comparison) -> str:
    if not found.same_test:
        return """<p class="problem">▲ They were not scored on the same samples: their scores say nothing
            about each other.</p>"""
    told = found.between
    if not told or told["low"] is None:
        return ""
    word = (
        "is better than"
        if told["low"] > 0
        else "is worse than"
        if told["high"] < 0
        else "does not differ from"
    )
    caveat = f" ({escape(told['caveat'])})" if told["caveat"] else ""
    return f"""<p>The first {word} the second: {number(told["difference"], sign=True)},
        {100 * told["level"]:.0f} % interval {number(told["low"], sign=True)} …
        {number(told["high"], sign=True)}{caveat}.</p>"""


def _told(value: Any) -> str:
    if isinstance(value, float):
        return number(value, 4) if abs(value) >= 1e-3 or not value else f"{value:.1e}"
    return "–" if value is None else escape(str(value)[:120])


def export_link(project: str, entry: Entry) -> str:
    """Return the address that an entry is sent from as one file."""
    return f"entry?{urlencode({'project': project, 'name': entry.name, 'digest': entry.digest})}"
