"""Caching in the background: a job in ``logs/cache-<number>/`` that outlives page, kernel and server.

    request.json    the files, by the adapter that reads them
    progress.json   how far each of them is, replaced up to five times a second
    log.txt         what was done, and the job's own files

1. ``start_caching`` writes the request and launches ``python -m litlab.uploads.work FOLDER``. 2. That
caches file after file, several at once; one that cannot be read does not hold up the others. 3. Told to stop,
it gives up the files at hand: their drafts are removed, what is cached stays.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from litlab.adapters import load_adapter
from litlab.errors import BadParameter, UnknownName
from litlab.jobs import Job
from litlab.records import Record
from litlab.workspace import Team

_PREFIX = "cache-"


@dataclasses.dataclass(frozen=True)
class Task:
    """Files that one adapter reads with one set of parameters.

    >>> Task("lseg", {}, ("a.csv.gz",)).adapter
    'lseg'
    """

    adapter: str
    parameters: dict[str, Any]
    paths: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Request(Record):
    """What a caching was asked to do."""

    KIND: ClassVar[str] = "caching"

    home: str
    team: str
    tasks: tuple[Task, ...]
    started: float


@dataclasses.dataclass(frozen=True)
class FileProgress(Record):
    """How far one file, or all files of a caching together, have come.

    Attributes
    ----------
    state : {"queued", "caching", "cached", "failed", "stopped"}
    rows : int
        Ticks kept so far.
    bytes_done, bytes_total : int
        Of the raw file as it lies on disk.
    elapsed_s : float
    reason : str
        Why it failed.

    Examples
    --------
    >>> half = FileProgress("caching", rows=3_000_000, bytes_done=40, bytes_total=80, elapsed_s=1.5)
    >>> half.rows_per_s, half.eta_s, half.share
    (2000000.0, 1.5, 0.5)
    """

    KIND: ClassVar[str] = "progress"

    state: str = "queued"
    rows: int = 0
    bytes_done: int = 0
    bytes_total: int = 0
    elapsed_s: float = 0.0
    reason: str = ""

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.bytes_done / self.bytes_total if self.bytes_total else 0.0

    @property
    def rows_per_s(self) -> float:
        """Ticks kept per second so far."""
        return self.rows / self.elapsed_s if self.elapsed_s else 0.0

    @property
    def eta_s(self) -> float | None:
        """Seconds left if the rest goes on like this, None while unknown."""
        return self.elapsed_s * (1 - self.share) / self.share if self.share else None


class Caching:
    """One caching, running or over.

    Attributes
    ----------
    folder : Path
        Of the job.
    request : Request
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self.request = Request.load(self.folder / "request.json")

    def __repr__(self) -> str:
        return f"Caching({self.folder.name}, {self.state})"

    @property
    def job(self) -> Job:
        """The process that does it."""
        return Job(self.folder)

    @property
    def state(self) -> str:
        """One of queued, running, done, stopped, failed (at least one file did, or the process died)."""
        try:
            return self.job.state
        except FileNotFoundError:
            return "queued"  # between its folder and its process

    @property
    def running(self) -> bool:
        """Whether it is going on."""
        return self.state in ("queued", "running")

    def files(self) -> dict[Path, FileProgress]:
        """Return how far each file is, as the job last wrote it down, in the request's order."""
        running = self.running  # asked first: what it wrote last is read then
        try:
            told = json.loads((self.folder / "progress.json").read_text())
        except FileNotFoundError:
            told = {}
        found = {}
        for text in (path for task in self.request.tasks for path in task.paths):
            one = FileProgress.from_json(told[text]) if text in told else FileProgress()
            if not running and one.state in ("queued", "caching"):
                one = dataclasses.replace(one, state="stopped")
            found[Path(text)] = one
        return found

    def total(self) -> FileProgress:
        """Return how far all files are together; a failed one counts as read."""
        every = list(self.files().values())
        done = sum(one.bytes_total if one.state == "failed" else one.bytes_done for one in every)
        return FileProgress(
            self.state,
            sum(one.rows for one in every),
            done,
            sum(one.bytes_total for one in every),
            max((one.elapsed_s for one in every), default=0.0),
        )

    def stop(self) -> None:
        """Ask it to end: files that are not cached by then are not begun or given up."""
        self.job.stop()

    def wait(self, timeout_s: float = float("inf")) -> str:
        """Wait until it is over, or the time is, and return its state."""
        return self.job.wait(timeout_s)


def start_caching(team: Team, tasks: Sequence[Task]) -> Caching:
    """Cache files in a process of its own and return at once.

    Parameters
    ----------
    team : Team
    tasks : sequence of Task
        ``plan_caching`` makes them.

    Raises
    ------
    BadParameter
        For no file at all; UnknownName for an adapter nobody has, or a parameter it lacks; MissingFile.
    """
    if not any(task.paths for task in tasks):
        raise BadParameter(name="files", given=[], wanted="there is nothing to cache")
    for task in tasks:
        load_adapter(team, task.adapter, {**task.parameters, "paths": task.paths})
    folder = _new_folder(team)
    Request(str(team.workspace.home), team.name, tuple(tasks), time.time()).save(folder / "request.json")
    argv = [sys.executable, "-m", "litlab.uploads.work", str(folder)]
    Job.launch(folder, argv, name=f"caching {sum(len(task.paths) for task in tasks)} files")
    return Caching(folder)


def list_cachings(team: Team) -> list[Caching]:
    """Return the team's cachings, the latest first."""
    found = [path for path in team.folder("logs").glob(f"{_PREFIX}*") if (path / "request.json").is_file()]
    numbered = sorted((int(number), path) for path in found if (number := _number(path)).isdigit())
    return [Caching(path) for _, path in reversed(numbered)]


def find_caching(team: Team, name: str) -> Caching:
    """Return the caching whose folder has a name; UnknownName where there is none."""
    every = {one.folder.name: one for one in list_cachings(team)}
    if name not in every:
        raise UnknownName(kind="caching", given=name, known=every)
    return every[name]


def _number(path: Path) -> str:
    return path.name.removeprefix(_PREFIX)


def _new_folder(team: Team) -> Path:
    """Make ``logs/cache-<number>``, the next free number."""
    parent = team.folder("logs")
    number = max((int(n) for path in parent.glob(f"{_PREFIX}*") if (n := _number(path)).isdigit()), default=0)
    while True:
        number += 1
        try:
            (parent / f"{_PREFIX}{number}").mkdir()
        except FileExistsError:
            continue
        return parent / f"{_PREFIX}{number}"
