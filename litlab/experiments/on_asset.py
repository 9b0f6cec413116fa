"""Runs from code that name an asset: what the vault and the scoreboard have to know of them.

1. ``described`` is the one node of such a run's canvas: its label and head.
2. ``check_model`` refuses, before the first epoch, a model that the vault could not take.
3. ``states`` is what the model says of the asset's validation part, stored beside every checkpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from litlab.assets import Asset
from litlab.canvases.canvas import Node
from litlab.errors import BadParameter, UnknownName
from litlab.experiments.checkpoints import Arrays
from litlab.vault.heads import Head, head_of_params

if TYPE_CHECKING:
    from litlab.experiments.run import Run

HEADS = ("binary", "classes", "regression", "quantiles")
_PREDICT = 1_024  # samples a batch


def described(asset: Asset, label: str, head: str, quantiles: Sequence[float] = ()) -> Node:
    """Return the output that a model from code has.

    Parameters
    ----------
    asset : Asset
    label : str
        "" for the asset's only one.
    head : {"binary", "classes", "regression", "quantiles"}
    quantiles : sequence of float
        Of that head: its levels.

    Raises
    ------
    UnknownName
        If the asset has no such label.
    BadParameter
        If it has several and none was named, or `head` is none.
    """
    if head not in HEADS:
        raise BadParameter(name="head", given=head, wanted=f"it must be one of {', '.join(HEADS)}")
    if not label and len(asset.labels) != 1:
        wanted = f"the asset has several, say which: {', '.join(asset.labels)}"
        raise BadParameter(name="label", given=label, wanted=wanted)
    name = label or asset.labels[0]
    if name not in asset.labels:
        raise UnknownName(kind=f"label of the asset {asset.schema}", given=name, known=asset.labels)
    levels = {"quantiles": [float(one) for one in quantiles]} if quantiles else {}
    return Node("output", "output", {"label": name, "head": head, **levels})


def check_model(run: Run, model: Any) -> None:
    """Refuse a model that could never be vaulted.

    Raises
    ------
    BadParameter
        Unless its inputs are called like features of the asset, its last layer has an activation and no
        layer is somebody's function.
    """
    known = run.asset.inputs
    for name in input_names(model):
        if name not in known:
            wanted = (
                f"its inputs must be called like features of the asset ({', '.join(known)}), as in "
                f"keras.Input(shape, name={known[0]!r})"
            )
            raise BadParameter(name="model", given=f"the input {name}", wanted=wanted)
    if not hasattr(model.layers[-1], "activation"):
        wanted = "its last layer must have an activation, as Dense has: it tells what the output is"
        raise BadParameter(name="model", given=f"the last layer {model.layers[-1].name}", wanted=wanted)
    for layer in model.layers:
        if type(layer).__name__ == "Lambda":
            wanted = "a function cannot be kept in the vault: write it as layers"
            raise BadParameter(name="model", given=f"the Lambda layer {layer.name}", wanted=wanted)


def input_names(model: Any) -> list[str]:
    """Return what a model's inputs are called, in its order."""
    return [str(one.name) for one in model.inputs]


def states(run: Run, model: Any) -> Arrays:
    """Return what is stored beside a checkpoint: the model's predictions of the validation part, its head."""
    names = input_names(model)
    found = []
    for batch in run.asset.batches("validation", _PREDICT, names=names):
        given: Any = batch
        if not isinstance(model.input, dict):
            given = [batch[name] for name in names]
            given = given if isinstance(model.input, (list, tuple)) else given[0]
        said = model.predict_on_batch(given)
        said = next(iter(said.values())) if isinstance(said, dict) else said
        found.append(np.asarray(said, np.float32))
    return {"validation": np.concatenate(found), "head": np.array(head(run, model).kind)}


def head(run: Run, model: Any) -> Head:
    """Return what a model's output is."""
    nodes = [node.params for node in run.definition.canvas.nodes]
    return head_of_params(nodes, model.layers[-1].activation.__name__ == "sigmoid")


def val_loss(run: Run, model: Any, made: Arrays) -> float:
    """Return the loss of predictions as every other run has it, to choose an epoch by."""
    label = head(run, model).label
    truth = np.asarray(run.asset.array("validation", label))[:, 0, 0].astype(np.float64)
    return head(run, model).score(truth, made["validation"].astype(np.float64))
