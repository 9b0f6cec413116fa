"""The Experiments page as HTML: what stands over the chart, and the rows of the runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np
import numpy.typing as npt

from litlab.apps.virtual import Row
from litlab.charts.epochs import COLOURS
from litlab.experiments.curves import decimate
from litlab.experiments.ending import fails_again
from litlab.experiments.watched import RunFacts

Floats = npt.NDArray[np.float64]

ICONS = {"queued": "○", "running": "◐", "done": "●", "paused": "‖", "stopped": "■", "failed": "▲"}

BAR = """<div class="bar wraps" role="toolbar" aria-label="Chart"><div data-html="columns"></div>
<label>Smoothing <input type="range" min="0" max="0.99" step="0.01" data-action="smoothing"
  data-value="smoothing" aria-label="Smoothing"><span class="number" data-value="weight"></span></label>
<label><span data-html="log"></span>Log scale</label>
<button data-action="all" title="Double-click on the chart does the same">All epochs</button>
<span class="quiet line" role="status" aria-label="Lines" data-value="lines"></span></div>"""

RUN_HEAD = """<th><span class="visually-hidden">Compare</span></th><th>Run</th><th>State</th>
<th class="number">Epochs</th><th class="number" title="The least loss on the validation part, and its epoch"
>Best</th><th>Loss</th><th><span class="visually-hidden">Actions</span></th>"""
RUN_WIDTHS = (34, 166, 108, 74, 112, 84, 106)

# Where the parts stand: chart over runs and run; in a narrow tab all below each other.
TOP_CSS = ":host{flex:11 1 0!important;min-height:200px!important}"
BELOW_CSS = ":host{flex:9 1 0!important;min-height:0!important}"
RUNS_CSS = ":host{flex:0 0 684px!important;min-width:0!important}"
RUNS_CSS += "@media (max-width:1200px){:host{flex:0 0 46%!important}}"
RUNS_CSS += (
    "@media (max-width:800px){:host{flex:2 1 0!important;width:100%!important;min-height:0!important}}"
)
BELOW_CSS += "@media (max-width:800px){:host{flex-direction:column!important}}"
RUN_CSS = ":host{flex:1 1 0!important;min-width:0!important;min-height:0!important}"
RUN_CSS += "@media (max-width:800px){:host{flex:3 1 0!important;width:100%!important}}"

_SPARK = (76, 18)
_BRIEF = {"TensorFlow is starting": "starting", "the first epoch is under way": "epoch 1,"}


# --- over the chart ---------------------------------------------------------------------------------------


def column_menu(columns: Sequence[str], chosen: Sequence[str]) -> str:
    """Return the selector of columns, as check boxes that answer at once."""
    boxes = "".join(
        f'<label class="choice"><input type="checkbox" name="columns" data-item value="{escape(one)}"'
        f"{' checked' if one in chosen else ''}>{escape(one)}</label>"
        for one in columns
    )
    told = escape(", ".join(chosen) if len(chosen) <= 3 else f"{len(chosen)} of {len(columns)}")
    return f"""<details id="columns" class="menu"><summary>Columns <span class="quiet">{told}</span></summary>
        <form data-live="columns" aria-label="Columns">{boxes}</form></details>"""


def log_box(on: bool) -> str:
    """Return the check box of the logarithmic axis."""
    return f'<input type="checkbox" data-action="log" aria-label="Log scale"{" checked" if on else ""}> '


# --- the runs ---------------------------------------------------------------------------------------------


def state(facts: RunFacts, wish: str = "") -> str:
    """Return a run's state by icon and word, with the share that is done while it runs."""
    word = facts.state
    if word == "running":
        share = f" {facts.epochs / facts.planned:.0%}".replace("%", " %") if facts.planned else ""
        word = f"{wish} …" if wish else f"running{share}"
    return f"{ICONS[facts.state]} {word}"


