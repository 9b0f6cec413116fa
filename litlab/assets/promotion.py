"""Promotion: queue → production in one rename and one pointer flip, written down before and after.

1. The ledger gets the intent. 2. ``queue/<digest>`` is renamed to ``production/<digest>``.
3. ``production/CURRENT`` is flipped. 4. The ledger gets the deed. A process killed in between leaves the
old or the new version current; ``promote`` of the same digest then finishes what was begun.
"""

from __future__ import annotations

from typing import Any

from litlab import atomic
from litlab.assets import enforced, ledger
from litlab.assets.asset import Asset, open_asset, stage_folder, version_folder
from litlab.errors import NoAsset
from litlab.workspace import Team


def promote(team: Team, schema: str, digest: str | None = None) -> Asset:
    """Make the queue's version (the newest, or `digest`) the one in production, and record who and when.

    Promoting what is in production already changes nothing but the pointer.

    Raises
    ------
    NoAsset
        If the queue holds no such version.
    BadName
        If the schema or the digest cannot be a name.
    """
    queue, production = stage_folder(team, schema, "queue"), stage_folder(team, schema, "production")
    if not production.parent.is_dir():  # a lock would make it
        raise NoAsset(schema=schema, stage="queue")
    with atomic.lock(production.parent / ".lock", what=f"The asset {schema}", purpose="promote"):
        if digest is None:
            digest = atomic.pointed_name(queue)
            if digest is None:
                raise NoAsset(schema=schema, stage="queue")
        atomic.remove_drafts(production)  # of a promotion that was killed
        waiting, target = version_folder(queue, digest), version_folder(production, digest)
        place = target or waiting
        if place is None:
            raise NoAsset(schema=schema, stage="queue")
        facts = {"schema": schema, "digest": digest, "replaces": _current(team, schema)}
        ledger.record(team, "promote.intent", **facts)
        if target is None:
            production.mkdir(parents=True, exist_ok=True)
            place = place.rename(production / digest)
            atomic.sync_folder(queue)
            atomic.sync_folder(production)
        atomic.point(production, place.name)
        ledger.record(team, "promote.done", **facts)
    return open_asset(team, schema)


def cautions(team: Team, asset: Asset) -> list[str]:
    """Return what a person should know before or after an asset is promoted, one sentence each."""
    return [f"The feature {name!r} is {why}" for name, why in enforced.refuted(team, asset).items()]


def _current(team: Team, schema: str) -> str | None:
    try:
        return open_asset(team, schema).digest
    except NoAsset:
        return None


def promoted_by(team: Team, asset: Asset) -> dict[str, Any] | None:
    """Return the ledger's last entry that promoted this version; None means moved by hand: unrecorded."""
    done = [one for one in ledger.entries(team, "promote.done") if one["facts"]["digest"] == asset.digest]
    return done[-1] if done else None
