"""Discovery: ticks around an index, found by chance, number, time or qualifier, down to the raw record."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

import panel as pn

from litlab.apps import background, shell
from litlab.apps import discovery_views as drawn
from litlab.apps.compare import Compare
from litlab.apps.discovery_views import record_html
from litlab.apps.fragment import Fragment
from litlab.apps.read_band import ReadBand
from litlab.apps.request import Request, adapter_of
from litlab.charts import TickChart, times
from litlab.charts.hits import Token
from litlab.charts.tokens import Theme, theme_named
from litlab.errors import LitlabError, NoSuchTick
from litlab.workspace import Project

_REST_MS = 250  # address and code wait for the chart to stand still

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

    def tell() -> None:
        head.say(code=made.code)
        if location is not None:
            seen = made.chart.sight
            view = f"{seen.start}-{seen.stop}"
            location.update_query(project=str(project), view=view, index=made.chart.index)

    def maximise() -> None:
        head.visible = made.side.visible = not head.visible

    if asked.view is not None:
        made.chart.show(*asked.view)
    made.on_change, made.on_maximise = background.Later(tell, _REST_MS), maximise
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
        self.foot = Fragment(drawn.FOOT, height=28)
        self.chart = TickChart(adapter, index, theme=theme or theme_named("light"))
        self.band = ReadBand(project, self.chart, lambda words: self.foot.say(reads=words))
        self.bar = Fragment(drawn.bar(adapter, self.compare.files, self.band.options(feature)), self.handle)
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
            share=drawn.share(seen, chart.tokens), search=", ".join(map(str, chart.tokens)),
        )  # fmt: skip
        self.compare.follow(chart)
        self.band.follow()
        self.side.html = record_html(self.adapter[at], time_ns, zone)
        first, last = (int(self.adapter.store.times(i, i + 1)[0]) for i in (seen.start, seen.stop - 1))
        self.foot.say(
            ticks=f"{seen.count:,} ticks in view",
            bars=drawn.bars(seen),
            silences=drawn.silences(seen),
            span=f"{times.stamp(first, zone, 3)} – {drawn.until(first, last, zone)} {times.city(zone)}",
        )
        self.on_change()


_SIDE = ":host{flex:0 0 312px!important;width:312px!important;min-width:0}"
_SIDE += "@media (max-width:800px){:host{flex:0 0 200px!important;width:100%!important}}"
_MIDDLE = "@media (max-width:800px){:host{flex-direction:column!important}}"
