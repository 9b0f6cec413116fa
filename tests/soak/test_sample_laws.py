"""The sample tape's laws over five seeds: what can be learned is learned, what cannot is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from litlab.assets import Asset, open_asset, write_asset
from litlab.assets.writer import SAMPLE_COLUMNS
from litlab.demo import CANVAS, LABEL, SCHEMA, Options, run_demo
from litlab.experiments import launch
from litlab.vault import add_to_vault
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


def permuted(asset: Asset, final: Path, seed: int) -> Asset:
    """Write the asset again with its labels shuffled within every session of every part."""
    rng = np.random.default_rng(seed)
    parts: dict[str, dict[str, Any]] = {}
    for part in asset.parts:
        arrays = {name: np.array(asset.array(part, name)) for name in (*asset.inputs, *asset.labels)}
        for day in np.unique(asset.session_day(part)):
            rows = np.flatnonzero(asset.session_day(part) == day)
            arrays[LABEL][rows] = arrays[LABEL][rng.permutation(rows)]
        parts[part] = {"arrays": arrays, **{name: asset.sample_column(part, name) for name in SAMPLE_COLUMNS}}
    return write_asset(final, parts, asset.manifest["features"], {**asset.manifest, "schema": SCHEMA})


def test_on_permuted_labels_nothing_is_found(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    run_demo(workspace)
    project = workspace.project("contoso", "volatility")
    asset = open_asset(project.team, SCHEMA)
    aucs = []
    for seed in SEEDS:
        null = permuted(asset, asset.path.parent / f"null-{seed}", seed)
        null.path.rename(asset.path.parent / null.digest)
        null = Asset(asset.path.parent / null.digest)
        entry = add_to_vault(launch(project, CANVAS, null, seed=seed).follow(), name=f"null-{seed}")
        aucs.append(entry.scores["model"]["auc"])
    print("AUC on permuted labels", aucs)
    assert abs(np.mean(aucs) - 0.5) <= 0.02
