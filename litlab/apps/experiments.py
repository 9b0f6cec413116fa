"""Experiments: every run of a project, live: curves, epochs, log, and what can be done with it."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from typing import Any

import panel as pn

from litlab import engine
from litlab.apps import background, shell
from litlab.apps import experiment_details as details
from litlab.apps import experiment_views as drawn
from litlab.apps.experiment_panes import Panes
from litlab.apps.experiment_plot import Plot
from litlab.apps.experiment_vault import VaultBar
from litlab.apps.fragment import Fragment
from litlab.apps.request import Request
from litlab.apps.virtual import Row, VirtualTable
from litlab.charts.epochs import MOST_RUNS
from litlab.errors import LitlabError, UnknownName
from litlab.experiments import Monitor, resume
from litlab.experiments.watched import RunFacts
from litlab.workspace import Project

PERIOD_MS = 1_000
_CATCH_UP_MS = 100
_BUDGET_S = 0.05  # of a look for tables that were never read
_SHOWN_ALONE = 4  # running runs drawn when nobody said which

_CODE = """from litlab.experiments import clone_run, monitor, resume
from litlab.experiments.vaulting import vault_epoch
from litlab.workspace import Workspace

seen = monitor(Workspace({home!r}).project({team!r}, {project!r}))
facts = seen.facts()  # every run, newest first: state, epochs, best_epoch, best …
epochs, values = seen.curve({run!r}, {column!r}, smoothing={smoothing})
table = seen.open({run!r})  # table["val_loss"] and all other columns; table.advance() reads on
run = seen.run({run!r})
# run.pause(), run.stop(); resume(run, "cpu"); clone_run(run, start=True, epochs=30)
# vault_epoch(run, {epoch})  # a job; litlab.add_to_vault(run, {epoch}) waits for it
"""


def page(project: Project, asked: Request) -> Any:
    """Return the whole page, its address kept in step with what is drawn."""
    made = Experiments(project, asked)
    head = shell.header(project.team.workspace, asked, "experiments", project, made.state, made.code or " ")
    location = pn.state.location
    told: dict[str, str] = {}

    def follow() -> None:
        head.say(state=made.state, code=made.code)
        if location is not None and made.plot.address != told:
            told.clear()
            told.update(made.plot.address)
            location.update_query(**told)

    made.on_change = follow
    follow()
    return shell.frame(head, made.panel)


def view(project: Project) -> Any:
    """Return the page's body as a Panel Viewable: the project's runs."""
    return Experiments(project, Request()).panel


@functools.lru_cache(maxsize=2)
def monitor_of(project: Project) -> Monitor:
    """Return the one monitor of a project, for all pages and the next: what was read is not read again."""
    return Monitor(project)


class Experiments:
    """The runs, and what is known of those chosen.

    Attributes
    ----------
    panel : Viewable
    plot : Plot
        The chart, and which runs and columns stand in it.
    current : str
        The run whose log and settings are shown; "" without any.
    chosen : (run, epoch) or None
        The epoch somebody clicked; the current run's best by default.
    panes : Panes
        What stands below the run's head.
    state, code : str
        For the header.
    on_change : callable
        Called after the page was brought up to date.
    """

    def __init__(self, project: Project, asked: Request) -> None:
        self.project, self.asked = project, asked
        self.monitor = monitor_of(project)
        self.on_change: Callable[[], None] = lambda: None
        self.current = self.said = self.state = ""
        self.pinned: tuple[str, int] | None = None
        self.wishes: dict[str, str] = {}
        self.vault = VaultBar(self.monitor, asked)
        self._rows: dict[str, tuple[object, Row]] = {}
        self._fast: Any = None
        self._build()
        self.monitor.refresh(_BUDGET_S)
        names = [one for one in asked.arguments.get("run", "").split(",") if one]
        self._choose_first(names)
        self._say_missing(names)
        self.refresh(look=False)
        background.every(PERIOD_MS, self.refresh)

    def _build(self) -> None:
        self.plot = Plot(self.monitor, self.asked, self.handle, self._clicked)
        self.head = Fragment(details.HEAD, self.handle)
        self.panes = Panes(self.project, self.monitor, self.handle, self._on_epoch)
        self.runs = VirtualTable("Runs", self._on_run, stylesheets=[drawn.RUNS_CSS])
        self.empty = Fragment(sizing_mode="stretch_both", visible=False)
        beside = pn.Column(
            self.head, *self.panes.parts, sizing_mode="stretch_both", margin=0,
            stylesheets=[drawn.RUN_CSS], styles={"gap": "0"},
        )  # fmt: skip
        below = pn.Row(
            self.runs,
            beside,
            sizing_mode="stretch_both",
            margin=0,
            stylesheets=[drawn.BELOW_CSS],
            styles={"gap": "0"},
        )
        figures = pn.pane.Bokeh(self.plot.chart.layout, sizing_mode="stretch_both", margin=0)
        chart = pn.Column(figures, sizing_mode="stretch_both", margin=0, stylesheets=[drawn.TOP_CSS])
        self.full = pn.Column(
            self.plot.bar, chart, below, sizing_mode="stretch_both", margin=0, styles={"gap": "0"}
        )
        self.panel: Any = pn.Column(self.full, self.empty, sizing_mode="stretch_both", margin=0)

    # --- what is known ------------------------------------------------------------------------------

    @property
    def chosen(self) -> tuple[str, int] | None:
        """The epoch that is spoken of: the one clicked, else the current run's best."""
        if self.pinned is not None and self.pinned[0] in self.plot.colours:
            return self.pinned
        best = self.monitor.fact(self.current).best_epoch if self.current else None
        return None if best is None else (self.current, best)

    def _choose_first(self, names: Sequence[str]) -> None:
        """Draw the runs asked for, else those that run, else the newest."""
        facts = self.monitor.facts()
        known = [one.name for one in facts]
        chosen = [name for name in names if name in known]
        chosen = chosen or [one.name for one in facts if one.state == "running"][:_SHOWN_ALONE] or known[:1]
        self.plot.only(chosen)
        self.current = chosen[0] if chosen else ""

    def _say_missing(self, names: Sequence[str]) -> None:
        """Say which of the runs that an address asks for are not there, or not drawn."""
        known = self.monitor.names
        if missing := [name for name in names if name not in known]:
            self.said = str(UnknownName(kind=f"run of {self.project}", given=missing[0], known=known))
            self.said += f" Shown is {self.current}." if self.current else ""
        elif len(names) > MOST_RUNS:
            self.said = f"Drawn are {MOST_RUNS} of the {len(names)} runs asked for: more do not fit."

    # --- bringing it up to date ---------------------------------------------------------------------

    def refresh(self, look: bool = True) -> None:
        """Bring the page up to what the disk says."""
        if look:
            self.monitor.refresh(_BUDGET_S)
        self._redraw(set(self.monitor.names))
        if look:  # the first time the browser waits to be shown something
            self._catch_up()
        self.on_change()

    def _redraw(self, known: set[str]) -> None:
        self.plot.forget(known)
        if self.current not in known or not self.plot.colours:
            self._choose_first([])
        self.full.visible, self.empty.visible = bool(known), not known
        if known:
            self._draw()
        else:
            self._nothing()

    def _catch_up(self) -> None:
        """Read what was never read at a quicker pace, until it is."""
        if self.monitor.behind and self._fast is None:
            self._fast = background.every(_CATCH_UP_MS, self.refresh)
        elif not self.monitor.behind and self._fast is not None:
            self._fast.stop()
            self._fast = None

    def _nothing(self) -> None:
        self.state = "○ no experiments"
        there = "designer" in shell.PAGES
        place = f"--workspace {self.project.team.workspace.home}"
        self.empty.html = drawn.nothing(
            self.asked.link("designer" if there else "assets"),
            "Go to the Designer" if there else "Go to Assets",
            f"litlab train --canvas NAME --asset SCHEMA {place}",
        )

    def _draw(self) -> None:
        facts = self.monitor.facts()
        running = sum(one.state == "running" for one in facts)
        count = f"{len(facts):,} run{'s' * (len(facts) != 1)}"
        self.state = f"◐ {running} of {count} running" if running else f"● {count}, none running"
        settled = {one.name for one in facts if one.state != "running"}
        self.wishes = {name: wish for name, wish in self.wishes.items() if name not in settled}
        self.runs.tell(
            drawn.RUN_HEAD, drawn.RUN_WIDTHS, len(facts),
            lambda start, stop: [self._run_row(one) for one in facts[start:stop]],
        )  # fmt: skip
        self._draw_run()
        self.plot.draw(self.chosen, self.current)
        self.panes.draw(self.current, self.plot.colours, self.chosen, self.vault.links)

    def _run_row(self, fact: RunFacts) -> Row:
        """Return a run's row, made again where something about it has changed."""
        colour, wish = self.plot.colours.get(fact.name), self.wishes.get(fact.name, "")
        current = fact.name == self.current
        known = self._rows.get(fact.name)
        if known is None or known[0] != (fact, colour, current, wish):
            made = drawn.run_row(fact, self.monitor.losses(fact.name), colour, current, wish)
            known = self._rows[fact.name] = (fact, colour, current, wish), made
        return known[1]

    def _draw_run(self) -> None:
        fact = self.monitor.fact(self.current)
        pace = ""
        if fact.state == "running" and "seconds" in (table := self.monitor.open(self.current)).columns:
            pace = details.took(fact, table["seconds"])
        strip = details.resource_strip(self.monitor.resources(self.current), fact.state == "running")
        wish = self.wishes.get(self.current, "")
        colour = self.plot.colours.get(self.current)
        self.head.say(
            head=details.run_head(fact, colour, engine.devices(), wish, self.said, pace),
            strip=strip,
            tabs=details.pane_tabs(self.panes.chosen),
            epoch=self.vault.bar(self.chosen, self.plot.columns) if self.panes.chosen == "grid" else "",
        )

    # --- what people do -----------------------------------------------------------------------------

    def handle(self, action: str, value: str) -> None:
        """Do what a button, a tab, a field or a row asks; what is wrong stands beside the run's name."""
        self.said = ""
        try:
            _ACTIONS.get(action, Experiments._unknown)(self, value)
        except LitlabError as problem:
            self.said = str(problem)
        self.refresh()

    def _unknown(self, value: str) -> None:
        """Do nothing: an older page's button."""

    def _on_run(self, action: str, value: str) -> None:
        self.handle("show" if action == "choose" else action, value)

    def _on_epoch(self, action: str, value: str) -> None:
        self.handle("epoch" if action == "choose" else action, value)

    def _clicked(self, run: str, epoch: int) -> None:
        count = self.monitor.fact(run).epochs
        self.handle("epoch", f"{run}/{min(epoch, max(count, 1))}")
        self.panes.grid.show(run, min(epoch, max(count, 1)))

    def _show(self, name: str) -> None:
        """Look at a run: alone, unless it is drawn with others."""
        if name in self.monitor.names:
            self._turn_to(name)
            if name not in self.plot.colours:
                self.plot.only([name])

    def _turn_to(self, name: str) -> None:
        if name != self.current:
            self.panes.forget()
        self.current = name
        self.pinned = None

    def _compare(self, name: str) -> None:
        """Draw a run with the others, or no longer."""
        if name in self.monitor.names:
            self.plot.toggle(name)
            if self.current not in self.plot.colours:
                self._turn_to(next(iter(self.plot.colours)))

    def _epoch_chosen(self, value: str) -> None:
        name, _, number = value.rpartition("/")
        if name in self.monitor.names and number.isdecimal():
            self._turn_to(name)
            self.pinned = (name, int(number))

    def _end(self, name: str, wish: str) -> None:
        run = self.monitor.run(name)
        run.pause() if wish == "pausing" else run.stop()
        self.wishes[name] = wish

    def _continue(self, name: str, device: str | None = None) -> None:
        resume(self.monitor.run(name), device)

    def _continue_on(self, value: str) -> None:
        posted = json.loads(value)
        self._continue(str(posted[""]), str(posted.get("device") or "") or None)

    def _open_clone(self, name: str) -> None:
        self._turn_to(name)
        self.panes.turn("settings")

    def _clone(self, value: str) -> None:
        made = self.panes.clone(json.loads(value))
        if made is not None:
            self.monitor.refresh(_BUDGET_S)
            self.plot.toggle(made.name)
            self._turn_to(made.name)
            self.panes.turn("grid")

    def _add_to_vault(self, value: str) -> None:
        if self.chosen is not None:
            name, epoch = self.chosen
            self.pinned = (name, epoch)
            self.vault.add(name, epoch, str(json.loads(value).get("name", "")))

    @property
    def code(self) -> str:
        """The calls that tell what the page shows."""
        if not self.current:
            return ""
        chosen = self.chosen
        return _CODE.format(
            home=str(self.project.team.workspace.home), team=self.project.team.name,
            project=self.project.name, run=self.current, column=(self.plot.columns or ["val_loss"])[-1],
            smoothing=f"{self.plot.smoothing:g}", epoch=chosen[1] if chosen else 1,
        )  # fmt: skip


_ACTIONS: dict[str, Callable[[Experiments, str], None]] = {
    "pane": lambda self, value: self.panes.turn(value),
    "show": Experiments._show,
    "compare": Experiments._compare,
    "epoch": Experiments._epoch_chosen,
    "columns": lambda self, value: self.plot.choose_columns(value),
    "smoothing": lambda self, value: self.plot.smooth(value),
    "log": lambda self, value: self.plot.scale(value),
    "all": lambda self, value: self.plot.all_epochs(),
    "pause": lambda self, value: self._end(value, "pausing"),
    "stop": lambda self, value: self._end(value, "stopping"),
    "continue": lambda self, value: self._continue(value),
    "continue-on": Experiments._continue_on,
    "clone": Experiments._open_clone,
    "clone-form": Experiments._clone,
    "vault": Experiments._add_to_vault,
    "earlier": lambda self, value: self.panes.scroll_log(later=False),
    "latest": lambda self, value: self.panes.scroll_log(later=True),
}
