"""Supervised processes that outlive the kernel, the server and the browser that started them.

1. ``Job.launch`` writes ``job.json`` and starts ``python -m litlab.jobs FOLDER``, which forks once more
   and becomes leader of a session of its own: the supervisor.
2. The supervisor is handed the lock on ``job.lock`` and holds it for as long as it lives: alive means locked.
3. It runs the command with both outputs in ``log.txt``. The command dies with it (PR_SET_PDEATHSIG).
4. It writes the final state. A supervisor that was killed leaves an open state and a free lock: the
   job then reads as failed, never as running.

A job's processes are named by pid, start time and boot id, so that a reused pid is never signalled.
"""

from __future__ import annotations

import ctypes
import dataclasses
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import ClassVar

from litlab.atomic import is_locked
from litlab.errors import AlreadyExists, JobFailed
from litlab.records import Record
from litlab.shown import Shown

_PR_SET_PDEATHSIG = 1
_FINAL = ("done", "stopped", "failed")


@dataclasses.dataclass(frozen=True)
class JobRecord(Record):
    """What is stored of a job."""

    KIND: ClassVar[str] = "job"

    name: str
    argv: tuple[str, ...]
    environment: dict[str, str]
    state: str = "queued"
    pid: int = 0
    started: str = ""
    exit_status: int | None = None


class Job(Shown):
    """A command run under supervision in a folder of its own.

    Attributes
    ----------
    folder : Path
        Holds ``job.json``, ``job.lock`` and ``log.txt`` (both outputs of the command).
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)

    def __repr__(self) -> str:
        return f"Job({str(self.folder)!r}, {self.state})"

    def _facts(self) -> dict[str, object]:
        record = self.record()
        return {"name": record.name, "state": self.state, "command": " ".join(record.argv), "log": self.log}

    @classmethod
    def launch(cls, folder: Path, argv: list[str], name: str, env: Mapping[str, str] | None = None) -> Job:
        """Start `argv` under a supervisor and return at once.

        Parameters
        ----------
        folder : Path
            Made if missing; must not hold a running job.
        argv : list of str
            The command; ``sys.executable`` is the usual first item.
        name : str
            Shown to people.
        env : mapping, optional
            Variables added to the environment.

        Raises
        ------
        AlreadyExists
            If a job is running in the folder.
        """
        job = cls(folder)
        job.folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(job._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o664)
        try:
            job._start(handle, JobRecord(name, tuple(argv), dict(env or {})))
        finally:
            os.close(handle)  # the supervisor's copy holds the lock on
        return job

    def _start(self, handle: int, record: JobRecord) -> None:
        """Lock the folder and hand the lock over to a new supervisor: at no moment it looks abandoned."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyExists(kind="running job", name=record.name) from None
        record.save(self._record)
        package = Path(__file__).resolve().parents[1]
        path = os.pathsep.join(filter(None, [str(package), os.environ.get("PYTHONPATH", "")]))
        starter = subprocess.run(
            [sys.executable, "-m", "litlab.jobs", str(self.folder), str(handle)],
            env={**os.environ, "PYTHONPATH": path},
            pass_fds=(handle,),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if starter.returncode != 0:
            told = starter.stderr.decode(errors="replace").strip()[-500:]
            raise JobFailed(job=record.name, status=starter.returncode, log=told or self.log)

    @classmethod
    def open(cls, folder: Path) -> Job:
        """Attach to a job started earlier, by this process or another."""
        job = cls(folder)
        job.record()
        return job

    @property
    def _record(self) -> Path:
        return self.folder / "job.json"

    @property
    def _lock(self) -> Path:
        return self.folder / "job.lock"

    @property
    def log(self) -> Path:
        """The file both outputs of the command go to."""
        return self.folder / "log.txt"

    def record(self) -> JobRecord:
        """Return what is stored, read afresh."""
        return JobRecord.load(self._record)

    @property
    def state(self) -> str:
        """One of queued, running, done, stopped, failed."""
        locked = is_locked(self._lock)
        state = self.record().state
        return state if state in _FINAL or locked else "failed"

    @property
    def exit_status(self) -> int | None:
        """The command's exit status once it ended; minus the signal's number if one killed it."""
        return self.record().exit_status

    def wait(self, timeout_s: float = float("inf")) -> str:
        """Wait until the job ends or the time is over, and return its state.

        Ended means that the supervisor has gone too: the folder can be launched in again.
        """
        end = time.monotonic() + timeout_s
        pause = 0.01
        while ((state := self.state) not in _FINAL or is_locked(self._lock)) and time.monotonic() < end:
            time.sleep(pause)
            pause = min(pause * 1.5, 0.25)
        return state

    def stop(self) -> None:
        """Ask the command to end (SIGTERM); its state becomes *stopped*."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End supervisor and command at once (SIGKILL)."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        record = self.record()
        if self.state not in _FINAL and record.pid and record.started == identity(record.pid):
            os.kill(record.pid, number)


def identity(pid: int) -> str:
    """Tell this process from a later one with its pid: boot id and start in ticks; "" if gone."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return f"{boot}:{stat.rsplit(')', 1)[1].split()[19]}"


def _die_with_parent() -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _supervise(folder: Path, ready: int) -> None:
    """Run the command and write the final state; runs in the supervisor process, which holds the lock."""
    job = Job(folder)
    record = job.record()
    stopping: list[int] = []
    record = dataclasses.replace(record, state="running", pid=os.getpid(), started=identity(os.getpid()))
    with job.log.open("ab", buffering=0) as log:
        command = subprocess.Popen(
            record.argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **record.environment, "PYTHONUNBUFFERED": "1"},
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - the supervisor has one thread
        )

        def forward(number: int, frame: FrameType | None) -> None:
            del frame
            stopping.append(number)
            command.send_signal(signal.SIGTERM)

        signal.signal(signal.SIGTERM, forward)
        record.save(job._record)
        os.write(ready, b"1")
        os.close(ready)
        status = command.wait()
    state = "stopped" if stopping else "done" if status == 0 else "failed"
    dataclasses.replace(record, state=state, exit_status=status).save(job._record)


def _main(folder: Path, handle: int) -> int:
    """Fork the supervisor, wait until the command runs, and leave; the lock goes on in the supervisor."""
    os.set_inheritable(handle, False)  # a flock survives in whatever inherits it
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.close(reading)
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        log = os.open(Job(folder).log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o664)
        for number, target in ((0, null), (1, log), (2, log)):
            os.dup2(target, number)
        _supervise(folder, writing)
        return 0
    os.close(writing)
    return 0 if os.read(reading, 1) else 1


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1]), int(sys.argv[2])))
