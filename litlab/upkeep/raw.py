"""Removing a raw file that nothing uses, with its caches."""

from __future__ import annotations

from pathlib import Path

from litlab.errors import Pinned, UnknownName
from litlab.schemas import list_schemas
from litlab.ticks.housekeeping import list_caches
from litlab.upkeep.rm import find_target, remove_target
from litlab.workspace import Team


def raw_pins(team: Team, path: str | Path) -> list[str]:
    """Return what names a raw file: projects, and schemas; what is built of its cache is asked of that."""
    wanted = Path(path).absolute()
    projects = [
        f"the project {one} names it"
        for one in team.projects()
        if any(Path(each).absolute() == wanted for each in one.record.paths)
    ]
    return projects + [
        f"the schema {name} names it"
        for name, record in list_schemas(team).items()
        if any(Path(each).absolute() == wanted for data in record.data for each in data.paths)
    ]


def remove_raw(team: Team, path: str | Path) -> None:
    """Remove a file of the team's ``raw/`` and its caches; nothing is removed where anything uses it.

    Raises
    ------
    UnknownName
        If no file of that name lies directly in ``raw/``.
    Pinned
        If a project or schema names it, or something is built of its cache.
    Locked
        If its cache is being written.
    """
    wanted, raw = Path(path).absolute(), team.folder("raw").absolute()
    if wanted.parent != raw or wanted.name.startswith(".") or not (wanted.is_file() or wanted.is_symlink()):
        known = [one.name for one in raw.iterdir() if one.is_file() and not one.name.startswith(".")]
        raise UnknownName(kind="uploaded file", given=wanted.name, known=known)
    if pins := raw_pins(team, wanted):
        raise Pinned(what=f"The file {wanted.name}", pins="; ".join(pins))
    if any(one.raw == wanted for one in list_caches(team.folder("cache"))):
        remove_target(team, find_target(team, str(wanted)))
    wanted.unlink()
