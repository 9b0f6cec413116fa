"""The training process: ``python -m litlab.experiments.train FOLDER``.

1. Compile the canvas on the run's asset (or take the last finished epoch's checkpoint).
2. ``fit`` epoch by epoch, batches in an order that is a function of (seed, epoch).
3. After each epoch: score the validation part, store the checkpoint, append the row to ``perf.csv``.
4. Stop when the validation loss has not improved for ``patience`` epochs: read from the rows, so that a
   resumed run stops where an uninterrupted one would have.
"""

from __future__ import annotations

import io
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from litlab import atomic
from litlab.assets import Asset
from litlab.canvases import TrainingSettings, compile_canvas
from litlab.errors import LitlabError
from litlab.experiments.run import COLUMNS, Run, best_of
from litlab.vault.scores import log_loss, within_session_auc

_PREDICT = 1_024  # samples a batch when the validation part is scored


def train(run: Run) -> None:
    """Train to the end of what the run's definition asks for."""
    from litlab.experiments.determinism import make_deterministic
    from litlab.experiments.feeds import fastest_feed

    settings, asset = run.definition.settings, run.asset
    make_deterministic(settings.seed)
    done = len(run.epochs())
    model = _resumed(run, done) if done else _fresh(run, asset, settings)
    label = _label(run)
    write_session(run, model)
    if _is_over(run, settings):
        return
    names = list(model.input)
    batches = fastest_feed(asset, "train", names, label, batch=settings.batch, seed=settings.seed, epoch=done)
    print(f"training on {asset.count('train'):,} samples, {len(batches)} batches an epoch", flush=True)
    model.fit(
        batches,
        initial_epoch=done,
        epochs=settings.epochs,
        shuffle=False,
        verbose=0,
        callbacks=[_epoch_end(run, asset, label, settings)],
    )


def _fresh(run: Run, asset: Asset, settings: TrainingSettings) -> Any:
    import keras

    model = compile_canvas(run.definition.canvas, asset, run.project.team, settings.seed)
    optimizers = {
        "adam": keras.optimizers.Adam,
        "sgd": keras.optimizers.SGD,
        "rmsprop": keras.optimizers.RMSprop,
    }
    model.compile(
        optimizer=optimizers[settings.optimizer](settings.learning_rate),
        loss="binary_crossentropy" if is_probability(model) else "mean_squared_error",
    )
    return model


def _resumed(run: Run, epoch: int) -> Any:
    import keras

    from litlab.experiments.determinism import restore_seed_states

    model = keras.models.load_model(run.model_path(epoch))
    restore_seed_states(model, run.folder / "saved_models" / f"state.{epoch}.npz")
    print(f"going on behind epoch {epoch}", flush=True)
    return model


def is_probability(model: Any) -> bool:
    """Tell whether the model's output is a probability."""
    return bool(model.layers[-1].activation.__name__ == "sigmoid")


def _label(run: Run) -> str:
    outputs = [node.params["label"] for node in run.definition.canvas.nodes if "label" in node.params]
    return str(outputs[0])


def _is_over(run: Run, settings: TrainingSettings) -> bool:
    rows = run.epochs()
    best = best_of(rows)
    return len(rows) >= settings.epochs or (best is not None and len(rows) - best >= settings.patience)


def _epoch_end(run: Run, asset: Asset, label: str, settings: TrainingSettings) -> Any:
    """Return the callback that scores, stores and decides after each epoch."""
    import keras

    class EpochEnd(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.started = time.perf_counter()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            loss, auc = validate(self.model, asset, label)
            seconds = time.perf_counter() - self.started
            checkpoint(run, self.model, epoch + 1)
            row = (epoch + 1, float(logs["loss"]), loss, auc, round(seconds, 3))
            if epoch == 0:
                atomic.append_line(run.perf, ",".join(COLUMNS))
            atomic.append_line(run.perf, ",".join(repr(value) for value in row))
            print(
                f"epoch {epoch + 1} of {settings.epochs}: loss {row[1]:.4f}, validation loss {loss:.4f}, "
                f"within-session AUC {auc:.3f}, {seconds:.1f} s",
                flush=True,
            )
            self.model.stop_training = _is_over(run, settings)

    return EpochEnd()


def validate(model: Any, asset: Asset, label: str) -> tuple[float, float]:
    """Return (loss, within-session AUC) over the validation part; the loss without penalties."""
    names = list(model.input)
    predicted = [
        np.asarray(model.predict_on_batch(batch), np.float64)[:, 0]
        for batch in asset.batches("validation", _PREDICT, names)
    ]
    values = np.concatenate(predicted)
    truth = np.asarray(asset.array("validation", label))[:, 0, 0].astype(np.float64)
    if not is_probability(model):
        return float(np.mean((values - truth) ** 2)), float("nan")
    auc = within_session_auc(truth, values, asset.session_day("validation"))
    return log_loss(truth, values), auc.mean


def checkpoint(run: Run, model: Any, epoch: int) -> None:
    """Store model, optimizer and seed generators of a finished epoch, each in one step."""
    from litlab.experiments.determinism import seed_states

    folder = run.folder / "saved_models"
    states = io.BytesIO()
    np.savez(states, **seed_states(model))  # type: ignore[arg-type]
    atomic.write_bytes(folder / f"state.{epoch}.npz", states.getvalue())
    # save() picks the format by the suffix, so the draft's name ends in .keras too
    draft = folder / f"draft.tmp-{os.getpid()}.keras"
    model.save(draft)
    atomic.sync_file(draft)
    os.rename(draft, folder / f"model.{epoch}.keras")
    atomic.sync_folder(folder)


def write_session(run: Run, model: Any) -> None:
    """Write what the training ran on: versions, devices, layers."""
    import keras
    import tensorflow as tf

    lines = [
        f"litlab {run.definition.litlab}, keras {keras.__version__}, tensorflow {tf.__version__}, "
        f"numpy {np.__version__}, python {platform.python_version()}",
        f"{platform.platform()}, devices {', '.join(d.name for d in tf.config.list_physical_devices())}",
        "",
    ]
    model.summary(print_fn=lambda line, **_: lines.append(line), line_length=110)
    atomic.write_bytes(run.folder / "session.txt", ("\n".join(lines) + "\n").encode())


def main(arguments: list[str]) -> int:
    """Train the run in the folder named; 2 and one line for what a person can put right."""
    try:
        train(Run(Path(arguments[0]).absolute()))
    except LitlabError as problem:
        print(f"error: {problem}", flush=True)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
