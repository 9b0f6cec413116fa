"""The Assets page as HTML: its versions, the audit of one, one of its samples, what a promotion changes."""

from __future__ import annotations

from html import escape
from typing import Any

from litlab.apps import figures
from litlab.apps.request import Request
from litlab.apps.versions import Version
from litlab.assets import Asset
from litlab.charts import times


def listed(every: list[Version], shown: Version) -> str:
    """Return the table of versions."""
    rows = "".join(_version_row(one, one is shown) for one in every)
    return f"""<section><div class="scroll"><table><thead><tr><th>Schema</th><th>Stage</th>
        <th class="wide">Version</th><th class="number">Samples</th><th>Promoted by</th><th>Promoted, UTC</th>
        <th><span class="visually-hidden">Show</span></th></tr></thead>
        <tbody>{rows}</tbody></table></div></section>"""


def _version_row(one: Version, shown: bool) -> str:
    key = escape(f"{one.schema}/{one.asset.digest}")
    samples = sum(one.asset.count(part) for part in one.asset.parts)
    name = f"<strong>{escape(one.schema)}</strong>" if shown else escape(one.schema)
    look = (
        '<span class="quiet">shown below</span>'
        if shown
        else f'<button data-action="show" data-argument="{key}">Show</button>'
    )
    who, when = _who_when(one)
    return f"""<tr><td>{name}</td><td>{_stage(one)}</td>
        <td class="wide"><code title="{escape(one.asset.digest)}">{escape(one.asset.digest[:12])}</code></td>
        <td class="number">{samples:,}</td><td>{who}</td><td>{when}</td>
        <td class="number">{look}</td></tr>"""


def _stage(one: Version) -> str:
    if one.stage == "queue":
        return "○ queue"
    return "● production" if one.current else "■ replaced"


def _who_when(one: Version) -> tuple[str, str]:
    if one.stage == "queue":
        return '<span class="quiet">not yet</span>', ""
    if one.promoted is None:
        return '<span title="Moved by hand: the ledger has no entry">▲ unrecorded</span>', ""
    return escape(str(one.promoted["who"])), times.stamp(int(one.promoted["time_ns"]), "UTC", 0)


def head(every: list[Version], shown: Version, designer: str) -> str:
    """Return the line about the version shown, with its next step: promote it, or draw a model."""
    why = shown.asset.manifest.get("hindsight")
    said = f" · uses hindsight: {escape(', '.join(why))}" if why else ""
    about = f"{_stage(shown)} · {escape(shown.asset.digest[:12])}{said} · times in"
    return f"""<section class="actions"><h2>{escape(shown.schema)}</h2>
        <span class="quiet">{about} {escape(times.city(shown.asset.zone))}</span><span class="grow"></span>
        {_promotion(every, shown, designer)}</section>"""


def audited(told: dict[str, Any], column: str) -> str:
    """Return an audit's figures, with the histogram of a column, by default the one that drifts most."""
    rows = {figures.column_key(row): row for row in told["distribution"]}
    most = max(rows, key=lambda key: rows[key]["psi"]["test"] or 0.0)
    chosen = column if column in rows else most
    return f"""<div class="piece">
        <section class="pair">{figures.counts(told)}{figures.balance(told)}</section>
        <section>{figures.verdicts(told)}</section>
        <section class="pair">{figures.drift(told, chosen)}{figures.histogram(rows[chosen])}</section>
        <section><h2>Columns <span class="quiet">all rows of the training part</span></h2>
        {figures.columns(told)}</section></div>"""


def sampled(asset: Asset, part: str, number: int, asked: Request) -> str:
    """Return one sample of a part, and the bar that chooses it."""
    options = "".join(f"<option{' selected' if one == part else ''}>{one}</option>" for one in asset.parts)
    bar = f"""<div class="bar wraps tools"><h2>Sample</h2>
        <select aria-label="Part" data-action="part">{options}</select>
        <label>Number <input aria-label="Sample number" size="8" inputmode="numeric" data-action="number"
        value="{number:,}"></label><span class="quiet">of {asset.count(part):,}, from 0</span>
        <button data-action="shuffle" data-key="s">Shuffle<kbd>S</kbd></button>"""
    if not asset.count(part):
        return f'<div class="piece">{bar}</div><p class="quiet">The {part} part is empty.</p></div>'
    found = asset.sample(part, number)
    link = escape(asked.link("discovery", index=str(found.index)))
    names = {name: asset.columns(name) for name in asset.manifest["order"]}
    return f"""<div class="piece">{bar}<a href="{link}">Show the ticks read</a></div>
        {figures.sample(found, names, asset.zone)}</div>"""


def _promotion(every: list[Version], shown: Version, designer: str) -> str:
    if shown.stage != "queue":
        link = f'<a class="button filled" href="{escape(designer)}">Draw a model</a>'
        return link if shown.current else '<span class="quiet">replaced: trainings use the newer one</span>'
    key = escape(f"{shown.schema}/{shown.asset.digest}")
    changes = "".join(f"<tr>{row}</tr>" for row in _changes(every, shown))
    return f"""<button class="filled" data-open="confirm">Promote</button>
        <dialog id="confirm" aria-label="Promote {escape(shown.schema)}"><h2>Promote {escape(shown.schema)} to
        production?</h2><p class="quiet">New trainings use it from then on; running ones keep theirs. Who and
        when is recorded.</p><table><thead><tr>
        <th><span class="visually-hidden">Figure</span></th><th class="number">In production</th>
        <th class="number">This version</th></tr></thead><tbody>{changes}</tbody></table>
        <div class="actions"><button data-close>Cancel</button>
        <button class="filled" data-action="promote" data-argument="{key}">Promote</button></div></dialog>"""


def _changes(every: list[Version], shown: Version) -> list[str]:
    """Return the rows of what changes against production."""
    before = next(
        (one for one in every if one.schema == shown.schema and one.stage == "production" and one.current),
        None,
    )

    def cells(name: str, old: str, new: str) -> str:
        return f'<td>{name}</td><td class="number">{old}</td><td class="number">{new}</td>'

    old, new = before.asset if before else None, shown.asset
    rows = [
        cells(
            "Version", f"<code>{old.digest[:12]}</code>" if old else "none", f"<code>{new.digest[:12]}</code>"
        )
    ]
    rows += [
        cells(part.capitalize(), f"{old.count(part):,}" if old else "–", f"{new.count(part):,}")
        for part in new.parts
    ]
    rows.append(
        cells(
            "Features and labels",
            f"{len(old.manifest['order'])}" if old else "–",
            f"{len(new.manifest['order'])}",
        )
    )
    return rows
