"""From a drawn network to one that can be trained: optimizer, loss, schedule."""

from __future__ import annotations

from typing import Any

from litlab.assets import Asset
from litlab.canvases import TrainingSettings, compile_canvas
from litlab.experiments.heads import head_of, loss_of
from litlab.experiments.memory import check_memory
from litlab.experiments.run import Run

PLATEAU_FACTOR = 0.5
PLATEAU_PATIENCE = 2


def compiled(run: Run, asset: Asset, steps: int) -> Any:
    """Return the run's model before its first epoch, ready for ``fit``.

    Parameters
    ----------
    run : Run
    asset : Asset
    steps : int
        Batches an epoch; a schedule over all of them needs to know.

    Raises
    ------
    NotEnoughMemory
        Before gradients, moments and batches take it, if it could not be trained here.
    """
    settings = run.definition.settings
    model = compile_canvas(run.definition.canvas, asset, run.project.team, settings.seed)
    check_memory(model, settings.batch)
    model.compile(
        optimizer=_optimizer(settings, steps),
        loss=loss_of(head_of(run.definition.canvas, model)),
        metrics=list(settings.metrics),
    )
    return model


def _optimizer(settings: TrainingSettings, steps: int) -> Any:
    import keras

    rate: Any = settings.learning_rate
    if settings.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(rate, max(1, steps * settings.epochs))
    return keras.optimizers.get({"class_name": settings.optimizer, "config": {"learning_rate": rate}})


def plateau(settings: TrainingSettings) -> Any:
    """Return Keras' own callback for a rate halved where the validation loss stands still, None without."""
    import keras

    if settings.schedule != "plateau":
        return None
    return keras.callbacks.ReduceLROnPlateau(
        monitor="val_loss", mode="min", factor=PLATEAU_FACTOR, patience=PLATEAU_PATIENCE, min_delta=0.0
    )
