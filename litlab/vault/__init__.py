"""The vault: trained models that can be trusted and moved, each with all it needs.

    vault/<name>/<digest>/  entry.json    what it is: features, label, origin, "trained up to"
                            model.onnx    the portable model        model.keras, weights.npz
                            scripts/      sources of the features' scripts
                            sample.npz    inputs and the outputs that must come out
                            scores.json   how it did on the test part, beside the baselines
    vault/<name>/CURRENT    the version in use

1. ``export`` makes the ONNX file and checks that it says what Keras says.
2. ``entry`` adds a run's epoch: exports, scores the test part once, writes the look down in the ledger.
3. ``scores`` and ``baselines`` are what a score means here. 4. ``scorer`` predicts without TensorFlow.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from litlab.vault.entry import Entry as Entry
    from litlab.vault.entry import add_to_vault as add_to_vault
    from litlab.vault.entry import list_entries as list_entries
    from litlab.vault.entry import open_entry as open_entry
    from litlab.vault.scoreboard import verdict as verdict
    from litlab.vault.scorer import Scorer as Scorer

# A scoring machine imports litlab.vault.scorer and nothing else of the room.
_LAZY = {
    "Entry": "litlab.vault.entry",
    "Scorer": "litlab.vault.scorer",
    "add_to_vault": "litlab.vault.entry",
    "list_entries": "litlab.vault.entry",
    "open_entry": "litlab.vault.entry",
    "verdict": "litlab.vault.scoreboard",
}

__all__ = ["Entry", "Scorer", "add_to_vault", "list_entries", "open_entry", "verdict"]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'litlab.vault' has no attribute {name!r}")
