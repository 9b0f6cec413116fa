"""Keras callbacks that fill a run's folder from any ``fit``: ``litlab.callbacks``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from litlab import atomic
from litlab.canvases.backend import load_keras
from litlab.errors import NoRun
from litlab.experiments import on_asset
from litlab.experiments.checkpoints import model_path, save_model, store_state
from litlab.experiments.recording import current, say
from litlab.experiments.run import Run
from litlab.experiments.supervised import STOP


def csv(path: Path | str | None = None) -> Any:
    """Return a callback that appends a row per epoch: epoch, everything Keras logs, seconds.

    Inside ``with litlab.run():`` the row goes to the run's perf.csv and a line to its log, and the training
    ends after the batch once somebody stops the run. Where the run names an asset and Keras was given no
    validation data, ``val_loss`` is that of the asset's validation part: epochs are chosen by it.

    Parameters
    ----------
    path : path, optional
        Another file, for a ``fit`` outside of a run.

    Raises
    ------
    NoRun
        Outside of a run without a path.

    Examples
    --------
    >>> csv()
    Traceback (most recent call last):
    litlab.errors.NoRun: litlab.callbacks.csv() records a run, and there is none here. ...
    """
    run = current()
    if path is None and run is None:
        raise NoRun(name="csv")
    target = Path(path) if path is not None else run.perf  # type: ignore[union-attr]
    scored = run if run is not None and run.definition.asset else None

    class Csv(load_keras("A callback").callbacks.Callback):  # type: ignore[misc]
        def on_train_begin(self, logs: Any = None) -> None:
            self.done = len(atomic.read_lines(target)[1:])
            self.columns: list[str] = []
            if run is not None:
                _write_session(run, self.model)
            if scored is not None:
                on_asset.check_model(scored, self.model)

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.began = time.perf_counter()

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if run is not None and (run.folder / STOP).exists():
                self.model.stop_training = True

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            values = {name: float(value) for name, value in (logs or {}).items()}
            if scored is not None and "val_loss" not in values:
                states = on_asset.states(scored, self.model)
                values["val_loss"] = on_asset.val_loss(scored, self.model, states)
            seconds = round(time.perf_counter() - self.began, 3)
            self.done += 1
            row = {"epoch": self.done, **values, "seconds": seconds}
            if not self.columns:
                self.columns = _columns(target, list(row))
            # A second fit may log other things than the first: the file's columns stay.
            atomic.append_line(target, ",".join(repr(row.get(name, float("nan"))) for name in self.columns))
            if run is not None:
                told = ", ".join(f"{name} {value:.4f}" for name, value in values.items())
                say(run, f"epoch {self.done}: {told}, {seconds:.1f} s")

    return Csv()


def checkpoints() -> Any:
    """Return a callback that stores ``model.<epoch>.keras`` of every epoch in the run's folder, each whole.

    Where the run names an asset, what the model says of its validation part is stored beside: any epoch has
    its scoreboard (``Run.scores``) and goes into the vault (``litlab.add_to_vault``).

    Raises
    ------
    NoRun
        Outside of ``with litlab.run():``.
    BadParameter
        As the training begins, if the run names an asset and the vault could not take the model.
    """
    run = current()
    if run is None:
        raise NoRun(name="checkpoints")
    folder, scored = run.folder / "saved_models", run if run.definition.asset else None

    class Checkpoints(load_keras("A callback").callbacks.Callback):  # type: ignore[misc]
        def on_train_begin(self, logs: Any = None) -> None:
            if scored is not None:
                on_asset.check_model(scored, self.model)

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            number = len(list(folder.glob("model.*.keras"))) + 1
            save_model(self.model, model_path(folder, number))
            if scored is not None:
                store_state(folder, number, on_asset.states(scored, self.model))

    return Checkpoints()


def _columns(path: Path, names: list[str]) -> list[str]:
    """Return the columns of the file, written as its first line if it is new."""
    lines = atomic.read_lines(path)
    if lines:
        return lines[0].split(",")
    atomic.append_line(path, ",".join(names))
    return names


def _write_session(run: Run, model: Any) -> None:
    keras = load_keras("A callback")
    lines = [f"litlab {run.definition.litlab}, keras {keras.__version__} on {keras.backend.backend()}", ""]
    model.summary(print_fn=lambda line, **_: lines.append(line), line_length=110)
    atomic.write_bytes(run.folder / "session.txt", ("\n".join(lines) + "\n").encode())
