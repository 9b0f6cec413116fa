"""Removing a version of a model from the vault, unless it is deployed."""

from __future__ import annotations

import uuid

from litlab import atomic
from litlab.assets import ledger
from litlab.deployments import list_deployments
from litlab.errors import Pinned
from litlab.ticks.housekeeping import Removed, bytes_on_disk, remove
from litlab.vault.entry import Entry, list_entries, writing
from litlab.vault.notes import notes_path
from litlab.workspace import Team


def deployed_at(team: Team) -> dict[tuple[str, str], list[str]]:
    """Return (model, version) → the deployments that run it now."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in list_deployments(team):
        if (one.folder / "job.json").is_file() and one.state in ("queued", "running"):
            for model, version in one.record.output.get("models", {}).items():
                found.setdefault((model, str(version)), []).append(one.record.name)
    return found


def remove_entry(entry: Entry, *, force: bool = False) -> Removed:
    """Remove a version, its notes and tags; the ledger keeps that it was there, and who removed it.

    Where it was the version in use, the one added last of those that stay is that now.

    Parameters
    ----------
    entry : Entry
    force : bool
        Even where it is deployed: what runs goes on, and cannot be started again.

    Raises
    ------
    Pinned
        If a deployment runs it, naming that; Locked if the model's folder is being written.
    """
    team, folder, record = entry.team, entry.path.parent, entry.record
    with writing(folder, "removing"):
        running = deployed_at(team).get((record.name, record.version), [])
        if running and not force:
            pins = "; ".join(f"the deployment {name} runs it" for name in running)
            raise Pinned(what=f"The vault entry {record.name} {record.version[:12]}", pins=pins)
        facts = {
            "name": record.name, "digest": record.version, "run": record.run, "epoch": record.epoch,
            "asset": record.asset, "deployed": running,
        }  # fmt: skip
        ledger.record(team, "vault.rm.intent", **facts)
        removed = Removed(entry.path, "vault entry", bytes_on_disk(entry.path))
        going = entry.path.with_name(f"{entry.path.name}.tmp-{uuid.uuid4().hex[:12]}")
        entry.path.rename(going)  # from here on it is gone, whatever becomes of us
        atomic.sync_folder(folder)
        current = _point_to_last(team, folder.name, record.version)
        notes_path(entry.path).unlink(missing_ok=True)
        remove(going)
        ledger.record(team, "vault.rm.done", **facts, current=current)
    return removed


def _point_to_last(team: Team, name: str, gone: str) -> str | None:
    """Return the version in use once `gone` is gone; None where none is left."""
    folder = team.folder("vault") / name
    named = atomic.pointed_name(folder)
    if named != gone:
        return named
    left = [one for one in list_entries(team) if one.path.parent == folder]
    if not left:
        (folder / "CURRENT").unlink(missing_ok=True)
        return None
    last = max(left, key=lambda one: one.record.added_ns)
    atomic.point(folder, last.digest)
    return last.digest
