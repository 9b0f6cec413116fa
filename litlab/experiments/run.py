"""A training run, seen from outside: its definition, state, epochs and checkpoints."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from litlab import atomic
from litlab.assets import Asset
from litlab.canvases import Canvas, TrainingSettings
from litlab.errors import RunFailed, UnknownName
from litlab.jobs import Job
from litlab.records import Record
from litlab.vault.entry import asset_by_digest
from litlab.workspace import Project, Team, Workspace

# What perf.csv holds of an epoch. `loss` is the training part's with penalties, as the optimizer saw it;
# `val_loss` is the validation part's without: log-loss for a sigmoid output, mean squared error else.
COLUMNS = ("epoch", "loss", "val_loss", "val_auc", "seconds")


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


class Run:
    """A training run.

    Attributes
    ----------
    folder : Path
        ``train/<project>/<run>``.
    name : str
    definition : RunDefinition
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self.name = self.folder.name
        self.definition = RunDefinition.load(self.folder / "definition.json")

    def __repr__(self) -> str:
        return f"Run({self.name!r}, {self.state}, {len(self.epochs())} epochs)"

    @property
    def project(self) -> Project:
        """The project the run belongs to."""
        home = self.folder.parents[3]
        return Project(Team(Workspace(home), self.folder.parents[2].name), self.folder.parent.name)

    @property
    def asset(self) -> Asset:
        """The asset version it is trained on, wherever it stands now."""
        return asset_by_digest(self.project.team, self.definition.schema, self.definition.asset)

    @property
    def job(self) -> Job:
        """The process behind the run."""
        return Job(self.folder)

    @property
    def state(self) -> str:
        """One of queued (or never started), running, done, stopped, failed."""
        return self.job.state if (self.folder / "job.json").is_file() else "queued"

    @property
    def log(self) -> Path:
        """What the process said."""
        return self.folder / "log.txt"

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
            raise RunFailed(run=self.name, reason=_last_words(self.log), log=self.log)
        return self

    def stop(self) -> None:
        """End the training; finished epochs stay, an unfinished one is lost."""
        self.job.stop()


def best_of(rows: list[dict[str, float]]) -> int | None:
    """Return the number of the row's epoch with the least ``val_loss``, None without rows.

    >>> best_of([{"epoch": 1, "val_loss": 0.6}, {"epoch": 2, "val_loss": 0.5}, {"epoch": 3, "val_loss": 0.5}])
    2
    """
    known = [row for row in rows if math.isfinite(row["val_loss"])]
    if not known:
        return int(rows[-1]["epoch"]) if rows else None
    return int(min(known, key=lambda row: row["val_loss"])["epoch"])


def read_epochs(path: Path) -> list[dict[str, float]]:
    """Return perf.csv's complete rows as numbers."""
    lines = atomic.read_lines(path)
    reader = csv.DictReader(io.StringIO("\n".join(lines)))
    return [{name: float(value) for name, value in row.items()} for row in reader]


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


def _last_words(log: Path) -> str:
    lines = atomic.read_lines(log)
    return lines[-1].rstrip(".") if lines else "it said nothing"
