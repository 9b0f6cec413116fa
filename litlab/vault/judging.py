"""The look at the test part: predicted once by the portable model, scored, and written down.

1. The ledger is told first. 2. The portable model predicts the part at batch 1. 3. Its errors on the
validation part calibrate intervals (``conformal``); how often they held on the test part is measured.
4. The scoreboard is made (``scoreboard``), drawn (``pictures``), and what was tried before stands beside it
(``looks``).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab import atomic
from litlab.assets import Asset, ledger
from litlab.assets.audit import LOOK
from litlab.assets.looks import seen_in
from litlab.vault.boosting import label_of
from litlab.vault.breakdown import named
from litlab.vault.cases import case_of
from litlab.vault.conformal import Conformal, coverage
from litlab.vault.heads import Head, head_of_canvas
from litlab.vault.looks import tried
from litlab.vault.pictures import write_pictures
from litlab.vault.scoreboard import board, nulled
from litlab.vault.scorer import Scorer
from litlab.workspace import Team

CALIBRATION = "conformal.npz"
_BLOCK = 256  # samples between two tellings

Floats = npt.NDArray[np.float64]
Tell = Callable[[int], object]


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
    pictures/*.svg
        As ``pictures.pictures``.
    """
    record = scorer.record
    ledger.record(
        team, LOOK, asset=asset.digest, schema=asset.schema, name=record.name, digest=record.version,
        test=seen_in(asset),
    )  # fmt: skip
    head = head_of_canvas(record.canvas, record.activation)
    calibrated = calibrate(scorer, asset, head)
    calibrated.save(folder / CALIBRATION)
    count = asset.count("test")
    predicted = predict_part(scorer, asset, "test") if count else np.empty((0, 1))
    columns: dict[str, Any] = {"index": asset.index("test"), "as_of_ns": asset.as_of_ns("test")}
    if predicted.shape[1] > 1:
        columns["outputs"] = predicted
    np.savez(folder / "test.npz", prediction=predicted[:, 0], **columns)
    scores = {**tried(team, asset), **judged(asset, head, predicted, calibrated)}
    atomic.write_json(folder / "scores.json", scores)
    write_pictures(folder, named(scores, asset.manifest.get("data", [])))


def judged(asset: Asset, head: Head, predicted: Floats, calibrated: Conformal) -> dict[str, Any]:
    """Return what ``scores.json`` says of predictions of the test part, but for what was tried before."""
    if not asset.count("test"):
        return {"samples": 0}
    case = case_of(asset, head, "test")
    measured = coverage(calibrated, case.truth, predicted, case.day, case.as_of_ns, case.end_ns)
    return {**board(case, predicted), "uncertainty": nulled(measured)}


def calibrate(scorer: Scorer, asset: Asset, head: Head, tell: Tell | None = None) -> Conformal:
    """Return the portable model's errors on the validation part: what its intervals are as wide as."""
    said = predict_part(scorer, asset, "validation", tell)
    return Conformal.of(head, label_of(asset, head.label, "validation"), said)


def predict_part(scorer: Scorer, asset: Asset, part: str, tell: Tell | None = None) -> Floats:
    """Return what the portable model says of a part at batch 1, (n, columns), in the part's order.

    `tell` is called with how many more samples are predicted, block by block.
    """
    arrays = {one: asset.array(part, one) for one in scorer.names}
    found = []
    for start in range(0, asset.count(part), _BLOCK):
        found.append(scorer.outputs({one: values[start : start + _BLOCK] for one, values in arrays.items()}))
        if tell is not None:
            tell(len(found[-1]))
    return np.concatenate(found or [np.empty((0, len(scorer.columns)))])
