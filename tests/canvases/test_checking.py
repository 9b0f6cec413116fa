import time

import pytest
from canvas_drawing import BARS, LABEL, OUT, bars, drawn, everything

from litlab import errors
from litlab.canvases import check, compile_canvas, default_canvas, limits
from litlab.errors import BadCanvas, CanvasTooLarge

HEAD = [bars(), ("flat", "flatten", {})]
# ruff: noqa: E501 - one line a mistake
ONE_MISTAKE_EACH = [
    ("b", "WiresInCircle", [*HEAD, ("a", "add", {}), ("b", "dense", {}), OUT], "bars flat; flat a; b a; a b; b out"),
    ("a", "LooseNode", [*HEAD, ("a", "dense", {}), OUT], "bars flat; flat a; flat out"),
    ("out", "LooseWire", [*HEAD, OUT], "bars flat; flat out; ghost out"),
    ("a", "WrongWires", [*HEAD, ("a", "add", {}), OUT], "bars flat; flat a; a out"),
    ("flat", "RepeatedNode", [*HEAD, ("flat", "flatten", {}), OUT], "bars flat; flat out"),
    ("a", "UnknownComponent", [*HEAD, ("a", "dens", {}), OUT], "bars flat; flat a; a out"),
    ("a", "UnknownComponent", [*HEAD, ("a", "../../dense", {}), OUT], "bars flat; flat a; a out"),
    ("a", "BadNodeParameter", [*HEAD, ("a", "dense", {"unit": 3}), OUT], "bars flat; flat a; a out"),
    ("a", "BadNodeParameter", [*HEAD, ("a", "dense", {"units": 2.5}), OUT], "bars flat; flat a; a out"),
    ("a", "BadNodeParameter", [*HEAD, ("a", "shared", {"of": "flt"}), OUT], "bars flat; flat a; a out"),
    ("a/b", "BadNodeParameter", [*HEAD, ("a/b", "dense", {}), OUT], "bars flat; flat a/b; a/b out"),
    ("out", "NothingChosen", [*HEAD, ("out", "output", {})], "bars flat; flat out"),
    ("x", "NothingChosen", [("x", "input", {}), ("flat", "flatten", {}), OUT], "x flat; flat out"),
    ("x", "NotInAsset", [("x", "input", {"feature": LABEL}), ("flat", "flatten", {}), OUT], "x flat; flat out"),
    ("out", "NotInAsset", [*HEAD, ("out", "output", {"label": BARS})], "bars flat; flat out"),
    ("c", "WrongShape", [*HEAD, ("c", "conv1d", {}), OUT], "bars flat; flat c; c out"),
    ("out", "WrongShape", [bars(), OUT], "bars out"),
    ("bars", "WrongShape", [bars(columns=["clos"]), ("flat", "flatten", {}), OUT], "bars flat; flat out"),
    ("out", "NothingComesOut", [*HEAD, OUT, ("g", "globals", {})], "bars flat; g out"),
    ("a", "NothingComesOut", [*HEAD, ("a", "shared", {"of": "g"}), OUT, ("g", "globals", {})], "bars flat; flat a; a out"),
    ("flat", "LooseNode", HEAD, "bars flat"),
    ("output", "NoOutput", [], ""),
    ("b", "RepeatedOutput", [*HEAD, ("a", "output", {"label": LABEL}), ("b", "output", {"label": LABEL})], "bars flat; flat a; flat b"),
    ("a", "WireFromOutput", [*HEAD, ("a", "output", {"label": LABEL, "name": "n"}), OUT], "bars flat; flat a; a out"),
    ("g", "BadNodeParameter", [*HEAD, OUT, ("g", "globals", {"learning_rate": 0})], "bars flat; flat out"),
]  # fmt: skip


@pytest.mark.train
@pytest.mark.parametrize(("node", "kind", "nodes", "wires"), ONE_MISTAKE_EACH, ids=lambda one: str(one)[:24])
def test_every_mistake_is_told_at_its_node_by_a_class_of_its_own(small_asset, node, kind, nodes, wires):
    canvas = drawn(nodes, wires)
    found = check(canvas, small_asset).problems
    assert kind in [type(one).__name__ for one in found[node]]
    said = next(one for one in found[node] if type(one).__name__ == kind)
    assert isinstance(said, BadCanvas)
    assert type(said) is getattr(errors, kind)
    with pytest.raises(BadCanvas):
        compile_canvas(canvas, small_asset)


def test_without_an_asset_wires_and_forms_are_checked_and_nothing_is_known_of_shapes():
    found = check(drawn([bars(), ("a", "dense", {"units": "many"}), OUT], "bars a; a out"))
    assert list(found.problems) == ["a"]
    assert found.shapes == {}
    assert check(everything()).ok


@pytest.mark.train
def test_all_mistakes_are_told_at_once_and_what_follows_them_waits(small_asset):
    nodes = [bars(), ("a", "dense", {"units": 0}), ("b", "flatten", {}), ("c", "pooling", {"by": "sum"}), OUT]
    found = check(drawn(nodes, "bars a; a b; bars c; b out; c out"), small_asset)
    assert sorted(found.problems) == ["a", "c", "out"]
    assert found.waiting == ("b",)
    assert found.shapes == {("bars", "a"): (None, 100, 8), ("bars", "c"): (None, 100, 8)}


@pytest.mark.train
def test_shapes_and_parameters_are_those_of_the_model(small_asset):
    found = check(everything(), small_asset)
    assert found.ok
    assert found.shapes["conv", "look"] == (None, 12, 4)
    assert found.shapes["half", "mean"] == (None, 6, 2)
    model = compile_canvas(everything(), small_asset)
    assert sum(found.parameters.values()) == model.count_params()
    assert found.parameters["turn"] == 4 * 4 + 4
    assert found.parameters["again"] == 0
    assert found.parameters["conv"] == 9 * 3 * 4 + 4


