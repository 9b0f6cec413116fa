"""The limited process's side of ``moving``: somebody else's portable model runs on its samples."""

from __future__ import annotations

import json
from pathlib import Path

from litlab.vault.packing import PROVED, REFUSED, one_line
from litlab.vault.scorer import Scorer


def prove(entry: str, folder: str) -> None:
    """Write what an entry stores of its samples and what its model says, or why it is refused."""
    import numpy as np

    here = Path(folder)
    try:
        scorer = Scorer(Path(entry))
        with np.load(Path(entry) / "sample.npz", allow_pickle=False) as stored:
            inputs = {name: stored[f"input.{name}"] for name in scorer.names}
            first = stored["prediction"]
            wanted = stored["outputs"] if "outputs" in stored.files else first
        found = scorer.outputs(inputs)
        whole = found[:, 0] if wanted.ndim == 1 else found
        if wanted.shape != whole.shape:
            raise ValueError(f"it says {found.shape} numbers where {wanted.shape} are stored")
        if wanted.ndim == 2 and not np.array_equal(wanted[:, 0], first):
            raise ValueError("its samples hold two answers")
        (here / PROVED).write_text(json.dumps([wanted.tolist(), found.tolist()], allow_nan=False), "utf-8")
    except Exception as problem:  # the file may make ONNX Runtime raise anything; who asked is told
        (here / REFUSED).write_text(one_line(problem), "utf-8")
