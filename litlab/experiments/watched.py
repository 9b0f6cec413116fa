"""One run under watch: its state, its losses, its best epoch, looked at again and again for little."""

from __future__ import annotations

import dataclasses
import math
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from litlab.experiments import ending
from litlab.experiments.growing import GrowingTable, last_row
from litlab.experiments.run import Run
from litlab.experiments.supervised import PAUSED

Floats = npt.NDArray[np.float64]

DECIDES = ("epoch", "loss", "val_loss")  # what the best epoch is a matter of
_OPEN_STATES = ("queued", "running")


@dataclasses.dataclass(frozen=True)
class RunFacts:
    """A run in one line.

    Attributes
    ----------
    state : str
        As ``Run.state`` tells it.
    epochs, planned : int
        Finished, and asked for at most; 0 planned where nobody has said.
    best_epoch : int or None
        The one with the least loss on the validation part.
    best, last : float
        That loss, and the last epoch's; of training where no validation loss is known.
    created_s : float
        Seconds since 1970, UTC.
    known : bool
        Whether all its epochs have been read; until then ``best`` is unknown.
    ended : str
        Why it failed, or that it stopped early.
    waits : str
        What a process does that has no epoch to show yet, "" else; ``waits_s`` for how many seconds now.
    """

    name: str
    state: str
    epochs: int
    planned: int
    best_epoch: int | None
    best: float
    last: float
    device: str
    made_by: str
    parent: str
    created_s: float
    known: bool
    ended: str = ""
    waits: str = ""
    waits_s: int = 0

    @property
    def is_open(self) -> bool:
        """Tell whether it may still grow by itself."""
        return self.state in _OPEN_STATES


class Watched:
    """One run under watch."""

    def __init__(self, folder: Path) -> None:
        self.run = Run(folder)
        self.created_s = (folder / "description.txt").stat().st_mtime
        self.table = GrowingTable(self.run.perf, DECIDES)
        self.state = "queued"
        self.known = False
        self._glimpse: dict[str, float] = {}
        self._identity: tuple[object, ...] = ()
        self._definition = _identity(folder / "definition.json")
        self._told: tuple[tuple[int, int], tuple[int | None, float]] | None = None
        self._failure = ""

    def look(self) -> None:
        """Ask for the state, unless it has ended and nothing has begun again."""
        folder = self.run.folder
        identity = (_identity(folder / "job.json"), (folder / PAUSED).exists())
        if identity != self._identity or self.state in _OPEN_STATES:
            defined = _identity(folder / "definition.json")
            if defined != self._definition:
                self.run, self._definition = Run(folder), defined
            self.state, self._identity = self.run.state, identity
            self._failure = ending.failure(self.run) if self.state == "failed" else ""
        if not self.known and not self._glimpse:
            self._glimpse = last_row(self.run.perf)

    def read(self) -> None:
        self.table.advance()
        self.known = True

    def hold_all(self, every: bool = True) -> None:
        """Hold all columns from now on, or those that decide."""
        if (self.table.keep is None) != every:
            self.table = GrowingTable(self.run.perf, None if every else DECIDES)
            self.read()

    def losses(self) -> Floats:
        for name in ("val_loss", "loss"):
            if name in self.table.columns:
                return self.table[name]
        return np.empty(0)

    def best(self) -> tuple[int | None, float]:
        """Return what ``run.best_of`` says, and the loss there; reckoned once for every row."""
        key = (self.table.begun, len(self.table))
        if self._told is None or self._told[0] != key:
            self._told = (key, self._best())
        return self._told[1]

    def _best(self) -> tuple[int | None, float]:
        if not len(self.table):
            return None, math.nan
        losses = self.losses()
        known = np.isfinite(losses)
        at = int(np.where(known, losses, np.inf).argmin()) if known.any() else len(self.table) - 1
        return int(epochs_of(self.table)[at]), float(losses[at]) if len(losses) else math.nan

    def _waits(self, epochs: int) -> tuple[str, int]:
        """Return what a process that has just begun does, and for how many seconds."""
        if self.state != "running" or self.run.definition.made_by == "code":
            return "", 0
        job, session = (_identity(self.run.folder / name) for name in ("job.json", "session.txt"))
        if job is None:
            return "", 0
        began = job[1]
        if session is None or session[1] < began:  # written once the model is there
            return "TensorFlow is starting", _seconds_since(began)
        return ("the first epoch is under way", _seconds_since(session[1])) if not epochs else ("", 0)

    def _ended(self, epochs: int, best_epoch: int | None) -> str:
        if self.state != "done" or not self.known or self.run.definition.made_by == "code":
            return self._failure
        return ending.stopped_early(epochs, best_epoch, self.run.definition.settings)

    def facts(self) -> RunFacts:
        definition = self.run.definition
        best_epoch, best = self.best()
        if self.known:
            count, losses = len(self.table), self.losses()
            last = float(losses[-1]) if len(losses) else math.nan
        else:
            seen = self._glimpse
            count, last = int(seen.get("epoch", 0)), seen.get("val_loss", seen.get("loss", math.nan))
        waits, waits_s = self._waits(count)
        return RunFacts(
            name=self.run.name, state=self.state, epochs=count,
            planned=definition.settings.epochs if definition.made_by == "canvas" else 0,
            best_epoch=best_epoch, best=best, last=last, device=definition.device,
            made_by=definition.made_by, parent=definition.parent, created_s=self.created_s, known=self.known,
            ended=self._ended(count, best_epoch), waits=waits, waits_s=waits_s,
        )  # fmt: skip


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_ino, about.st_mtime_ns


def _seconds_since(time_ns: int) -> int:
    return max(0, int(time.time() - time_ns / 1e9))


def epochs_of(table: GrowingTable) -> Floats:
    """Return the epochs' numbers, (n,) float64, ascending; counted from 1 where the table's own are not.

    >>> epochs_of(GrowingTable(Path("nowhere")))
    array([], dtype=float64)
    """
    if "epoch" in table.columns and bool((np.diff(table["epoch"]) > 0).all()):
        return table["epoch"]
    return np.arange(1.0, len(table) + 1)
