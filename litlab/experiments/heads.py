"""What training minimises: the loss that Keras is given for an output.

``binary``: log-loss. ``classes``: log-loss of the class that came. ``regression`` and ``given``: mean squared
error, or log-loss where the last layer is a sigmoid. ``quantiles``: mean pinball loss over the levels.
``litlab.vault.heads`` holds the same without penalties, for scores.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from litlab.canvases import Canvas
from litlab.errors import BadCanvas
from litlab.vault.heads import Head, head_of_params


def head_of(canvas: Canvas, model: Any) -> Head:
    """Return what the canvas's one output is.

    Raises
    ------
    BadCanvas
        If it has several: a run learns one label.
    """
    nodes = [node for node in canvas.nodes if "label" in node.params]
    if len(nodes) > 1:
        reason = "a run learns one output, and there is another; leave one out"
        raise BadCanvas(canvas=canvas.name, node=nodes[1].id, reason=reason)
    sigmoid = model.layers[-1].activation.__name__ == "sigmoid"
    return head_of_params([nodes[0].params], sigmoid)


def loss_of(head: Head) -> Any:
    """Return what ``compile`` takes."""
    if head.kind == "quantiles":
        return pinball_loss()(head.levels)
    return {
        "probability": "binary_crossentropy",
        "classes": "sparse_categorical_crossentropy",
        "level": "mean_squared_error",
    }[head.kind]


@functools.cache
def pinball_loss() -> Any:
    """Return the pinball loss as a class that Keras can store and read back; call it before it reads."""
    import keras

    @keras.saving.register_keras_serializable("litlab")
    class Pinball(keras.losses.Loss):  # type: ignore[misc]
        def __init__(self, levels: Sequence[float], name: str = "pinball", **rest: Any) -> None:
            super().__init__(name=name, **rest)
            self.levels = list(levels)

        def call(self, truth: Any, predicted: Any) -> Any:
            error = keras.ops.cast(truth, predicted.dtype) - predicted
            wanted = keras.ops.convert_to_tensor(self.levels, predicted.dtype)
            return keras.ops.mean(keras.ops.maximum(wanted * error, (wanted - 1.0) * error), axis=-1)

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "levels": self.levels}

    return Pinball
