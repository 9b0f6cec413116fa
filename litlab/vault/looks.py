"""How much was tried before a score was seen: the ledger's account of launches and looks at the test part.

The more runs and looks, the better the best of them looks by luck alone; a scoreboard says both numbers. A
rebuild resets none of them: ``litlab.assets.looks``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from litlab import atomic
from litlab.assets import Asset
from litlab.assets.audit import LOOK
from litlab.assets.looks import of_the_same
from litlab.workspace import Team

LAUNCH = "run.launch"


def tried(team: Team, asset: Asset | str) -> dict[str, int]:
    """Return what has been tried so far on an asset, and on others with the same test samples.

    Parameters
    ----------
    asset : Asset or str
        With a digest alone: on this version only.

    Returns
    -------
    dict
        ``runs_tried``: runs launched, deleted ones too; those on permuted labels, and those that ended
        before their first epoch, try nothing.
        ``epochs_seen``: their finished epochs, each of which was scored on validation; those of deleted runs
        are gone. ``test_looks``: entries scored on the test part.
    """
    launched, looks = (
        [one for one in of_the_same(team, asset, action) if not one.get("null")] for action in (LAUNCH, LOOK)
    )
    runs = [one for one in launched if _has_begun(team, one)]
    digest = asset if isinstance(asset, str) else asset.digest
    versions = {digest, *(str(one.get("asset")) for one in (*runs, *looks))}
    return {"runs_tried": len(runs), "epochs_seen": _epochs(team, versions), "test_looks": len(looks)}


def _epochs(team: Team, versions: set[str]) -> int:
    found = 0
    for path in team.folder("train").glob("*/*/definition.json"):
        said = json.loads(path.read_text("utf-8"))
        if said.get("asset") in versions and said.get("permuted") is None:
            found += _finished(path.parent)
    return found


def _has_begun(team: Team, launched: dict[str, Any]) -> bool:
    """Tell whether a launched run has finished an epoch; True for one whose folder is gone."""
    if "run" not in launched or "project" not in launched:
        return True
    folder = team.folder("train") / str(launched["project"]) / str(launched["run"])
    return not folder.is_dir() or _finished(folder) > 0


def _finished(folder: Path) -> int:
    """Return how many epochs a run has finished."""
    return max(0, len(atomic.read_lines(folder / "perf.csv")) - 1)
