import numpy as np
import pytest
from canvas_drawing import ATR, BARS, LABEL, everything

from litlab.canvases import Canvas, check, compile_canvas, from_keras
from litlab.errors import NotACanvas

pytestmark = pytest.mark.train


def same_predictions(model, canvas, asset):
    """Compile the canvas, give it the model's weights, and compare bit for bit."""
    other = compile_canvas(canvas, asset, seed=99)
    weights = {one.path: one for one in model.weights}
    assert {one.path for one in other.weights} == set(weights)
    for one in other.weights:
        one.assign(weights[one.path])
    inputs = {name: np.asarray(asset.array("train", name)[:4]) for name in model.input}
    return np.array_equal(model.predict_on_batch(inputs), other.predict_on_batch(inputs))


def test_model_of_every_component_comes_back_with_the_same_weights_and_predictions(small_asset):
    model = compile_canvas(everything(), small_asset)
    canvas = from_keras(model, "everything", label=LABEL)
    assert check(canvas, small_asset).ok
    assert same_predictions(model, canvas, small_asset)
    components = {node.id: node.component for node in canvas.nodes}
    assert components["conv"] == "conv1d"
    assert components["look"] == "attention"
    assert components["memory_1"] == "lstm"
    assert [node.params for node in canvas.nodes if node.component == "shared"] == [{"of": "turn"}]
    assert components["bars_scaled"] == "opaque"
    assert Canvas.from_json(canvas.to_json()) == canvas


def test_ordinary_keras_model_becomes_the_canvas_one_would_draw(small_asset):
    import keras
    from keras import layers

    window = keras.Input((100, 8), name=BARS)
    values = layers.Conv1D(4, 3, activation="relu", name="c")(window)
    values = layers.GlobalAveragePooling1D(name="p")(values)
    model = keras.Model({BARS: window}, layers.Dense(1, activation="sigmoid", name="o")(values), name="plain")
    canvas = from_keras(model, label=LABEL)
    assert [(one.id, one.component) for one in canvas.nodes] == [
        (BARS, "input"), ("c", "conv1d"), ("p", "pooling"), ("o", "output"),
    ]  # fmt: skip
    assert canvas.node("o").params == {"label": LABEL, "head": "binary"}
    assert from_keras(compile_canvas(canvas, small_asset), "plain", label=LABEL) == canvas
    assert same_predictions(model, canvas, small_asset)


def test_option_that_the_form_lacks_makes_the_node_opaque_and_is_kept(small_asset):
    import keras
    from keras import layers

    window = keras.Input((100, 1), name=ATR)
    values = layers.Bidirectional(layers.LSTM(2), name="both")(window)
    values = layers.Dense(3, use_bias=False, kernel_initializer="he_normal", name="d")(values)
    values = layers.LeakyReLU(0.3, name="leak")(values)
    model = keras.Model({ATR: window}, layers.Dense(1, name="o")(values))
    canvas = from_keras(model, label=LABEL)
    assert [node.component for node in canvas.nodes] == ["input", "opaque", "opaque", "opaque", "output"]
    assert same_predictions(model, canvas, small_asset)
    assert compile_canvas(canvas, small_asset).get_layer("d").use_bias is False


def test_sequential_model_is_a_graph_too_and_its_label_is_asked_for(small_asset):
    import keras
    from keras import layers

    model = keras.Sequential([keras.Input((100, 1), name=ATR), layers.Flatten(), layers.Dense(1)])
    canvas = from_keras(model)
    assert [type(one[0]).__name__ for one in check(canvas, small_asset).problems.values()] == [
        "NothingChosen"
    ]


def test_what_cannot_be_drawn_is_refused_with_the_reason():
    import keras
    from keras import layers

    class Own(keras.Model):
        def call(self, values):
            return values

    with pytest.raises(NotACanvas, match="a class of its author"):
        from_keras(Own())
    window = keras.Input((10, 2))
    _, state = layers.GRU(2, return_sequences=True, return_state=True, name="two")(window)
    model = keras.Model(window, layers.Dense(1)(layers.Add()([layers.Flatten()(state), state])))
    with pytest.raises(NotACanvas, match="the layer two gives several results"):
        from_keras(model)
