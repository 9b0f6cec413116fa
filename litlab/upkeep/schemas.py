"""Removing a schema that nothing was made of."""

from __future__ import annotations

from litlab.assets.checking import all_versions
from litlab.builds import list_builds
from litlab.errors import Pinned
from litlab.schemas import load_schema
from litlab.workspace import Team


def schema_pins(team: Team, name: str) -> list[str]:
    """Return what is made of a schema or being made: asset versions, builds under way."""
    pins = [
        f"the asset {path.name[:12]} in {stage} is built of it"
        for schema, stage, path in all_versions(team)
        if schema == name
    ]
    return pins + [
        f"build {build.number} is under way"
        for build in list_builds(team)
        if build.record().schema == name and build.state in ("queued", "running")
    ]


def delete_schema(team: Team, name: str) -> None:
    """Delete a saved schema; what builds keep of it stays.

    Raises
    ------
    UnknownName
        If there is none; Pinned if an asset is built of it or a build is under way.
    """
    load_schema(team, name)
    pins = schema_pins(team, name)
    if pins:
        raise Pinned(what=f"The schema {name}", pins="; ".join(pins))
    (team.folder("schemas") / f"{name}.json").unlink()
