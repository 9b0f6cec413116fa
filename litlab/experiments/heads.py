"""What an output learns from: its loss in training, and its score on the validation part.

``binary``: log-loss. ``classes``: log-loss of the class that came. ``regression`` and ``given``: mean squared
error, or log-loss where the last layer is a sigmoid. ``quantiles``: mean pinball loss over the levels.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.canvases import Canvas
from litlab.errors import BadCanvas
from litlab.vault.scores import log_loss

Floats = npt.NDArray[np.float64]

_LEVELS = (0.05, 0.5, 0.95)
_CLIP = 1e-7


@dataclasses.dataclass(frozen=True)
class Head:
    """A canvas's output.

    Attributes
    ----------
    label : str
    kind : {"probability", "classes", "level", "quantiles"}
    levels : tuple of float
        Of the quantiles.
    """

    label: str
    kind: str
    levels: tuple[float, ...] = ()

    def loss(self) -> Any:
        """Return what ``compile`` takes."""
        if self.kind == "quantiles":
            return pinball_loss()(self.levels)
        return {
            "probability": "binary_crossentropy",
            "classes": "sparse_categorical_crossentropy",
            "level": "mean_squared_error",
        }[self.kind]

    def score(self, truth: Floats, predicted: Floats) -> float:
        """Return the loss without penalties.

        Parameters
        ----------
        truth : (n,)
        predicted : (n, columns)

        Examples
        --------
        >>> import numpy as np
        >>> score = Head("up", "classes").score(np.array([1.0]), np.array([[0.5, 0.25, 0.25]]))
        >>> round(score, 3)  # log(4)
        1.386
        """
        if self.kind == "quantiles":
            return pinball(truth, predicted, self.levels)
        if self.kind == "classes":
            said = predicted[np.arange(len(truth)), truth.astype(np.int64)]
            return float(-np.log(np.clip(said, _CLIP, 1)).mean())
        if self.kind == "probability":
            return log_loss(truth, predicted[:, 0])
        return float(np.mean((predicted[:, 0] - truth) ** 2))


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
    label, said = str(nodes[0].params["label"]), str(nodes[0].params.get("head", "binary"))
    if said == "quantiles":
        return Head(label, said, tuple(map(float, nodes[0].params.get("quantiles", _LEVELS))))
    if said == "classes":
        return Head(label, said)
    sigmoid = model.layers[-1].activation.__name__ == "sigmoid"
    return Head(label, "probability" if sigmoid else "level")


def pinball(truth: Floats, predicted: Floats, levels: Sequence[float]) -> float:
    """Return the mean over samples and levels q of q·e where e = truth − said is above 0, (q − 1)·e else.

    Koenker, Bassett (1978).

    >>> import numpy as np
    >>> pinball(np.array([3.0]), np.array([[1.0, 4.0]]), [0.25, 0.5])
    0.5
    """
    error = truth[:, None] - predicted
    wanted = np.asarray(levels)
    return float(np.maximum(wanted * error, (wanted - 1) * error).mean())


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
