"""Removing what nothing is made of: superseded caches, what interrupted writers left, orphans when asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from litlab import atomic
from litlab.errors import Locked
from litlab.ticks.housekeeping import Removed, bytes_on_disk, remove, sweep
from litlab.upkeep.pins import cache_pins
from litlab.vault.entry import writing
from litlab.workspace import Team


def collect(team: Team, *, orphans: bool = False, dry_run: bool = False) -> list[Removed]:
    """Remove superseded cache versions and drafts of a team; what is being written is left alone.

    A cache version whose content an asset cites stays.

    Parameters
    ----------
    orphans : bool
        Also caches whose raw file is gone, unless an asset or a schema needs them.
    dry_run : bool
        Remove nothing, only tell.

    Returns
    -------
    list of Removed

    Raises
    ------
    BadRecord
        If an asset or schema cannot be read: nothing is removed then.
    """
    pinned = cache_pins(team)
    removed = list(sweep(team.folder("cache"), orphans=orphans, pinned=pinned, dry_run=dry_run))
    for path in _drafts(team):
        removed.append(Removed(path, "draft", bytes_on_disk(path)))
        if not dry_run:
            remove(path)
    return removed


def _drafts(team: Team) -> Iterator[Path]:
    """Yield what killed builds and promotions left, while nobody builds or promotes that schema."""
    for build in sorted(path for path in team.folder("build").iterdir() if path.is_dir()):
        asset = team.folder("assets") / build.name
        try:
            with (
                atomic.lock(build / ".lock", what=f"The build of {build.name}", purpose="gc"),
                atomic.lock(asset / ".lock", what=f"The asset {build.name}", purpose="gc"),
            ):
                yield from sorted([*build.glob("*/*.tmp-*"), *asset.glob("*/*.tmp-*")])
        except Locked:
            continue
    yield from _vault_drafts(team)


def _vault_drafts(team: Team) -> Iterator[Path]:
    """Yield what killed writers left in the vault, while nobody imports or writes that model."""
    vault = team.folder("vault")
    with suppress(Locked), atomic.lock(vault / ".lock", what="The vault", purpose="gc"):
        yield from sorted(vault.glob("arriving.tmp-*"))
    for model in sorted(path for path in vault.iterdir() if path.is_dir() and ".tmp-" not in path.name):
        with suppress(Locked), writing(model, "gc"):
            yield from sorted(model.glob("*.tmp-*"))
