"""The training process: ``python -m litlab.experiments.train FOLDER``.

1. Compile the canvas on the run's asset, or take the last sound checkpoint of a finished epoch.
2. ``fit`` epoch by epoch, batches in an order that is a function of (seed, epoch).
3. ``watch`` does what comes after each batch and each epoch.
4. Stop when the validation loss has not improved for ``patience`` epochs, when asked to, or when the loss
   is no number any more.
"""

from __future__ import annotations

import math
import os
import platform
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np

from litlab import atomic
from litlab.assets import Asset
from litlab.errors import BadParameter, LitlabError
from litlab.experiments import checkpoints, ending
from litlab.experiments.compiling import compiled
from litlab.experiments.determinism import make_deterministic, restore_seed_states
from litlab.experiments.heads import head_of, pinball_loss
from litlab.experiments.perf import best_of, drop_epochs
from litlab.experiments.quiet import import_tensorflow
from litlab.experiments.resources import sampling
from litlab.experiments.run import Run
from litlab.experiments.watch import Stopped, Watch, is_over
from litlab.vault.heads import Head


def train(run: Run) -> None:
    """Train to the end of what the run's definition asks for.

    Raises
    ------
    LossNotFinite, NotEnoughMemory, BadCanvas, BadParameter
    """
    from litlab.experiments.feeds import fastest_feed

    settings, asset = run.definition.settings, run.asset
    import_tensorflow()
    _check_device(run.definition.device)
    make_deterministic(settings.seed)
    atomic.remove_drafts(run.folder / "saved_models")
    done = _go_back(run)
    steps = math.ceil(asset.count("train") / settings.batch)
    model, state = _resumed(run, done) if done else (compiled(run, asset, steps), None)
    head = head_of(run.definition.canvas, model)
    write_session(run, model)
    if is_over(run):
        print(f"nothing is left to train: {done} epochs are done", flush=True)
        return
    names = list(model.input)
    batches = fastest_feed(
        asset, "train", names, head.label, batch=settings.batch, seed=settings.seed, epoch=done,
        class_weight=_class_weight(asset, head) if settings.balanced else None,
    )  # fmt: skip
    print(f"training on {asset.count('train'):,} samples, {steps} batches an epoch", flush=True)
    watch = Watch(run, asset, head, state)
    # From here on a stop waits for the batch; before, nothing would be lost by ending at once.
    before = signal.signal(signal.SIGTERM, lambda *_: setattr(watch, "stopping", True))
    try:
        model.fit(
            batches,
            initial_epoch=done,
            epochs=settings.epochs,
            shuffle=False,
            verbose=0,
            callbacks=[watch.callback()],
        )
        _tell_early(run)
    except Stopped:
        where = f"epoch {watch.epoch}, batch {watch.batch}"
        print(f"stopped in {where}; {watch.epoch - 1} finished epochs are kept", flush=True)
    finally:
        signal.signal(signal.SIGTERM, before)


def _tell_early(run: Run) -> None:
    """Say in log and folder that a training stood still and ended before the last epoch asked for."""
    rows = run.epochs()
    if said := ending.stopped_early(len(rows), best_of(rows), run.definition.settings):
        ending.note(run.folder, said)
        print(said, flush=True)


def _go_back(run: Run) -> int:
    """Return the epoch to go on behind; rows of epochs without a sound checkpoint are dropped."""
    known = len(run.epochs())
    done, told = checkpoints.last_sound(run.folder / "saved_models", known)
    for reason in told:
        print(f"warning: {reason}; going back one epoch", flush=True)
    if done < known:
        drop_epochs(run.perf, done)
    return done


def _resumed(run: Run, epoch: int) -> tuple[Any, checkpoints.Arrays]:
    import keras

    state = checkpoints.read_state(run.folder / "saved_models", epoch)
    pinball_loss()  # registers itself
    model = keras.models.load_model(run.model_path(epoch))
    restore_seed_states(model, state)
    print(f"going on behind epoch {epoch} on {run.definition.device}", flush=True)
    return model, state


def _check_device(device: str) -> None:
    """Refuse to train on the processor what was meant for a graphics card.

    Raises
    ------
    BadParameter
        If TensorFlow sees none.
    """
    import tensorflow as tf

    if device.startswith("gpu") and not tf.config.list_physical_devices("GPU"):
        raise BadParameter(name="device", given=device, wanted="TensorFlow sees no such graphics processor")


def _class_weight(asset: Asset, head: Head) -> dict[int, float]:
    """Return class → weight, so that each counts as much as any other; their mean over samples is 1.

    Raises
    ------
    BadParameter
        If the label has no classes.
    """
    if head.kind not in ("probability", "classes"):
        raise BadParameter(name="balanced", given=True, wanted=f"{head.label!r} has no classes to balance")
    classes, counts = np.unique(np.asarray(asset.array("train", head.label))[:, 0, 0], return_counts=True)
    weights = counts.sum() / (len(counts) * counts)
    return {int(one): float(weight) for one, weight in zip(classes, weights, strict=True)}


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


def _reason(problem: BaseException) -> str | None:
    """Return in one sentence what a person can put right, None for a mistake of litlab's own."""
    if isinstance(problem, LitlabError):
        return str(problem)
    if isinstance(problem, OSError):
        where = f"{problem.filename}: " if problem.filename else ""
        return f"{where}{problem.strerror or problem}. Finished epochs are kept."
    if isinstance(problem, MemoryError) or type(problem).__name__ == "ResourceExhaustedError":
        return "The memory is used up. Finished epochs are kept; use smaller batches or fewer units."
    return None


def main(arguments: list[str]) -> int:
    """Train the run in the folder named; 2 and one line for what a person can put right."""
    try:
        run = Run(Path(arguments[0]).absolute())
        ending.forget(run.folder)
        with sampling(run.folder, run.definition.device):
            train(run)
    except Exception as problem:  # the process's edge: whatever ended the run is told in its log
        if (reason := _reason(problem)) is None:
            raise
        ending.note(run.folder, reason)
        print(f"error: {reason}", flush=True)
        return 2
    return 0


if __name__ == "__main__":
    status = main(sys.argv[1:])
    # All is on disk by now; taking TensorFlow down would take longer than what was waited for.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
