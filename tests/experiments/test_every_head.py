"""Every kind of output, with every setting that changes the training: trained, scored, vaulted, predicted."""

import dataclasses

import numpy as np
import pytest
from many_labels import ATR, BARS, RETURN, SIDE, UP, canvas, many_project

from litlab.errors import BadParameter, NotAReturn
from litlab.experiments import clone_run, prepare
from litlab.experiments.retraining import null_of, spread_of
from litlab.vault import add_to_vault, looks, verdict
from litlab.vault.conformal import nonconformity
from litlab.vault.export import in_float32, load_model
from litlab.vault.null import Permuted

pytestmark = pytest.mark.train
SETTINGS = {
    "classes": {"schedule": "cosine", "balanced": True},
    "regression": {"precision": "mixed_float16"},
    "quantiles": {"optimizer": "adamw"},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory, make_tape_asset):
    return many_project(tmp_path_factory.mktemp("heads"), make_tape_asset)


@pytest.fixture(scope="module")
def runs(made):
    """Return kind → a run of two epochs, trained in this process."""
    from litlab.experiments.train import train

    found = {}
    for kind, settings in SETTINGS.items():
        found[kind] = prepare(made[0], canvas(kind, **settings), made[1])
        train(found[kind])
    return found


@pytest.fixture(scope="module")
def entries(runs):
    return {kind: add_to_vault(run) for kind, run in runs.items()}


@pytest.mark.parametrize("kind", SETTINGS)
def test_an_output_of_every_kind_is_scored_on_validation_in_every_epoch(runs, kind):
    run = runs[kind]
    for epoch in (1, 2):
        board = run.scores(epoch)
        row = run.epochs()[epoch - 1]
        figure = {"classes": "log_loss", "regression": "rmse", "quantiles": "pinball"}[kind]
        loss = board["model"][figure] ** (2 if kind == "regression" else 1)
        assert loss == pytest.approx(row["val_loss"], rel=2e-3 if kind == "regression" else 1e-5)
        assert {"base_rate", "persistence", "reference", "boosting"} <= set(board["baselines"])
        assert ({"har", "ewma"} <= set(board["baselines"])) == (kind == "regression")
        assert board["part"] == "validation"
        assert set(board["by"]) == {"day", "hour", "volatility", "instrument"}
        assert verdict(board).startswith("The model ")


def test_a_cosine_goes_down_and_balanced_classes_weigh_alike(runs, made):
    from litlab.experiments.feeds import feed
    from litlab.experiments.train import _class_weight

    rates = [row["learning_rate"] for row in runs["classes"].epochs()]
    assert 0.003 > rates[0] > rates[1] == pytest.approx(0.0, abs=1e-6)
    weights = _class_weight(made[1], runs["classes"].head())
    batches = feed(made[1], "train", [BARS, ATR], SIDE, batch=256, seed=1, class_weight=weights)
    labels, sums = zip(
        *((one[1][:, 0], one[2]) for one in (batches[at] for at in range(len(batches)))), strict=True
    )
    labels, sums = np.concatenate(labels), np.concatenate(sums)
    each = [sums[labels == one].sum() for one in range(3)]
    assert each == pytest.approx([len(labels) / 3] * 3, rel=1e-5)
    with pytest.raises(BadParameter, match="no classes to balance"):
        _class_weight(made[1], runs["quantiles"].head())


def test_an_entry_of_every_kind_predicts_without_keras_what_keras_says(entries, made):
    inputs = {name: np.asarray(made[1].array("test", name)[:200]) for name in (BARS, ATR)}
    for kind, entry in entries.items():
        keras_says = entry.model().predict_on_batch({name: inputs[name] for name in entry.record.features})
        said = entry.scorer().outputs({name: inputs[name] for name in entry.record.features})
        np.testing.assert_allclose(said, keras_says, rtol=1e-4, atol=1e-6)
        stored = entry.predictions()
        np.testing.assert_array_equal(stored.get("outputs", stored["prediction"][:, None])[:200], said)
        assert entry.record.parity <= 1e-5
        assert entry.head.kind == {"regression": "level"}.get(kind, kind)


