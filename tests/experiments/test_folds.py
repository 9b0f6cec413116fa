"""A walk-forward evaluation: one scoreboard over folds whose models knew their past alone."""

import json

import numpy as np
import pytest
from interrupted import LABEL, canvas, new_project

from litlab.assets import ledger
from litlab.assets.audit import LOOK
from litlab.assets.refolding import refold
from litlab.experiments import folds as walking
from litlab.experiments import prepare
from litlab.vault.cases import case_of
from litlab.vault.heads import Head
from litlab.vault.scores import log_loss, within_session_auc

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory, make_tape_asset):
    """Return project, asset and the evaluation of two folds, trained in this process."""
    from litlab.experiments.train import train

    project, asset = new_project(tmp_path_factory.mktemp("walk"), make_tape_asset)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(walking, "train_all", lambda runs, at_once, callback: [train(run) for run in runs])
        found = walking.evaluate_folds(project, canvas("dense"), asset, folds=2, epochs=1)
    return project, asset, found


def test_held_out_predictions_of_all_folds_are_judged_as_one(evaluated):
    _, _, found = evaluated
    parts = [run.asset for run in found.runs]
    truth = np.concatenate([np.asarray(one.array("test", LABEL))[:, 0, 0] for one in parts])
    day = np.concatenate([one.session_day("test") for one in parts])
    for entry in found.entries:
        assert json.loads((entry.path / "folds.json").read_text()) == found.scores
    said = np.concatenate([entry.predictions()["prediction"] for entry in found.entries])
    model = found.scores["model"]
    assert model["auc"] == within_session_auc(truth, said, day).mean
    assert model["log_loss"] == log_loss(truth, said)
    assert found.scores["samples"] == len(truth) == sum(row["samples"] for row in found.scores["folds"])
    assert found.scores["part"] == "walk-forward"
    assert found.scores["sessions"] == len(np.unique(day)) == 4
    assert found.said.startswith("The model ")


def test_each_folds_baselines_know_its_own_past(evaluated):
    _, _, found = evaluated
    rates = [np.asarray(run.asset.array("train", LABEL), np.float64).mean() for run in found.runs]
    assert rates[0] != rates[1]
    for run, rate in zip(found.runs, rates, strict=True):
        case = case_of(run.asset, Head(LABEL, "probability"), "test")
        np.testing.assert_allclose(case.rivals["base_rate"], rate)
    assert set(found.scores["baselines"]) >= {"base_rate", "reference", "boosting"}


def test_looks_are_written_down_for_the_folds_and_for_the_asset_whose_test_part_they_saw(evaluated):
    project, asset, found = evaluated
    looked = [one["facts"]["asset"] for one in ledger.entries(project.team, LOOK)]
    assert sorted(looked) == sorted([*(run.definition.asset for run in found.runs), asset.digest])
    assert found.scores["test_looks"] == 2


def test_assets_of_the_folds_may_be_given(evaluated):
    project, asset, found = evaluated
    again = [refold(project.team, asset, 2, fold) for fold in (1, 2)]
    assert [one.digest for one in again] == [run.definition.asset for run in found.runs]
    assert prepare(project, canvas("dense"), again[0]).definition.schema == "tape.fold1"
