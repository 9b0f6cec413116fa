"""A sweep, seen from outside: its state, its trials, ranked, and what the best of them is worth."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from litlab import atomic
from litlab.assets import Asset
from litlab.errors import BadParameter, RunFailed, UnknownName
from litlab.experiments import checkpoints
from litlab.experiments.launch import prepare
from litlab.experiments.perf import best_of
from litlab.experiments.run import Run, list_runs
from litlab.experiments.supervised import PAUSED, STOP, Supervised
from litlab.experiments.sweeps.axes import ASSET, applied, fitted
from litlab.experiments.sweeps.luck import best_by_luck
from litlab.experiments.sweeps.record import SweepDefinition
from litlab.vault import Entry, add_to_vault, open_entry
from litlab.vault.entry import asset_by_digest
from litlab.vault.heads import head_of_params
from litlab.workspace import Project, Team, Workspace

FOLDER = "sweeps"
WINNER = "winner.json"  # of the vault's entry, in the sweep's folder
ROW = ("trial", "run", "state", "epochs_done", "best_epoch", "val_loss", "val_auc", "seconds")
_FINAL = ("done", "stopped", "paused", "failed")


class Sweep(Supervised):
    """A sweep.

    Attributes
    ----------
    folder : Path
        ``train/<project>/sweeps/<sweep>``.
    name : str
    definition : SweepDefinition
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.definition = SweepDefinition.load(self.folder / "definition.json")

    def __repr__(self) -> str:
        return f"Sweep({self.name!r}, {self.state}, {len(self.definition.trials)} trials)"

    def _facts(self) -> dict[str, Any]:
        rows = self.ranked()
        return {
            "name": self.name, "state": self.state, "trials": len(self.definition.trials),
            "finished": len(rows), "over": list(self.definition.over), "best": rows[0] if rows else None,
            "folder": self.folder,
        }  # fmt: skip

    @property
    def project(self) -> Project:
        """The project that the sweep and its runs belong to."""
        root = self.folder.parents[3]
        return Project(Team(Workspace(root.parent), root.name), self.folder.parents[1].name)

    def ending(self) -> str:
        """Return the mark of somebody's wish that it ends: ``stop``, ``paused``, "" without."""
        return next((mark for mark in (STOP, PAUSED) if (self.folder / mark).is_file()), "")

    def asset(self, name: str | None = None) -> Asset:
        """Return one of the assets by its name in the sweep, the first by default."""
        known = {one.name: one for one in self.definition.assets}
        one = self.definition.assets[0] if name is None else known[name]
        return asset_by_digest(self.project.team, one.schema, one.digest)

    def runs(self) -> dict[int, Run]:
        """Return the runs so far by trial."""
        mine = (run for run in list_runs(self.project) if run.definition.sweep == self.name)
        return {run.definition.trial: run for run in mine}

    def prepare(self, number: int) -> Run:
        """Write the folder of a trial's run."""
        made = self.definition
        values, canvas = made.trials[number - 1], made.canvas
        asset = self.asset(values.get(ASSET))
        team = self.project.team
        drawn = fitted(applied(canvas, values), team, self.asset(), asset)
        said = ", ".join(f"{path} = {value}" for path, value in values.items())
        words = f"trial {number} of {self.name}: {said}" + (
            f". {made.description}" if made.description else ""
        )
        return prepare(
            self.project, drawn, asset, epochs=made.epochs, device=made.device, keep=made.keep,
            description=words, sweep=self.name, trial=number,
        )  # fmt: skip

    def trials(self) -> list[dict[str, Any]]:
        """Return a row a trial, in their order: ROW, and ``values`` by path.

        The scores are those of the trial's best epoch on validation; None before there is one.
        """
        runs = self.runs()
        return [_row(at, values, runs.get(at)) for at, values in enumerate(self.definition.trials, 1)]

    def ranked(self) -> list[dict[str, Any]]:
        """Return the rows of the trials that are done, the least validation loss first."""
        rows = [row for row in self.trials() if row["state"] == "done" and row["val_loss"] is not None]
        return sorted(rows, key=lambda row: (row["val_loss"], row["trial"]))

    def best(self) -> Run:
        """Return the winner's run.

        Raises
        ------
        RunFailed
            If no trial is done.
        """
        rows = self.ranked()
        if not rows:
            raise RunFailed(run=self.name, reason="no trial is done", log=self.log)
        return self.runs()[rows[0]["trial"]]

    def result(self) -> dict[str, Any]:
        """Return the best trial so far, and how good the best of so many is by luck alone.

        Returns
        -------
        dict
            ``trials``, ``finished``, ``failed``; ``best``, a row of ``trials``; ``null``, as
            ``luck.reality_check`` has it, with ``val_loss``: the loss that the best of so many would have if
            none knew more than the base rate; ``said``, all that in a sentence. The last three are None
            where no trial is done. ``entry``: ``name`` and ``digest`` in the vault, ``run`` and ``epoch`` of
            the winner; None before it was put there.
        """
        rows, every = self.ranked(), self.trials()
        failed = sum(row["state"] == "failed" for row in every)
        found: dict[str, Any] = {"trials": len(every), "finished": len(rows), "failed": failed}
        found |= dict.fromkeys(("best", "null", "said"))
        found["entry"] = self.entry()
        if not rows:
            return found
        null = self._null(rows)
        null["val_loss"] = rows[0]["val_loss"] + null["gain"] - null["expected"]
        return {**found, "best": rows[0], "null": null, "said": _said(len(rows), rows[0], null)}

    def entry(self) -> dict[str, Any] | None:
        """Return the winner's ``name``, ``digest``, ``run`` and ``epoch`` in the vault, None before."""
        path = self.folder / WINNER
        found: dict[str, Any] | None = json.loads(path.read_text("utf-8")) if path.is_file() else None
        return found

    def _null(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        runs = self.runs()
        states = [
            checkpoints.read_state(runs[row["trial"]].folder / "saved_models", int(row["best_epoch"]))
            for row in rows
        ]
        sigmoid = str(states[0]["head"]) != "level"
        head = head_of_params((node.params for node in self.definition.canvas.nodes), sigmoid)
        predicted = [state["validation"].astype(np.float64) for state in states]
        return best_by_luck([self.asset(row["values"].get(ASSET)) for row in rows], head, predicted)

    def write(self) -> None:
        """Write ``trials.csv`` as things are now."""
        paths = list(self.definition.over)
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow([*ROW, *paths])
        for row in self.trials():
            values = [row["values"].get(path) for path in paths]
            said = [json.dumps(value) if isinstance(value, list) else value for value in values]
            table.writerow([*(row[name] for name in ROW), *said])
        atomic.write_bytes(self.folder / "trials.csv", text.getvalue().encode())

    def follow(
        self, callback: Callable[[dict[str, Any]], Any] | None = None, timeout_s: float = math.inf
    ) -> Sweep:
        """Wait for the sweep's end and hand every trial's row to `callback` once the trial has ended.

        Raises
        ------
        RunFailed
            If the sweep ends with an error; with the last line of its log.
        """
        told: set[int] = set()
        state, waited = "running", 0.0
        while state in ("queued", "running") and waited < timeout_s:
            state = self.job.wait(0.5)
            waited += 0.5
            # A trial that was paused before may go on as long as the sweep does.
            final = ("done", "failed") if state in ("queued", "running") else _FINAL
            for row in self.trials() if callback is not None else ():
                if row["state"] in final and row["trial"] not in told:
                    told.add(row["trial"])
                    callback(row)  # type: ignore[misc]
        if state == "failed":
            raise RunFailed(run=self.name, reason=self.reason(), log=self.log)
        return self

    def stop(self) -> None:
        """End it: trials under way end after their batch, finished ones and finished epochs stay."""
        self._end(STOP)

    def pause(self) -> None:
        """End it with the state *paused*; ``resume_sweep`` goes on with what is left."""
        self._end(PAUSED)

    def _end(self, mark: str) -> None:
        if self.state in ("queued", "running"):
            (self.folder / mark).touch()
            self.job.stop()

    def vault(self, name: str | None = None) -> Entry:
        """Put the winner's best epoch into the vault: the one look that a sweep takes at the test part.

        Asked again, it returns the same entry without another look.

        Parameters
        ----------
        name : str, optional
            The model's name; the canvas's by default.

        Raises
        ------
        BadParameter
            Before the sweep is done: the winner would have been chosen of some.
        RunFailed
            If no trial is done.
        """
        if known := self.entry():
            return open_entry(self.project.team, known["name"], known["digest"])
        left = [row["trial"] for row in self.trials() if row["state"] not in ("done", "failed")]
        if left:
            wanted = f"{len(left)} of its trials are not done: let it end, or go on with it, first"
            raise BadParameter(name="sweep", given=self.name, wanted=wanted)
        run = self.best()
        entry: Entry = add_to_vault(run, run.best_epoch(), name)
        facts = {"name": entry.name, "digest": entry.digest, "run": run.name, "epoch": run.best_epoch()}
        atomic.write_json(self.folder / WINNER, facts)
        return entry


def list_sweeps(workspace: Workspace) -> list[Sweep]:
    """Return the sweeps of all teams and projects, by project, then name."""
    found = []
    for project in workspace.projects():
        folder = project.folder("train") / project.name / FOLDER
        found += [Sweep(path.parent) for path in sorted(folder.glob("*/definition.json"))]
    return found


def find_sweep(workspace: Workspace, name: str) -> Sweep:
    """Return the workspace's sweep of this name: there is one at most.

    Raises
    ------
    UnknownName
        With the nearest one.
    """
    known = {sweep.name: sweep for sweep in list_sweeps(workspace)}
    if name not in known:
        raise UnknownName(kind="sweep", given=name, known=known)
    return known[name]


def _row(number: int, values: Mapping[str, Any], run: Run | None) -> dict[str, Any]:
    done = run.epochs() if run is not None else []
    best = best_of(done)
    chosen: Mapping[str, float] = next((row for row in done if row["epoch"] == best), {})
    return {
        "trial": number,
        "run": run.name if run is not None else None,
        "state": run.state if run is not None else "queued",
        "epochs_done": len(done),
        "best_epoch": best,
        "val_loss": _finite(chosen.get("val_loss")),
        "val_auc": _finite(chosen.get("val_auc")),
        "seconds": round(sum(row["seconds"] for row in done), 1),
        "values": dict(values),
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _said(trials: int, best: Mapping[str, Any], null: Mapping[str, Any]) -> str:
    values = ", ".join(f"{path} = {value}" for path, value in best["values"].items())
    caveat = f", which {null['caveat']}" if null["caveat"] else ""
    # Checkpoints of other epochs may be gone, so what they said cannot be drawn from.
    chosen = ""
    if best["epochs_done"] > 1:
        chosen = " Counted is the choice among trials, not that of each one's epoch: p is a little too small."
    sense = "better" if null["gain"] >= 0 else "worse"
    luck = max(null["expected"], 0)
    return (
        f"The best of {trials} trials is {best['trial']} ({values}): validation loss {best['val_loss']:.4f} "
        f"in epoch {best['best_epoch']}, {abs(null['gain']):.4f} {sense} than the base rate. If none "
        f"of {trials} knew more than the base rate, the best would still be {luck:.4f} better by "
        f"luck (p = {null['p']:.2g}; {null['units']} {null['resampled']} drawn{caveat}).{chosen}"
    )
