"""A vault entry is the model its digest names, or it is found out."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from litlab.vault.checking import check_entries
from litlab.workspace import Workspace


@pytest.fixture
def copied(entry, tmp_path: Path):
    """Return a team of its own whose vault holds a copy of the shared entry, and the copy's folder."""
    team = Workspace(tmp_path).create_project("contoso", "volatility").team
    folder = team.folder("vault") / entry.name / entry.digest
    shutil.copytree(entry.path, folder)
    return team, folder


def test_an_entry_as_it_was_put_there_is_sound(copied) -> None:
    assert check_entries(copied[0]) == (1, [])


def test_other_weights_another_script_and_a_missing_model_are_found(copied) -> None:
    team, folder = copied
    with np.load(folder / "weights.npz") as stored:
        weights = {name: stored[name] for name in stored.files}
    next(iter(weights.values())).flat[0] += 1
    np.savez(folder / "weights.npz", **weights)
    (folder / "model.onnx").unlink()
    reasons = [one.reason for one in check_entries(team)[1]]
    assert reasons == ["weights, canvas, features and asset do not make its digest", "it is missing"]


def test_an_entry_without_a_record_that_can_be_read_is_found(copied) -> None:
    team, folder = copied
    (folder / "entry.json").write_text("{")
    assert [one.path.name for one in check_entries(team)[1]] == ["entry.json"]
