"""The Builds page as HTML: the rows with their tracks, and what stands below them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from litlab.apps.forms import tabs
from litlab.apps.schema_form import duration, size
from litlab.builds.reporting import ProcessFacts
from litlab.builds.tail import LEVELS, level_of

PANES = {"status": "Status", "processes": "Processes", "log": "Log"}
MOST_CELLS = 400
_ICONS = {
    "queued": "○", "running": "◐", "complete": "●", "done": "●", "reused": "●", "stopped": "■",
    "interrupted": "■", "failed": "▲", "gone": "▲", "idle": "○",
}  # fmt: skip
_WORST_FIRST = ("failed", "running", "stopped", "queued", "done", "reused")

FRAME = """<div class="builds"><div class="rows" id="rows" data-html="rows"></div>
<div class="below"><div data-html="head"></div><div data-html="tabs"></div>
<div class="pane" id="pane" role="tabpanel" aria-label="Build"><div data-html="tools"></div>
<div data-html="pane"></div></div></div>"""


def state(told: Mapping[str, Any]) -> str:
    """Return a build's state by icon and word, with the share that is done while it runs."""
    word = told["state"]
    if word == "running" and told["chunks"]:
        merging = told["done"] == told["chunks"]
        word = "running, merging" if merging else f"running {told['done'] / told['chunks']:.0%}"
    return f"{_ICONS[told['state']]} {word}"


def rows(
    every: Iterable[Mapping[str, Any]], tracks: Mapping[int, str], current: int, more: bool = False
) -> str:
    """Return the table of builds, newest first, and a button where there are older ones."""
    older = '<button data-action="older">Older builds</button>' if more else ""
    body = "".join(_row(one, tracks.get(one["build"], ""), one["build"] == current) for one in every)
    return f"""<table aria-label="Builds"><thead><tr><th class="number">Build</th><th>Schema</th>
        <th>State</th><th class="track-column">Chunks</th><th class="number">Samples</th>
        <th class="number">Ticks/s</th><th class="number">Time left</th>
        <th class="number wide">Memory</th><th class="wide">Started, UTC</th><th class="wide">By</th>
        </tr></thead><tbody>{body}</tbody></table>{older}"""


def _row(told: Mapping[str, Any], track: str, current: bool) -> str:
    number = told["build"]
    rate = f"{told['ticks_per_s']:,.0f}" if told["ticks_per_s"] else "–"
    left = duration(told["eta_s"]) if told["eta_s"] is not None else "–"
    memory = size(told["rss_bytes"]) if told["rss_bytes"] is not None else "–"
    return f"""<tr{' class="current"' if current else ""}><td class="number"><button class="plain"
        data-action="show" data-argument="{number}" aria-pressed="{"true" if current else "false"}"
        aria-label="Build {number}">{number}</button></td><td>{escape(told["schema"])}</td>
        <td class="state {told["state"]}">{state(told)}</td><td><div class="track-column">{track}</div></td>
        <td class="number">{told["samples"]:,}</td><td class="number">{rate}</td>
        <td class="number">{left}</td><td class="number wide">{memory}</td>
        <td class="wide">{stamp(told["started"])}</td><td class="wide">{escape(told["by"] or "–")}</td>
        </tr>"""


