"""One run of the Experiments page as HTML: its head, its epochs, its settings and the form that clones it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.apps.experiment_views import actions, drawing, scaled, state
from litlab.apps.forms import form_fields, tabs
from litlab.apps.schema_form import duration, size
from litlab.apps.virtual import Row
from litlab.charts.epochs import COLOURS
from litlab.experiments.curves import decimate
from litlab.experiments.resources import FIRST_S, MOST_S
from litlab.experiments.run import Run
from litlab.experiments.watched import RunFacts
from litlab.forms import Field

Floats = npt.NDArray[np.float64]

PANES = {"grid": "Grid", "shell": "Shell", "settings": "Settings"}

HEAD = """<div class="run"><div data-html="head"></div><div class="tabline"><div data-html="tabs"></div>
<div data-html="strip"></div></div><div data-html="epoch"></div></div>"""


# --- one run ----------------------------------------------------------------------------------------------


def run_head(
    facts: RunFacts, colour: int | None, devices: Sequence[str], wish: str, said: str, pace: str
) -> str:
    """Return the line about the run shown: its state, its pace while it runs, what can be done."""
    name = escape(facts.name)
    dot = f'<i class="dot" style="background:{COLOURS[colour]}"></i>' if colour is not None else ""
    buttons = ""
    for action, word in actions(facts).items():
        if action == "clone":
            continue
        if action != "continue":
            buttons += f'<button data-action="{action}" data-argument="{name}">{word}</button>'
            continue
        options = "".join(
            f"<option{' selected' if one == facts.device else ''}>{escape(one)}</option>"
            for one in dict.fromkeys([*devices, facts.device])
        )
        buttons += f"""<form data-action="continue-on" class="inline"><label>on <select name="device"
            aria-label="Device">{options}</select></label>
            <button type="submit" data-argument="{name}">{word}</button></form>"""
    if facts.made_by != "code":
        filled, word = (
            (' class="filled"', "Clone with changes") if "clone" in actions(facts) else ("", "Clone")
        )
        buttons += f'<button{filled} data-action="clone" data-argument="{name}">{word}</button>'
    ended = ""
    if facts.ended:
        kind, icon = ("problem", "▲ ") if facts.state == "failed" else ("quiet", "")
        ended = f'<p class="{kind}" style="margin:0 16px 8px">{icon}{escape(facts.ended)}</p>'
    if facts.waits:
        pace = f"{facts.waits}, {facts.waits_s} s"
    return f"""<div class="bar wraps"><h2>{dot}{name}</h2><span class="state {facts.state}" role="status"
        aria-label="State">{state(facts, wish)}</span><span class="quiet line number">{pace}</span><span
        class="grow"></span>{buttons}
        <span class="problem" role="alert">{escape(said)}</span></div>{ended}"""


def resource_strip(table: Any, running: bool) -> str:
    """Return what a run takes of processor, memory and card, each with its past."""
    if not len(table):
        return '<span class="strip quiet">measured from the third second on</span>' if running else ""
    last = table.row(-1)
    shown = [("CPU", "cpu_percent", f"{last['cpu_percent'] / 100:.1f} cores")]
    shown.append(("memory", "rss_bytes", size(last["rss_bytes"])))
    if math.isfinite(last["gpu_percent"]) or math.isfinite(last["gpu_bytes"]):
        load = f"{last['gpu_percent']:.0f} %" if math.isfinite(last["gpu_percent"]) else "–"
        shown.append(("GPU", "gpu_percent", f"{load} {size(last['gpu_bytes'])}"))
    told = "".join(
        f'<span>{name} <strong class="number">{value}</strong> {_past(table[column], name)}</span>'
        for name, column, value in shown
    )
    when = f"sampled every {FIRST_S:.0f} s at first, every {MOST_S:.0f} s later on"
    return f'<span class="strip" title="{"Now" if running else "At the end"}; {when}">{told}</span>'


def _past(values: Floats, name: str) -> str:
    known = values[np.isfinite(values)]
    if len(known) < 2:
        return ""
    rows = decimate(known, 0, len(known), 24)
    points = scaled(rows / (len(known) - 1), known[rows] / (float(known.max()) or 1.0))
    return drawing(points, "", f"{name} so far")


def pane_tabs(current: str) -> str:
    """Return the row of tabs."""
    return tabs("pane", PANES, current, "About the run")


def epoch_bar(epoch: int, is_best: bool, values: Mapping[str, str], vault: str, problem: str) -> str:
    """Return the line about the epoch chosen, and how it gets into the vault."""
    told = "".join(
        f'<span>{escape(name)} <strong class="number">{one}</strong></span>' for name, one in values.items()
    )
    best = '<span class="quiet">★ best</span>' if is_best else ""
    said = f'<span class="problem" role="alert">▲ {escape(problem)}</span>' if problem else ""
    return f"""<div class="bar wraps epoch"><span>Epoch <strong class="number">{epoch:,}</strong></span>{best}
        {told}<span class="grow"></span>{vault}{said}</div>"""


def vault_form(name: str) -> str:
    """Return what adds the chosen epoch to the vault."""
    return f"""<form data-action="vault" class="inline"><label>as <input name="name" aria-label="Model name"
        size="14" value="{escape(name)}" spellcheck="false"></label><button type="submit" class="filled"
        title="Scores it on the test part, once; the look is counted">Add to vault</button></form>"""


def vault_link(link: str, name: str, digest: str) -> str:
    """Return the link to an entry."""
    return f'<a href="{escape(link)}" title="{escape(digest)}">● in the vault: {escape(name)}</a>'


def took(facts: RunFacts, seconds: Floats) -> str:
    """Return how long an epoch takes and what is left, "" where nothing tells."""
    known = seconds[np.isfinite(seconds)]
    if not len(known):
        return ""
    each = float(np.median(known[-20:]))
    left = facts.planned - facts.epochs
    rest = f", {duration(left * each)} left at most" if facts.state == "running" and left > 0 else ""
    return f"{each:.1f} s an epoch{rest}"


# --- its epochs -------------------------------------------------------------------------------------------


def grid_head(columns: Sequence[str], several: bool) -> tuple[str, list[int]]:
    """Return the header of the grid and its columns' widths."""
    run = "<th>Run</th>" if several else ""
    heads = "".join(f'<th class="number" title="{escape(one)}">{escape(one)}</th>' for one in columns)
    widths = [68, *([124] if several else []), *(max(72, 7 * len(one) + 16) for one in columns), 92]
    return f'<th class="number">Epoch</th>{run}{heads}<th>Vault</th>', widths