def run_row(facts: RunFacts, losses: Floats, colour: int | None, current: bool, wish: str) -> Row:
    """Return a run as a row of the list."""
    name = escape(facts.name)
    dot = f'<i class="dot" style="background:{COLOURS[colour]}"></i>' if colour is not None else ""
    box = f"""<input type="checkbox" data-action="compare" data-argument="{name}" aria-label="Draw {name}"
        {" checked" if colour is not None else ""}>"""
    planned = f"/{facts.planned:,}" if facts.planned > facts.epochs else ""
    best = "…" if not facts.known else "–"
    if facts.best_epoch is not None and math.isfinite(facts.best):
        best = f"{facts.best:.4f} ★{facts.best_epoch:,}"
    buttons = "".join(
        f'<button data-action="{action}" data-argument="{name}" aria-label="{word} {name}">{word}</button>'
        for action, word in actions(facts).items()
    )
    told = f"◐ {_BRIEF[facts.waits]} {facts.waits_s} s" if facts.waits and not wish else state(facts, wish)
    cells = f"""<td>{box}</td><td class="line" title="{name}">{dot}{name}</td>
        <td class="state {facts.state}" title="{escape(facts.waits or facts.ended)}">{told}</td>
        <td class="number">{facts.epochs:,}{planned}</td><td class="number">{best}</td>
        <td>{spark(losses, facts)}</td><td class="acts">{buttons}</td>"""
    return Row(facts.name, cells, "chosen" if current else "")


def actions(facts: RunFacts) -> dict[str, str]:
    """Return what may be done with a run: action → word."""
    if facts.state == "running":
        return {"stop": "Stop"} if facts.made_by == "code" else {"pause": "Pause", "stop": "Stop"}
    if facts.made_by == "code" or facts.state == "done":
        return {}
    if facts.state == "failed" and fails_again(facts.ended):
        return {"clone": "Clone"}
    return {"continue": "Start" if facts.state == "queued" else "Continue"}


def unborn(facts: RunFacts) -> str:
    """Return what stands where epochs will, "" once there is one."""
    if facts.epochs:
        return ""
    if facts.state == "running":
        told = f"{facts.waits}, {facts.waits_s} s" if facts.waits else "the first epoch is under way"
        return f"◐ {told[:1].upper()}{told[1:]} – epochs appear here as they finish."
    if facts.state == "failed":
        return "▲ It failed before an epoch was finished: the reason stands at its name."
    return "○ No epoch is finished: start it." if facts.state == "queued" else "No epoch was finished."


def spark(losses: Floats, facts: RunFacts) -> str:
    """Return a small drawing of the losses so far, its star at the best epoch."""
    known = losses[np.isfinite(losses)]
    if len(known) < 2:
        return ""
    rows = decimate(losses, 0, len(losses), 24)
    rows = rows[np.isfinite(losses[rows])]
    low, high = float(known.min()), float(known.max())
    points = scaled(rows / (len(losses) - 1), (losses[rows] - low) / ((high - low) or 1.0))
    star = ""
    if facts.best_epoch is not None and facts.best_epoch <= len(losses):
        x, y = ((facts.best_epoch - 1) / (len(losses) - 1) * _SPARK[0], _SPARK[1] - 2)
        star = f'<circle cx="{x:.0f}" cy="{y:.0f}" r="2"/>'
    words = f"loss from {losses[0]:.4f} to {losses[-1]:.4f}"
    return drawing(points, star, words)


def scaled(x: Floats, y: Floats) -> str:
    """Return the points of a small drawing; both from 0 to 1."""
    width, height = _SPARK
    places = zip((x * width).round(1), (height - 2 - y * (height - 4)).round(1), strict=True)
    return " ".join(f"{a:g},{b:g}" for a, b in places)


def drawing(points: str, more: str, words: str) -> str:
    """Return a small drawing of a line, and what is marked on it."""
    width, height = _SPARK
    return f"""<svg class="curve" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img"
        aria-label="{words}"><polyline points="{points}"/>{more}</svg>"""


def nothing(link: str, words: str, command: str) -> str:
    """Return what stands here before anything was trained."""
    return f"""<div class="empty"><h2>No experiments yet</h2><p class="quiet">An experiment trains a canvas on
        an asset, epoch by epoch, in a process of its own. Runs from code (<code>with litlab.run():</code>)
        stand here too.</p><p><a class="filled" href="{escape(link)}">{escape(words)}</a></p>
        <pre tabindex="0"><code>{escape(command)}</code></pre></div>"""
