"""What a run and a sweep share: a folder, and the process behind it whose state it tells."""

from __future__ import annotations

import signal
from pathlib import Path

from litlab import atomic
from litlab.jobs import Job
from litlab.shown import Shown

# Marks in the folder: a stop is a pause; a sweep, or a notebook's fit, shall end.
PAUSED, STOP = "paused", "stop"


class Supervised(Shown):
    """A folder with a process behind it.

    Attributes
    ----------
    folder : Path
    name : str
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self.name = self.folder.name

    @property
    def job(self) -> Job:
        """The process."""
        return Job(self.folder)

    @property
    def state(self) -> str:
        """One of queued (or never started), running, done, paused, stopped, failed."""
        if not (self.folder / "job.json").is_file():
            return "queued"
        state = self.job.state
        return "paused" if state == "stopped" and (self.folder / PAUSED).is_file() else state

    @property
    def pid(self) -> int | None:
        """The process to signal, None before the first start; it may have ended."""
        return self.job.record().pid or None if (self.folder / "job.json").is_file() else None

    @property
    def log(self) -> Path:
        """What the process said."""
        return self.folder / "log.txt"

    def reason(self) -> str:
        """Say why it failed: what it said last, or that it was killed."""
        status = self.job.exit_status
        if status is None or status == -signal.SIGKILL:
            return "its process was killed, by a person or for want of memory"
        lines = atomic.read_lines(self.log)
        return lines[-1].removeprefix("error: ").rstrip(".") if lines else "it said nothing"
