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
from litlab.apps.fragment import Fragment
from litlab.apps.request import Request, adapter_of
from litlab.charts import TickChart, times
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
  placeholder="ODD[IRGCOND]" spellcheck="false" title="Part of a text column (/)"></label>
<span role="status" aria-label="Share of matches"><span class="share" data-value="share"></span></span>
<span class="problem" role="alert" data-value="problem"></span><span class="grow"></span>
<button data-action="maximise" data-key="m" title="Chart only (M)">Maximise</button></div>"""

_KEYS = {
    "ArrowLeft": ["step", "-1"],
    "ArrowRight": ["step", "1"],
    "PageUp": ["window", "-1"],
    "PageDown": ["window", "1"],
}

_CODE = """from litlab.adapters import load_adapter_by_project
from litlab.charts import tick_chart
from litlab.workspace import Workspace

adapter = load_adapter_by_project({team!r}, {project!r}, Workspace({home!r}))
record = adapter[{index}]
ticks = adapter.window({start}, {stop}, ["timestamp", "price", "volume"])
matches = adapter.search({token!r}, {start}, {stop}).mean()
chart = tick_chart(adapter, {index}, ticks={count})  # bokeh.io.show(chart)
"""


def page(project: Project, asked: Request) -> Any:
    """Return the whole page, its address kept in step with the index."""
    workspace = project.team.workspace
    made = discover(project, asked.index, asked.theme)
    head = shell.header(workspace, asked, "discovery", project, made.state, made.code)
    if isinstance(made, Empty):
        return shell.frame(head, made.panel)
    location = pn.state.location

    def follow() -> None:
        head.say(code=made.code)
        if location is not None:
            location.update_query(project=str(project), index=made.chart.index)

    def maximise() -> None:
        head.visible = made.side.visible = not head.visible

    made.on_change, made.on_maximise = follow, maximise
    return shell.frame(head, made.panel)


def view(project: Project, index: int | None = None, theme: Theme | None = None) -> Any:
    """Return the page's body as a Panel Viewable: Discovery of a project, or what to do first."""
    return discover(project, index, theme).panel


def discover(project: Project, index: int | None = None, theme: Theme | None = None) -> Discovery | Empty:
    """Return Discovery of a project around an index (its middle by default), or what to do first."""
    record = project.record
    adapter = adapter_of(project)
    if adapter is not None and len(adapter):
        return Discovery(project, adapter, len(adapter) // 2 if index is None else index, theme)
    home = project.team.workspace.home
    if not record.paths:
        return Empty(
            "○ no files",
            "No ticks yet",
            "Ticks of the project's files appear here. The demo brings sample ticks, or your own files:",
            f"litlab demo --workspace {home}\n"
            f"litlab demo --workspace {home} --raw 'ticks/*.csv.gz' --adapter lseg",
        )
    files = " ".join(f"'{path}'" for path in record.paths[:3]) + (" …" if len(record.paths) > 3 else "")
    return Empty(
        f"○ {len(record.paths)} files, not all cached",
        "No cached files yet",
        "The project's files have to be cached for random access once:",
        f"litlab cache {files} --adapter {record.adapter} --team {project.team.name} --workspace {home}",
    )


class Empty:
    """A project with nothing to show: what belongs here and the one next step."""

    code = ""

    def __init__(self, state: str, title: str, text: str, command: str) -> None:
        self.state = state
        self.panel = shell.empty(title, text, command)


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

    def __init__(self, project: Project, adapter: Any, index: int, theme: Theme | None = None) -> None:
        self.project, self.adapter = project, adapter
        self.on_change: Callable[[], None] = lambda: None
        self.on_maximise: Callable[[], None] = lambda: None
        self.random = random.Random()
        self.problem = ""
        files = len(adapter.store.files)
        symbol = adapter[0].get("symbol")
        named = f" · {symbol}" if symbol else ""
        self.state = f"● cached{named} · {files:,} file{'s' * (files > 1)} · {len(adapter):,} ticks"
        self.bar = Fragment(_BAR.replace("KEYS", escape(json.dumps(_KEYS))), self.handle)
        self.side = Fragment(sizing_mode="stretch_both", stylesheets=[_SIDE])
        self.foot = Fragment(_FOOT, height=28)
        self.chart = TickChart(adapter, index, theme=theme or theme_named("light"))
        self.chart.on_view = self.tell
        self.chart.on_select = lambda _: self.tell()
        self.tell()
        middle = pn.Row(
            pn.pane.Bokeh(self.chart.layout, sizing_mode="stretch_both", margin=0),
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
        return _CODE.format(
            team=self.project.team.name, project=self.project.name,
            home=str(self.project.team.workspace.home), index=self.chart.index, start=seen.start,
            stop=seen.stop, count=seen.count, token=self.chart.token or "ODD[IRGCOND]",
        )  # fmt: skip

    def handle(self, action: str, value: str) -> None:
        """Do what a button, a field or a key of the bar asks for; what is wrong stands beside it."""
        self.problem = ""
        self.bar.say(problem="", problem_index="", problem_time="")
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
            elif action == "maximise":
                self.on_maximise()
        except LitlabError as error:
            self.problem = str(error)
            self.bar.say(problem=self.problem, **{f"problem_{action}": "true"})

    def _go_to_index(self, value: str) -> None:
        text = re.sub(r"[\s,_]", "", value)
        total = len(self.adapter)
        if not re.fullmatch(r"\d+", text) or int(text) >= total:
            raise NoSuchTick(given=value, last=total - 1)
        self.chart.go(int(text))

    def _go_to_time(self, value: str) -> None:
        store, zone = self.adapter.store, self.adapter.zone
        at = self.chart.index
        today = times.day(int(store.times(at, at + 1)[0]), zone)
        self.chart.go(max(store.index_at(times.parse_time(value, zone, today)), 0))

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
            share=_share(seen, chart.token), search=chart.token,
        )  # fmt: skip
        self.side.html = record_html(self.adapter[at], time_ns, zone)
        first, last = (int(self.adapter.store.times(i, i + 1)[0]) for i in (seen.start, seen.stop - 1))
        self.foot.say(
            ticks=f"{seen.count:,} ticks in view",
            bars=_bars(seen),
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


def _share(seen: Any, token: str) -> str:
    if not token:
        return ""
    if seen.hits is None:
        return "zoom in to count"
    return f"{seen.hits / max(seen.count, 1):.1%} of view, {seen.hits:,} ticks"


def _bars(seen: Any) -> str:
    each = seen.count / max(len(seen.edges) - 1, 1)
    return "" if each <= 1 else f"a volume bar is {each:,.0f} ticks"


def _until(first_ns: int, last_ns: int, zone: str) -> str:
    same = times.day(first_ns, zone) == times.day(last_ns, zone)
    return times.clock(last_ns, zone, 3) if same else times.stamp(last_ns, zone, 3)


_FOOT = """<footer class="foot"><span role="status" aria-label="Ticks in view" data-value="ticks"></span>
<span class="line" data-value="span"></span><span class="wide" data-value="bars"></span>
<span class="grow"></span><span class="wide">wheel zooms · drag pans · Shift-click: record
<kbd>S</kbd><kbd>G</kbd><kbd>/</kbd><kbd>M</kbd><kbd>← →</kbd></span>
</footer>"""
_SIDE = ":host{flex:0 0 312px!important;width:312px!important;min-width:0}"
_SIDE += "@media (max-width:800px){:host{flex:0 0 200px!important;width:100%!important}}"
_MIDDLE = "@media (max-width:800px){:host{flex-direction:column!important}}"
