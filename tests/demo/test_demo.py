"""The whole walkthrough, run as a person runs it: one command, real processes, the full sample tape."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from litlab.assets import open_asset
from litlab.assets.promotion import promoted_by
from litlab.atomic import lock
from litlab.vault import open_entry
from litlab.workspace import Workspace

KEYS = {
    "ticks", "bars", "samples_train", "samples_validation", "samples_test", "purged", "base_rate", "auc_test",
    "auc_baselines", "auc_oracle", "interval", "asset", "canvas", "vault_entry", "prediction", "impact",
    "whatif", "seconds", "steps",
}  # fmt: skip


def litlab(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "litlab.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "workspace"


@pytest.fixture(scope="session")
def told(home: Path) -> dict[str, Any]:
    done = litlab("demo", "--workspace", home, "--json")
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


@pytest.mark.train
def test_the_last_line_holds_every_figure(told: dict[str, Any]) -> None:
    assert set(told) >= KEYS
    assert 2_800_000 < told["ticks"] < 3_200_000
    assert told["samples_train"] > told["samples_test"] > told["samples_validation"] > 1_000


@pytest.mark.train
def test_on_the_sample_tape_the_model_beats_the_reference_and_not_the_oracle(told: dict[str, Any]) -> None:
    reference = told["interval_reference"]
    assert reference["difference"] >= 0.03
    assert reference["low"] > 0
    assert told["auc_baselines"]["last_bar"] < told["auc_baselines"]["reference"] < told["auc_test"]
    # Above the oracle would be a leak.
    assert told["auc_test"] <= told["auc_oracle"] + 0.02
    assert "beats" in told["verdict"]


@pytest.mark.train
def test_a_prediction_recomputed_from_the_ticks_is_the_stored_one_bit_for_bit(told: dict[str, Any]) -> None:
    assert told["prediction"]["equals_stored"] is True


@pytest.mark.train
def test_lowering_the_last_nine_volumes_lowers_the_prediction(told: dict[str, Any]) -> None:
    assert told["whatif"]["after"] < told["whatif"]["before"]


@pytest.mark.train
def test_the_impacts_add_up_to_the_prediction(told: dict[str, Any]) -> None:
    insight = told["insight"]
    assert sum(told["impact"].values()) == pytest.approx(insight["value"] - insight["base"], abs=1e-9)


@pytest.mark.train
def test_everything_it_names_can_be_opened(told: dict[str, Any], home: Path) -> None:
    team = Workspace(home).team("contoso")
    asset = open_asset(team, "volatility_minutes")
    assert asset.digest == told["asset"]
    promotion = promoted_by(team, asset)
    assert promotion is not None
    assert promotion["who"]
    name, _, digest = told["vault_entry"].partition("/")
    entry = open_entry(team, name, digest)
    assert entry.scores["test_looks"] == 1
    assert np.isfinite(entry.predictions()["prediction"]).all()


def test_two_runs_at_once_are_refused_with_the_holders_pid(tmp_path: Path) -> None:
    import os

    with lock(tmp_path / "w" / ".lock", what="The workspace", purpose="demo"):
        done = litlab("demo", "--workspace", tmp_path / "w")
    assert done.returncode == 2
    assert f"process {os.getpid()} (demo)" in done.stderr
