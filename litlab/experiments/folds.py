"""Walk-forward evaluation: one scoreboard over folds, each predicted by a model that knew only its past.

1. The asset's samples are divided anew for every fold (``litlab.assets.refolding``), or the assets are those
   of ``litlab.walk_forward``'s schemas, built. 2. Every fold is trained from nothing. 3. Its best epoch on
   validation goes into the vault, which predicts the fold's test part and writes the look down. 4. Held-out
   predictions, one after the other, are judged as one part; each fold's baselines are fitted on its own past.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from litlab import atomic
from litlab.assets import Asset, ledger
from litlab.assets.audit import LOOK
from litlab.assets.refolding import refold
from litlab.canvases import Canvas
from litlab.experiments.launch import prepare
from litlab.experiments.retraining import Follow, train_all
from litlab.experiments.run import Run
from litlab.shown import Shown
from litlab.vault.cases import case_of, joined
from litlab.vault.heads import columns
from litlab.vault.scoreboard import board, verdict
from litlab.workspace import Project

if TYPE_CHECKING:
    from litlab.vault import Entry

FOLDS = "folds.json"


@dataclasses.dataclass(frozen=True)
class WalkForward(Shown):
    """A walk-forward evaluation.

    Attributes
    ----------
    runs : tuple of Run
    entries : tuple of Entry
        One a fold, ``<canvas>.fold<number>``.
    scores : dict
        As ``litlab.vault.scoreboard.board`` over all folds' test parts, ``part`` "walk-forward"; and
        ``folds``, a row each: run, entry, asset, sessions from and to, samples, the figures of its model
        alone.
    """

    runs: tuple[Run, ...]
    entries: tuple[Entry, ...]
    scores: dict[str, Any]

    def _facts(self) -> dict[str, Any]:
        return {"folds": len(self.runs), "samples": self.scores["samples"], "said": self.said}

    @property
    def said(self) -> str:
        """Whether the model beats the best baseline, in a sentence."""
        return verdict(self.scores)


def evaluate_folds(
    project: Project,
    canvas: str | Canvas,
    asset: Asset | Sequence[Asset],
    folds: int = 5,
    *,
    epochs: int | None = None,
    seed: int | None = None,
    device: str = "cpu",
    at_once: int = 1,
    callback: Follow | None = None,
) -> WalkForward:
    """Train and test a canvas on walk-forward folds and judge all folds as one.

    Parameters
    ----------
    project : Project
    canvas : str or Canvas
    asset : Asset or sequence of Asset
        One, whose samples are divided anew, or the folds' own, in their order.
    folds : int
        Of one asset: its sessions are cut into folds + 1 stretches, and each but the first is a fold's test
        part once.
    epochs, seed, device
        As ``launch`` has them.
    at_once : int
        Processes at a time.
    callback : callable, optional
        Called with (run, row) for every epoch that finishes.

    Raises
    ------
    BadSchema
        If there are too few sessions for as many folds.
    """
    if isinstance(asset, Asset):
        assets = [refold(project.team, asset, folds, number) for number in range(1, folds + 1)]
    else:
        assets = list(asset)
    runs = [
        prepare(project, canvas, one, epochs=epochs, seed=seed, device=device, description=f"fold {number}")
        for number, one in enumerate(assets, 1)
    ]
    train_all(runs, at_once, callback)
    if isinstance(asset, Asset):
        _note_look(project, asset, assets)
    return judged(runs)


def judged(runs: Sequence[Run]) -> WalkForward:
    """Put each fold's best epoch into the vault and judge their test parts as one."""
    from litlab.vault import add_to_vault

    entries = [
        add_to_vault(run, name=f"{run.definition.name}.fold{number}") for number, run in enumerate(runs, 1)
    ]
    cases = [case_of(run.asset, entry.head, "test") for run, entry in zip(runs, entries, strict=True)]
    said = [_outputs(entry) for entry in entries]
    whole = dataclasses.replace(joined(cases), part="walk-forward")
    scores = {
        **board(whole, np.concatenate(said)),
        "folds": [_fold(*one) for one in zip(runs, entries, strict=True)],
    }
    scores |= _tried(entries)
    for folder in (*(run.folder for run in runs), *(entry.path for entry in entries)):
        atomic.write_json(folder / FOLDS, scores)
    return WalkForward(tuple(runs), tuple(entries), scores)


def _outputs(entry: Entry) -> Any:
    found = entry.predictions()
    return columns(found.get("outputs", found["prediction"]))


def _fold(run: Run, entry: Entry) -> dict[str, Any]:
    days = run.asset.session_day("test")
    return {
        "run": run.name,
        "entry": f"{entry.name}@{entry.digest}",
        "asset": run.definition.asset,
        "from": str(np.min(days).astype("datetime64[D]")),
        "to": str(np.max(days).astype("datetime64[D]")),
        "samples": run.asset.count("test"),
        "model": entry.scores["model"],
        "best_baseline": entry.scores["best_baseline"],
    }


def _tried(entries: Sequence[Entry]) -> dict[str, int]:
    """Return runs tried, epochs seen and looks at test parts, over all folds."""
    counts = [entry.scores for entry in entries]
    return {name: sum(one[name] for one in counts) for name in ("runs_tried", "epochs_seen", "test_looks")}


def _note_look(project: Project, asset: Asset, folds: Sequence[Asset]) -> None:
    """Write down that samples of the asset's own test part are looked at, if a fold tests on any."""
    own = set(np.unique(asset.session_day("test")).tolist())
    if any(own & set(np.unique(one.session_day("test")).tolist()) for one in folds):
        ledger.record(project.team, LOOK, asset=asset.digest, schema=asset.schema, name="walk-forward")