def test_what_was_trained_in_mixed_precision_is_kept_in_float32_with_its_weights(runs, entries):
    trained, kept = load_model(runs["regression"].model_path()), entries["regression"].model()
    assert {layer.dtype_policy.name for layer in trained.layers} >= {"mixed_float16"}
    assert {layer.dtype_policy.name for layer in kept.layers} == {"float32"}
    for one, two in zip(trained.get_weights(), kept.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    assert in_float32(kept) is kept


def test_intervals_hold_the_test_parts_labels_as_often_as_the_scores_say(entries, made):
    for kind in ("regression", "quantiles"):
        entry = entries[kind]
        inputs = {name: made[1].array("test", name) for name in entry.record.features}
        ends = entry.scorer().interval_batch(inputs, 0.9, size=512)
        truth = np.asarray(made[1].array("test", entry.record.label))[:, 0, 0]
        held = ((ends[:, 0] <= truth) & (truth <= ends[:, 1])).mean()
        row = next(one for one in entry.scores["uncertainty"]["split"] if one["nominal"] == 0.9)
        assert held == pytest.approx(row["measured"], abs=2 / len(truth))
        low, high = entry.scorer().interval({name: values[0] for name, values in inputs.items()})
        assert (low, high) == pytest.approx(ends[0], rel=1e-4)
        with pytest.raises(BadParameter, match=r"interval\(\) tells"):
            entry.scorer().classes(inputs)


def test_a_set_of_classes_holds_what_is_likely_enough(entries, made):
    scorer = entries["classes"].scorer()
    sample = {name: made[1].array("test", name)[0] for name in scorer.names}
    shares, q = scorer.outputs(sample)[0], scorer.conformal.threshold(0.8)
    assert scorer.classes(sample, 0.8) == tuple(np.flatnonzero(1 - shares <= q))
    with pytest.raises(BadParameter, match=r"classes\(\) tells"):
        scorer.interval(sample)
    with pytest.raises(BadParameter, match="between 0 and 1"):
        scorer.classes(sample, 90)


def test_the_calibration_comes_from_validation_alone(entries, made):
    entry, asset = entries["regression"], made[1]
    said = entry.scorer().outputs({name: asset.array("validation", name) for name in entry.record.features})
    truth = np.asarray(asset.array("validation", entry.record.label))[:, 0, 0]
    expected = np.sort(nonconformity(entry.head, truth, said))
    np.testing.assert_array_equal(entry.scorer().conformal.scores, expected)


def test_profit_is_refused_for_what_is_no_return(entries):
    with pytest.raises(NotAReturn, match="'volatility_5' is no return"):
        entries["regression"].profit()
    with pytest.raises(NotAReturn, match="'direction' is no return"):
        entries["classes"].profit()
    assert entries["quantiles"].record.label == RETURN


def test_seeds_and_permuted_labels_are_judged_beside_the_run(made):
    """Two seeds of one definition, and one training on labels permuted within their sessions."""
    from litlab.experiments.train import train

    run = prepare(made[0], canvas("binary", epochs=1), made[1])
    seeds = [clone_run(run, seed=run.definition.settings.seed + 1)]
    tried = run.project.team, made[1].digest
    before = looks.tried(*tried)
    null = clone_run(run, permuted=1)
    assert looks.tried(*tried) == before, "a null tries nothing"
    for one in (run, *seeds, null):
        train(one)
    found = spread_of([run, *seeds])
    values = [one.scores()["model"]["auc"] for one in (run, *seeds)]
    assert found["values"] == values
    assert len(set(values)) == 2
    assert (found["mean"], found["sd"]) == pytest.approx((np.mean(values), np.std(values, ddof=1)))
    assert found["changes"] == (len(set(found["conclusions"])) > 1)
    assert found["said"].startswith("AUC ")
    assert isinstance(null.asset, Permuted)
    for part in ("train", "validation"):
        ours, theirs = (np.asarray(one.array(part, UP))[:, 0, 0] for one in (made[1], null.asset))
        day = made[1].session_day(part)
        assert (ours != theirs).any()
        assert [ours[day == one].sum() for one in set(day)] == [theirs[day == one].sum() for one in set(day)]
        np.testing.assert_array_equal(made[1].array(part, BARS), null.asset.array(part, BARS))
    told = null_of(run, [null])
    assert told["real"] == values[0]
    assert told["p"] in (0.5, 1.0)
    assert abs(told["values"][0] - 0.5) < 0.15
    with pytest.raises(BadParameter, match="a null is no model"):
        add_to_vault(null)
    assert dataclasses.replace(null.definition, permuted=None, parent="") == run.definition
