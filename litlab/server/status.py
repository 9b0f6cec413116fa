"""Where the work of a project stands: what each room holds, which jobs run, how far they are.

The browser asks every few seconds, inside the Jupyter server: only folder entries and small JSON files are
read, files that did not change not twice, and none of the rooms that compute is imported (numba and HDF5 take
seconds to load). ``tests/server/test_status.py`` holds this equal to what the rooms themselves say.

What a room's state means: *done* is as it should be (all files cached, an asset in production, the last build
complete), *queued* something waits for a person (files to be taken in or cached, assets to be promoted),
*running*, *paused*, *stopped* and *failed* are those of its newest job; for uploads *failed* is a file that
is gone.
"""

from __future__ import annotations

import dataclasses
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

from litlab.server.processes import build_folders, build_owner, list_jobs, read_json, scan
from litlab.server.wire import JobBody, Room, RoomBody, State, StatusBody, project_body
from litlab.workspace import Project, Team

ROOMS: tuple[Room, ...] = get_args(Room)
RECENT_S = 900  # how long an ended job is told, so that no reader misses its end
_ASIDE = (".json", ".npz")  # what lies beside raw files and tells of them
_CACHED = re.compile(r"-[0-9a-f]{12}$")


def status_body(project: Project, now_s: float | None = None) -> StatusBody:
    """Tell where a project's work stands.

    Raises
    ------
    BadRecord
        If the project's own record cannot be read; a broken record of anything else counts as failed.

    Examples
    --------
    >>> import tempfile
    >>> from litlab.workspace import Workspace
    >>> with tempfile.TemporaryDirectory() as home:
    ...     body = status_body(Workspace(home).create_project("contoso", "volatility"))
    >>> len(body["rooms"]), body["stands"], body["jobs"]
    (12, None, [])
    """
    now = time.time() if now_s is None else now_s
    record = project.record
    jobs = list_jobs(project.team)
    work = _Work(project, record.paths, _owners(project.team))
    rooms = [_room(room, work, jobs) for room in ROOMS]
    return {
        "home": str(project.team.workspace.home),
        "project": project_body(project, record),
        "rooms": rooms,
        "jobs": [one for one in jobs if not one["ended_s"] or one["ended_s"] > now - RECENT_S],
        "stands": next((one["room"] for one in reversed(rooms) if one["count"]), None),
        "now_s": now,
    }


# --- rooms


@dataclasses.dataclass(frozen=True)
class _Work:
    """What counting needs: a project, its files, and schema → project of its team."""

    project: Project
    paths: tuple[str, ...]
    owners: dict[str, str]

    @property
    def name(self) -> str:
        return self.project.name

    @property
    def root(self) -> Path:
        return self.project.team.root


def _room(room: Room, work: _Work, jobs: list[JobBody]) -> RoomBody:
    count, state, done, total = _COUNTS[room](work)
    mine = [one for one in jobs if one["room"] == room and one["project"] in ("", work.name)]
    running = next((one for one in mine if one["state"] in ("running", "queued")), None)
    if running is not None:
        state, done, total = running["state"], running["done"], running["total"]
    elif mine and room in ("builds", "experiments", "deployments", "streams"):
        state = mine[-1]["state"]
    return {"room": room, "count": count, "state": state, "done": done, "total": total}


_Count = tuple[int, State, int, int]


def _uploads(work: _Work) -> _Count:
    if not work.paths:
        lying = sum(not one.name.endswith(_ASIDE) for one in scan(work.root / "raw"))
        return lying, "queued" if lying else "", 0, lying
    there = sum(os.path.exists(path) for path in work.paths)
    return len(work.paths), "done" if there == len(work.paths) else "failed", there, len(work.paths)


def _discovery(work: _Work) -> _Count:
    homes = {_CACHED.sub("", one.name) for one in _folders(work, "cache") if (one / "CURRENT").is_file()}
    cached = sum(Path(path).name in homes for path in work.paths)
    state: State = "" if not work.paths else "done" if cached == len(work.paths) else "queued"
    return cached, state, cached, len(work.paths)


def _features(work: _Work) -> _Count:
    return _kept(_files(work, "features"))


def _schemas(work: _Work) -> _Count:
    return _kept(sum(owner == work.name for owner in work.owners.values()))


def _builds(work: _Work) -> _Count:
    numbers = [one for one in build_folders(work.project.team) if build_owner(one) in ("", work.name)]
    return len(numbers), "", 0, 0


def _assets(work: _Work) -> _Count:
    counts = {"queue": 0, "production": 0}
    for folder in _folders(work, "assets"):
        if work.owners.get(folder.name, work.name) == work.name:
            for stage in counts:
                counts[stage] += sum(
                    os.path.exists(os.path.join(one.path, "manifest.json"))
                    for one in scan(folder / stage)
                    if ".tmp-" not in one.name
                )
    total = sum(counts.values())
    state: State = "queued" if counts["queue"] else "done" if total else ""
    return total, state, counts["production"], total


def _designer(work: _Work) -> _Count:
    return _kept(_files(work, "canvases"))


def _experiments(work: _Work) -> _Count:
    runs = [one for one in _folders(work, f"train/{work.name}") if (one / "definition.json").is_file()]
    return len(runs), "", 0, 0


def _vault(work: _Work) -> _Count:
    return _kept(sum((one / "CURRENT").is_file() for one in _folders(work, "vault")))


def _streams(work: _Work) -> _Count:
    return _kept(_files(work, "streams"))


def _deployments(work: _Work) -> _Count:
    return _kept(_files(work, "preview"))


def _insights(work: _Work) -> _Count:
    del work
    return 0, "", 0, 0


def _kept(count: int) -> _Count:
    return count, "done" if count else "", 0, 0


_COUNTS: dict[Room, Callable[[_Work], _Count]] = {
    "uploads": _uploads, "discovery": _discovery, "features": _features, "schemas": _schemas,
    "builds": _builds, "assets": _assets, "designer": _designer, "experiments": _experiments,
    "vault": _vault, "streams": _streams, "deployments": _deployments, "insights": _insights,
}  # fmt: skip


def _files(work: _Work, folder: str) -> int:
    return sum(one.name.endswith(".json") for one in scan(work.root / folder))


def _folders(work: _Work, folder: str) -> Iterator[Path]:
    return (Path(one.path) for one in scan(work.root / folder) if one.is_dir())


def _owners(team: Team) -> dict[str, str]:
    """Return schema → project of the team's saved schemas."""
    paths = [Path(one.path) for one in scan(team.root / "schemas") if one.name.endswith(".json")]
    return {path.stem: str(read_json(path).get("project", "")) for path in paths}
