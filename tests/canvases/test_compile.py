import random

import numpy as np
import pytest

from litlab.canvases import Canvas, Edge, Node, compile_canvas, default_canvas
from litlab.errors import BadCanvas
from litlab.workspace import Workspace

pytestmark = pytest.mark.train

BARS, ATR, LABEL = "100_1_minute_bars", "100_1_minute_atr", "atr_up_next_minute"


def drawn(nodes, wires, name="test"):
    """Make a canvas of (id, component, params) and "a b" wires."""
    return Canvas(
        tuple(Node(*node) for node in nodes),
        tuple(Edge(*wire.split()) for wire in wires),
        {"name": name},
    )


def bars(**params):
    return ("bars", "input", {"feature": BARS, **params})


OUT = ("out", "output", {"label": LABEL})


def windows(asset, count=5):
    return {name: np.asarray(asset.array("train", name)[:count]) for name in asset.inputs}


def test_default_canvas_takes_inputs_by_name_and_gives_one_probability(small_asset):
    model = compile_canvas(default_canvas(small_asset), small_asset)
    assert sorted(model.input) == [ATR, BARS]
    answer = model.predict_on_batch(windows(small_asset))
    assert answer.shape == (5, 1)
    assert ((answer > 0) & (answer < 1)).all()


def test_market_normalisation_equals_its_plain_twin(small_asset):
    """Prices from the last close in ATRs, sizes in logs, then minus mean by SD of the same training rows."""
    canvas = drawn(
        [bars(normalise="market", scale=ATR), ("flat", "flatten", {}), OUT], ["bars flat", "flat out"]
    )
    model = compile_canvas(canvas, small_asset)
    import keras

    seen = keras.Model(model.input, model.get_layer("bars_scaled").output)
    count = small_asset.count("train")
    rows = np.unique(np.linspace(0, count - 1, min(count, 4096)).round()).astype(int)
    window = small_asset.array("train", BARS)[rows].astype(np.float64)
    atr = small_asset.array("train", ATR)[rows, -1:, :].astype(np.float64)
    plain = window.copy()
    plain[:, :, :4] = (window[:, :, :4] - window[:, -1:, 3:4]) / atr
    plain[:, :, 4:] = np.log(window[:, :, 4:] + 1)
    plain = (plain - plain.mean((0, 1))) / plain.std((0, 1))
    # float32: a price near 100 is known to 4e-6, an ATR is about 0.05
    some = {name: np.asarray(small_asset.array("train", name)[rows[:5]]) for name in (BARS, ATR)}
    np.testing.assert_allclose(seen.predict_on_batch(some), plain[:5], atol=2e-3)


def test_market_without_a_scale_uses_the_mean_range_of_the_window(small_asset):
    canvas = drawn([bars(), ("flat", "flatten", {}), OUT], ["bars flat", "flat out"])
    model = compile_canvas(canvas, small_asset)
    doubled = {BARS: windows(small_asset)[BARS].copy()}
    last = doubled[BARS][:, -1:, 3:4].copy()
    before = model.predict_on_batch(doubled)
    doubled[BARS][:, :, :4] = (doubled[BARS][:, :, :4] - last) * 2 + last + 50
    # twice the ranges around another price is the same picture
    np.testing.assert_allclose(model.predict_on_batch(doubled), before, atol=1e-3)


def test_standardised_training_part_has_mean_0_and_deviation_1(small_asset):
    import keras

    canvas = drawn([bars(normalise="standardise"), ("flat", "flatten", {}), OUT], ["bars flat", "flat out"])
    model = compile_canvas(canvas, small_asset)
    seen = keras.Model(model.input, model.get_layer("bars_scaled").output)
    values = seen.predict_on_batch({BARS: np.asarray(small_asset.array("train", BARS))})
    assert np.abs(values.mean((0, 1))).max() < 1e-2
    assert np.abs(values.std((0, 1)) - 1).max() < 1e-2


def test_same_seed_gives_the_same_weights_and_another_seed_others(small_asset):
    canvas = default_canvas(small_asset)
    first, again, other = (
        [one.numpy() for one in compile_canvas(canvas, small_asset, seed=seed).weights] for seed in (1, 1, 2)
    )
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert not all(np.array_equal(one, two) for one, two in zip(first, other, strict=True))


def test_compiling_leaves_the_callers_random_numbers_alone(small_asset):
    random.seed(5)
    expected = [random.random() for _ in range(2)][1]
    random.seed(5)
    random.random()
    compile_canvas(default_canvas(small_asset), small_asset)
    assert random.random() == expected


