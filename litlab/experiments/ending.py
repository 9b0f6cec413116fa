"""How a run ended, in a sentence for its log, its folder and its page; and what may still be done with it."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from litlab import atomic
from litlab.canvases import TrainingSettings
from litlab.errors import BadParameter, LossNotFinite
from litlab.experiments import checkpoints

if TYPE_CHECKING:
    from litlab.experiments.run import Run

FILE = "ending.json"


def stopped_early(epochs: int, best: int | None, settings: TrainingSettings) -> str:
    """Return why a training ended before the last epoch asked for, "" where it did not.

    Parameters
    ----------
    epochs : int
        Finished.
    best : int, optional
        The one with the least loss on the validation part.
    settings : TrainingSettings

    Examples
    --------
    >>> stopped_early(4, 1, TrainingSettings(epochs=40, patience=3))
    'stopped early: val_loss did not improve for 3 epochs'
    >>> stopped_early(40, 1, TrainingSettings(epochs=40, patience=3))
    ''
    """
    waited = 0 if best is None else epochs - best
    if epochs >= settings.epochs or waited < settings.patience:
        return ""
    return f"stopped early: val_loss did not improve for {waited} epoch{'s' * (waited != 1)}"


def note(folder: Path, said: str) -> None:
    """Keep a sentence about the end in a run's folder; a full disk keeps none."""
    with suppress(OSError):
        atomic.write_json(folder / FILE, {"said": said})


def forget(folder: Path) -> None:
    """Take the sentence away: the run goes on."""
    (folder / FILE).unlink(missing_ok=True)


def failure(run: Run) -> str:
    """Return why a failed run failed, and what to do, as a sentence."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        return str(json.loads((run.folder / FILE).read_text("utf-8"))["said"])
    said = run.reason()
    return f"{said[:1].upper()}{said[1:]}."


def fails_again(said: str) -> bool:
    """Tell whether a run that failed so would fail again if it went on: to the same bits.

    >>> fails_again("The memory is used up.")
    False
    """
    return LossNotFinite.remedy in said


def refuse_finished(run: Run) -> None:
    """Raise BadParameter for a run of which nothing is left to train."""
    rows = len(run.epochs())
    if run.state != "done" or checkpoints.last_sound(run.folder / "saved_models", rows)[0] < rows:
        return  # an epoch whose checkpoint is damaged is trained again
    best = run.best_epoch() if rows else None
    early = stopped_early(rows, best, run.definition.settings)
    told = early or f"{rows} of {run.definition.settings.epochs} epochs are trained"
    wanted = f"it is done ({told}) and nothing is left to train; clone it with what shall be different"
    raise BadParameter(name="run", given=run.name, wanted=wanted)


def refuse_ended(run: Run, wish: str, *may: str) -> None:
    """Raise BadParameter for a run that has no process to end.

    Parameters
    ----------
    run : Run
    wish : str
        What somebody wants of it: ``stop`` or ``pause``.
    *may : str
        The states, besides queued and running, in which that means something.
    """
    if run.pid is None:
        raise BadParameter(name="run", given=run.name, wanted=f"it was not started, so nothing is to {wish}")
    if run.state not in ("queued", "running", *may):
        wanted = f"it has ended ({run.state}), so nothing is left to {wish}"
        raise BadParameter(name="run", given=run.name, wanted=wanted)
