"""The table of raw files: size, rows, span, adapter, what was rejected, where each of them stands."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from html import escape
from pathlib import Path

from litlab.adapters import Guess
from litlab.apps import tables
from litlab.apps.tables import HIDDEN, NUMBER, WIDE
from litlab.charts import times
from litlab.uploads import FileProgress, RawFile

_WORDS = {
    "on disk": "○ on disk", "queued": "○ queued", "cached": "● cached", "failed": "▲ failed",
    "stale": "◌ stale", "gone": "▲ gone",
}  # fmt: skip
_WHY = {
    "stale": "The file has changed since it was cached",
    "gone": "The project names this file, and it is not there any more",
    "on disk": "Not cached yet",
}

_HEADS = (
    ("In the project", HIDDEN, "tick"), "File", ("Size, MB", NUMBER), ("Rows", NUMBER),
    ("Span, exchange time", WIDE), "Adapter", ("Rejected", NUMBER, WIDE), "State",
    ("What may be done", HIDDEN),
)  # fmt: skip
_RUNNING = """<span role="status">◐ Caching {files}</span>
<progress data-value="share" max="1" aria-label="Cached"></progress>
<span class="figures" data-value="figures"></span><button data-action="stop">Cancel</button>"""
_READY = """<button class="filled" data-action="cache" data-key="c" title="C">Cache files</button>
<span class="quiet">not cached: {files}, {size} MB</span>"""
_LOG = """<button data-open="log" data-action="log">Log</button><dialog id="log" aria-label="Log">
<h2>Log of the latest caching</h2><pre class="scroll" tabindex="0" data-value="log"></pre>
<div class="actions"><button data-close>Close</button></div></dialog>"""


def key_of(path: Path) -> str:
    """Return what a row is called in messages: names come from people.

    >>> key_of(Path("/raw/a.csv"))
    'c93cf80615c7'
    """
    return hashlib.sha256(str(path).encode("utf-8", "surrogateescape")).hexdigest()[:12]


def table(
    files: list[RawFile], guesses: Mapping[Path, Guess | str], said: Mapping[Path, str], shown: Path | None
) -> str:
    """Return the table.

    Parameters
    ----------
    files : list of RawFile
    guesses : mapping of Path to Guess or str
        What a look at a file gave, or the sentence why it gave nothing.
    said : mapping of Path to str
        Sentences that stand under rows.
    shown : Path, optional
        The file in the drawer.
    """
    rows = "".join(
        _row(one, guesses.get(one.path), said.get(one.path, ""), one.path == shown) for one in files
    )
    return f'<div class="piece files" id="files">{tables.table("Files", _HEADS, rows)}</div>'


def toolbar(running: int, targets: list[RawFile], next_step: str, problem: str, log: bool) -> str:
    """Return the bar above the table.

    Parameters
    ----------
    running : int
        Files that are being cached.
    targets : list of RawFile
        What "Cache files" would cache.
    next_step : str
        HTML that stands there where there is nothing to cache.
    problem : str
    log : bool
        Whether there is a log to show.
    """
    if running:
        what = _RUNNING.format(files=counted(running))
    elif targets:
        size = megabytes(sum(one.size_bytes for one in targets))
        what = _READY.format(files=counted(len(targets)), size=size)
    else:
        what = next_step
    return f"""<div class="bar wraps" role="toolbar" aria-label="Uploads">{what}
        <span class="problem" role="alert">{escape(problem)}</span><span class="grow"></span>
        {_LOG if log else ""}</div>"""


def next_step(files: list[RawFile], discovery: str) -> str:
    """Return what to do where nothing is left to cache, as HTML; `discovery` is that page's address."""
    mine = [one for one in files if one.in_project]
    if mine and all(one.state == "cached" for one in mine):
        return f"""<a class="button filled" href="{escape(discovery)}">Discovery</a>
            <span class="quiet">The project's files are cached: look at their ticks.</span>"""
    if any(one.state == "cached" for one in files):
        return '<span class="quiet">Tick files to add them to the project.</span>'
    return ""


def summary(files: list[RawFile]) -> str:
    """Return what the header says of a project's files."""
    mine = [one for one in files if one.in_project]
    if not mine:
        return "○ no files in the project"
    cached = sum(one.state == "cached" for one in mine)
    if cached == len(mine):
        return f"● cached · {counted(len(mine))} · {sum(one.rows or 0 for one in mine):,} rows"
    return f"○ {counted(len(mine))} in the project · {cached:,} cached"


def counted(count: int) -> str:
    """Return a number of files in words.

    >>> counted(1), counted(1_200)
    ('1 file', '1,200 files')
    """
    return f"{count:,} file{'s' * (count != 1)}"


def state_of(one: RawFile, progress: FileProgress | None = None) -> str:
    """Return a file's state by icon and word."""
    progress = progress or one.progress
    if one.part is not None:
        return f"◐ {_percent(one.part.received / max(one.part.size_bytes, 1))} sent"
    if progress is not None and progress.state in ("queued", "caching"):
        return "○ queued" if progress.state == "queued" else f"◐ caching {_percent(progress.share)}"
    return _WORDS.get(one.state, one.state)


def megabytes(count: float) -> str:
    """Return bytes in MB with two decimals, separators between thousands.

    >>> megabytes(1_234_567_890)
    '1,234.57'
    """
    return f"{count / 1e6:,.2f}"


