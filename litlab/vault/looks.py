"""How much was tried before a score was seen: the ledger's account of launches and looks at the test part.

The more runs and looks, the better the best of them looks by luck alone; a scoreboard says both numbers.
"""

from __future__ import annotations

import json

from litlab import atomic
from litlab.assets import ledger
from litlab.assets.audit import LOOK
from litlab.workspace import Team

LAUNCH = "run.launch"


def tried(team: Team, asset: str) -> dict[str, int]:
    """Return what has been tried on an asset version so far.

    Returns
    -------
    dict
        ``runs_tried``: runs launched, deleted ones too; those on permuted labels try nothing.
        ``epochs_seen``: their finished epochs, each of which was scored on validation; those of deleted runs
        are gone. ``test_looks``: entries scored on the test part.
    """
    counts = {
        action: sum(
            one["facts"].get("asset") == asset and not one["facts"].get("null")
            for one in ledger.entries(team, action)
        )
        for action in (LAUNCH, LOOK)
    }
    return {"runs_tried": counts[LAUNCH], "epochs_seen": _epochs(team, asset), "test_looks": counts[LOOK]}


def _epochs(team: Team, asset: str) -> int:
    found = 0
    for path in team.folder("train").glob("*/*/definition.json"):
        said = json.loads(path.read_text("utf-8"))
        if said.get("asset") == asset and said.get("permuted") is None:
            found += max(0, len(atomic.read_lines(path.parent / "perf.csv")) - 1)
    return found
