"""Canvas + asset → Keras functional model.

1. Every feature that a node picks becomes one named input of the model, however many nodes pick it.
2. Nodes are made in order: ``make_component(params, inputs)`` gets the tensors of the picked features
   first (in the order of the form), then those of its incoming wires (in the order of the edges).
3. ``params`` holds the form's values and more keys: ``node``, the node's id; ``names(n)``, names for n
   layers; ``sources``, a Source for every picked feature or label, by field; ``remember(key, make)``, what
   ``make`` made of these sources before, or makes now; ``again`` and ``rebuilt``, for ``shared`` and
   ``opaque``.
4. Nodes that name a label are the outputs. A single one is the model's output; several are a dict by name.

The canvas is made twice: without weights first, so that one that is too large takes no memory, then with
them. The weights are a function of asset, canvas and seed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from litlab.assets import Asset
from litlab.canvases.backend import computing, load_keras, weightless
from litlab.canvases.canvas import Canvas
from litlab.canvases.graph import Step, ordered
from litlab.canvases.making import Making
from litlab.canvases.settings import training_settings
from litlab.errors import BadCanvas, CanvasTooLarge
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
        Inputs by feature name, (n, rows, cols) float32; output (n, columns) by head, or a dict of them.

    Raises
    ------
    BadCanvas
        Naming the node: wiring, parameters, a feature that the asset lacks, shapes that do not fit.
    """
    return made_model(canvas, asset, team, seed)[0]


def made_model(
    canvas: Canvas, asset: Asset, team: Team | None = None, seed: int | None = None
) -> tuple[Any, Making]:
    """Return the model and what each node made of it."""
    keras = load_keras("A canvas")
    steps = ordered(canvas, team)
    settings = training_settings(canvas, team)
    with computing(settings.precision), seeded(settings.seed if seed is None else seed):
        _refuse_too_large(Making(canvas, asset), steps)
    making = Making(canvas, asset)
    with computing(settings.precision), seeded(settings.seed if seed is None else seed):
        for step in steps:
            making.add(step)
    ends = {step.output_name: making.made[step.node.id] for step in steps if step.is_output}
    result = next(iter(ends.values())) if len(ends) == 1 else ends
    inputs = {name: making.features[name] for name in sorted(making.features)}
    return keras.Model(inputs, result, name="canvas"), making


def _refuse_too_large(making: Making, steps: list[Step]) -> None:
    """Make the canvas without weights; only its size is judged here."""
    try:
        with weightless():
            for step in steps:
                making.add(step)
    except CanvasTooLarge:
        raise
    except BadCanvas:
        pass


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed what weights are drawn from, and put Python's and NumPy's random states back afterwards."""
    states = random.getstate(), np.random.get_state()  # noqa: NPY002 - Keras seeds the global generator
    load_keras("A canvas").utils.set_random_seed(seed)
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
