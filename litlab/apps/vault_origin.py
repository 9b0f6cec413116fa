"""What an entry of the vault is made of, as HTML: the chain from raw files, features with their sources."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from litlab.apps import tables
from litlab.apps.request import Request
from litlab.apps.tables import NUMBER
from litlab.apps.vault_views import moment, utc
from litlab.vault import Entry
from litlab.vault.comparing import mapping
from litlab.vault.plots import number

Row = Mapping[str, Any]


def origin(entry: Entry, asked: Request) -> str:
    """Return what the entry is made of: the chain from raw files, features with sources, who and when."""
    record = entry.record
    who = escape(record.added_by or "nobody wrote down who")
    when = utc(record.added_ns) if record.added_ns else "nor when"
    facts = {
        "Added by": f"{who}, {when}",
        "Predicts": f"{escape(record.label)}, base rate {number(record.base_rate)} in training",
        "Trained up to": f"{moment(record.trained_up_to_ns, record.zone)}, when its last label was known "
        '<span class="quiet">(labels read on after the close)</span>',
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
    heads = ("Feature", "As", "Script", "Parameters", ("Shape", NUMBER), "Source")
    return f'<div class="scroll">{tables.table("Features", heads, rows)}</div>{_sources(entry)}'


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
