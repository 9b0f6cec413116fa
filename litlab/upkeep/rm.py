"""Removing what a person names: the caches of a raw file, or a version of an asset."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from litlab import atomic
from litlab.assets.asset import version_folders
from litlab.assets.checking import all_versions
from litlab.errors import Pinned, UnknownName
from litlab.ticks.housekeeping import CacheFolder, Removed, bytes_on_disk, list_caches, remove, remove_cache
from litlab.upkeep.pins import asset_pins, cache_pins
from litlab.workspace import Team

_SHORTEST = 6  # digits of a digest that may stand for all


@dataclasses.dataclass(frozen=True)
class Target:
    """What a name stands for: caches of one raw file, or one asset version."""

    name: str
    caches: tuple[CacheFolder, ...] = ()
    asset: Path | None = None


def find_target(team: Team, name: str) -> Target:
    """Return what a person means: a raw file, which may be gone, or the digest of an asset version.

    A digest may be cut short to six digits where only one begins so.

    Raises
    ------
    UnknownName
        If there is no such cache or asset version.
    """
    caches = list_caches(team.folder("cache"))
    path = Path(name).absolute()
    found = tuple(one for one in caches if one.raw == path)
    if found:
        return Target(name, found)
    versions = {path.name: path for _, _, path in all_versions(team)}
    short = [digest for digest in versions if len(name) >= _SHORTEST and digest.startswith(name)]
    if len(short) == 1:
        return Target(name, asset=versions[short[0]])
    known = [*(str(one.raw or one.home) for one in caches), *versions]
    raise UnknownName(kind="cached file or asset version", given=name, known=known)


def remove_target(team: Team, target: Target, *, force: bool = False) -> list[Removed]:
    """Remove all caches of a raw file, or an asset version.

    Raises
    ------
    Pinned
        If something is made of it and `force` is not given; nothing is removed then.
    Locked
        If it is being written.
    """
    if target.asset is not None:
        what = f"The asset version {target.asset.name[:12]}"
        _refuse_pinned(what, _names_of(target.asset), asset_pins(team), force)
        return [_remove_version(target.asset)]
    digests = [digest for one in target.caches for digest in one.digests]
    _refuse_pinned(f"The cache of {target.name}", digests, cache_pins(team), force)
    return [remove_cache(one) for one in target.caches]


def _refuse_pinned(what: str, digests: list[str], pins: dict[str, list[str]], force: bool) -> None:
    reasons = [reason for digest in digests for reason in pins.get(digest, ())]
    if reasons and not force:
        raise Pinned(what=what, pins="; ".join(dict.fromkeys(reasons)))


def _names_of(version: Path) -> list[str]:
    """Return what an asset version is known by: its folder's name, and its digest where that is another."""
    named = dict(version_folders(version.parent)).get(version, version.name)
    return list(dict.fromkeys([version.name, named]))


def _remove_version(path: Path) -> Removed:
    asset = path.parents[1]
    with atomic.lock(asset / ".lock", what=f"The asset {asset.name}", purpose="rm"):
        removed = Removed(path, "asset", bytes_on_disk(path))
        remove(path)
        if atomic.pointed_name(path.parent) == path.name:
            (path.parent / "CURRENT").unlink()
    return removed
