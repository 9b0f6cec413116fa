import json

import numpy as np
import pytest

from litlab.canvases import Canvas, default_canvas, save_canvas
from litlab.errors import BadParameter, RunFailed, Unchecked, UnknownName
from litlab.experiments import launch, list_runs, open_run
from litlab.experiments.launch import prepare, start
from litlab.experiments.perf import best_of, read_epochs
from litlab.experiments.run import RunDefinition

pytestmark = pytest.mark.train


def with_dropout(canvas):
    """Put a dropout before the output: its seed generator must survive a checkpoint."""
    edges = [edge for edge in canvas.edges if edge.target != "output"]
    before = next(edge.source for edge in canvas.edges if edge.target == "output")
    body = canvas.to_json()
    body["nodes"] = [*body["nodes"], {"id": "quiet", "component": "dropout", "params": {"rate": 0.3}}]
    body["edges"] = [{"source": one.source, "target": one.target} for one in edges]
    body["edges"] += [{"source": before, "target": "quiet"}, {"source": "quiet", "target": "output"}]
    return Canvas.from_json(body)


@pytest.fixture(scope="module")
def noisy(tape_project, small_asset):
    save_canvas(tape_project.team, "noisy", with_dropout(default_canvas(small_asset)))
    return "noisy"


def weights(run, epoch):
    import keras

    model = keras.models.load_model(run.model_path(epoch))
    states = [model.optimizer.variables, model.weights]
    return [np.asarray(one.numpy()) for group in states for one in group]


def train_here(run, epochs):
    """Train a prepared run in this process up to an epoch."""
    import dataclasses

    from litlab.experiments.train import train

    settings = dataclasses.replace(run.definition.settings, epochs=epochs)
    run.definition = dataclasses.replace(run.definition, settings=settings)
    train(run)


def test_a_run_is_a_process_that_leaves_the_documented_folder(trained_run):
    assert trained_run.state == "done"
    names = {path.name for path in trained_run.folder.iterdir()}
    assert names >= {"definition.json", "description.txt", "features.json", "saved_models"}
    assert names >= {"log.txt", "perf.csv", "session.txt"}
    assert (trained_run.folder / "description.txt").read_text() == "shared by the tests\n"
    saved = {path.name for path in (trained_run.folder / "saved_models").iterdir()}
    epochs = range(1, len(trained_run.epochs()) + 1)
    assert saved == {f"model.{n}.keras" for n in epochs} | {f"state.{n}.npz" for n in epochs}


def test_definition_pins_asset_canvas_and_components(trained_run, small_asset):
    body = json.loads((trained_run.folder / "definition.json").read_text())
    assert body["asset"] == small_asset.digest
    assert {"input", "conv1d", "output", "globals"} <= set(body["components"])
    assert RunDefinition.load(trained_run.folder / "definition.json") == trained_run.definition
    features = json.loads((trained_run.folder / "features.json").read_text())
    assert features == small_asset.manifest["features"]


def test_following_hands_over_every_epoch_once(trained_run):
    rows = []
    trained_run.follow(rows.append)
    assert rows == trained_run.epochs()
    assert [row["epoch"] for row in rows] == list(range(1, len(rows) + 1))


def test_training_lowers_the_validation_loss_and_the_best_epoch_has_the_least(trained_run):
    losses = [row["val_loss"] for row in trained_run.epochs()]
    assert losses[-1] < losses[0] < np.log(2) + 0.05
    assert trained_run.best_epoch() == int(np.argmin(losses)) + 1
    assert trained_run.epochs()[-1]["val_auc"] > 0.6


def test_run_is_found_again_by_name(trained_run, tape_project):
    assert trained_run.name in [run.name for run in list_runs(tape_project)]
    assert open_run(tape_project, trained_run.name).definition == trained_run.definition
    with pytest.raises(UnknownName, match="Did you mean"):
        open_run(tape_project, trained_run.name[:-1])
    with pytest.raises(UnknownName, match="epoch of"):
        trained_run.model_path(99)


def test_equal_runs_give_equal_bits_and_so_does_an_interrupted_one(tape_project, small_asset, noisy):
    whole = prepare(tape_project, noisy, small_asset, epochs=3)
    again = prepare(tape_project, noisy, small_asset, epochs=3)
    train_here(whole, 3)
    train_here(again, 1)
    train_here(again, 3)
    assert len(again.epochs()) == 3
    for one, two in zip(weights(whole, 3), weights(again, 3), strict=True):
        np.testing.assert_array_equal(one, two)
    logged = [[row[name] for name in ("loss", "val_loss", "val_auc")] for row in whole.epochs()]
    assert logged == [[row[name] for name in ("loss", "val_loss", "val_auc")] for row in again.epochs()]


def test_another_seed_gives_other_weights(tape_project, small_asset, noisy):
    one = prepare(tape_project, noisy, small_asset, seed=1)
    two = prepare(tape_project, noisy, small_asset, seed=2)
    train_here(one, 1)
    train_here(two, 1)
    assert one.epochs()[0]["val_loss"] != two.epochs()[0]["val_loss"]


def test_a_canvas_that_does_not_compile_is_refused_and_fails_a_run(tape_project, small_asset):
    canvas = default_canvas(small_asset)
    body = canvas.to_json()
    body["edges"] = [edge for edge in body["edges"] if edge["target"] != "output"]
    save_canvas(tape_project.team, "broken", Canvas.from_json(body))
    before = [run.name for run in list_runs(tape_project)]
    with pytest.raises(Unchecked, match="'output': Output takes exactly 1 incoming wire"):
        launch(tape_project, "broken", small_asset)
    assert [run.name for run in list_runs(tape_project)] == before
    run = start(prepare(tape_project, "broken", small_asset))  # as one that was broken since
    with pytest.raises(RunFailed, match=r"'together': its result goes nowhere.* Read its log: .*log\.txt"):
        run.follow()


def test_a_device_that_is_none_is_refused_before_anything_is_written(tape_project, small_asset, noisy):
    before = len(list_runs(tape_project))
    with pytest.raises(BadParameter, match="device = 'tpu'"):
        launch(tape_project, noisy, small_asset, device="tpu")
    assert len(list_runs(tape_project)) == before


def test_best_epoch_is_the_earlier_of_equals_and_ignores_nan():
    rows = [
        {"epoch": 1.0, "val_loss": float("nan")},
        {"epoch": 2.0, "val_loss": 0.5},
        {"epoch": 3.0, "val_loss": 0.5},
    ]
    assert best_of(rows) == 2
    assert best_of([]) is None
    assert best_of([{"epoch": 1.0, "loss": 0.5}, {"epoch": 2.0, "loss": 0.4}]) == 2


def test_a_torn_last_row_is_no_epoch(tmp_path):
    path = tmp_path / "perf.csv"
    path.write_text("epoch,loss,val_loss,val_auc,seconds\n1,0.5,0.6,nan,1.0\n2,0.4,0.")
    assert [row["epoch"] for row in read_epochs(path)] == [1.0]
