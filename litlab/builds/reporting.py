"""What is going on in a build, in figures: for pages, notifications and ``litlab builds``.

``facts`` reads a build's folder and is a JSON object. ``Processes`` looks at its processes again and again:
what each computes, how much memory it has and how busy it is since the last look.
"""

from __future__ import annotations

import dataclasses
import os
import struct
import time
from pathlib import Path
from typing import Any

from litlab import atomic
from litlab.builds import track
from litlab.builds.log import BuildLog, list_builds
from litlab.jobs import identity
from litlab.workspace import Team

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def facts(build: BuildLog) -> dict[str, Any]:
    """Return the state of a build as JSON values.

    Returns
    -------
    dict
        ``build`` its number, ``schema``, ``project``, ``state`` (see ``BuildLog.state``), ``reason`` of a
        failure; ``chunks``, ``done``, ``reused``, ``running``, ``failed`` of them, ``samples``, ``purged``,
        ``ticks``, ``ticks_done``; ``ticks_per_s`` and ``eta_s``, None until a chunk was computed;
        ``started`` (seconds since 1970), ``seconds``; ``rss_bytes`` of its processes, the most that was seen
        once it has ended, None where nobody knows; ``engine``, ``workers``, ``by``, ``dashboard``, ``asset``,
        ``pid``, ``is_job``.
    """
    record, state = build.record(), build.state
    states = [one for _, one in track.read(build.folder)]
    runs = state == "running"
    rate = record.ticks_computed / record.seconds if record.ticks_computed and record.seconds else None
    seconds = time.time() - record.started if runs else record.seconds
    left = (record.ticks - record.ticks_done) / rate - (seconds - record.seconds) if rate and runs else None
    return {
        "build": build.number,
        "schema": record.schema,
        "project": _project(build),
        "state": state,
        "reason": _reason(build, state, record.reason),
        "chunks": record.chunks,
        "done": record.done,
        "reused": record.reused,
        "running": states.count("running") if runs else 0,
        "failed": states.count("failed"),
        "samples": record.samples,
        "purged": record.purged,
        "ticks": record.ticks,
        "ticks_done": record.ticks_done,
        "ticks_per_s": rate,
        "eta_s": None if left is None else max(left, 0.0),
        "started": record.started,
        "seconds": seconds,
        "rss_bytes": _rss_of_all(build) if runs else record.rss_bytes or None,
        "engine": record.engine,
        "workers": record.workers,
        "by": record.by,
        "dashboard": record.dashboard,
        "asset": record.asset,
        "pid": record.pid,
        "is_job": build.job is not None,
    }


def chunk_states(build: BuildLog) -> list[tuple[str, str]]:
    """Return (name, state) of each chunk in order: queued, running, done, reused, failed, stopped.

    Stopped is what was running when its build ended.
    """
    found = track.read(build.folder)
    if build.state == "running":
        return found
    return [(name, "stopped" if state == "running" else state) for name, state in found]


def _project(build: BuildLog) -> str:
    try:
        return build.schema().project
    except (OSError, ValueError):  # the snapshot is gone or was spoilt: the figures are still of use
        return ""


def _reason(build: BuildLog, state: str, told: str) -> str:
    if told or state not in ("failed", "interrupted") or build.job is None:
        return told
    lines = atomic.read_lines(build.job.log) if build.job.log.stat().st_size < 1 << 20 else []
    return lines[-1] if lines else ""


def _rss_of_all(build: BuildLog) -> int | None:
    pids = {build.record().pid, *build.pids()}
    alive = [rss for pid in pids if _is_ours(build, pid) and (rss := rss_anon(pid)) is not None]
    return sum(alive) if alive else None


def _is_ours(build: BuildLog, pid: int) -> bool:
    record = build.record()
    known = record.identity if pid == record.pid else build.pids().get(pid, {}).get("identity", "")
    return bool(known) and known == identity(pid)


def rss_anon(pid: int) -> int | None:
    """Return a process's own memory in bytes; mapped files do not count. None once it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    found = (line.split()[1] for line in lines if line.startswith("RssAnon:"))
    return next((int(kilobytes) * 1024 for kilobytes in found), None)


@dataclasses.dataclass(frozen=True)
class ProcessFacts:
    """One process of a build.

    Attributes
    ----------
    pid : int
    state : {"running", "idle", "done", "failed", "gone"}
        ``idle`` has done its chunk and waits for another; ``done`` has ended; ``gone`` has ended within one.
    chunk : str
        The last one it began.
    feature, index : str, int
        What it computes and where, "" and -1 where no script is running.
    rss_bytes, cpu_percent : int or None, float or None
        Of one core, since the last look; None once it has ended.
    printed : Path or None
        What it printed.
    """

    pid: int
    state: str
    chunk: str
    feature: str
    index: int
    rss_bytes: int | None
    cpu_percent: float | None
    printed: Path | None


class Processes:
    """The processes of a build, looked at again and again.

    Parameters
    ----------
    build : BuildLog
    """

    def __init__(self, build: BuildLog) -> None:
        self.build = build
        self._order = build.record().order
        self._before: dict[int, tuple[float, float]] = {}

    def look(self) -> list[ProcessFacts]:
        """Return what they are at, those that run first, then by pid."""
        self._order = self._order or self.build.record().order
        found = [self._one(pid, about) for pid, about in self.build.pids().items()]
        return sorted(found, key=lambda one: (one.state != "running", one.state != "idle", one.pid))

    def _one(self, pid: int, about: dict[str, Any]) -> ProcessFacts:
        alive = bool(about.get("identity")) and about["identity"] == identity(pid)
        told = about["state"]
        state = told if alive else {"running": "gone"}.get(told, told)
        if alive and told == "done":
            state = "idle" if self.build.state == "running" else "done"
        feature, index = self._at(pid) if state == "running" else ("", -1)
        printed = self.build.processes / f"{pid}.log"
        return ProcessFacts(
            pid, state, about["chunk"], feature, index, rss_anon(pid) if alive else None,
            self._busy(pid) if alive else None, printed if printed.is_file() else None,
        )  # fmt: skip

    def _at(self, pid: int) -> tuple[str, int]:
        """Return what stands in ``<pid>.at``: see ``litlab.builds.watching``."""
        try:
            number, index = struct.unpack("qq", (self.build.processes / f"{pid}.at").read_bytes())
        except (OSError, struct.error):
            return "", -1
        return (self._order[number], index) if 0 <= number < len(self._order) else ("", -1)

    def _busy(self, pid: int) -> float | None:
        """Return the share of a core in per cent since the last look, None at the first."""
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            return None
        now, used = time.monotonic(), (int(fields[11]) + int(fields[12])) * _TICK_S
        then, before = self._before.get(pid, (now, used))
        self._before[pid] = now, used
        return (used - before) / (now - then) * 100 if now > then else None


def team_facts(team: Team, project: str = "") -> list[dict[str, Any]]:
    """Return the facts of the team's builds, newest first; of one project where it is named."""
    found = [facts(build) for build in reversed(list_builds(team))]
    return [one for one in found if project in ("", one["project"])]
