"""Integrated gradients (Sundararajan et al. 2017), averaged over a background (Erion et al. 2021).

TensorFlow only, imported when it is called. The gradient is of the logit, so that it explains the same
quantity as the Shapley values.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

STEPS = 50


@dataclasses.dataclass(frozen=True)
class Gradients:
    """Integrated gradients of one sample.

    Attributes
    ----------
    values : dict of str to (rows, cols) float64
        Mean over the background, in logits.
    completeness_error : float
        |sum of all values − (logit of the sample − mean logit of the background)|, in logits: what the
        finite steps miss.
    """

    values: dict[str, npt.NDArray[np.float64]]
    completeness_error: float


def integrated_gradients(
    model: Any,
    sample: Mapping[str, npt.NDArray[np.float32]],
    background: Mapping[str, npt.NDArray[np.float32]],
    steps: int = STEPS,
) -> Gradients:
    """Integrate the logit's gradient along straight lines from the background to the sample.

    Parameters
    ----------
    model : keras.Model
        Inputs by name, one output of one column.
    sample : mapping of str to (rows, cols) float32
    background : mapping of str to (b, rows, cols) float32
    steps : int
        Midpoints on each line.
    """
    import tensorflow as tf

    names = sorted(sample)
    logit = _logit_model(model)

    @tf.function  # type: ignore[untyped-decorator,unused-ignore]
    def slopes(place: dict[str, Any]) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(place)
            total = tf.reduce_sum(logit(place))
        return tape.gradient(total, place)

    ends = {name: np.asarray(sample[name], np.float32)[None] for name in names}
    starts = {name: np.asarray(background[name], np.float32) for name in names}
    sums = {name: np.zeros(starts[name].shape) for name in names}
    for step in range(steps):
        share = np.float32((step + 0.5) / steps)
        place = {name: tf.constant(starts[name] + share * (ends[name] - starts[name])) for name in names}
        found = slopes(place)
        for name in names:
            if found[name] is not None:
                sums[name] += np.asarray(found[name].numpy(), np.float64)
    values = {name: (sums[name] / steps * (ends[name] - starts[name])).mean(0) for name in names}
    here = float(logit({name: tf.constant(ends[name]) for name in names}).numpy()[0, 0])
    there = float(
        np.mean(logit({name: tf.constant(starts[name]) for name in names}).numpy(), dtype=np.float64)
    )
    total = float(sum(one.sum() for one in values.values()))
    return Gradients(values, abs(total - (here - there)))


def _logit_model(model: Any) -> Any:
    """Return a callable that gives what goes into the last sigmoid, or the output itself."""
    import keras

    last = model.layers[-1]
    if last.activation.__name__ != "sigmoid":
        return model
    # Not log(p) − log(1 − p): float32 has no p between 1 − 6e-8 and 1.
    before = keras.Model(model.input, last.input)
    return lambda inputs: keras.ops.matmul(before(inputs, training=False), last.kernel) + last.bias
