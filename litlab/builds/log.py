"""A build's folder ``logs/<number>/``: what people and programs read while it runs and afterwards.

``workflow.log`` has a line for every event: time, pid, level, module, message. ``build.json`` is the state
in numbers, ``status.txt`` in words; ``pids.json`` tells what each process is at, ``processes/<pid>.log`` what
it printed. Whether a build that says it is running is: somebody holds the lock on ``build.lock``.
"""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from litlab import atomic
from litlab.errors import UnknownName
from litlab.jobs import identity
from litlab.records import Record
from litlab.schemas import Schema
from litlab.workspace import Team


@dataclasses.dataclass(frozen=True)
class BuildRecord(Record):
    """What is stored of a build's state.

    Attributes
    ----------
    state : {"running", "complete", "failed"}
        As the build itself wrote it; see ``BuildLog.state``.
    pid, identity
        The build's process: its pid, and what tells it from a later one with the same.
    chunks, done, samples : int
        All chunks, those that are there, and the samples in them.
    started : float
        Seconds since 1970, UTC.
    seconds : float
        How long it has been going on, or took.
    """

    KIND: ClassVar[str] = "build"

    schema: str
    state: str = "running"
    pid: int = 0
    identity: str = ""
    chunks: int = 0
    done: int = 0
    samples: int = 0
    started: float = 0.0
    seconds: float = 0.0
    reason: str = ""


class BuildLog:
    """The folder of one build.

    Attributes
    ----------
    folder, processes : Path
        The folder, and the one in it for what processes print.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes = folder / "processes"

    @classmethod
    def create(cls, team: Team, schema: Schema) -> BuildLog:
        """Make the folder of a new build, under the next number."""
        parent = team.folder("logs")
        number = max((int(path.name) for path in parent.iterdir() if path.name.isdigit()), default=0) + 1
        while True:
            try:
                (parent / str(number)).mkdir()
                break
            except FileExistsError:  # another schema's build began at the same moment
                number += 1
        log = cls(parent / str(number))
        log.processes.mkdir()
        schema.save(log.folder / f"{schema.name}.json")
        log._put("pids.json", b"{}\n")
        return log

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock by which others know that the build runs."""
        with atomic.lock(self.folder / "build.lock", what="The build's log", purpose="build"):
            yield

    @property
    def number(self) -> int:
        """The build's number."""
        return int(self.folder.name)

    def record(self) -> BuildRecord:
        """Return what is stored, read afresh."""
        return BuildRecord.load(self.folder / "build.json")

    @property
    def state(self) -> str:
        """One of running, complete, failed, interrupted (it says running, and nobody holds its lock)."""
        state = self.record().state
        if state == "running" and not atomic.is_locked(self.folder / "build.lock"):
            state = self.record().state  # it may have ended in between
            return "interrupted" if state == "running" else state
        return state

    def store(self, record: BuildRecord) -> None:
        """Replace the stored state; ``status.txt`` says it in words."""
        self._put("build.json", atomic.json_bytes(record.to_json()))
        words = {"running": f"running: process {record.pid}, {record.identity}"}
        told = words.get(record.state, f"{record.state}: {record.reason}" if record.reason else record.state)
        self._put("status.txt", f"{told}\n".encode())

    def start(self, schema: Schema, chunks: int) -> BuildRecord:
        """Store that the build runs in this process."""
        pid = os.getpid()
        record = BuildRecord(schema.name, "running", pid, identity(pid), chunks, started=time.time())
        self.store(record)
        return record

    def write(self, level: str, message: str) -> None:
        """Append a line to the shared log."""
        now = time.time()
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}"
        line = message.replace("\n", " ")
        atomic.append_line(
            self.folder / "workflow.log", f"{stamp} {os.getpid()} {level} chunk - compute_chunk: {line}"
        )

    def lines(self, pid: int | None = None) -> list[str]:
        """Return the shared log's lines, of one process only where `pid` is given."""
        lines = atomic.read_lines(self.folder / "workflow.log")
        return lines if pid is None else [line for line in lines if line.split()[2:3] == [str(pid)]]

    def pids(self) -> dict[int, dict[str, Any]]:
        """Return the processes: pid → {"state": running, done or failed, "chunk": its last one}."""
        try:
            found = json.loads((self.folder / "pids.json").read_text())
        except FileNotFoundError:
            return {}
        return {int(pid): about for pid, about in found.items()}

    def process(self, chunk: str, state: str, pid: int | None = None) -> None:
        """Store what a process, this one by default, is at."""
        with open(self.folder / "pids.lock", "ab") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            known = {str(one): about for one, about in self.pids().items()}
            known[str(pid or os.getpid())] = {"state": state, "chunk": chunk}
            self._put("pids.json", atomic.json_bytes(known))

    def died(self, pid: int) -> None:
        """Store that a process is gone before its chunk was complete."""
        about = self.pids().get(pid)
        if about:
            self.process(about["chunk"], "failed", pid)

    def _put(self, name: str, data: bytes) -> None:
        """Replace a file in one step, unflushed: what is running does not survive a power cut either."""
        draft = self.folder / f"{name}.tmp-{os.getpid()}-{threading.get_ident()}"
        try:
            draft.write_bytes(data)
            os.rename(draft, self.folder / name)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise


def list_builds(team: Team) -> list[BuildLog]:
    """Return the team's builds, oldest first."""
    folders = [path for path in team.folder("logs").iterdir() if path.name.isdigit()]
    return [
        BuildLog(path)
        for path in sorted(folders, key=lambda path: int(path.name))
        if (path / "build.json").is_file()
    ]


def find_build(team: Team, number: int | None = None) -> BuildLog:
    """Return a build by its number, the latest by default; UnknownName where there is none."""
    builds = list_builds(team)
    for build in reversed(builds):
        if number in (None, build.number):
            return build
    raise UnknownName(kind="build", given=str(number or ""), known=[str(build.number) for build in builds])
