"""What a model's output means, and how far off it is: the loss without penalties.

``probability``: log-loss. ``classes``: log-loss of the class that came. ``level``: squared error.
``quantiles``: pinball loss, the mean over the levels.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]

KINDS = ("probability", "classes", "level", "quantiles")
LEVELS = (0.05, 0.5, 0.95)
_CLIP = 1e-7  # float32 knows no probability nearer to 0 or 1


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

    def losses(self, truth: Array, predicted: Array) -> Floats:
        """Return each sample's loss, (n,).

        Parameters
        ----------
        truth : (n,)
        predicted : (n, columns), or (n,) for one column

        Examples
        --------
        >>> import numpy as np
        >>> Head("up", "classes").losses(np.array([1]), np.array([[0.5, 0.25, 0.25]])).round(3)  # log(4)
        array([1.386])
        """
        said, happened = columns(predicted), np.asarray(truth, np.float64)
        if self.kind == "quantiles":
            return np.asarray(pinball_losses(happened, said, self.levels).mean(1), np.float64)
        if self.kind == "level":
            return np.asarray((said[:, 0] - happened) ** 2, np.float64)
        shares = shares_of(said)
        chosen = shares[np.arange(len(happened)), happened.astype(np.int64)]
        return np.asarray(-np.log(np.clip(chosen, _CLIP, 1 - _CLIP)), np.float64)

    def names(self, count: int = 1) -> tuple[str, ...]:
        """Return what the output's columns are called: the label, the classes, the levels of the quantiles.

        >>> Head("far", "quantiles", (0.05, 0.5)).names(2), Head("side", "classes").names(3)
        (('0.05', '0.5'), ('0', '1', '2'))
        """
        if self.kind == "quantiles" and len(self.levels) == count:
            return tuple(f"{level:g}" for level in self.levels)
        return (self.label,) if count == 1 else tuple(map(str, range(count)))

    def score(self, truth: Array, predicted: Array) -> float:
        """Return the mean loss."""
        return float(self.losses(truth, predicted).mean())


def columns(predicted: Array) -> Floats:
    """Return predictions as (n, columns) float64."""
    found = np.asarray(predicted, np.float64)
    return found[:, None] if found.ndim == 1 else found


def shares_of(predicted: Floats) -> Floats:
    """Return a probability for every class, (n, classes): one column is that of the class 1."""
    return predicted if predicted.shape[1] > 1 else np.column_stack([1 - predicted, predicted])


def head_of_params(nodes: Iterable[Mapping[str, Any]], sigmoid: bool = True) -> Head:
    """Return the head that the one node with a label describes.

    Parameters
    ----------
    nodes : iterable of mapping
        Every node's parameters.
    sigmoid : bool
        Whether the model's last layer is one: a binary or a given output is a level else.

    Examples
    --------
    >>> head_of_params([{"units": 3}, {"label": "far", "head": "quantiles", "quantiles": [0.1, 0.9]}])
    Head(label='far', kind='quantiles', levels=(0.1, 0.9))
    """
    params = next(one for one in nodes if "label" in one)
    label, said = str(params["label"]), str(params.get("head", "binary"))
    if said == "quantiles":
        return Head(label, said, tuple(map(float, params.get("quantiles") or LEVELS)))
    if said == "classes":
        return Head(label, said)
    return Head(label, "probability" if sigmoid and said != "regression" else "level")


def head_of_canvas(canvas: Mapping[str, Any], activation: str) -> Head:
    """Return the head of a canvas's JSON, given the activation of the model's last layer."""
    return head_of_params([node.get("params", {}) for node in canvas["nodes"]], activation == "sigmoid")


def pinball_losses(truth: Floats, predicted: Floats, levels: Sequence[float]) -> Floats:
    """Return q·e where e = truth − said is above 0 and (q − 1)·e else, (n, levels); q the levels.

    Koenker, Bassett, "Regression Quantiles" (1978); least in expectation at the true quantile.
    """
    error = truth[:, None] - predicted
    wanted = np.asarray(levels, np.float64)
    return np.maximum(wanted * error, (wanted - 1) * error)


def pinball(truth: Floats, predicted: Floats, levels: Sequence[float]) -> float:
    """Return the mean pinball loss over samples and levels.

    >>> import numpy as np
    >>> pinball(np.array([3.0]), np.array([[1.0, 4.0]]), [0.25, 0.5])
    0.5
    """
    return float(pinball_losses(np.asarray(truth, np.float64), predicted, levels).mean())
