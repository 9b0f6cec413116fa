"""The sample tape's laws over five seeds: what can be learned is learned, what cannot is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from litlab.demo import Options, run_demo
from litlab.workspace import Workspace

pytestmark = [pytest.mark.soak, pytest.mark.train]
SEEDS = (7, 8, 9, 10, 11)


def run(folder: Path, seed: int, signal: float) -> dict[str, Any]:
    return run_demo(Workspace(folder / f"{seed}-{signal}"), Options(seed=seed, signal=signal))


def test_with_the_signal_the_model_beats_the_reference_and_stays_below_the_oracle(tmp_path: Path) -> None:
    told = [run(tmp_path, seed, 1.0) for seed in SEEDS]
    gains = [one["interval_reference"]["difference"] for one in told]
    print(
        "model",
        [one["auc_test"] for one in told],
        "oracle",
        [one["auc_oracle"] for one in told],
        "gain",
        gains,
    )
    assert np.mean(gains) >= 0.03
    assert all(one["interval_reference"]["low"] > 0 for one in told)
    excess = [one["auc_test"] - one["auc_oracle"] for one in told]
    assert np.mean(excess) <= 3 * np.std(excess, ddof=1) / np.sqrt(len(excess))


def test_without_the_signal_the_model_does_not_beat_the_reference(tmp_path: Path) -> None:
    told = [run(tmp_path, seed, 0.0) for seed in SEEDS]
    gains = [one["interval_reference"]["difference"] for one in told]
    print("model", [one["auc_test"] for one in told], "gain", gains)
    assert np.mean(gains) <= 0.01