def portion(done: float, total: float) -> str:
    """Return how many bytes of how many are done, in a unit that shows them.

    >>> portion(1_500_000, 20_000_000), portion(120, 480), portion(1_000, 4_100)
    ('1.50 of 20.00 MB', '120 of 480 bytes', '1.00 of 4.10 kB')
    """
    if total >= 1e5:
        return f"{megabytes(done)} of {megabytes(total)} MB"
    return (
        f"{done / 1e3:,.2f} of {total / 1e3:,.2f} kB"
        if total >= 1e3
        else f"{done:,.0f} of {total:,.0f} bytes"
    )


def _percent(share: float) -> str:
    return f"{int(100 * share)} %"


def _row(one: RawFile, guess: Guess | str | None, said: str, shown: bool) -> str:
    key, name = key_of(one.path), escape(one.name)
    said = said or (one.progress.reason if one.state == "failed" and one.progress else "")
    if not said and isinstance(guess, str) and not one.adapter:
        said = _none_fits(one, guess)
    under = (
        f'<tr class="said"><td></td><td colspan="8" class="problem">{escape(said)}</td></tr>' if said else ""
    )
    state = f'<span data-value="state-{key}">{escape(state_of(one))}</span>'
    rejected = "" if one.rejected is None else f"{one.rejected:,}"
    return f"""<tr{' class="shown"' if shown else ""}><td class="tick">{_tick(one, key)}</td>
        <td title="{escape(str(one.path))}">{_name(one, key, name, shown)}</td>
        <td class="number">{megabytes(one.size_bytes)}</td>
        <td class="number">{"" if one.rows is None else f"{one.rows:,}"}</td>
        <td class="wide">{_span(one)}</td>
        <td>{_adapter(one, guess)}</td><td class="number wide">{rejected}</td>
        <td title="{escape(_WHY.get(one.state, ""))}">{state}</td>
        <td class="number">{_actions(one, key, name)}</td></tr>{under}"""


def _none_fits(one: RawFile, why: str) -> str:
    """Return why nothing reads a file, and what may be done on this page."""
    if why.startswith("No adapter recognises"):
        why = f"No adapter recognises {one.name}."
    return f"{why} Click its name to choose an adapter and its columns, or remove the file."


def _tick(one: RawFile, key: str) -> str:
    if one.part is not None:
        return ""
    label = escape(f"{one.name} in the project")
    checked = " checked" if one.in_project else ""
    return f'<input type="checkbox" id="tick-{key}" data-action="tick-{key}" aria-label="{label}"{checked}>'


def _name(one: RawFile, key: str, name: str, shown: bool) -> str:
    if one.part is not None or one.state == "gone":
        return f'<span class="line">{name}</span>'
    pressed = "true" if shown else "false"
    return f"""<button class="plain line" data-action="preview" data-argument="{key}" aria-pressed="{pressed}"
        title="Preview">{name}</button>"""


def _actions(one: RawFile, key: str, name: str) -> str:
    if one.part is None:
        return _removal(one, key, name)
    if one.part.busy:
        return '<span class="quiet">being sent</span>'
    return f"""<span class="quiet wide">resume by dropping it again</span>
        <button data-open="discard-{key}" aria-label="Discard {name}">Discard</button>
        <dialog id="discard-{key}" aria-label="Discard {name}"><h2>Discard the part of {name}?</h2>
        <p class="quiet">{megabytes(one.part.received)} of {megabytes(one.part.size_bytes)} MB have arrived;
        they would have to be sent again.</p><div class="actions"><button data-close>Keep</button>
        <button class="filled" data-action="discard" data-argument="{key}">Discard</button></div></dialog>"""


def _removal(one: RawFile, key: str, name: str) -> str:
    """Return the button that removes a file which no project here uses, with what goes with it."""
    if one.in_project or one.state in ("gone", "queued", "caching"):
        return ""
    cache = " with what was cached of it" if one.state in ("cached", "stale") else ""
    return f"""<button data-open="remove-{key}" aria-label="Remove {name}">Remove</button>
        <dialog id="remove-{key}" aria-label="Remove {name}"><h2>Remove {name}?</h2>
        <p class="quiet">The file goes{cache}, for all projects of the team: {megabytes(one.size_bytes)} MB.
        It stays where a project, a schema or an asset uses it.</p><div class="actions">
        <button data-close>Keep</button>
        <button class="filled" data-action="remove" data-argument="{key}">Remove</button></div></dialog>"""


def _adapter(one: RawFile, guess: Guess | str | None) -> str:
    if one.part is not None:
        return ""
    if one.adapter:
        return escape(one.adapter)
    if guess is None:
        return '<span class="quiet">looking …</span>'
    if isinstance(guess, str):
        return f'<span title="{escape(guess)}">▲ none fits</span>'
    why = escape("; ".join(guess.reasons))
    sure = f'<span class="quiet">{_percent(guess.confidence)}</span>'
    return f'<span title="{why}">{escape(guess.adapter)} {sure}</span>'


def _span(one: RawFile) -> str:
    if one.first_time_ns is None or one.last_time_ns is None:
        return ""
    first, last, zone = one.first_time_ns, one.last_time_ns, one.zone
    same = times.day(first, zone) == times.day(last, zone)
    until = times.clock(last, zone, 0) if same else times.stamp(last, zone, 0)
    exact = f"{times.stamp(first, 'UTC')} – {times.stamp(last, 'UTC')} UTC, {first} – {last} ns"
    return f"""<span title="{exact}">{times.stamp(first, zone, 0)} – {until}
        <span class="quiet">{escape(times.city(zone))}</span></span>"""
