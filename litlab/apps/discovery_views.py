"""The Discovery page as HTML: the bar above the chart, the record beside it, the words of the line below."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import Any

from litlab.charts import times
from litlab.charts.hits import Token
from litlab.charts.sight import Sight

_MOST_DAYS = 400  # in the list of sessions

_KEYS = {
    "ArrowLeft": ["step", "-1"],
    "ArrowRight": ["step", "1"],
    "PageUp": ["window", "-1"],
    "PageDown": ["window", "1"],
}

_SHEET = {
    "S": "a tick by chance",
    "G": "go to an index",
    "/": "search",
    "← →": "step by tick",
    "Page Up, Page Down": "step by window",
    "M": "the chart alone",
    "wheel": "zoom about the pointer",
    "drag": "pan",
    "double-click": "back to 20,000 ticks",
    "Shift-click": "the record of a tick",
    "?": "this list",
}

_BAR = """<div class="bar wraps" role="toolbar" aria-label="Discovery" data-keys='KEYS'>
<button class="filled" data-action="shuffle" data-key="s" title="A tick by chance (S)">Shuffle</button>
<label>Index <input data-action="index" data-value="index" data-key="g" data-invalid="problem_index"
  aria-label="Index" inputmode="numeric" size="11" title="Go to a tick (G)"></label>
<label><span class="word">Time</span> <input data-action="time" data-value="time" data-invalid="problem_time"
  aria-label="Time" size="23" title="Exchange time; with Z for UTC">
  <span class="word" data-value="zone"></span></label>
<label><span class="word">Search</span> <input data-action="search" data-value="search" data-key="/"
  aria-label="Search" size="16" placeholder="ODD[IRGCOND]" spellcheck="false" data-invalid="problem_search"
  title="Part of a text column; up to three with commas, /…/ is a regular expression (/)"></label>
<span role="status" aria-label="Share of matches" data-html="share"></span>
<span class="grow"></span>
<button class="open-more" popovertarget="more" aria-label="More" title="More">⋯</button>
<div class="more" id="more" popover>SELECTS<button data-action="maximise" data-key="m"
  title="Chart only (M)">Maximise</button>
<button data-open="keys" data-key="?" title="Keys (?)" aria-label="Keys">?</button></div></div>
<p class="problem below" role="alert" data-value="problem"></p>
<dialog id="keys" aria-label="Keys"><h2>Keys</h2><table class="keys"><tbody>ROWS</tbody></table>
<div class="actions"><button data-close>Close</button></div></dialog>"""

FOOT = """<footer class="foot"><span role="status" aria-label="Ticks in view" data-value="ticks"></span>
<span class="line" data-value="span"></span><span class="wide" data-value="bars"></span>
<span class="wide" data-value="silences"></span>
<span class="line" role="status" aria-label="Reads" data-value="reads"></span>
<span class="grow"></span><span class="wide">wheel zooms · drag pans · Shift-click: record
<kbd>S</kbd><kbd>G</kbd><kbd>/</kbd><kbd>M</kbd><kbd>← →</kbd></span>
</footer>"""


def bar(adapter: Any, files: Sequence[str], reads: str) -> str:
    """Return the bar above the chart; `reads` is the list of features whose reads can be shown."""
    made = _BAR.replace("KEYS", escape(json.dumps(_KEYS)))
    rows = "".join(f"<tr><td><kbd>{key}</kbd></td><td>{what}</td></tr>" for key, what in _SHEET.items())
    return made.replace("ROWS", rows).replace("SELECTS", reads + _selects(adapter, files))


def _selects(adapter: Any, files: Sequence[str]) -> str:
    """Return the lists of sessions, and of files to compare with where there are several."""
    store, zone, total = adapter.store, adapter.zone, len(adapter)
    days = {0: times.day(int(store.times(0, 1)[0]), zone), **times.day_starts(store, zone, 0, total)}
    step = -(-len(days) // _MOST_DAYS)
    options = "".join(
        f'<option value="{index}">{day:%a} {day.day} {day:%b %Y}</option>'
        for index, day in list(days.items())[::step]
    )
    sessions = f"""<select class="menu" aria-label="Sessions" data-action="session" data-value="session"
        title="Go to a session; closed hours are shaded"><option value="">Sessions</option>
        <option value="hours">Shade closed hours: on or off</option>{options}</select>"""
    if len(files) < 2:
        return sessions
    others = "".join(f'<option value="{at}">{escape(name)}</option>' for at, name in enumerate(files))
    return f"""{sessions}<select class="menu" aria-label="Compare" data-action="compare"
        title="The same hours of another file"><option value="">Compare</option>{others}</select>"""


def record_html(record: dict[str, Any], time_ns: int, zone: str) -> str:
    """Return the raw record as JSON under its two times; null stays null, integers stay exact."""
    lines = []
    for name, value in record.items():
        text = escape(json.dumps(value, ensure_ascii=False), quote=False)
        shown = '<span class="null">null</span>' if value is None else text
        key = escape(json.dumps(name, ensure_ascii=False), quote=False)
        lines.append(f'  <span class="key">{key}:</span> {shown}')
    body = ",\n".join(lines)
    utc = times.stamp(time_ns, "UTC", 9)
    return f"""<section class="side" aria-label="Record"><header><h2>Record {record["index"]:,}</h2>
        <dl><dt>{times.city(zone)}</dt><dd>{times.stamp(time_ns, zone, 9)}</dd><dt>UTC</dt><dd>{utc}</dd></dl>
        </header><pre tabindex="0">{{\n{body}\n}}</pre></section>"""


def share(seen: Sight, tokens: tuple[Token, ...]) -> str:
    """Return HTML: the matches of each token, beside its colour."""
    if not tokens:
        return ""
    if seen.hits is None:
        return "zoom in to count"
    if len(tokens) == 1:
        share = f"{seen.hits[0] / max(seen.count, 1):.1%} of view"
        return f'<span class="share first" title="{seen.hits[0]:,} ticks">{share}</span>'
    return " ".join(
        f'<span class="share {place}" title="{escape(str(token))}: {hits:,} ticks">'
        f"{hits / max(seen.count, 1):.1%}</span>"
        for place, token, hits in zip(("first", "second", "third"), tokens, seen.hits, strict=False)
    )


def silences(seen: Sight) -> str:
    """Return how many silences there are, in words; "" for none."""
    count = len(seen.silences)
    return f"{count:,} silence{'s' * (count > 1)} over a minute" if count else ""


def bars(seen: Sight) -> str:
    """Return how many ticks a volume bar is, in words; "" where it is one."""
    each = seen.count / max(len(seen.edges) - 1, 1)
    return "" if each <= 1 else f"a volume bar is {each:,.0f} ticks"


def until(first_ns: int, last_ns: int, zone: str) -> str:
    """Return the end of a span, without its date where that is the first's."""
    same = times.day(first_ns, zone) == times.day(last_ns, zone)
    return times.clock(last_ns, zone, 3) if same else times.stamp(last_ns, zone, 3)
