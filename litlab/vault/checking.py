"""Is every vault entry still the model that was put there?"""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

from litlab.errors import BadRecord, NewerFormat
from litlab.ticks.checking import Damage
from litlab.vault.entry import Entry
from litlab.vault.export import stored_weights, versions_of
from litlab.workspace import Team


def check_entries(team: Team) -> tuple[int, list[Damage]]:
    """Compare every vault entry of a team with the digest it is named by.

    The digest covers the asset, the canvas, the features and the weights; scripts are compared with their
    features' digests. Scores and exported graphs are made from these and have no digest of their own.

    Returns
    -------
    checked : int
        Entries looked at.
    damage : list of Damage
    """
    folders = [path.parent for path in sorted(team.folder("vault").glob("*/*/entry.json"))]
    folders = [path for path in folders if ".tmp-" not in path.name]
    return len(folders), [one for path in folders for one in check_entry(path)]


def check_entry(path: Path) -> list[Damage]:
    """Return what of one entry is not what its digest says."""
    what = f"vault entry {path.parent.name} {path.name[:12]}"
    remedy = "put the run's epoch into the vault again"
    try:
        entry = Entry(path)
    except (BadRecord, NewerFormat):
        return [Damage(what, path / "entry.json", "it is no readable record", remedy)]
    record, found = entry.record, []
    try:
        weights = stored_weights(path)
    except (OSError, ValueError, zipfile.BadZipFile) as problem:
        return [Damage(what, path / "weights.npz", f"it cannot be read ({problem})", remedy)]
    if record.version not in versions_of(record, weights):
        reason = "weights, canvas, features and asset do not make its digest"
        found.append(Damage(what, path, reason, remedy))
    for kind, digests in (("scripts", record.scripts()), ("components", record.components)):
        for name, digest in digests.items():
            source = path / kind / f"{name}.py"
            if source.is_file() and hashlib.sha256(source.read_bytes()).hexdigest() != digest:
                found.append(Damage(what, source, "it is not the source of its digest", remedy))
    missing = [name for name in ("model.keras", "model.onnx", "scores.json") if not (path / name).is_file()]
    return [*found, *(Damage(what, path / name, "it is missing", remedy) for name in missing)]
