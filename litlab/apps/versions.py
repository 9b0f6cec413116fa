"""The versions of a project's assets: where each stands, and who promoted it."""

from __future__ import annotations

import dataclasses
from typing import Any

from litlab.assets import Asset, open_asset, promoted_by, versions
from litlab.errors import NoAsset
from litlab.schemas import list_schemas
from litlab.workspace import Project

STAGES = ("production", "queue")


@dataclasses.dataclass(frozen=True)
class Version:
    """One version of a schema's asset.

    Attributes
    ----------
    stage : {"production", "queue"}
    current : bool
        Whether it is the one in use, or the newest in the queue.
    promoted : dict or None
        The ledger's entry; None where nobody recorded it.
    """

    schema: str
    stage: str
    asset: Asset
    current: bool
    promoted: dict[str, Any] | None


def versions_of(project: Project) -> list[Version]:
    """Return all versions of the project's assets: by schema, production first, the current one first."""
    found = []
    schemas = list_schemas(project.team)
    folders = sorted(path.name for path in project.folder("assets").iterdir() if path.is_dir())
    for schema in folders:
        if schema in schemas and schemas[schema].project != project.name:
            continue
        for stage in STAGES:
            now = _current(project, schema, stage)
            made = [
                _version(project, schema, stage, digest, now)
                for digest in versions(project.team, schema, stage)
            ]
            found += sorted(made, key=lambda one: not one.current)
    return found


def _current(project: Project, schema: str, stage: str) -> str | None:
    try:
        return open_asset(project.team, schema, stage).digest
    except NoAsset:
        return None


def _version(project: Project, schema: str, stage: str, digest: str, now: str | None) -> Version:
    asset = open_asset(project.team, schema, stage, digest)
    promoted = promoted_by(project.team, asset) if stage == "production" else None
    return Version(schema, stage, asset, asset.digest == now, promoted)