@pytest.mark.parametrize(
    ("nodes", "wires", "message"),
    [
        (
            [bars(), ("a", "dropout", {}), ("b", "concatenate", {}), OUT],
            ["bars b", "a b", "b a", "b out"],
            r"node '[ab]': the wires run in a circle: ",
        ),
        (
            [bars(), ("a", "dense", {}), OUT],
            ["a out", "bars out"],
            "node 'a': dense takes exactly 1 incoming wire, it has none",
        ),
        (
            [bars(), OUT],
            ["bars out", "bars out"],
            r"node 'out': output takes exactly 1 .* it has 2 \(bars, bars\)",
        ),
        ([bars(), ("c", "conv1", {}), OUT], ["bars c", "c out"], "node 'c': .*Did you mean 'conv1d'"),
        ([("x", "input", {"feature": "100_1_minute_bar"}), OUT], ["x out"], "'x': .*Did you mean '100_1"),
        ([("x", "input", {}), OUT], ["x out"], "node 'x': no feature is chosen"),
        ([("x", "input", {"feature": LABEL}), OUT], ["x out"], "node 'x': There is no feature"),
        ([bars(), ("o", "output", {"label": BARS})], ["bars o"], "node 'o': There is no label"),
        ([bars(), ("a", "dense", {"unit": 3}), OUT], ["bars a", "a out"], "node 'a': .*Did you mean 'units'"),
        ([bars(), ("a", "dense", {"units": "many"}), OUT], ["bars a", "a out"], "node 'a': units = 'many'"),
        ([bars(), ("a", "dense", {}), OUT], ["bars a", "bars out"], "node 'a': its result goes nowhere"),
        ([bars(), ("bars", "dense", {}), OUT], ["bars out"], "node 'bars': two nodes have this id"),
        ([bars(), OUT], ["bars out", "ghost out"], "node 'out': a wire connects it with 'ghost'"),
        ([bars(), ("a", "dense", {})], ["bars a"], "node 'a': its result goes nowhere"),
        ([("g", "globals", {})], [], "node 'output': a canvas has at least one output node"),
        (
            [bars(), ("p", "pooling", {}), ("c", "conv1d", {}), OUT],
            ["bars p", "p c", "c out"],
            r"node 'c': .*ndim=3.*received: p \(None, 8\)",
        ),
        (
            [bars(), ("c", "conv1d", {"last": 500}), OUT],
            ["bars c", "c out"],
            "node 'c': last = 500 rows were asked of a window of 100",
        ),
    ],
)  # fmt: skip
def test_bad_canvas_names_the_node_and_the_remedy(small_asset, nodes, wires, message):
    with pytest.raises(BadCanvas, match=message):
        compile_canvas(drawn(nodes, wires), small_asset)


def test_layers_param_makes_one_node_many_layers(small_asset):
    nodes = [bars(), ("flat", "flatten", {}), ("deep", "dense", {"units": 4, "layers": 3}), OUT]
    model = compile_canvas(drawn(nodes, ["bars flat", "flat deep", "deep out"]), small_asset)
    assert [layer.name for layer in model.layers if layer.name.startswith("deep")] == [
        "deep_1",
        "deep_2",
        "deep_3",
    ]


def test_every_shipped_component_finds_a_place_in_one_model(small_asset):
    nodes = [
        bars(scale=ATR),
        ("atr", "input", {"feature": ATR}),
        ("both", "concatenate", {}),
        ("memory", "lstm", {"units": 3, "last": 5, "layers": 2}),
        ("conv", "conv1d", {"filters": 2, "layers": 2, "stride": 2}),
        ("top", "pooling", {"by": "maximum"}),
        ("quiet", "dropout", {"rate": 0.5}),
        ("side", "concatenate", {}),
        ("deep", "dense", {"l2": 0.1}),
        OUT,
        ("g", "globals", {}),
    ]
    wires = ["bars both", "atr both", "both memory", "both conv", "conv top", "top quiet", "quiet side"]
    wires += ["memory side", "side deep", "deep out"]
    model = compile_canvas(drawn(nodes, wires), small_asset)
    assert model.output_shape == (None, 1)
    assert model.get_layer("side").output.shape == (None, 5)


def test_a_teams_own_component_comes_before_the_shipped_one(small_asset, tmp_path):
    team = Workspace(tmp_path).create_project("contoso", "volatility").team
    (team.folder("components") / "flatten.py").write_text(
        '"""Own.\n\nReturns\n-------\n[ top ]\n"""\n\nfrom keras import layers\n\n\n'
        "def make_component(params, inputs):\n"
        "    return layers.GlobalMaxPooling1D(name='mine')(inputs[0])\n"
    )
    canvas = drawn([bars(), ("flat", "flatten", {}), OUT], ["bars flat", "flat out"])
    assert compile_canvas(canvas, small_asset, team).get_layer("mine") is not None


def test_component_that_returns_no_tensor_is_named(small_asset, tmp_path):
    team = Workspace(tmp_path).create_project("contoso", "volatility").team
    (team.folder("components") / "odd.py").write_text(
        '"""Odd.\n\nReturns\n-------\n[ five ]\n"""\n\n\ndef make_component(params, inputs):\n    return 5\n'
    )
    canvas = drawn([bars(), ("o", "odd", {}), OUT], ["bars o", "o out"])
    with pytest.raises(BadCanvas, match="node 'o': make_component returned int, wanted a tensor"):
        compile_canvas(canvas, small_asset, team)
