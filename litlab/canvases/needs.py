"""Will it fit? What a training needs, reckoned from shapes before the first batch.

Weights, their gradients and the optimizer's two moments; every layer's output for one batch, forward and
back; attention's scores, which are no layer's output. It is an estimate to be exceeded by a small factor
only; what is refused is what could not run on the machine at all.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import psutil

FRAMEWORK_BYTES = 650_000_000  # what a process with TensorFlow takes before it trains anything: 655 to 690 MB
_COPIES = 4  # of the weights: themselves, gradients, two moments
_BOTH_WAYS = 2
_FLOAT = 4
_CGROUP = Path("/sys/fs/cgroup")


def needed_bytes(model: Any, batch: int) -> int:
    """Return the bytes that training a model takes, without the framework's own.

    Parameters
    ----------
    model : keras.Model
        Only its shapes count.
    batch : int
        Samples in a step.
    """
    weights = sum(math.prod(one.shape) for one in model.weights)
    return reckoned_bytes(weights, sum(map(values_made, model.layers)), batch)


def reckoned_bytes(weights: int, values: int, batch: int) -> int:
    """Return the same for a model that holds `weights` numbers and makes `values` of one sample."""
    return int(_FLOAT * (_COPIES * weights + _BOTH_WAYS * batch * values))


def values_made(layer: Any) -> int:
    """Return the numbers that a layer makes of one sample."""
    shape: tuple[int | None, ...] = getattr(layer.output, "shape", ())
    made = math.prod(one or 1 for one in shape[1:])
    heads = getattr(layer, "num_heads", None)
    if heads and len(shape) == 3:  # scores of each row against each
        made += int(heads) * (shape[1] or 1) ** 2
    return made


def free_bytes() -> int:
    """Return the memory that a process here may still take: the machine's, or its control group's."""
    free = int(psutil.virtual_memory().available)
    try:
        limit, used = ((_CGROUP / name).read_text().strip() for name in ("memory.max", "memory.current"))
        return free if limit == "max" else max(0, min(free, int(limit) - int(used)))
    except (OSError, ValueError):
        return free
