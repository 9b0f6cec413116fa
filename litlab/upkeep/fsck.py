"""Checking a team's caches, assets, vault and ledger against their digests."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from litlab.adapters.loading import expand
from litlab.assets import ledger
from litlab.assets.checking import check_assets
from litlab.errors import NotCached
from litlab.ticks.checking import Damage, check_cache
from litlab.ticks.housekeeping import CacheFolder, list_caches
from litlab.vault.checking import check_entries
from litlab.workspace import Team


@dataclasses.dataclass(frozen=True)
class Checked:
    """What was looked at, and what of it is broken.

    Attributes
    ----------
    caches, assets, entries : int
    damage : tuple of Damage
    """

    caches: int
    assets: int
    entries: int
    damage: tuple[Damage, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        damage = [{**dataclasses.asdict(one), "path": str(one.path)} for one in self.damage]
        return {**dataclasses.asdict(self), "damage": damage}


def check(team: Team, progress: Callable[[int, int], None] | None = None) -> Checked:
    """Compare everything of a team that has a digest with it.

    Parameters
    ----------
    progress : callable, optional
        Called with caches done and caches in all.
    """
    caches, damage = _check_caches(list_caches(team.folder("cache")), progress)
    assets, of_assets = check_assets(team)
    entries, of_entries = check_entries(team)
    broken = ledger.first_break(team)
    of_ledger = []
    if broken is not None:
        remedy = "restore it from a backup: what it records after that line is not proved"
        of_ledger = [Damage("ledger", team.ledger, f"line {broken} does not fit the chain", remedy)]
    return Checked(caches, assets, entries, (*damage, *of_assets, *of_entries, *of_ledger))


def check_raw_files(team: Team, paths: Sequence[str | Path]) -> Checked:
    """Compare the caches of some raw files with their digests.

    Raises
    ------
    MissingFile
        If a path or pattern names nothing; NotCached if the team has no cache of a file.
    """
    every = list_caches(team.folder("cache"))
    chosen = []
    for path in map(Path, expand(paths)):
        found = [one for one in every if path in (one.raw, None) or (not one.raw and one.name == path.name)]
        if not found:
            raise NotCached(path=path)
        chosen += found
    caches, damage = _check_caches(chosen, None)
    return Checked(caches, 0, 0, tuple(damage))


def _check_caches(
    caches: list[CacheFolder], progress: Callable[[int, int], None] | None
) -> tuple[int, list[Damage]]:
    damage = []
    for done, one in enumerate(caches, 1):
        damage += check_cache(one)
        if progress:
            progress(done, len(caches))
    return len(caches), damage
