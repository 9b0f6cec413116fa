"""``litlab.run()`` and ``litlab.callbacks`` around a ``fit`` of somebody's own."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

import litlab
from litlab.errors import AlreadyExists, BadParameter, NoRun, UnknownName
from litlab.experiments import find_run, resume
from litlab.experiments.run import Run


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LITLAB_HOME", str(tmp_path))
    litlab.Workspace().create_project("contoso", "digits")
    return tmp_path


@pytest.mark.train
def test_the_familiar_digits_are_trained_inside_a_run(home):
    import keras

    rng = np.random.default_rng(0)
    digit = rng.integers(0, 10, 240)
    x = rng.integers(0, 60, (240, 28, 28)).astype("uint8")
    x[np.arange(240), 2 * digit + 4, :] = 255  # a bar whose height is the digit
    y = keras.utils.to_categorical(digit, 10)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            layers.Lambda(lambda x: x / 255.0),
            layers.Reshape(target_shape=(28, 28, 1)),
            layers.Conv2D(4, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    with litlab.run(team="contoso", description="initial test") as run:
        model.fit(
            x, y, batch_size=64, epochs=3, validation_split=0.1, verbose=0,
            callbacks=[
                litlab.callbacks.csv(), litlab.callbacks.checkpoints(),
                keras.callbacks.EarlyStopping(monitor="val_loss", patience=5),
            ],
        )  # fmt: skip
        assert run.state == "running"
        assert run.pid == os.getpid()
    assert (run.state, run.name) == ("done", "code-001")
    rows = run.epochs()
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert set(rows[0]) == {"epoch", "accuracy", "loss", "val_accuracy", "val_loss", "seconds"}
    assert [row["loss"] for row in rows] == model.history.history["loss"]
    names = {path.name for path in run.folder.iterdir()}
    wanted = "definition.json description.txt features.json log.txt perf.csv session.txt saved_models"
    assert names >= set(wanted.split())
    assert (run.folder / "description.txt").read_text() == "initial test\n"
    assert run.log.read_text().count("epoch ") == 3
    assert run.model_path(3).is_file()
    assert find_run(litlab.Workspace(), run.name).best_epoch() == run.best_epoch()


@pytest.mark.train
def test_a_stop_ends_a_notebooks_fit_after_the_batch_and_not_the_notebook(home):
    import keras

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(loss="mse", optimizer="sgd")
    seen = []

    class Stopping(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            seen.append(batch)
            if len(seen) == 2:
                Run(run.folder).stop()  # as another process would

    with litlab.run() as run:
        callbacks = [Stopping(), litlab.callbacks.csv()]
        model.fit(np.ones((8, 1)), np.ones(8), batch_size=1, epochs=5, verbose=0, callbacks=callbacks)
    assert seen == [0, 1]
    assert run.state == "stopped"


def test_a_block_that_raises_is_a_failed_run_and_the_error_goes_on(home):
    with pytest.raises(ZeroDivisionError), litlab.run() as run:
        1 / 0  # noqa: B018
    assert run.state == "failed"
    assert run.reason() == "ZeroDivisionError: division by zero"


def test_a_killed_process_leaves_a_failed_run(home):
    script = (
        "import litlab, time\nwith litlab.run() as run:\n    print(run.name, flush=True)\n    time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    run = find_run(litlab.Workspace(), process.stdout.readline().strip())
    assert run.state == "running"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert run.state == "failed"
    assert "killed" in run.reason()


def test_names_are_unique_in_a_workspace_and_others_cannot_go_on_with_code(home):
    litlab.Workspace().create_project("fabrikam", "digits")
    names = []
    for team in ("contoso", "fabrikam", "contoso"):
        with litlab.run(team) as run:
            names.append(run.name)
            with pytest.raises((BadParameter, AlreadyExists)):
                resume(run)
    assert names == ["code-001", "code-002", "code-003"]


def test_what_cannot_be_meant_is_refused(home):
    with pytest.raises(NoRun, match=r"with litlab\.run"):
        litlab.callbacks.csv()
    with pytest.raises(UnknownName, match="team"), litlab.run(team="contos"):
        pass
    with pytest.raises(UnknownName, match="project"), litlab.run(project="digit"):
        pass
