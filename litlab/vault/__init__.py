"""The vault: trained models that can be trusted and moved, each with all it needs.

    vault/<name>/<digest>/  entry.json    what it is: features, label, origin, who and when, "trained up to"
                            model.onnx    the portable model        model.keras, weights.npz
                            scripts/      sources of the features' scripts   components/  of the canvas's
                            sample.npz    inputs and the outputs that must come out
                            scores.json   how it did on the test part, beside the baselines
                            test.npz      what it said of the test part
                            pictures/     the same as pictures
                            conformal.npz its errors on the validation part, which intervals are made of
    vault/<name>/CURRENT    the version in use
    vault/<name>/notes/     what people said of each version: notes and tags

1. ``export`` makes the ONNX file and checks that it says what Keras says.
2. ``adding`` takes a run's epoch in: exports, scores the test part once, writes the look down in the ledger;
   ``entry`` opens what is there, ``notes`` are beside it, ``comparing`` puts several side by side.
3. ``scoreboard`` judges every kind of output (``heads``): ``cases`` holds what is known of a part, ``rivals``
   the baselines, ``boards`` the figures; ``conformal`` the intervals, ``profit`` what returns would have
   earned, ``null`` what nothing looks like; ``judging`` takes the look at test.
4. ``scorer`` predicts without TensorFlow, ``predicting`` from ticks.
5. ``moving`` takes entries to other machines and in from them, as one file; ``verifying`` recomputes what
   their author says.
6. ``pictures`` draws it all; ``inquiries`` find out on demand what takes long, in processes of their own.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from litlab.vault.adding import add_to_vault as add_to_vault
    from litlab.vault.comparing import compare as compare
    from litlab.vault.entry import Entry as Entry
    from litlab.vault.entry import find_entry as find_entry
    from litlab.vault.entry import list_entries as list_entries
    from litlab.vault.entry import open_entry as open_entry
    from litlab.vault.moving import export_entry as export_entry
    from litlab.vault.moving import import_entry as import_entry
    from litlab.vault.predicting import load as load
    from litlab.vault.scoreboard import verdict as verdict
    from litlab.vault.scorer import Scorer as Scorer
    from litlab.vault.verifying import verify as verify

# A scoring machine imports litlab.vault.scorer and nothing else of the room.
_LAZY = {
    "Entry": "litlab.vault.entry",
    "Scorer": "litlab.vault.scorer",
    "add_to_vault": "litlab.vault.adding",
    "compare": "litlab.vault.comparing",
    "export_entry": "litlab.vault.moving",
    "find_entry": "litlab.vault.entry",
    "import_entry": "litlab.vault.moving",
    "list_entries": "litlab.vault.entry",
    "load": "litlab.vault.predicting",
    "open_entry": "litlab.vault.entry",
    "verdict": "litlab.vault.scoreboard",
    "verify": "litlab.vault.verifying",
}

__all__ = [
    "Entry", "Scorer", "add_to_vault", "compare", "export_entry", "find_entry", "import_entry",
    "list_entries", "load", "open_entry", "verdict", "verify",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'litlab.vault' has no attribute {name!r}")
