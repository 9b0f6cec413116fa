"""What the training process does at the end of every batch and every epoch.

A batch's end: a person's wish to stop is seen, and a loss that is no number any more ends the run.
An epoch's end: the validation part is scored, the schedule moves the learning rate, the checkpoint is
stored, then the row is appended. So a row means a complete checkpoint, and an epoch that was broken off
leaves nothing behind but what the next start computes again.
"""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab import atomic
from litlab.assets import Asset
from litlab.canvases import TrainingSettings
from litlab.errors import LossNotFinite
from litlab.experiments import checkpoints
from litlab.experiments.compiling import plateau
from litlab.experiments.determinism import seed_states
from litlab.experiments.perf import COLUMNS, best_of
from litlab.experiments.run import Run
from litlab.vault.heads import Head
from litlab.vault.scores import within_session_auc

_PREDICT = 1_024  # samples a batch when the validation part is scored
_PLATEAU = ("best", "wait", "cooldown_counter")


class Stopped(Exception):
    """The training has been asked to end."""


class Watch:
    """What happens between batches and epochs of one run.

    Attributes
    ----------
    stopping : bool
        Set it, from a signal handler for example, and the training ends after the batch.
    """

    def __init__(self, run: Run, asset: Asset, head: Head, state: checkpoints.Arrays | None = None) -> None:
        self.run, self.asset, self.head = run, asset, head
        self.settings = run.definition.settings
        self.folder = run.folder / "saved_models"
        self.stopping = False
        self.epoch = 0  # counted from 1, as people see it
        self.batch = 0
        self._rows = run.epochs()  # kept: reading a long table after every epoch would take ever longer
        self._plateau = plateau(self.settings)
        self._state = state or {}
        self._began = 0.0

    def callback(self) -> Any:
        """Return all this as what ``fit`` takes."""
        import keras

        watch = self

        class KerasWatch(keras.callbacks.Callback):  # type: ignore[misc]
            def on_train_begin(self, logs: Any = None) -> None:
                watch.begin(self.model)

            def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
                watch.epoch, watch._began = epoch + 1, time.perf_counter()

            def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
                watch.batch = batch + 1
                watch.end_batch(float((logs or {})["loss"]))

            def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
                watch.end_epoch(self.model, dict(logs or {}))
                self.model.stop_training = _over(watch._rows, watch.settings)

        return KerasWatch()

    def begin(self, model: Any) -> None:
        """Give the schedule its memory back."""
        if self._plateau is not None:
            self._plateau.set_model(model)
            self._plateau.on_train_begin()
            for name in _PLATEAU:
                if (found := self._state.get(f"plateau.{name}")) is not None:
                    setattr(self._plateau, name, None if np.isnan(found) else found.item())

    def check(self) -> None:
        """End the training if that is wished."""
        if self.stopping:
            raise Stopped

    def end_batch(self, loss: float) -> None:
        """Go on only if nobody wants to stop and the loss is a number.

        Raises
        ------
        LossNotFinite
            Saying where it happened and what the batch held.
        """
        self.check()
        if not math.isfinite(loss):
            raise LossNotFinite(
                loss=loss, epoch=self.epoch, batch=self.batch, batches=self._batches(), reason=self._why()
            )

    def end_epoch(self, model: Any, logs: dict[str, Any]) -> None:
        """Score, adapt the rate, store, then append the row.

        Raises
        ------
        LossNotFinite
            If weights are no numbers any more though no batch's loss has told so.
        """
        if not _is_sound(model):
            self.batch = self._first_bad() or self.batch
            self.end_batch(math.nan)
        predicted = self._predict(model)
        loss, auc = self._score(predicted)
        rate = float(np.asarray(model.optimizer.learning_rate))
        if self._plateau is not None:
            self._plateau.on_epoch_end(self.epoch - 1, {"val_loss": loss})
        states = {
            "validation": predicted.astype(np.float32),
            "head": np.array(self.head.kind),
            **seed_states(model),
            **self._memory(),
        }
        checkpoints.store(self.folder, self.epoch, model, states)
        seconds = round(time.perf_counter() - self._began, 3)
        row = dict(zip(COLUMNS, (self.epoch, float(logs["loss"]), loss, auc, seconds, rate), strict=True))
        row |= {name: float(value) for name, value in logs.items() if name not in row}
        if self.epoch == 1:
            atomic.append_line(self.run.perf, ",".join(row))
        atomic.append_line(self.run.perf, ",".join(repr(value) for value in row.values()))
        self._rows.append({name: float(value) for name, value in row.items()})
        self._prune()
        told = f", within-session AUC {auc:.3f}" if math.isfinite(auc) else ""
        print(
            f"epoch {self.epoch} of {self.settings.epochs}: loss {row['loss']:.4f}, validation loss "
            f"{loss:.4f}{told}, {seconds:.1f} s",
            flush=True,
        )

    def _memory(self) -> checkpoints.Arrays:
        """Return what the schedule remembers, NaN for nothing."""
        if self._plateau is None:
            return {}
        known = {name: getattr(self._plateau, name) for name in _PLATEAU}
        return {
            f"plateau.{name}": np.array(np.nan if value is None else value) for name, value in known.items()
        }

    def _prune(self) -> None:
        keep, by = self.run.definition.keep, self.run.definition.keep_by
        if keep is not None:
            checkpoints.prune(self.folder, checkpoints.kept(self._rows, keep, by))

    def _predict(self, model: Any) -> npt.NDArray[np.float64]:
        """Return what the model says of the validation part, (n, columns); stops are seen between batches."""
        found = []
        for batch in self.asset.batches("validation", _PREDICT, names=list(model.input)):
            found.append(np.asarray(model.predict_on_batch(batch), np.float64))
            self.check()
        return np.concatenate(found)

    def _score(self, predicted: npt.NDArray[np.float64]) -> tuple[float, float]:
        """Return (loss, within-session AUC) over the validation part; NaN where there is no AUC."""
        truth = np.asarray(self.asset.array("validation", self.head.label))[:, 0, 0].astype(np.float64)
        auc = float("nan")
        if self.head.kind == "probability":
            auc = within_session_auc(truth, predicted[:, 0], self.asset.session_day("validation")).mean
        return self.head.score(truth, predicted), auc

    def _batches(self) -> int:
        return math.ceil(self.asset.count("train") / self.settings.batch)

    def _first_bad(self) -> int:
        """Return the epoch's first batch that holds what is no number, 0 for none."""
        names = [*self.asset.inputs, self.head.label, "weight"]
        seed, size = self.settings.seed, self.settings.batch
        batches = self.asset.batches("train", size, seed, self.epoch - 1, names)
        bad = (
            at for at, batch in enumerate(batches, 1) if not all(np.isfinite(v).all() for v in batch.values())
        )
        return next(bad, 0)

    def _why(self) -> str:
        """Say which value of the batch is no number, if one is."""
        names = [*self.asset.inputs, self.head.label, "weight"]
        size, seed = self.settings.batch, self.settings.seed
        batches = self.asset.batches("train", size, seed, self.epoch - 1, names)
        rows = batches.rows(self.batch - 1)
        for name, values in batches[self.batch - 1].items():
            bad = ~np.isfinite(values).reshape(len(values), -1).all(1)
            if bad.any():
                index = int(self.asset.index("train")[rows[bad][0]])
                return f"{name!r} holds NaN or infinity at index {index}"
        return f"its inputs are numbers, the learning rate is {self.settings.learning_rate:g}"


def _is_sound(model: Any) -> bool:
    """Tell whether all weights are numbers.

    Keras clips a probability before its logarithm, and some kernels make a number of NaN there: the loss
    looks well while the network is gone.
    """
    return all(bool(np.isfinite(one.numpy()).all()) for one in model.trainable_variables)


def is_over(run: Run) -> bool:
    """Tell whether the last epoch is reached, or the validation loss has stood still for long enough.

    Read from the rows, so that a resumed run stops where an uninterrupted one would have.
    """
    return _over(run.epochs(), run.definition.settings)


def _over(rows: list[dict[str, float]], settings: TrainingSettings) -> bool:
    best = best_of(rows)
    return len(rows) >= settings.epochs or (best is not None and len(rows) - best >= settings.patience)
