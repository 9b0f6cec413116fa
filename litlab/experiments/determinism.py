"""What makes two trainings equal bit for bit on one kind of device: TensorFlow-only code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np


def make_deterministic(seed: int) -> None:
    """Seed Python, NumPy and TensorFlow, and let only deterministic kernels run."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def seed_states(model: Any) -> dict[str, np.ndarray]:
    """Return the state of every seed generator in the model (dropout), by position.

    ``.keras`` files do not restore them (keras #19796), so a checkpoint stores them beside.
    """
    found = [one for one in model.variables if one.path.endswith("seed_generator_state")]
    return {str(at): one.numpy() for at, one in enumerate(found)}


def restore_seed_states(model: Any, path: Path) -> None:
    """Put stored seed generators' states back."""
    found = [one for one in model.variables if one.path.endswith("seed_generator_state")]
    with np.load(path, allow_pickle=False) as stored:
        for at, one in enumerate(found):
            one.assign(stored[str(at)])
