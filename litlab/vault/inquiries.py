"""What is found out about an entry on demand, each by a process of its own that outlives page and kernel.

``python -m litlab.vault.inquiries FOLDER KIND`` is what ``ask`` starts, as a job in
``logs/<kind>-<name>-<digest>``; it keeps ``progress.json`` in step and leaves its result with the entry.

======== =============================== ===============
kind     asks                            result
======== =============================== ===============
null     ``Entry.null``, 1,000 draws     null.json
profit   ``Entry.profit``                profit.json
verify   ``verifying.verify``            verified.json
======== =============================== ===============
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from litlab import atomic
from litlab.errors import BadParameter, LitlabError
from litlab.jobs import Job
from litlab.vault.entry import Entry

KINDS = {"null": "null.json", "profit": "profit.json", "verify": "verified.json"}
DRAWS = 1_000
HOW = {"latency_s": 3_600.0, "least": 1e6}  # what may be said of a profit, and the most
_PROGRESS = "progress.json"
_INTERVAL_S = 0.2
_LEAVING_S = 2.0  # between the end of a job's command and its supervisor's
_SILENT = "Its process ended without a word; see its log."


@dataclasses.dataclass(frozen=True)
class Inquiry:
    """How an inquiry goes.

    Attributes
    ----------
    kind : str
    state : str
        A job's; "" where nobody has asked.
    done, total : int
        Draws, sessions or samples; 0 of 0 while it starts.
    problem : str
        Why it failed, in a sentence.
    """

    kind: str
    state: str = ""
    done: int = 0
    total: int = 0
    problem: str = ""

    @property
    def running(self) -> bool:
        """Whether it is going on."""
        return self.state in ("queued", "running")

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.done / self.total if self.total else 0.0


def ask(entry: Entry, kind: str, **how: float) -> Job:
    """Start finding something out about an entry, and return at once.

    Parameters
    ----------
    how
        Of a profit: ``latency_s`` and ``least``, each a number from 0, as ``Entry.profit`` takes them.

    Raises
    ------
    BadParameter
        For an unknown kind, or a way it cannot be found out in; AlreadyExists where it is being found out.
    """
    if kind not in KINDS:
        raise BadParameter(name="kind", given=kind, wanted=f"one of {', '.join(KINDS)}")
    for name, value in how.items():
        if kind != "profit" or name not in HOW:
            raise BadParameter(name=name, given=value, wanted=f"nothing is to be said of {kind}")
        if not 0 <= value <= HOW[name]:
            raise BadParameter(name=name, given=value, wanted=f"a number from 0 to {HOW[name]:,.0f}")
    folder = job_folder(entry, kind)
    if not inquiry(entry, kind).running:
        if (folder / "job.json").is_file():
            Job(folder).wait(_LEAVING_S)
        (folder / _PROGRESS).unlink(missing_ok=True)
    argv = [sys.executable, "-m", "litlab.vault.inquiries", str(entry.path), kind, json.dumps(how)]
    return Job.launch(folder, argv, f"{kind} of {entry.name} {entry.digest[:12]}")


def job_folder(entry: Entry, kind: str) -> Path:
    """Return where the job of an inquiry lies."""
    return entry.team.folder("logs") / f"{kind}-{entry.name}-{entry.digest[:12]}"


def cancel(entry: Entry, kind: str) -> None:
    """End an inquiry; what was known before stays."""
    folder = job_folder(entry, kind)
    if (folder / "job.json").is_file():
        Job(folder).stop()


def inquiry(entry: Entry, kind: str) -> Inquiry:
    """Return how an inquiry goes."""
    folder = job_folder(entry, kind)
    if not (folder / "job.json").is_file():
        return Inquiry(kind)
    state = Job(folder).state
    try:
        done, total = json.loads((folder / _PROGRESS).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        done = total = 0
    problem = ""
    if state == "failed":
        lines = [one for one in atomic.read_lines(folder / "log.txt") if one.startswith("error: ")]
        problem = lines[-1].removeprefix("error: ") if lines else _SILENT
    return Inquiry(kind, state, int(done), int(total), problem)


class _Progress:
    """Writes (done, total) down, up to five times a second."""

    def __init__(self, path: Path) -> None:
        self.path, self._written = path, float("-inf")
        self(0, 0)

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._written >= _INTERVAL_S or done == total:
            self._written = now
            draft = self.path.with_name(f"{self.path.name}.tmp-{os.getpid()}")
            draft.write_text(json.dumps([done, total]), "utf-8")
            os.rename(draft, self.path)  # unflushed: the job does not survive a power cut either


def find_out(entry: Entry, kind: str, **how: float) -> Any:
    """Do what ``ask`` starts a process for."""
    job_folder(entry, kind).mkdir(parents=True, exist_ok=True)
    tell = _Progress(job_folder(entry, kind) / _PROGRESS)
    if kind == "null":
        return entry.null(DRAWS, tell)
    if kind == "profit":
        return entry.profit(**how, tell=tell)
    from litlab.vault.verifying import verify

    return verify(entry, tell)


def main(arguments: list[str]) -> int:
    """Find it out; 2 and one line for what a person can put right."""
    folder, kind, *more = arguments
    how = json.loads(more[0]) if more else {}
    try:
        find_out(Entry(Path(folder)), kind, **how)
    except LitlabError as problem:
        print(f"error: {problem}", flush=True)
        return 2
    except OSError as problem:
        print(f"error: {problem.filename or ''}: {problem.strerror or problem}.", flush=True)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
