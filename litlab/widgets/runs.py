"""The runs of a project in a notebook: a live chart and table, drawn by the browser.

A thread of the kernel looks at the runs' folders every second (``litlab.experiments.monitor``) and sends what
has changed; so it stays live while the kernel is busy with a ``fit`` of its own.
"""

from __future__ import annotations

import math
import threading
import time
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from litlab.charts.epochs import COLOURS, MOST_LINES
from litlab.errors import UnknownName
from litlab.experiments import monitor
from litlab.workspace import Project

_STATIC = Path(__file__).parent / "static"
_PERIOD_S = 1.0
_BUDGET_S = 0.2
_POINTS = 600
_MOST_RUNS = 200  # in the table, the newest


class RunView(anywidget.AnyWidget):  # type: ignore[misc]  # anywidget is not followed by mypy here
    """Curves and states of a project's runs, live.

    Parameters
    ----------
    project : Project
    runs : sequence of str, optional
        Those drawn; the newest by default.
    columns : sequence of str
        Of perf.csv; those that a run does not have are left out.
    live : bool
        Look again every second until the widget is closed.

    Attributes
    ----------
    chosen : list of str
        The runs drawn, at most MOST_LINES lines; people tick them in the table.
    columns : list of str
        The columns drawn.
    smoothing : float
        From 0 to below 1.
    log : bool
        A logarithmic axis.
    table : list of dict
        Every run: name, state, epochs, planned, best_epoch, best, device.
    lines : list of dict
        What is drawn: run, column, colour, epochs and values as float64 bytes, the best epoch.

    Examples
    --------
    >>> import tempfile
    >>> from litlab.workspace import Workspace
    >>> view = RunView(Workspace(tempfile.mkdtemp()).create_project("contoso", "volatility"), live=False)
    >>> view.table
    []
    """

    _esm = _STATIC / "runs.js"
    _css = _STATIC / "runs.css"

    chosen = traitlets.List(traitlets.Unicode()).tag(sync=True)
    columns = traitlets.List(traitlets.Unicode()).tag(sync=True)
    known = traitlets.List(traitlets.Unicode()).tag(sync=True)
    smoothing = traitlets.Float(0.0, min=0.0, max=0.99).tag(sync=True)
    log = traitlets.Bool(False).tag(sync=True)
    table: Any = traitlets.List().tag(sync=True)
    lines: Any = traitlets.List().tag(sync=True)

    def __init__(
        self,
        project: Project,
        runs: Sequence[str] = (),
        columns: Sequence[str] = ("loss", "val_loss"),
        live: bool = True,
    ) -> None:
        self.monitor = monitor(project)
        self._hold = threading.RLock()
        self._drawn: object = None
        for name in runs:
            self.monitor.fact(name)  # raises where there is none
        super().__init__(chosen=list(runs) or self.monitor.names[-1:], columns=list(columns))
        self.refresh()
        self.observe(lambda _: self.refresh(), names=["chosen", "columns", "smoothing", "log"])
        if live:
            threading.Thread(target=_watch, args=(weakref.ref(self),), name="runs", daemon=True).start()

    def refresh(self) -> None:
        """Look at the runs again, and send what has changed."""
        with self._hold:
            self.monitor.refresh(_BUDGET_S)
            if not self.chosen and self.monitor.names:
                self.chosen = self.monitor.names[-1:]
            self._tell()

    def _tell(self) -> None:
        facts = self.monitor.facts()[:_MOST_RUNS]
        self.table = [
            {
                "name": one.name, "state": one.state, "epochs": one.epochs, "planned": one.planned,
                "best_epoch": one.best_epoch, "best": one.best if math.isfinite(one.best) else None,
                "device": one.device,
            }
            for one in facts
        ]  # fmt: skip
        names = [name for name in self.chosen if name in self.monitor.names]
        self.known = self.monitor.columns(names)
        pairs = [(name, one) for one in self.columns for name in names if one in self.known]
        sizes = [(name, self.monitor.open(name).begun, len(self.monitor.open(name))) for name in names]
        key = (sizes, pairs, self.smoothing)
        if key != self._drawn:
            self._drawn = key
            self.lines = [
                made for pair in pairs[:MOST_LINES] if (made := self._line(names, *pair)) is not None
            ]

    def _line(self, names: list[str], name: str, column: str) -> dict[str, Any] | None:
        try:
            epochs, values = self.monitor.curve(name, column, smoothing=self.smoothing, points=_POINTS)
        except UnknownName:  # another of the runs has it
            return None
        return {
            "run": name, "column": column, "colour": COLOURS[names.index(name) % len(COLOURS)],
            "epochs": epochs.tobytes(), "values": values.tobytes(),
            "best": self.monitor.fact(name).best_epoch,
        }  # fmt: skip


def _watch(view: weakref.ref[RunView]) -> None:
    """Refresh a view while it is there and not closed."""
    while True:
        time.sleep(_PERIOD_S)
        shown = view()
        if shown is None or shown.comm is None:
            return
        shown.refresh()
        del shown
