"""Is every byte of an asset version still what its manifest says?"""

from __future__ import annotations

import re
from pathlib import Path

from litlab import atomic
from litlab.assets import ledger
from litlab.assets.asset import STAGES, Asset, stage_folder, version_folders
from litlab.errors import BadRecord
from litlab.records import NAME
from litlab.ticks.checking import Damage, check_files
from litlab.workspace import Team

_DIGEST = re.compile(r"[0-9a-f]{32}")


def all_versions(team: Team) -> list[tuple[str, str, Path]]:
    """Return (schema, stage, folder) of every asset version of a team, in order."""
    folders = team.folder("assets").iterdir()
    schemas = sorted(path.name for path in folders if path.is_dir() and NAME.fullmatch(path.name))
    return [
        (schema, stage, path)
        for schema in schemas
        for stage in STAGES
        for path, _ in version_folders(stage_folder(team, schema, stage))
    ]


def check_assets(team: Team) -> tuple[int, list[Damage]]:
    """Compare every asset version of a team with its digests, and what is current with the ledger.

    Returns
    -------
    checked : int
        Versions looked at.
    damage : list of Damage
    """
    found = []
    every = all_versions(team)
    sound = ledger.first_break(team) is None  # a broken ledger is told by itself
    promoted = {one["facts"]["digest"] for one in ledger.entries(team, "promote.done")} if sound else set()
    for schema, stage, path in every:
        what, remedy = f"asset {schema} {path.name[:12]}", f"litlab build {schema} --team {team.name}"
        try:
            asset = Asset(path)
        except (BadRecord, KeyError):
            found.append(Damage(what, path / "manifest.json", "it is no readable manifest", remedy))
            continue
        damaged = check_files(path, asset.manifest.get("files", {}))
        found += [Damage(what, where, reason, remedy) for where, reason in damaged]
        # One moved by hand may be called anything but another version's digest.
        if asset.digest != path.name and _DIGEST.fullmatch(path.name):
            found.append(Damage(what, path, "its folder has another digest's name", remedy))
        if sound and stage == "production" and asset.digest not in promoted:
            reason = "it is in production, and no line of the ledger says who promoted it"
            again = f"litlab promote {schema} --digest {asset.digest} --team {team.name}"
            found.append(Damage(what, path, reason, f"restore the ledger, or: {again}"))
    for schema, stage in sorted({(schema, stage) for schema, stage, _ in every}):
        folder = stage_folder(team, schema, stage)
        name = atomic.pointed_name(folder)
        if name is not None and not (folder / name / "manifest.json").is_file() and stage == "production":
            reason, again = "it names no version", f"litlab promote {schema} --team {team.name}"
            found.append(Damage(f"asset {schema}", folder / "CURRENT", reason, again))
    return len(every), found
