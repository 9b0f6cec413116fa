"""A training run, seen from outside: its definition, state, epochs and checkpoints."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from litlab.assets import Asset
from litlab.assets.asset import STAGES, versions
from litlab.canvases import Canvas, TrainingSettings
from litlab.errors import BadParameter, NoAsset, RunFailed, UnknownName
from litlab.experiments import checkpoints, ending
from litlab.experiments.perf import best_of, read_epochs
from litlab.experiments.supervised import PAUSED, STOP, Supervised
from litlab.records import Record
from litlab.vault.entry import asset_by_digest
from litlab.vault.heads import Head, head_of_params
from litlab.vault.looks import tried
from litlab.vault.null import Permuted
from litlab.vault.scoreboard import scoreboard
from litlab.workspace import Project, Team, Workspace

SPREAD, NULL = "spread.json", "null.json"  # what ``retraining`` found, in the run's folder


@dataclasses.dataclass(frozen=True)
class RunDefinition(Record):
    """What a run trains: everything its weights are a function of, and where it runs.

    Attributes
    ----------
    canvas : Canvas
        A copy: editing the canvas later does not touch the run.
    components : dict
        Component script → sha256 of its source.
    schema, asset : str
        The schema's name and the digest of the asset version.
    device : str
        ``cpu``, ``gpu`` or ``gpu:<number>``.
    keep : int, optional
        How many checkpoints stay, the best by `keep_by` and the last two; all of them without it.
    keep_by : str
        A column of perf.csv; one whose name ends in ``loss`` is better when it is less.
    parent : str
        The run it is a clone of.
    made_by : {"canvas", "code"}
        ``code`` is a ``fit`` of somebody's own inside ``litlab.run()``: canvas, schema and asset are empty.
    sweep, trial : str, int
        The sweep that it belongs to, and which of its trials it is.
    permuted : int, optional
        It learns labels permuted within their sessions by this seed: a null (``retraining``).
    """

    KIND: ClassVar[str] = "run"

    name: str
    canvas: Canvas
    components: dict[str, str]
    schema: str
    asset: str
    settings: TrainingSettings
    device: str = "cpu"
    litlab: str = ""
    keep: int | None = None
    keep_by: str = "val_loss"
    parent: str = ""
    made_by: str = "canvas"
    sweep: str = ""
    trial: int = 0
    permuted: int | None = None


class Run(Supervised):
    """A training run.

    Attributes
    ----------
    folder : Path
        ``train/<project>/<run>``.
    name : str
    definition : RunDefinition
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.definition = RunDefinition.load(self.folder / "definition.json")

    def __repr__(self) -> str:
        return f"Run({self.name!r}, {self.state}, {len(self.epochs())} epochs)"

    def _facts(self) -> dict[str, Any]:
        done = self.epochs()
        return {
            "name": self.name, "state": self.state, "epochs": len(done), "asset": self.definition.asset,
            "last": done[-1] if done else None, "folder": self.folder, "ended": self.ended() or "–",
        }  # fmt: skip

    def ended(self) -> str:
        """Return why it failed, or why it stopped early, as a sentence; "" where neither is so."""
        if self.state == "failed":
            return ending.failure(self)
        if self.state != "done" or self.definition.made_by == "code" or not (rows := self.epochs()):
            return ""
        return ending.stopped_early(len(rows), best_of(rows), self.definition.settings)

    @property
    def project(self) -> Project:
        """The project the run belongs to."""
        home = self.folder.parents[3]
        return Project(Team(Workspace(home), self.folder.parents[2].name), self.folder.parent.name)

    @property
    def asset(self) -> Asset:
        """The asset version it is trained on, wherever it stands now; UnknownName if it is gone.

        BadParameter for a run from code that names none.
        """
        if not self.definition.asset:
            wanted = "it names no asset, so no scoreboard and no vault: record it with litlab.run(asset=…)"
            raise BadParameter(name="run", given=self.name, wanted=wanted)
        team, schema, digest = self.project.team, self.definition.schema, self.definition.asset
        try:
            found = asset_by_digest(team, schema, digest)
        except NoAsset:
            known = [one for stage in STAGES for one in versions(team, schema, stage)]
            raise UnknownName(kind=f"version of the asset {schema}", given=digest, known=known) from None
        seed = self.definition.permuted
        return found if seed is None else Permuted(found.path, seed)

    @property
    def perf(self) -> Path:
        """The append-only table of epochs."""
        return self.folder / "perf.csv"

    def epochs(self) -> list[dict[str, float]]:
        """Return a row per finished epoch, oldest first: COLUMNS, ``epoch`` counted from 1."""
        return read_epochs(self.perf)

    def best_epoch(self) -> int:
        """Return the epoch with the least loss on the validation part; the earlier one of equals.

        The log-loss decides, not the AUC: it is a proper score of each probability, and the test part
        has no say.

        Raises
        ------
        RunFailed
            If no epoch has finished.
        """
        best = best_of(self.epochs())
        if best is None:
            raise RunFailed(run=self.name, reason="no epoch has finished", log=self.log)
        return best

    def model_path(self, epoch: int | None = None) -> Path:
        """Return the Keras checkpoint of an epoch, the best one by default."""
        epoch = self.best_epoch() if epoch is None else epoch
        path = self.folder / "saved_models" / f"model.{epoch}.keras"
        if not path.is_file():
            known = [str(int(row["epoch"])) for row in self.epochs()]
            raise UnknownName(kind=f"epoch of {self.name}", given=str(epoch), known=known)
        return path

    def follow(
        self, callback: Callable[[dict[str, float]], Any] | None = None, timeout_s: float = math.inf
    ) -> Run:
        """Wait for the run's end and hand every finished epoch to `callback` as soon as it is there.

        After `timeout_s` it comes back with the run still going: its ``state`` tells.

        Raises
        ------
        RunFailed
            If the run ends with an error; with the last line of its log.
        """
        seen, state, waited = 0, "running", 0.0
        while state in ("queued", "running") and waited < timeout_s:
            state = self.job.wait(0.25)
            waited += 0.25
            rows = self.epochs()
            for row in rows[seen:]:
                if callback is not None:
                    callback(row)
            seen = len(rows)
        if state == "failed":
            raise RunFailed(run=self.name, reason=self.reason(), log=self.log)
        return self

    def stop(self) -> None:
        """End the training after the batch; finished epochs stay, an unfinished one is lost.

        Raises
        ------
        BadParameter
            If it has ended.
        """
        ending.refuse_ended(self, "stop", "paused")
        (self.folder / PAUSED).unlink(missing_ok=True)
        self._end()

    def pause(self) -> None:
        """End the training after the batch with the state *paused*; ``resume`` goes on, to the same bits.

        Raises
        ------
        BadParameter
            If it has ended.
        """
        ending.refuse_ended(self, "pause")
        (self.folder / PAUSED).touch()
        self._end()

    def _end(self) -> None:
        if self.definition.made_by == "code":
            (self.folder / STOP).touch()  # its process is somebody's notebook
        else:
            self.job.stop()

    def digests(self) -> tuple[str | None, str | None]:
        """Return the sha256 of the last finished epoch's weights and of its optimizer's state.

        Two runs are equal bit for bit exactly where both are equal; None where nothing is stored.
        """
        return checkpoints.digests(self.folder / "saved_models", len(self.epochs()))

    def validation(self, epoch: int | None = None) -> npt.NDArray[np.float64]:
        """Return what an epoch, the best by default, predicts of the validation part; no TensorFlow.

        Returns
        -------
        (n, columns) float64
            One column but for heads of classes and quantiles.
        """
        epoch = self.best_epoch() if epoch is None else epoch
        self.model_path(epoch)
        found = checkpoints.read_state(self.folder / "saved_models", epoch)["validation"]
        return found.astype(np.float64)

    def scores(self, epoch: int | None = None) -> dict[str, Any]:
        """Return an epoch's scoreboard on the validation part, the best epoch's by default.

        The test part has no say and is not looked at. ``litlab.vault.scoreboard`` tells what it holds;
        ``spread`` stands with it where ``retraining.spread`` has been asked for.

        Raises
        ------
        BadParameter
            If the run was recorded from code: it names no asset.
        """
        made = scoreboard(self.asset, self.head(epoch), self.validation(epoch), "validation")
        found = {**tried(self.project.team, self.asset), **made}
        path = self.folder / SPREAD
        return {**found, "spread": json.loads(path.read_text("utf-8"))} if path.is_file() else found

    def head(self, epoch: int | None = None) -> Head:
        """Return what the output is, as an epoch's checkpoint knows it.

        Raises
        ------
        BadParameter
            If the run was recorded from code: it names no label.
        """
        nodes = [node.params for node in self.definition.canvas.nodes if "label" in node.params]
        if not nodes or not self.definition.asset:
            wanted = "it must name an asset and a label: record it with litlab.run(asset=…)"
            raise BadParameter(name="run", given=self.name, wanted=wanted)
        epoch = self.best_epoch() if epoch is None else epoch
        self.model_path(epoch)
        said = head_of_params(nodes, sigmoid=nodes[0].get("head", "binary") == "binary")
        kind = checkpoints.read_state(self.folder / "saved_models", epoch).get("head")
        return said if kind is None else dataclasses.replace(said, kind=str(kind))


def list_runs(project: Project) -> list[Run]:
    """Return a project's runs, by name."""
    folder = project.folder("train") / project.name
    return [Run(path.parent) for path in sorted(folder.glob("*/definition.json"))]


def open_run(project: Project, name: str) -> Run:
    """Return a project's run by name."""
    known = {run.name: run for run in list_runs(project)}
    if name not in known:
        raise UnknownName(kind=f"run of {project}", given=name, known=known)
    return known[name]


def workspace_runs(workspace: Workspace) -> list[Run]:
    """Return the runs of all teams and projects, by project, then name."""
    return [run for project in workspace.projects() for run in list_runs(project)]


def find_run(workspace: Workspace, name: str) -> Run:
    """Return the workspace's run of this name: there is one at most.

    Raises
    ------
    UnknownName
        With the nearest one.
    """
    known = {run.name: run for run in workspace_runs(workspace)}
    if name not in known:
        raise UnknownName(kind="run", given=name, known=known)
    return known[name]
