"""Many runs at once, watched while they train: ``litlab.experiments.monitor(project)``.

1. ``Monitor.refresh`` looks at every run again: a state costs a look at its lock, a table what was appended
   to it (``growing``). 2. Of each run the losses are held, of those that are ``open``ed all columns: 100 runs
   of 10,000 epochs take 24 MB and not 160. 3. ``curve`` makes what is drawn, smoothed and decimated
   (``curves``). 4. ``comparing`` tells what a curve has to beat and what runs do not share, ``resources``
   what one takes of the machine.

Everything is read from the runs' folders, whoever trains there: a process of litlab or somebody's notebook.
"""

from __future__ import annotations

import collections
import math
import os
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.errors import LitlabError, UnknownName
from litlab.experiments import resources
from litlab.experiments.curves import decimate, smooth
from litlab.experiments.growing import GrowingTable
from litlab.experiments.run import Run
from litlab.experiments.watched import RunFacts, Watched, epochs_of
from litlab.shown import Shown, rows_html
from litlab.workspace import Project

Floats = npt.NDArray[np.float64]

MOST_OPEN = 24  # runs of which all columns are held


def monitor(project: Project) -> Monitor:
    """Return what watches a project's runs, having looked once.

    Examples
    --------
    >>> import tempfile
    >>> from litlab.workspace import Workspace
    >>> seen = monitor(Workspace(tempfile.mkdtemp()).create_project("contoso", "volatility"))
    >>> seen.refresh()
    >>> seen.facts()
    []
    """
    made = Monitor(project)
    made.refresh()
    return made


class Monitor(Shown):
    """The runs of a project, as their folders tell them.

    Parameters
    ----------
    project : Project

    Attributes
    ----------
    behind : bool
        Whether a ``refresh`` ended before every table was read to its end.
    """

    def __init__(self, project: Project) -> None:
        self.project, self.behind = project, False
        self._folder = project.folder("train") / project.name
        self._watched: dict[str, Watched] = {}
        self._opened: collections.OrderedDict[str, None] = collections.OrderedDict()
        self._resources: dict[str, GrowingTable] = {}

    def __repr__(self) -> str:
        return f"Monitor({str(self.project)!r}, {len(self._watched)} runs)"

    def refresh(self, budget_s: float = math.inf) -> None:
        """Look at all runs again: new ones, states, rows.

        Parameters
        ----------
        budget_s : float
            Tables that were never read wait for the next time once so much time is over; ``behind`` tells.
        """
        end = time.perf_counter() + budget_s
        self._find()
        for watched in self._watched.values():
            watched.look()
        self.behind = False
        for name, watched in reversed(self._watched.items()):
            if watched.known or name in self._opened or time.perf_counter() < end:
                watched.read()
            else:
                self.behind = True

    def _find(self) -> None:
        try:
            with os.scandir(self._folder) as entries:
                names = {entry.name for entry in entries if not entry.name.startswith(".")}
        except FileNotFoundError:
            names = set()
        for name in self._watched.keys() - names:
            self._watched.pop(name)
            self._opened.pop(name, None)
            self._resources.pop(name, None)
        found = []
        for name in names - self._watched.keys():
            try:
                found.append(Watched(self._folder / name))
            except (LitlabError, OSError):  # no run yet, or one that cannot be read: not this page's to say
                continue
        if found:
            every = sorted([*self._watched.values(), *found], key=lambda one: (one.created_s, one.run.name))
            self._watched = {one.run.name: one for one in every}

    # --- what is known ------------------------------------------------------------------------------

    @property
    def names(self) -> list[str]:
        """The runs' names, the oldest first."""
        return list(self._watched)

    def facts(self) -> list[RunFacts]:
        """Return every run in one line, the newest first."""
        return [one.facts() for one in reversed(self._watched.values())]

    def fact(self, name: str) -> RunFacts:
        """Return one run in one line."""
        return self._one(name).facts()

    def run(self, name: str) -> Run:
        """Return a run, to stop it, to resume it, to read its log."""
        return self._one(name).run

    def losses(self, name: str) -> Floats:
        """Return the losses that decide of a run's epochs: validation's, else training's; (n,) float64."""
        return self._one(name).losses()

    def open(self, name: str) -> GrowingTable:
        """Return all columns of a run's epochs, followed from now on."""
        watched = self._one(name)
        self._opened[name] = None
        self._opened.move_to_end(name)
        watched.hold_all()
        while len(self._opened) > MOST_OPEN:
            old, _ = self._opened.popitem(last=False)
            self._watched[old].hold_all(False)
        return watched.table

    def columns(self, names: Sequence[str]) -> list[str]:
        """Return the columns that any of the runs has, in their order, without ``epoch``."""
        every = dict.fromkeys(one for name in names for one in self.open(name).columns)
        return [one for one in every if one != "epoch"]

    def curve(
        self,
        name: str,
        column: str,
        *,
        smoothing: float = 0.0,
        points: int = 1_000,
        span: tuple[float, float] | None = None,
    ) -> tuple[Floats, Floats]:
        """Return (epochs, values) of one column, ready to draw.

        Parameters
        ----------
        name, column : str
        smoothing : float
            From 0 to below 1: see ``curves.smooth``.
        points : int
            Pixels across: no more than twice as many points come, extremes among them.
        span : (float, float), optional
            The epochs in view.

        Raises
        ------
        UnknownName
            If there is no such run, or it has no such column.
        """
        table = self.open(name)
        if column not in table.columns:
            raise UnknownName(kind=f"column of {name}", given=column, known=table.columns)
        values = smooth(table[column], smoothing)
        epochs = epochs_of(table)
        start, stop = 0, len(values)
        if span is not None:  # one more at each side, so that lines go on to the edge
            start = int(np.searchsorted(epochs, span[0])) - 1
            stop = int(np.searchsorted(epochs, span[1], side="right")) + 1
        rows = decimate(values, start, stop, points)
        return epochs[rows], values[rows]

    def resources(self, name: str) -> GrowingTable:
        """Return what a run has taken of the machine so far: columns ``resources.COLUMNS``."""
        path = self._one(name).run.folder / resources.FILE
        table = self._resources.setdefault(name, GrowingTable(path))
        table.advance()
        return table

    def _one(self, name: str) -> Watched:
        if name not in self._watched:
            raise UnknownName(kind=f"run of {self.project}", given=name, known=self._watched)
        return self._watched[name]

    def _facts(self) -> dict[str, Any]:
        return {"name": str(self.project), "runs": len(self._watched)}

    def _repr_html_(self) -> str:
        heads = ("run", "state", "epochs", "best epoch", "its loss", "device")
        rows = [
            (one.name, one.state, one.epochs, one.best_epoch or "–", _four(one.best), one.device)
            for one in self.facts()
        ]
        return rows_html(f"Runs of {self.project}", heads, rows)


def _four(value: float) -> str:
    return f"{value:.4f}" if math.isfinite(value) else "–"
