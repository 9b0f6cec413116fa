"""Discovery: ticks around an index, found by chance, number, time or qualifier, down to the raw record."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from html import escape
from typing import Any

import panel as pn

from litlab.apps import shell
from litlab.apps.compare import Compare
from litlab.apps.fragment import Fragment
from litlab.apps.read_band import ReadBand
from litlab.apps.request import Request, adapter_of
from litlab.charts import TickChart, times
from litlab.charts.hits import Token
from litlab.charts.sight import Sight
from litlab.charts.tokens import Theme, theme_named
from litlab.errors import LitlabError, NoSuchTick
from litlab.workspace import Project

_BAR = """<div class="bar wraps" role="toolbar" aria-label="Discovery" data-keys='KEYS'>
<button class="filled" data-action="shuffle" data-key="s" title="A tick by chance (S)">Shuffle</button>
<label>Index <input data-action="index" data-value="index" data-key="g" data-invalid="problem_index"
  aria-label="Index" inputmode="numeric" size="11" title="Go to a tick (G)"></label>
<label>Time <input data-action="time" data-value="time" data-invalid="problem_time" aria-label="Time"
  size="23" title="Exchange time; with Z for UTC"><span data-value="zone"></span></label>
<label>Search <input data-action="search" data-value="search" data-key="/" aria-label="Search" size="16"
  placeholder="ODD[IRGCOND]" spellcheck="false" data-invalid="problem_search"
  title="Part of a text column; up to three with commas, /…/ is a regular expression (/)"></label>
<span role="status" aria-label="Share of matches" data-html="share"></span>
<span class="problem" role="alert" data-value="problem"></span><span class="grow"></span>
SELECTS<button data-action="maximise" data-key="m" title="Chart only (M)">Maximise</button>
<button data-open="keys" data-key="?" title="Keys (?)" aria-label="Keys">?</button></div>
<dialog id="keys" aria-label="Keys"><h2>Keys</h2><table class="keys"><tbody>ROWS</tbody></table>
<div class="actions"><button data-close>Close</button></div></dialog>"""

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

_CODE = """from litlab.adapters import load_adapter_by_project
from litlab.charts import tick_chart
from litlab.workspace import Workspace

adapter = load_adapter_by_project({team!r}, {project!r}, Workspace({home!r}))
record = adapter[{index}]
ticks = adapter.window({start}, {stop}, ["timestamp", "price", "volume"])
matches = adapter.search({token!r}, {start}, {stop}{regex}).mean()
chart = tick_chart(adapter, {index}, ticks={count})  # bokeh.io.show(chart)
"""


def page(project: Project, asked: Request) -> Any:
    """Return the whole page, its address kept in step with the index and the view."""
    workspace = project.team.workspace
    made = discover(project, asked.index, asked.theme, asked)
    head = shell.header(workspace, asked, "discovery", project, made.state, made.code)
    if isinstance(made, Empty):
        return shell.frame(head, made.panel)
    location = pn.state.location

    def follow() -> None:
        head.say(code=made.code)
        if location is not None:
            seen = made.chart.sight
            view = f"{seen.start}-{seen.stop}"
            location.update_query(project=str(project), view=view, index=made.chart.index)

    def maximise() -> None:
        head.visible = made.side.visible = not head.visible

    if asked.view is not None:
        made.chart.show(*asked.view)
    made.on_change, made.on_maximise = follow, maximise
    return shell.frame(head, made.panel)


def view(project: Project, index: int | None = None, theme: Theme | None = None) -> Any:
    """Return the page's body as a Panel Viewable: Discovery of a project, or what to do first."""
    return discover(project, index, theme).panel


