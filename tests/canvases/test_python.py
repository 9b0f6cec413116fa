import ast

import numpy as np
import pytest
from canvas_drawing import LABEL, OUT, bars, drawn, everything

from litlab.canvases import as_python, compile_canvas, default_canvas
from litlab.errors import BadCanvas
from litlab.workspace import Workspace

pytestmark = pytest.mark.train


def twin(source, seed):
    import keras

    space = {"__name__": "written"}
    keras.utils.set_random_seed(seed)
    exec(compile(source, "written.py", "exec"), space)
    return space["build_model"]()


def kinds(model):
    return sorted(
        (type(one).__name__, one.name if hasattr(one, "weights") else "") for one in model.operations
    )


@pytest.mark.parametrize("seed", [5, 11])
@pytest.mark.parametrize("draw", [lambda asset: everything(), default_canvas], ids=["everything", "default"])
def test_written_file_makes_the_same_layers_and_the_same_weights(small_asset, draw, seed):
    canvas = draw(small_asset)
    source = as_python(canvas, small_asset)
    model = compile_canvas(canvas, small_asset, seed=seed)
    other = twin(source, seed)
    assert kinds(model) == kinds(other)
    for layer in model.layers:
        mine, its = layer.get_config(), other.get_layer(layer.name).get_config()
        assert {k: v for k, v in mine.items() if k != "name"} == {k: v for k, v in its.items() if k != "name"}
    weights = {one.path: one.numpy() for one in other.weights}
    assert len(model.weights) == len(weights) > 0
    for one in model.weights:
        assert np.array_equal(one.numpy(), weights[one.path]), one.path
    inputs = {name: np.asarray(small_asset.array("train", name)[:4]) for name in model.input}
    assert np.array_equal(model.predict_on_batch(inputs), other.predict_on_batch(inputs))


def test_written_file_reads_as_a_person_writes(small_asset):
    deep = ("deep", "dense", {"units": 8, "activation": "tanh"})
    nodes = [
        bars(normalise="none", last=4),
        ("flat", "flatten", {}),
        deep,
        OUT,
        ("g", "globals", {"seed": 3}),
    ]
    source = as_python(drawn(nodes, "bars flat; flat deep; deep out", "small"), small_asset)
    assert (
        source
        == '''\
"""The model of the canvas small."""

import keras
from keras import layers


def build_model():
    x_100_1_minute_bars_input = keras.Input((100, 8), name="100_1_minute_bars")
    bars = x_100_1_minute_bars_input[:, -4:, :]
    flat = layers.Flatten(name="flat")(bars)
    deep = layers.Dense(8, activation="tanh", name="deep")(flat)
    out = layers.Dense(1, activation="sigmoid", name="out")(deep)
    return keras.Model({"100_1_minute_bars": x_100_1_minute_bars_input}, out, name="canvas")


if __name__ == "__main__":
    keras.utils.set_random_seed(3)
    model = build_model()
    model.compile(keras.optimizers.Adam(0.0005), loss="binary_crossentropy")
    model.summary()
'''
    )


def test_two_outputs_and_names_that_python_keeps_for_itself(small_asset):
    nodes = [bars(), ("lambda", "flatten", {}), ("sum", "output", {"label": LABEL, "name": "a"}),
             ("print", "output", {"label": LABEL, "name": "b", "head": "regression"})]  # fmt: skip
    source = as_python(drawn(nodes, "bars lambda; lambda sum; lambda print"), small_asset)
    ast.parse(source)
    assert set(twin(source, 1).output) == {"a", "b"}


def test_layer_class_of_a_persons_own_is_told_at_its_node(small_asset, tmp_path):
    team = Workspace(tmp_path).create_project("contoso", "volatility").team
    (team.folder("components") / "own.py").write_text(
        '"""Own.\n\nReturns\n-------\n[ top ]\n"""\n\nfrom keras import layers\n\n\n'
        "class Mine(layers.Layer):\n    def call(self, values):\n        return values * 2\n\n\n"
        "def make_component(params, inputs):\n    return Mine(name=params['node'])(inputs[0])\n"
    )
    nodes = [bars(), ("a", "own", {}), ("flat", "flatten", {}), OUT]
    with pytest.raises(BadCanvas, match="node 'a': it cannot be written as Python, its layer Mine"):
        as_python(drawn(nodes, "bars a; a flat; flat out"), small_asset, team)
