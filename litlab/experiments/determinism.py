"""What makes two trainings equal bit for bit on one kind of device: TensorFlow-only code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

_PREFIX = "seed."


def make_deterministic(seed: int) -> None:
    """Seed Python, NumPy and TensorFlow, and let only deterministic kernels run."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def seed_states(model: Any) -> dict[str, npt.NDArray[Any]]:
    """Return the state of every seed generator in the model (dropout), by position.

    ``.keras`` files do not restore them (keras #19796), so a checkpoint stores them beside.
    """
    return {f"{_PREFIX}{at}": np.asarray(one.numpy()) for at, one in enumerate(_generators(model))}


def restore_seed_states(model: Any, stored: Mapping[str, npt.NDArray[Any]]) -> None:
    """Put stored seed generators' states back."""
    for at, one in enumerate(_generators(model)):
        one.assign(stored[f"{_PREFIX}{at}"])


def _generators(model: Any) -> list[Any]:
    return [one for one in model.variables if one.path.endswith("seed_generator_state")]
