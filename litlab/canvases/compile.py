"""Canvas + asset → Keras functional model.

1. Every feature that a node picks becomes one named input of the model, however many nodes pick it.
2. Nodes are made in order: ``make_component(params, inputs)`` gets the tensors of the picked features
   first (in the order of the form), then those of its incoming wires (in the order of the edges).
3. ``params`` holds the form's values and two more keys: ``node``, the node's id, and ``sources``, a Source
   for every picked feature or label, by field.
4. The one node that names a label is the output.

The weights are a function of asset, canvas and seed.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np

from litlab.assets import Asset
from litlab.canvases.backend import load_keras
from litlab.canvases.canvas import Canvas
from litlab.canvases.graph import Step, fail, ordered
from litlab.canvases.settings import training_settings
from litlab.canvases.source import Source
from litlab.errors import UnknownName
from litlab.workspace import Team

if TYPE_CHECKING:
    import keras


def compile_canvas(
    canvas: Canvas, asset: Asset, team: Team | None = None, seed: int | None = None
) -> keras.Model:
    """Make the canvas's model for an asset.

    Parameters
    ----------
    canvas : Canvas
    asset : Asset
        Gives shapes, columns and the training statistics that the normalisation is made of.
    team : Team, optional
        Whose own component scripts come first.
    seed : int, optional
        Of the first weights; the Globals node's by default. Python's and NumPy's random states are
        put back afterwards, TensorFlow's stays set.

    Returns
    -------
    model : keras.Model
        Inputs by feature name, (n, rows, cols) float32; output (n, label columns).

    Raises
    ------
    BadCanvas
        Naming the node: wiring, parameters, a feature that the asset lacks, shapes that do not fit.
    """
    keras = load_keras("A canvas")
    steps = ordered(canvas, team)
    outputs = [step for step in steps if step.is_output]
    if len(outputs) != 1:
        where = outputs[1].node.id if outputs else "output"
        raise fail(canvas, where, f"a canvas has exactly one output node, this one has {len(outputs)}")
    if seed is None:
        seed = training_settings(canvas, team).seed
    states = random.getstate(), np.random.get_state()  # noqa: NPY002 - Keras seeds the global generator
    keras.utils.set_random_seed(seed)
    try:
        features: dict[str, Any] = {}
        made: dict[str, Any] = {}
        for step in steps:
            made[step.node.id] = _make(canvas, step, asset, features, made)
        result = made[outputs[0].node.id]
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
    return keras.Model({name: features[name] for name in sorted(features)}, result, name="canvas")


def _make(canvas: Canvas, step: Step, asset: Asset, features: dict[str, Any], made: dict[str, Any]) -> Any:
    """Call one node's component script and check what it returns."""
    keras = load_keras("A canvas")
    picked = step.fields("feature")
    for field in step.script.fields:
        needed = field.name in ("feature", "label") and field.kind == field.name
        if needed and field.name not in step.params:
            raise fail(canvas, step.node.id, f"no {field.kind} is chosen")
    sources = {}
    for kind, known in (("feature", asset.inputs), ("label", asset.labels)):
        for picker, name in step.fields(kind).items():
            if name not in known:
                problem = UnknownName(kind=f"{kind} of the asset {asset.schema}", given=name, known=known)
                raise fail(canvas, step.node.id, str(problem))
            sources[picker] = Source(asset, name)
    for name in picked.values():
        if name not in features:
            features[name] = keras.Input(asset.shape(name), name=name)
    inputs = [features[name] for name in picked.values()] + [made[one] for one in step.inputs]
    params = {**step.params, "node": step.node.id, "sources": sources}
    try:
        result = step.script.module.make_component(params, inputs)
    except Exception as problem:  # a component may raise anything; Keras speaks of shapes in ValueErrors
        came = ", ".join(f"{one} {tuple(made[one].shape)}" for one in step.inputs) or "nothing"
        reason = " ".join(str(problem).split()) or type(problem).__name__
        raise fail(canvas, step.node.id, f"{reason} (received: {came})") from problem
    wanted = bool(step.inputs or picked)
    if wanted and not isinstance(result, keras.KerasTensor):
        raise fail(canvas, step.node.id, f"make_component returned {type(result).__name__}, wanted a tensor")
    return result
