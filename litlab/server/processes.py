"""What works for a team: its builds, training runs and other jobs, as their folders tell it.

Nothing is started or ended here. Only folder entries and small JSON files are read, and files that did not
change not twice; see ``status`` for why.
"""

from __future__ import annotations

import functools
import json
import os
import time
from pathlib import Path
from typing import Any, cast

from litlab import atomic
from litlab.errors import LitlabError
from litlab.jobs import Job
from litlab.server.wire import JobBody, Room, State
from litlab.workspace import Team

_LATE_S = 20.0  # a queued build without a process has failed by then
_BUILD_STATES: dict[str, State] = {
    "queued": "queued", "running": "running", "complete": "done", "failed": "failed", "stopped": "stopped",
    "interrupted": "stopped",
}  # fmt: skip
# Where jobs of their own lie, one folder each, and the room they work for.
_FOLDERS: dict[str, Room | None] = {"logs": None, "preview": "deployments", "streams": "streams"}
_PAUSED = "paused"  # as ``litlab.experiments.run`` marks a stop that is a pause
_VAULTING = "vault-"  # as ``litlab.experiments.vaulting`` calls its folders in logs/
_CACHING = "cache-"  # as ``litlab.uploads.caching`` calls its folders in logs/


def list_jobs(team: Team) -> list[JobBody]:
    """Return the team's builds, training runs, deployments and other jobs, running or not, oldest first."""
    builds = [_build(one) for one in build_folders(team)]
    runs = [_run(Path(one.path)) for project in scan(team.root / "train") for one in scan(Path(project.path))]
    others = [
        _other(Path(entry.path), team, room)
        for folder, room in _FOLDERS.items()
        for entry in scan(team.root / folder)
        if not (folder == "logs" and entry.name.isdigit())
    ]
    every = [one for one in (*builds, *runs, *others) if one is not None]
    return sorted(every, key=lambda one: one["started_s"])


def state_of(folder: Path) -> State:
    """Return the state of the build or job in a folder, "" where there is neither."""
    record = read_json(folder / "build.json")
    if record:
        return _build_state(folder, record)
    return _job_state(folder) if (folder / "job.json").is_file() else ""


def build_folders(team: Team) -> list[Path]:
    folders = [Path(one.path) for one in scan(team.root / "logs") if one.name.isdigit()]
    return sorted(folders, key=lambda path: int(path.name))


def build_owner(folder: Path) -> str:
    """Return the project of a build, by the schema laid beside its log."""
    schema = str(read_json(folder / "build.json").get("schema", ""))
    return str(read_json(folder / f"{schema}.json").get("project", "")) if schema else ""


def _build(folder: Path) -> JobBody | None:
    record = read_json(folder / "build.json")
    if not record:
        return None
    state = _build_state(folder, record)
    started = float(record.get("started", 0.0))
    return {
        "id": f"logs/{folder.name}", "room": "builds", "name": str(record.get("schema", "")),
        "project": build_owner(folder), "state": state,
        "done": int(record.get("done", 0)), "total": int(record.get("chunks", 0)), "started_s": started,
        "ended_s": 0.0 if state in ("queued", "running") else _changed_s(folder / "build.json"),
        "reason": str(record.get("reason", "")),
    }  # fmt: skip


def _build_state(folder: Path, record: dict[str, Any]) -> State:
    """Return a build's state as ``litlab.builds.BuildLog.state`` tells it."""
    state = record.get("state")
    has_job = (folder / "job.json").is_file() if state in ("queued", "running") else False
    if state == "queued":
        ended = _job_state(folder) if has_job else "queued"
        if ended in ("queued", "running"):
            late = not has_job and time.time() - float(record.get("started", 0.0)) > _LATE_S
            return "stopped" if late else "queued"
        return "stopped" if ended == "stopped" else "failed"
    if state == "running" and not atomic.is_locked(folder / "build.lock"):
        state = _read(folder / "build.json").get("state")  # it may have ended in between
        return "stopped" if state == "running" else _BUILD_STATES.get(str(state), "failed")
    return _BUILD_STATES.get(str(state), "failed")


def _run(folder: Path) -> JobBody | None:
    definition = read_json(folder / "definition.json")
    if not definition or not (folder / "job.json").is_file():
        return None
    settings = definition.get("settings")
    epochs = int(settings.get("epochs", 0)) if isinstance(settings, dict) else 0
    done = max(_lines(folder / "perf.csv") - 1, 0)
    id = f"train/{folder.parent.name}/{folder.name}"
    return _job(folder, id, "experiments", folder.name, folder.parent.name, done, epochs)


def _other(folder: Path, team: Team, room: Room | None) -> JobBody | None:
    if not (folder / "job.json").is_file():
        return None
    name = str(read_json(folder / "job.json").get("name", folder.name))
    done = total = 0
    if folder.name.startswith(_CACHING):
        room, files = "uploads", read_json(folder / "progress.json").values()
        for one in (one for one in files if isinstance(one, dict)):
            total += int(one.get("bytes_total", 0))
            done += int(one.get("bytes_total" if one.get("state") == "failed" else "bytes_done", 0))
    if folder.name.startswith(_VAULTING):
        room = "vault"
    return _job(folder, folder.relative_to(team.root).as_posix(), room, name, "", done, total)


def _job(folder: Path, id: str, room: Room | None, name: str, project: str, done: int, total: int) -> JobBody:
    state, path = _job_state(folder), folder / "job.json"
    ended = state not in ("queued", "running")
    status = read_json(path).get("exit_status")
    return {
        "id": id, "room": room, "name": name, "project": project, "state": state, "done": done,
        "total": total, "started_s": _started_s(folder, ended),
        "ended_s": _changed_s(path) if ended else 0.0,
        "reason": f"exit status {status}" if state == "failed" and status is not None else "",
    }  # fmt: skip


def _job_state(folder: Path) -> State:
    state = read_json(folder / "job.json").get("state")
    if state not in ("done", "stopped", "failed"):
        try:
            state = Job(folder).state
        except (LitlabError, OSError):
            return "failed"
    return "paused" if state == "stopped" and (folder / _PAUSED).is_file() else cast(State, state)


def scan(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if not entry.name.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):
        return []


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON object, {} where there is none that can be read; parsed once while it does not change."""
    try:
        stat = path.stat()
    except OSError:
        return {}
    return _parsed(str(path), stat.st_ino, stat.st_mtime_ns, stat.st_size)


@functools.lru_cache(maxsize=8192)
def _parsed(path: str, *identity: int) -> dict[str, Any]:
    del identity
    return _read(Path(path))


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _lines(path: Path) -> int:
    """Return the number of line ends of a small table."""
    try:
        stat = path.stat()
    except OSError:
        return 0
    return _counted(str(path), stat.st_size, stat.st_mtime_ns)


@functools.lru_cache(maxsize=1024)
def _counted(path: str, *identity: int) -> int:
    del identity
    return Path(path).read_bytes().count(b"\n")


def _changed_s(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _started_s(folder: Path, ended: bool) -> float:
    """Return when a job began: its record is written at its start and its end, its lock file at the start."""
    return _changed_s(folder / ("job.lock" if ended else "job.json"))
