"""A build's folder ``logs/<number>/``: what people and programs read while it runs and afterwards.

``workflow.log`` has a line for every event: time, pid, level, module, message. ``build.json`` is the state
in numbers, ``status.txt`` in words; ``pids.json`` tells what each process is at, ``processes/<pid>.log`` what
it printed, ``chunks.txt`` (``track``) what became of each chunk. Whether a build that says it is running is:
somebody holds the lock on ``build.lock``. One that was launched as a job has the job's files, too.
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
from litlab.assets import ledger
from litlab.errors import UnknownName
from litlab.jobs import Job, identity
from litlab.records import Record
from litlab.schemas import Schema
from litlab.shown import Shown
from litlab.workspace import Team

_START_S = 20.0  # a process that is slower to start has failed


@dataclasses.dataclass(frozen=True)
class BuildRecord(Record):
    """What is stored of a build's state.

    Attributes
    ----------
    state : {"queued", "running", "complete", "failed"}
        As the build itself wrote it; see ``BuildLog.state``.
    pid, identity
        The build's process: its pid, and what tells it from a later one with the same.
    chunks, done, samples : int
        All chunks, those that are there, and the samples in them.
    reused : int
        Chunks that an earlier build had made.
    started : float
        Seconds since 1970, UTC.
    seconds : float
        How long it had been going on when this was written, or took.
    ticks, ticks_done, ticks_computed : int
        Of all chunks, of those that are there, and of those that this build computed.
    order : tuple of str
        The features in computing order.
    engine, workers, by, dashboard : str, int, str, str
        What computes, on whose behalf, and the address of Dask's dashboard, "" without.
    asset, purged : str, int
        Of a complete build: the asset's digest, and the samples that the division left out.
    rss_bytes : int
        The memory of its own that each process had at most when a chunk was done, summed; 0 for none yet.
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
    reused: int = 0
    ticks: int = 0
    ticks_done: int = 0
    ticks_computed: int = 0
    order: tuple[str, ...] = ()
    engine: str = ""
    workers: int = 0
    by: str = ""
    dashboard: str = ""
    asset: str = ""
    purged: int = 0
    rss_bytes: int = 0


class BuildLog(Shown):
    """The folder of one build.

    Attributes
    ----------
    folder, processes : Path
        The folder, and the one in it for what processes print.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes = folder / "processes"

    def _facts(self) -> dict[str, Any]:
        return {"name": self.folder.name, **self.record()._facts()}

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

    def schema(self) -> Schema:
        """Return the schema as it was when the build began."""
        return Schema.load(self.folder / f"{self.record().schema}.json")

    @property
    def job(self) -> Job | None:
        """The job that the build runs as; None for one in the foreground."""
        return Job(self.folder) if (self.folder / "job.json").is_file() else None

    @property
    def state(self) -> str:
        """One of queued, running, complete, failed, stopped, interrupted.

        ``stopped`` was asked to end; ``interrupted`` says that it runs, and nobody holds its lock.
        """
        record = self.record()
        if record.state == "queued":
            job = self.job
            ended = job.state if job else "queued"
            if ended in ("queued", "running"):
                late = job is None and time.time() - record.started > _START_S
                return "interrupted" if late else "queued"
            record = self.record()  # it may have begun and ended in between
            if record.state == "queued":
                return "stopped" if ended == "stopped" else "failed"
        if record.state == "running" and not atomic.is_locked(self.folder / "build.lock"):
            record = self.record()
            if record.state == "running":
                return "stopped" if self.job is not None and self.job.state == "stopped" else "interrupted"
        return record.state

    def store(self, record: BuildRecord) -> None:
        """Replace the stored state; ``status.txt`` says it in words."""
        self._put("build.json", atomic.json_bytes(record.to_json()))
        words = {"running": f"running: process {record.pid}, {record.identity}", "queued": "queued"}
        told = words.get(record.state, f"{record.state}: {record.reason}" if record.reason else record.state)
        self._put("status.txt", f"{told}\n".encode())

    def queue(self, schema: Schema) -> BuildRecord:
        """Store that the build will run in a process that is yet to start."""
        record = BuildRecord(schema.name, "queued", started=time.time(), by=ledger.who())
        self.store(record)
        return record

    def start(self, schema: Schema, chunks: int, **about: Any) -> BuildRecord:
        """Store that the build runs in this process."""
        pid = os.getpid()
        facts = {"started": time.time(), "by": ledger.who(), **about}
        record = BuildRecord(schema.name, "running", pid, identity(pid), chunks, **facts)
        self.store(record)
        return record

    def fail(self, reason: str) -> None:
        """Store that the build could not even begin."""
        self.store(dataclasses.replace(self.record(), state="failed", reason=reason))

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
        """Return the processes: pid → {"state", "chunk" (its last one), "identity"}."""
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
            own = pid or os.getpid()
            known[str(own)] = {"state": state, "chunk": chunk, "identity": identity(own)}
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
