"""The look at the test part: predicted once by the portable model, scored, and written down.

1. The ledger is told first. 2. The portable model predicts the part at batch 1. 3. Its errors on the
validation part calibrate intervals (``conformal``); how often they held on the test part is measured.
4. The scoreboard is made (``scoreboard``), and what was tried before stands beside it (``looks``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from litlab import atomic
from litlab.assets import Asset, ledger
from litlab.assets.audit import LOOK
from litlab.vault.boosting import label_of
from litlab.vault.cases import case_of
from litlab.vault.conformal import Conformal, coverage
from litlab.vault.heads import Head, head_of_canvas
from litlab.vault.looks import tried
from litlab.vault.scoreboard import board, nulled
from litlab.vault.scorer import Scorer
from litlab.workspace import Team

CALIBRATION = "conformal.npz"


def look_at_test(folder: Path, scorer: Scorer, team: Team, asset: Asset) -> None:
    """Write predictions, scores and calibration into an entry's folder.

    Writes
    ------
    test.npz
        index, as_of_ns, prediction, each (n,); of several columns the first, and all as ``outputs``.
    scores.json
        ``scoreboard.board``, ``looks.tried`` and ``uncertainty`` as ``conformal.coverage``.
    conformal.npz
        What ``scorer.interval`` needs.
    """
    record = scorer.record
    ledger.record(
        team, LOOK, asset=asset.digest, schema=asset.schema, name=record.name, digest=record.version
    )
    head = head_of_canvas(record.canvas, record.activation)
    calibrated = calibrate(scorer, asset, head)
    calibrated.save(folder / CALIBRATION)
    count = asset.count("test")
    inputs = {one: asset.array("test", one) for one in scorer.names}
    predicted = scorer.outputs(inputs) if count else np.empty((0, 1))
    columns: dict[str, Any] = {"index": asset.index("test"), "as_of_ns": asset.as_of_ns("test")}
    if predicted.shape[1] > 1:
        columns["outputs"] = predicted
    np.savez(folder / "test.npz", prediction=predicted[:, 0], **columns)
    scores: dict[str, Any] = {**tried(team, asset.digest), "samples": count}
    if count:
        case = case_of(asset, head, "test")
        scores |= board(case, predicted)
        measured = coverage(calibrated, case.truth, predicted, case.day, case.as_of_ns, case.end_ns)
        scores["uncertainty"] = nulled(measured)
    atomic.write_json(folder / "scores.json", scores)


def calibrate(scorer: Scorer, asset: Asset, head: Head) -> Conformal:
    """Return the portable model's errors on the validation part: what its intervals are as wide as."""
    said = scorer.outputs({one: asset.array("validation", one) for one in scorer.names})
    return Conformal.of(head, label_of(asset, head.label, "validation"), said)