@dataclasses.dataclass(frozen=True)
class EpochRow:
    """What a row of the grid shows."""

    run: str
    epoch: int
    values: Sequence[str]
    colour: int
    is_best: bool
    is_chosen: bool
    vault: str


def epoch_row(one: EpochRow, several: bool) -> Row:
    """Return an epoch as a row of the grid; a star and bold figures mark the best."""
    star = '<span title="Least loss on the validation part">★ </span>' if one.is_best else ""
    dot = f'<i class="dot" style="background:{COLOURS[one.colour]}"></i>'
    run = f'<td class="line">{dot}{escape(one.run)}</td>' if several else ""
    numbers = "".join(f'<td class="number">{value}</td>' for value in one.values)
    kind = " ".join(name for name, said in (("best", one.is_best), ("chosen", one.is_chosen)) if said)
    cells = f'<td class="number">{star}{one.epoch:,}</td>{run}{numbers}<td class="line">{one.vault}</td>'
    return Row(f"{one.run}/{one.epoch}", cells, kind)


def decimals(values: Floats) -> int:
    """Return how many decimals tell a column's values apart: four digits of their spread.

    >>> decimals(np.array([0.6931, 0.6512])), decimals(np.array([12.5, 4000.0])), decimals(np.array([0.0005]))
    (5, 0, 6)
    """
    known = values[np.isfinite(values)]
    spread = float(np.ptp(known)) if len(known) else 0.0
    scale = spread or (float(np.abs(known).max()) if len(known) else 1.0) or 1.0
    found = 0
    while found < 6 and scale * 10**found < 1_000:
        found += 1
    return found


def number(value: float, digits: int) -> str:
    """Return a figure with fixed decimals, "–" for none."""
    return f"{value:,.{digits}f}" if math.isfinite(value) else "–"


# --- its settings -----------------------------------------------------------------------------------------


def settings(
    run: Run, facts: RunFacts, different: Mapping[str, Sequence[str]], names: Sequence[str], form: str
) -> str:
    """Return what the run trains, what it does not share with those compared, and a form to clone it."""
    definition = run.definition
    description = (run.folder / "description.txt").read_text("utf-8").strip()
    pairs = {
        "Canvas": definition.name if definition.made_by == "canvas" else "its own code",
        "Schema": definition.schema or "–",
        "Asset": definition.asset[:12] or "–",
        "Clone of": facts.parent or "–",
        "litlab": definition.litlab or "–",
        "Description": description or "–",
    }
    cells = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in pairs.items())
    return f'<dl class="facts">{cells}</dl>{_differences(different, names)}{form}'


def _differences(different: Mapping[str, Sequence[str]], names: Sequence[str]) -> str:
    if len(names) < 2:
        return ""
    if not different:
        return '<p class="quiet">The runs drawn are defined alike.</p>'
    heads = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(
        f"<tr><td>{escape(name)}</td>"
        + "".join(f'<td class="line" title="{escape(one)}">{escape(one)}</td>' for one in values)
        + "</tr>"
        for name, values in different.items()
    )
    return f"""<section><h2>Differences <span class="quiet">of the runs drawn</span></h2><div class="scroll">
        <table aria-label="Differences"><thead><tr><th>Setting</th>{heads}</tr></thead>
        <tbody>{body}</tbody></table></div></section>"""


def clone_form(
    fields: Sequence[Field], values: Mapping[str, Any], problems: Mapping[str, str], name: str
) -> str:
    """Return the form that starts a clone with changes."""
    return f"""<section><h2>Clone <span class="quiet">the same canvas and asset, with what is changed
        here</span></h2><form data-action="clone-form" id="clone" aria-label="Clone">
        <div class="fields">{form_fields(fields, values, problems)}</div><div class="actions">
        <button type="submit" data-argument="{escape(name)}">Start clone</button></div></form></section>"""