def discover(
    project: Project, index: int | None = None, theme: Theme | None = None, asked: Request | None = None
) -> Discovery | Empty:
    """Return Discovery of a project around an index (its middle by default), or what to do first."""
    record = project.record
    adapter = adapter_of(project)
    if adapter is not None and len(adapter):
        feature = asked.arguments.get("feature", "") if asked else ""
        return Discovery(project, adapter, len(adapter) // 2 if index is None else index, theme, feature)
    home = project.team.workspace.home
    uploads = (asked or Request()).link("uploads")
    if not record.paths:
        return Empty(
            "○ no files",
            "No ticks yet",
            "Ticks of the project's files appear here. Add your own, or let the demo bring sample ticks:",
            f"litlab demo --workspace {home}\n"
            f"litlab demo --workspace {home} --raw 'ticks/*.csv.gz' --adapter lseg",
            ("Add files", uploads),
        )
    files = " ".join(f"'{path}'" for path in record.paths[:3]) + (" …" if len(record.paths) > 3 else "")
    return Empty(
        f"○ {len(record.paths)} files, not all cached",
        "No cached files yet",
        "The project's files have to be cached for random access once, there or from a shell:",
        f"litlab cache {files} --adapter {record.adapter} --team {project.team.name} --workspace {home}",
        ("Cache files", uploads),
    )


class Empty:
    """A project with nothing to show: what belongs here and the one next step."""

    code = ""

    def __init__(self, state: str, title: str, text: str, command: str, step: tuple[str, str]) -> None:
        self.state = state
        self.panel = shell.empty(title, text, command, step)


class Discovery:
    """The chart, the bar above it, the record beside it and the line below it.

    Attributes
    ----------
    panel : Viewable
    chart : TickChart
    bar, side, foot : Fragment
    state : str
        For the header.
    on_change, on_maximise : callable
        Called after another tick or view came up, and to show the chart alone.
    """

    def __init__(
        self, project: Project, adapter: Any, index: int, theme: Theme | None = None, feature: str = ""
    ) -> None:
        self.project, self.adapter = project, adapter
        self.on_change: Callable[[], None] = lambda: None
        self.on_maximise: Callable[[], None] = lambda: None
        self.random = random.Random()
        self.problem = ""
        files = len(adapter.store.files)
        symbol = adapter[0].get("symbol")
        named = f" · {symbol}" if symbol else ""
        self.state = f"● cached{named} · {files:,} file{'s' * (files > 1)} · {len(adapter):,} ticks"
        self.compare = Compare(adapter, theme or theme_named("light"))
        self.foot = Fragment(_FOOT, height=28)
        self.chart = TickChart(adapter, index, theme=theme or theme_named("light"))
        self.band = ReadBand(project, self.chart, lambda words: self.foot.say(reads=words))
        self.bar = Fragment(self._bar_html(feature), self.handle)
        self.side = Fragment(sizing_mode="stretch_both", stylesheets=[_SIDE])
        self.chart.together = pn.io.unlocked
        self.chart.on_view = self.tell
        self.chart.on_select = lambda _: self.tell()
        self.band.choose(feature)
        self.tell()
        middle = pn.Row(
            pn.Column(
                pn.pane.Bokeh(self.chart.layout, sizing_mode="stretch_both", margin=0),
                self.compare.panel,
                sizing_mode="stretch_both",
                margin=0,
                styles={"gap": "0"},
            ),
            self.side,
            sizing_mode="stretch_both",
            margin=0,
            stylesheets=[_MIDDLE],
        )
        self.panel = pn.Column(
            self.bar, middle, self.foot, sizing_mode="stretch_both", margin=0, styles={"gap": "0"}
        )

    @property
    def code(self) -> str:
        """The calls that give what is on the page."""
        seen = self.chart.sight
        token = (*self.chart.tokens, Token("ODD[IRGCOND]"))[0]
        return _CODE.format(
            team=self.project.team.name, project=self.project.name,
            home=str(self.project.team.workspace.home), index=self.chart.index, start=seen.start,
            stop=seen.stop, count=seen.count, token=token.text, regex=", regex=True" if token.regex else "",
        )  # fmt: skip

    def handle(self, action: str, value: str) -> None:
        """Do what a button, a field or a key of the bar asks for; what is wrong stands beside it."""
        self.problem = ""
        self.bar.say(problem="", problem_index="", problem_time="", problem_search="")
        try:
            if action == "shuffle":
                self.chart.go(self.random.randrange(len(self.adapter)))
            elif action == "index":
                self._go_to_index(value)
            elif action == "time":
                self._go_to_time(value)
            elif action == "search":
                self.chart.search(value)
            elif action == "step":
                self._step(int(value))
            elif action == "window":
                self._page(int(value))
            elif action == "session":
                self._go_to_session(value)
            elif action == "feature":
                self.band.choose(value)
            elif action == "compare":
                self.compare.open(int(value) if value else None, self.chart)
            elif action == "maximise":
                self.on_maximise()
        except LitlabError as error:
            self.problem = str(error)
            self.bar.say(problem=self.problem, **{f"problem_{action}": "true"})

    def _go_to_index(self, value: str) -> None:
        text = re.sub(r"[\s,_]", "", value)
        total = len(self.adapter)
        if not re.fullmatch(r"\d{1,18}", text, re.A) or int(text) >= total:
            raise NoSuchTick(given=value, last=total - 1)
        self.chart.go(int(text))

    def _go_to_time(self, value: str) -> None:
        store, zone = self.adapter.store, self.adapter.zone
        at = self.chart.index
        today = times.day(int(store.times(at, at + 1)[0]), zone)
        self.chart.go(max(store.index_at(times.parse_time(value, zone, today)), 0))

    def _go_to_session(self, value: str) -> None:
        """Go to the first tick of a date, or switch the shading of closed hours."""
        if value == "hours":
            self.chart.shade(not self.chart.hours)
        elif value.isdecimal():
            self.chart.go(int(value))
        self.bar.say(session="")

    def _bar_html(self, feature: str) -> str:
        bar = _BAR.replace("KEYS", escape(json.dumps(_KEYS)))
        rows = "".join(f"<tr><td><kbd>{key}</kbd></td><td>{what}</td></tr>" for key, what in _SHEET.items())
        return bar.replace("ROWS", rows).replace("SELECTS", self.band.options(feature) + self._selects())

    def _selects(self) -> str:
        """Return the lists of sessions, and of files to compare with where there are several."""
        store, zone, total = self.adapter.store, self.adapter.zone, len(self.adapter)
        days = {0: times.day(int(store.times(0, 1)[0]), zone), **times.day_starts(store, zone, 0, total)}
        step = -(-len(days) // _MOST_DAYS)
        options = "".join(
            f'<option value="{index}">{day:%a} {day.day} {day:%b %Y}</option>'
            for index, day in list(days.items())[::step]
        )
        sessions = f"""<select class="menu" aria-label="Sessions" data-action="session" data-value="session"
            title="Go to a session; closed hours are shaded"><option value="">Sessions</option>
            <option value="hours">Shade closed hours: on or off</option>{options}</select>"""
        files = self.compare.files
        if len(files) < 2:
            return sessions
        others = "".join(f'<option value="{at}">{escape(name)}</option>' for at, name in enumerate(files))
        return f"""{sessions}<select class="menu" aria-label="Compare" data-action="compare"
            title="The same hours of another file"><option value="">Compare</option>{others}</select>"""

    def _step(self, by: int) -> None:
        seen = self.chart.sight
        self.chart.select(self.chart.index + by)
        if seen.start <= self.chart.index < seen.stop:
            self.tell()
        else:
            self.chart.go(self.chart.index)

    def _page(self, by: int) -> None:
        self.chart.go(self.chart.index + by * self.chart.sight.count)

    def tell(self) -> None:
        """Bring fields, record and foot line up to what the chart shows."""
        chart, zone = self.chart, self.adapter.zone
        at, seen = chart.index, chart.sight
        time_ns = int(self.adapter.store.times(at, at + 1)[0])
        self.bar.say(
            index=f"{at:,}", time=times.stamp(time_ns, zone, 3), zone=times.city(zone),
            share=_share(seen, chart.tokens), search=", ".join(map(str, chart.tokens)),
        )  # fmt: skip
        self.compare.follow(chart)
        self.band.follow()
        self.side.html = record_html(self.adapter[at], time_ns, zone)
        first, last = (int(self.adapter.store.times(i, i + 1)[0]) for i in (seen.start, seen.stop - 1))
        self.foot.say(
            ticks=f"{seen.count:,} ticks in view",
            bars=_bars(seen),
            silences=_silences(seen),
            span=f"{times.stamp(first, zone, 3)} – {_until(first, last, zone)} {times.city(zone)}",
        )
        self.on_change()


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


def _share(seen: Sight, tokens: tuple[Token, ...]) -> str:
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


def _silences(seen: Sight) -> str:
    count = len(seen.silences)
    return f"{count:,} silence{'s' * (count > 1)} over a minute" if count else ""


def _bars(seen: Sight) -> str:
    each = seen.count / max(len(seen.edges) - 1, 1)
    return "" if each <= 1 else f"a volume bar is {each:,.0f} ticks"


def _until(first_ns: int, last_ns: int, zone: str) -> str:
    same = times.day(first_ns, zone) == times.day(last_ns, zone)
    return times.clock(last_ns, zone, 3) if same else times.stamp(last_ns, zone, 3)


_FOOT = """<footer class="foot"><span role="status" aria-label="Ticks in view" data-value="ticks"></span>
<span class="line" data-value="span"></span><span class="wide" data-value="bars"></span>
<span class="wide" data-value="silences"></span>
<span class="line" role="status" aria-label="Reads" data-value="reads"></span>
<span class="grow"></span><span class="wide">wheel zooms · drag pans · Shift-click: record
<kbd>S</kbd><kbd>G</kbd><kbd>/</kbd><kbd>M</kbd><kbd>← →</kbd></span>
</footer>"""
_SIDE = ":host{flex:0 0 312px!important;width:312px!important;min-width:0}"
_SIDE += "@media (max-width:800px){:host{flex:0 0 200px!important;width:100%!important}}"
_MIDDLE = "@media (max-width:800px){:host{flex-direction:column!important}}"
