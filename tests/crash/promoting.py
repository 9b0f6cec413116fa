"""Kills promotions at each of their system calls, as ``killing`` kills writers of caches.

Run as a script: ``promoting.py FOLDER LIMIT``, which is how many calls of each case to try.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
import numpy as np
from killing import kill_all
from tapes import new_team

from litlab import atomic
from litlab.assets import Asset, ledger, open_asset, promote, promoted_by, versions, write_asset
from litlab.assets.asset import SAMPLE_COLUMNS
from litlab.errors import NoAsset
from litlab.ticks.version import file_digest

FEATURES = {"x": {"rows": 1, "columns": ["x"], "label": False}}


def queued(team, value):
    """Put a version into the queue whose every array holds `value`."""
    queue = team.folder("assets") / "minutes" / "queue"
    columns = {name: np.full(3, value, dtype) for name, dtype in SAMPLE_COLUMNS.items()}
    part = {"arrays": {"x": np.full((3, 1, 1), value)}, **columns}
    parts = {"train": part, "validation": part, "test": part}
    made = write_asset(queue / "new", parts, FEATURES, {"schema": "minutes"})
    made.path.rename(queue / made.digest)
    atomic.point(queue, made.digest)
    return made.digest


class Promotion:
    """A version in the queue, one in production or none, and the promotion that is killed."""

    def __init__(self, folder: Path, name: str) -> None:
        self.team = new_team(folder / "workspace")
        self.path, self.cache, self.kept = folder / "log", folder / "workspace", folder / "kept"
        self.old = None
        if name == "again":
            self.old = queued(self.team, 1)
            promote(self.team, "minutes")
        self.new = queued(self.team, 2)
        shutil.copytree(self.cache, self.kept)

    def write(self) -> None:
        """Do what the killed process does."""
        promote(self.team, "minutes", self.new)

    def restore(self) -> None:
        shutil.rmtree(self.cache)
        shutil.copytree(self.kept, self.cache)

    def current(self) -> str | None:
        """Return the digest in production, every file of which is whole and of one version."""
        try:
            asset = open_asset(self.team, "minutes")
        except NoAsset:
            return None
        for name, digest in asset.manifest["files"].items():
            assert file_digest(asset.path / name) == digest, name
        return asset.digest

    def check(self) -> str:
        """Check what is left, and that promoting again finishes it; return "old" or "new"."""
        found = self.current()
        assert found in (self.old, self.new)
        every = [*versions(self.team, "minutes", "queue"), *versions(self.team, "minutes", "production")]
        assert sorted(every) == sorted(filter(None, (self.old, self.new)))
        assert ledger.first_break(self.team) is None
        self.write()
        assert self.current() == self.new
        assert promoted_by(self.team, Asset(open_asset(self.team, "minutes").path))
        assert ledger.first_break(self.team) is None
        assert not list(self.cache.rglob("*.tmp-*"))
        return "new" if found == self.new else "old"


def main(folder: Path, limit: int) -> None:
    figures = {}
    for name in ("first", "again"):
        place = folder / name
        place.mkdir()
        figures[name] = kill_all(Promotion(place, name), limit)
    print(json.dumps(figures))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