def stamp(seconds: float) -> str:
    """Return a moment in UTC, to the second."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds)) if seconds else "–"


def track(chunks: Sequence[tuple[str, str]], most: int = MOST_CELLS) -> str:
    """Return a strip with a cell for each chunk; neighbours share one where there are more than `most`.

    A shared cell has the colour of the worst in it. The words say what the colours do.
    """
    if not chunks:
        return '<span class="quiet">–</span>'
    each = -(-len(chunks) // most)
    cells = "".join(_cell(chunks[at : at + each]) for at in range(0, len(chunks), each))
    counts = {one: sum(state == one for _, state in chunks) for one in _WORST_FIRST}
    words = ", ".join(f"{count:,} {one}" for one, count in counts.items() if count)
    ready = counts["done"] + counts["reused"]
    return f"""<span class="chunks" role="img" aria-label="{len(chunks):,} chunks: {words}">{cells}</span>
        <span class="number quiet">{ready:,}/{len(chunks):,}</span>"""


def _cell(chunks: Sequence[tuple[str, str]]) -> str:
    states = {state for _, state in chunks}
    worst = next(one for one in _WORST_FIRST if one in states)
    if len(chunks) == 1:
        title = f"{chunks[0][0]}: {worst}"
    else:
        counts = [f"{n} {one}" for one in _WORST_FIRST if (n := sum(s == one for _, s in chunks))]
        title = f"{chunks[0][0]} … {chunks[-1][0]}: {', '.join(counts)}"
    return f'<i class="{worst}" title="{escape(title)}"></i>'


def head(told: Mapping[str, Any], link: str, schema_link: str) -> str:
    """Return the line above the tabs, with what can be done."""
    number = told["build"]
    runs = told["state"] in ("queued", "running")
    actions = []
    if told["dashboard"] and runs:
        actions.append(
            f'<a href="{escape(told["dashboard"])}" target="_blank" rel="noopener">Dask dashboard</a>'
        )
    if told["state"] == "complete":
        actions.append(f'<a href="{escape(link)}">Show the asset</a>')
    if runs and told["is_job"]:
        actions.append(f'<button data-action="cancel" data-argument="{number}">Cancel</button>')
    if not runs and told["state"] != "complete":
        actions.append(
            f'<button class="filled" data-action="resume" data-argument="{number}" '
            'title="Chunks that are there are kept">Resume</button>'
        )
    return f"""<div class="bar wraps"><h2>Build {number} · <a href="{escape(schema_link)}">
        {escape(told["schema"])}</a></h2><span class="state {told["state"]}" role="status"
        aria-label="State">{state(told)}</span><span class="grow"></span>{"".join(actions)}</div>"""


def pane_tabs(current: str) -> str:
    """Return the row of tabs."""
    return tabs("pane", PANES, current, "About the build")


def status(told: Mapping[str, Any], said: str) -> str:
    """Return figures, and the sentence of a failure."""
    rate = f"{told['ticks_per_s']:,.0f} ticks/s" if told["ticks_per_s"] else "–"
    computed = told["done"] - told["reused"]
    alone = told["state"] == "running" and not told["is_job"]
    pairs = {
        "Chunks": f"{told['done']:,} of {told['chunks']:,}: {computed:,} computed, {told['reused']:,} reused",
        "Samples": f"{told['samples']:,}",
        "Purged": f"{told['purged']:,}" if told["state"] == "complete" else "–",
        "Ticks": f"{told['ticks_done']:,} of {told['ticks']:,}",
        "Rate": rate,
        "Time left": duration(told["eta_s"]) if told["eta_s"] is not None else "–",
        "Took" if told["state"] != "running" else "Running for": duration(told["seconds"]),
        "Memory": size(told["rss_bytes"]) if told["rss_bytes"] is not None else "–",
        "Engine": f"{told['engine'] or '–'}, {told['workers']} at once",
        "Started": f"{stamp(told['started'])} UTC",
        "By": told["by"] or "–",
        "Asset": told["asset"][:12] or "–",
    }
    cells = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in pairs.items())
    failed = ""
    if told["reason"]:
        failed = f'<p class="problem" role="alert">▲ {escape(told["reason"])}</p>'
    if alone:
        failed += f"""<p class="quiet">It runs in process {told["pid"]}, in a terminal or notebook, and stops
            there. Builds that are launched go on by themselves and stop from here.</p>"""
    return f'{said}{failed}<dl class="facts">{cells}</dl>'


def processes(found: Sequence[ProcessFacts]) -> str:
    """Return the processes and what each is at."""
    if not found:
        return '<p class="quiet">No process has begun a chunk yet.</p>'
    body = "".join(_process(one) for one in found)
    return f"""<div class="scroll"><table aria-label="Processes"><thead><tr><th>Process</th>
        <th>State</th><th>Computes</th><th>Chunk</th><th class="number">Memory</th>
        <th class="number">CPU</th><th><span class="visually-hidden">Log</span></th></tr></thead>
        <tbody>{body}</tbody></table></div>"""


def _process(one: ProcessFacts) -> str:
    at = ""
    if one.feature:
        at = (
            f"{escape(one.feature)} at {one.index:,}" if one.index >= 0 else f"{escape(one.feature)}, loading"
        )
    memory = size(one.rss_bytes) if one.rss_bytes is not None else "–"
    cpu = f"{one.cpu_percent:.0f} %" if one.cpu_percent is not None else "–"
    return f"""<tr><td>{one.pid}</td><td class="state {one.state}">
        {_ICONS[one.state]} {one.state}</td><td>{at or "–"}</td>
        <td>{escape(one.chunk)}</td><td class="number">{memory}</td>
        <td class="number">{cpu}</td><td><button data-action="process-log" data-argument="{one.pid}"
        aria-label="Log of process {one.pid}">Log</button></td></tr>"""


def log_tools(files: Mapping[str, str], current: str, words: str, level: str) -> str:
    """Return the bar above a log: which file, what to look for, from which level on."""
    options = "".join(
        f'<option value="{escape(key)}"{" selected" if key == current else ""}>{escape(name)}</option>'
        for key, name in files.items()
    )
    levels = "".join(
        f'<option value="{one}"{" selected" if one == level else ""}>{one.lower() or "all levels"}</option>'
        for one in ("", *LEVELS[1:4])
    )
    return f"""<div class="bar wraps tools"><label>Log <select aria-label="Log" data-action="file">{options}
        </select></label><label>Search <input aria-label="Search" data-action="words" size="20"
        value="{escape(words)}" spellcheck="false" data-key="/" title="Part of a line (/)"></label>
        <label>From <select aria-label="Level" data-action="level">{levels}</select></label>
        <span class="quiet" role="status" aria-label="Lines" data-value="lines"></span></div>"""


def log(lines: Sequence[str], earlier: bool, later: bool) -> str:
    """Return a part of a log."""
    body = "".join(_line(line) for line in lines)
    first = '<button data-action="earlier">Earlier</button>' if earlier else ""
    last = '<button data-action="latest">Latest</button>' if later else ""
    empty = '<p class="quiet">Nothing here yet.</p>' if not lines else ""
    return f"""{first}<div class="log" id="lines" role="log" tabindex="0"
        aria-label="Log lines" aria-live="off"><pre>{body}</pre></div>{empty}{last}"""


def _line(line: str) -> str:
    level = level_of(line)
    kind = f' class="{level.lower()}"' if level in ("WARNING", "ERROR", "CRITICAL") else ""
    return f"<span{kind}>{escape(line)}\n</span>"


def nothing(link: str) -> str:
    """Return what stands here before anything was built."""
    return f"""<div class="empty"><h2>No builds yet</h2><p class="quiet">A build makes an asset of a schema:
        arrays to train on. Choose or make a schema and press Build.</p>
        <p><a class="filled" href="{escape(link)}">Go to Schemas</a></p></div>"""
