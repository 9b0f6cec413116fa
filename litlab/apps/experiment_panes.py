"""Below the head of a run on the Experiments page: its epochs, its log, its settings and how to clone it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from litlab.apps import build_views
from litlab.apps import experiment_details as details
from litlab.apps import experiment_views as drawn
from litlab.apps.experiment_grid import EpochGrid
from litlab.apps.fragment import Fragment, Handler
from litlab.apps.log_window import LogWindow
from litlab.apps.run_forms import cloned, fields_of, read
from litlab.experiments import Monitor, Run
from litlab.experiments.comparing import differences
from litlab.workspace import Project


class Panes:
    """The three panes of a run, one of which is seen.

    Parameters
    ----------
    project : Project
    monitor : Monitor
    handle : callable
        Of what stands in log and settings.
    on_epoch : callable
        Of the grid.

    Attributes
    ----------
    chosen : {"grid", "shell", "settings"}
    grid : EpochGrid
    parts : tuple of Viewable
        What is to be stacked.
    """

    def __init__(self, project: Project, monitor: Monitor, handle: Handler, on_epoch: Handler) -> None:
        self.project, self.monitor = project, monitor
        self.chosen = "grid"
        self.grid = EpochGrid(monitor, on_epoch)
        self.body = Fragment('<div class="runpane" data-html="pane"></div>', handle,
                             sizing_mode="stretch_both")  # fmt: skip
        self.parts = (self.grid.panel, self.body)
        self._window: LogWindow | None = None
        self._typed: dict[str, Any] = {}
        self._problems: dict[str, str] = {}

    def turn(self, name: str) -> None:
        """Show another pane; nothing for what is none."""
        if name in details.PANES:
            self.chosen = name

    def forget(self) -> None:
        """Let go of what was typed and read of the run before."""
        self._typed, self._problems, self._window = {}, {}, None

    def draw(
        self,
        name: str,
        colours: Mapping[str, int],
        epoch: tuple[str, int] | None,
        links: Callable[[], Mapping[tuple[str, int], str]],
    ) -> None:
        """Bring the pane that is seen up to what is known.

        Parameters
        ----------
        name : str
            The run's.
        colours : mapping of str to int
            The runs drawn, in their order.
        epoch : (run, epoch), optional
            The one chosen.
        links : callable
            Returns (run, epoch) → HTML of what the vault holds of it.
        """
        waits = "" if len(colours) > 1 else drawn.unborn(self.monitor.fact(name))
        shows_grid = self.chosen == "grid" and not waits
        self.grid.panel.visible, self.body.visible = shows_grid, not shows_grid
        if self.chosen == "grid":
            self.grid.draw(colours, epoch, links())
            if waits:
                self.body.say(pane=f'<p class="quiet" role="status">{escape(waits)}</p>')
        elif self.chosen == "shell":
            self._draw_log(self.monitor.run(name))
        else:
            self._draw_settings(name, list(colours))

    def _draw_log(self, run: Run) -> None:
        if self._window is None or self._window.path != run.log:
            self._window = LogWindow(run.log)
        else:
            self._window.advance()
        window = self._window
        self.body.say(pane=build_views.log(window.lines, window.start > 0, not window.follows))

    def scroll_log(self, later: bool) -> None:
        """Show the log's end, or what stands before what is shown."""
        if self._window is not None:
            self._window.latest() if later else self._window.earlier()

    def _draw_settings(self, name: str, names: list[str]) -> None:
        run, fact = self.monitor.run(name), self.monitor.fact(name)
        form = ""
        if fact.made_by == "canvas":
            given = {**cloned(run), **self._typed}
            form = details.clone_form(fields_of(self.project.team), given, self._problems, run.name)
        different = differences([self.monitor.run(one) for one in names])
        self.body.say(pane=details.settings(run, fact, different, names, form))

    def clone(self, posted: dict[str, Any]) -> Run | None:
        """Start the clone that the form asks for; None where a field is wrong, which then stands there."""
        run = self.monitor.run(str(posted.pop("")))
        made, self._problems = read(run, posted)
        self._typed = posted if made is None else {}
        return made
