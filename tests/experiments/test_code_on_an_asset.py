"""Runs from code that name an asset: the same scoreboard, the same vault."""

import numpy as np
import pytest

import litlab
from litlab.errors import BadParameter, UnknownName
from litlab.experiments.vaulting import vault_epoch
from litlab.vault import Scorer, add_to_vault, looks
from litlab.vault.export import load_model, taking_names


def fit(small_asset, home, name="bars", activation="sigmoid", **given):
    import keras

    inputs = keras.Input(small_asset.shape(small_asset.inputs[0]), name=name)
    flat = keras.layers.Flatten()(keras.layers.Cropping1D((95, 0))(inputs))
    model = keras.Model(inputs, keras.layers.Dense(1, activation)(flat))
    model.compile(loss="binary_crossentropy", optimizer="sgd")
    some = np.arange(0, small_asset.count("train"), 20)
    x = np.asarray(small_asset.array("train", small_asset.inputs[0])[some])
    y = np.asarray(small_asset.array("train", small_asset.labels[0])[some])[:, 0, :]
    x = (x - x.mean((0, 1))) / (x.std((0, 1)) + 1e-6)
    with litlab.run("contoso", workspace=home, **given) as run:
        callbacks = [litlab.callbacks.csv(), litlab.callbacks.checkpoints()]
        model.fit(x, y, epochs=2, batch_size=64, verbose=0, callbacks=callbacks)
    return run


@pytest.mark.train
def test_a_run_from_code_on_an_asset_is_scored_like_any_other(tape_project, small_asset):
    home, team = tape_project.team.workspace.home, tape_project.team
    before = looks.tried(team, small_asset.digest)
    run = fit(small_asset, home, small_asset.inputs[0], asset=small_asset)
    assert (run.definition.schema, run.definition.asset) == (small_asset.schema, small_asset.digest)
    scores = run.scores()
    assert scores["samples"] == small_asset.count("validation")
    best = run.epochs()[run.best_epoch() - 1]  # no validation data were given to Keras
    wanted = run.head().score(truth(small_asset), run.validation())
    assert best["val_loss"] == pytest.approx(wanted, abs=1e-12)
    assert looks.tried(team, small_asset.digest)["runs_tried"] == before["runs_tried"] + 1
    taken = taking_names(load_model(run.model_path()))
    assert set(taken.input) == {small_asset.inputs[0]}


@pytest.mark.soak
@pytest.mark.train
def test_an_epoch_from_code_is_vaulted_like_any_other(tape_project, small_asset):
    home, team = tape_project.team.workspace.home, tape_project.team
    run = fit(small_asset, home, small_asset.inputs[0], asset=small_asset)
    before = looks.tried(team, small_asset.digest)
    entry = add_to_vault(run, name="from_code")
    assert entry.record.features.keys() == {small_asset.inputs[0]}
    sample = np.load(entry.path / "sample.npz")
    inputs = {small_asset.inputs[0]: sample[f"input.{small_asset.inputs[0]}"]}
    assert sample["prediction"] == pytest.approx(Scorer(entry.path).outputs(inputs)[:, 0], abs=1e-6)
    after = looks.tried(team, small_asset.digest)
    assert after["test_looks"] == before["test_looks"] + 1


def truth(asset):
    return np.asarray(asset.array("validation", asset.labels[0]))[:, 0, 0].astype(np.float64)


@pytest.mark.train
def test_a_model_that_the_vault_could_not_take_is_refused_before_its_first_epoch(tape_project, small_asset):
    home = tape_project.team.workspace.home
    with pytest.raises(BadParameter, match=f"keras.Input\\(shape, name='{small_asset.inputs[0]}'\\)"):
        fit(small_asset, home, "pictures", asset=small_asset)


def test_a_run_without_an_asset_says_how_to_name_one(tape_project):
    with litlab.run("contoso", workspace=tape_project.team.workspace.home) as run:
        pass
    for ask in (lambda: add_to_vault(run), lambda: vault_epoch(run, 1), lambda: run.asset, run.head):
        with pytest.raises(BadParameter, match=r"litlab\.run\(asset=…\)"):
            ask()


def test_labels_and_heads_that_are_not_there_are_refused(tape_project, small_asset):
    home = tape_project.team.workspace.home
    given = {"workspace": home, "asset": small_asset}
    with pytest.raises(UnknownName, match="label"), litlab.run(**given, label="far"):
        pass
    with pytest.raises(BadParameter, match="binary"), litlab.run(**given, head="x"):
        pass
