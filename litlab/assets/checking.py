"""Is every byte of an asset version still what its manifest says?"""

from __future__ import annotations

import re
from pathlib import Path

from litlab.assets.asset import STAGES, Asset, stage_folder, version_folders
from litlab.errors import BadRecord
from litlab.ticks.checking import Damage, check_files
from litlab.workspace import Team

_DIGEST = re.compile(r"[0-9a-f]{32}")


def all_versions(team: Team) -> list[tuple[str, str, Path]]:
    """Return (schema, stage, folder) of every asset version of a team, in order."""
    schemas = sorted(path.name for path in team.folder("assets").iterdir() if path.is_dir())
    return [
        (schema, stage, path)
        for schema in schemas
        for stage in STAGES
        for path, _ in version_folders(stage_folder(team, schema, stage))
    ]


def check_assets(team: Team) -> tuple[int, list[Damage]]:
    """Compare every asset version of a team with its digests.

    Returns
    -------
    checked : int
        Versions looked at.
    damage : list of Damage
    """
    found = []
    every = all_versions(team)
    for schema, _, path in every:
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
    return len(every), found