@pytest.mark.train
def test_half_drawn_canvas_shows_its_shapes_all_the_same(small_asset):
    found = check(drawn([bars(last=7), ("a", "flatten", {})], "bars a"), small_asset)
    assert found.shapes == {("bars", "a"): (None, 7, 8)}
    assert [type(one).__name__ for one in found.problems["a"]] == ["LooseNode"]


@pytest.mark.train
def test_layers_shared_with_another_shape_are_told_by_shape_and_the_same_every_time(small_asset):
    nodes = [*HEAD, ("d", "dense", {}), ("a", "shared", {"of": "d"}), ("both", "concatenate", {}), OUT]
    canvas = drawn(nodes, "bars flat; flat d; bars a; d both; a both; both out")
    (first,), (again,) = (check(canvas, small_asset).problems["a"] for _ in range(2))
    assert "the layers of d were made for (None, 800) (received: bars (None, 100, 8))" in str(first)
    assert str(first) == str(again)


@pytest.mark.train
def test_canvas_too_large_for_any_machine_is_told_without_taking_memory(small_asset):
    huge = {"units": 65536, "layers": 100}
    canvas = drawn([*HEAD, ("a", "dense", huge), OUT], "bars flat; flat a; a out")
    for judge in (
        lambda: check(canvas, small_asset).raise_if_bad(),
        lambda: compile_canvas(canvas, small_asset),
    ):
        with pytest.raises(CanvasTooLarge, match=r"node 'a': .* 42\d,\d{3},\d{3},\d{3} numbers"):
            judge()
    import keras

    with keras.StatelessScope():  # leaving it draws what waits to be drawn: nothing of ours may
        pass
    with limits(parameters=10), pytest.raises(CanvasTooLarge):
        compile_canvas(default_canvas(small_asset), small_asset)


@pytest.mark.train
def test_two_outputs_of_two_names_make_a_model_of_two_predictions(small_asset):
    nodes = [*HEAD, OUT, ("level", "output", {"label": LABEL, "head": "regression", "name": "level"})]
    model = compile_canvas(drawn(nodes, "bars flat; flat out; flat level"), small_asset)
    assert {name: one.shape for name, one in model.output.items()} == {LABEL: (None, 1), "level": (None, 1)}


@pytest.mark.train
def test_checking_again_is_fast_enough_to_do_after_every_stroke(small_asset):
    canvas = everything()
    check(canvas, small_asset)
    spent = []
    for _ in range(3):
        started = time.process_time()
        check(canvas, small_asset)
        spent.append(time.process_time() - started)
    assert min(spent) < 0.3


@pytest.mark.train
@pytest.mark.parametrize(
    ("head", "params", "columns"),
    [("binary", {}, 1), ("classes", {}, 2), ("classes", {"classes": 5}, 5), ("regression", {}, 1),
     ("quantiles", {"quantiles": [0.1, 0.9]}, 2), ("given", {}, 800)],
)  # fmt: skip
def test_head_decides_what_comes_out(small_asset, head, params, columns):
    import numpy as np

    canvas = drawn([*HEAD, ("o", "output", {"label": LABEL, "head": head, **params})], "bars flat; flat o")
    model = compile_canvas(canvas, small_asset)
    answer = model.predict_on_batch({BARS: np.asarray(small_asset.array("train", BARS)[:9])})
    assert answer.shape == (9, columns)
    if head == "classes":
        assert answer.sum(-1) == pytest.approx(1)
    if head == "quantiles":
        assert (np.diff(answer, axis=-1) > 0).all()


@pytest.mark.train
@pytest.mark.parametrize("normalise", ["none", "standardise", "range", "market"])
def test_input_may_be_cut_to_rows_and_columns_before_or_after_its_statistics(small_asset, normalise):
    import numpy as np

    seen = {}
    for cut in ({}, {"last": 5, "columns": ["volume", "close"]}):
        canvas = drawn(
            [bars(normalise=normalise, **cut), ("flat", "flatten", {}), OUT], "bars flat; flat out"
        )
        import keras

        model = compile_canvas(canvas, small_asset)
        part = keras.Model(model.input, model.get_layer("flat").input)
        seen[bool(cut)] = part.predict_on_batch({BARS: np.asarray(small_asset.array("train", BARS))})
    if normalise == "market":  # its statistics are those of the rows seen: mean 0, deviation 1 in either cut
        assert np.abs(seen[True].mean((0, 1))).max() < 0.01
        assert np.abs(seen[True].std((0, 1)) - 1).max() < 0.01
    else:
        np.testing.assert_allclose(seen[True], seen[False][:, -5:][:, :, [5, 3]], rtol=1e-5)
    if normalise == "range":
        assert seen[False].min() == pytest.approx(0, abs=1e-3)
        assert seen[False].max() == pytest.approx(1, abs=1e-3)


@pytest.mark.train
def test_mixed_precision_computes_in_half_and_predicts_in_float32(small_asset):
    import keras

    half = ("g", "globals", {"precision": "mixed_bfloat16"})
    canvas = drawn([*HEAD, ("a", "dense", {}), OUT, half], "bars flat; flat a; a out")
    model = compile_canvas(canvas, small_asset)
    assert model.get_layer("a").compute_dtype == "bfloat16"
    assert model.output.dtype == "float32"
    assert keras.config.dtype_policy().name == "float32"
