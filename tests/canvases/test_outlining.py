"""Checks that remember: the same answers as those that do not, and only what a stroke changed is made."""

import dataclasses
import json
import random

import pytest
from canvas_drawing import ATR, OUT, bars, drawn, everything

from litlab.canvases import Canvas, Edge, Node, check, compile_canvas, default_canvas, limits
from litlab.canvases.needs import needed_bytes
from litlab.canvases.outlining import Known, Outline
from litlab.errors import BrokenComponent, CanvasTooLarge, RepeatedLayer
from litlab.sources import save_source
from litlab.workspace import Workspace

pytestmark = pytest.mark.train

HEAD = [bars(), ("flat", "flatten", {})]
VALUES = {
    "units": [1, 3, 8, 0], "layers": [1, 2], "activation": ["relu", "tanh"], "filters": [2, 5],
    "kernel": [2, 3, 99], "size": [2, 3], "by": ["average", "maximum"], "last": [4, 30, 500],
    "normalise": ["none", "range", "market"], "head": ["binary", "quantiles", "given"],
    "precision": ["float32", "mixed_bfloat16"], "feature": [ATR, "gone"], "of": ["deep", "conv", "nobody"],
}  # fmt: skip
LAYERS = ["dense", "conv1d", "flatten", "pooling", "add", "concatenate", "gru", "dropout", "shared", "opaque"]


def start():
    return drawn(
        [bars(last=8), ("conv", "conv1d", {"filters": 2, "kernel": 2}), ("mean", "pooling", {}),
         ("flat", "flatten", {}), ("both", "concatenate", {}), ("deep", "dense", {"units": 4}),
         ("turn", "dense", {"units": 4}), ("again", "shared", {"of": "turn"}), ("sum", "add", {}), OUT,
         ("training", "globals", {})],
        "bars conv; conv mean; conv flat; mean both; flat both; both deep; deep turn; deep again; turn sum;"
        "again sum; sum out",
    )  # fmt: skip


def edited(canvas, rng):
    """Return the canvas after one stroke: a value, a wire, a node more or less, another name."""
    nodes, edges = list(canvas.nodes), list(canvas.edges)
    node = rng.choice(nodes)
    kind = rng.choice(["value"] * 5 + ["wire", "unwire", "add", "remove", "rename"])
    at = nodes.index(node)
    if kind == "value":
        name = rng.choice(sorted(set(node.params) & set(VALUES)) or sorted(VALUES))
        nodes[at] = dataclasses.replace(node, params={**node.params, name: rng.choice(VALUES[name])})
    elif kind == "wire":
        edges.append(Edge(node.id, rng.choice(nodes).id))
    elif kind == "unwire" and edges:
        edges.pop(rng.randrange(len(edges)))
    elif kind == "add":
        new = Node(
            f"new_{rng.randrange(4)}", rng.choice(LAYERS), rng.choice([{}, {"units": 2}, {"of": "deep"}])
        )
        nodes.append(new)
        edges += [Edge(node.id, new.id), Edge(new.id, "sum")]
    elif kind == "remove":
        del nodes[at]
    elif kind == "rename":
        nodes[at] = dataclasses.replace(node, id=rng.choice(["deep_1", "conv", "other"]))
    return Canvas(tuple(nodes), tuple(edges), canvas.settings)


def plain(checked):
    problems = {node: list(map(repr, several)) for node, several in checked.problems.items()}
    return {**dataclasses.asdict(dataclasses.replace(checked, problems={})), "problems": problems}


def strokes(asset, seed, count):
    """Draw at random, and compare what is said with and without memory; return how many compiled."""
    rng, known, last, good = random.Random(seed), Known(), start(), [start()]
    for _ in range(count):
        last = edited(last if rng.random() < 0.6 else rng.choice(good), rng)
        found, anew = check(last, asset, known=known), check(last, asset)
        assert plain(found) == plain(anew), last
        if found.ok:
            good.append(last)
    return len(good) - 1


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_remembered_changes_no_answer(small_asset, seed):
    assert 0 < strokes(small_asset, seed, 12) < 12


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10, 40))
def test_what_is_remembered_changes_no_answer_for_long(small_asset, seed):
    assert strokes(small_asset, seed, 60) > 0


def test_a_stroke_makes_its_node_and_those_behind_it_that_another_shape_reaches(small_asset):
    known, canvas = Known(), start()

    def made(at, **params):
        node = canvas.node(at)
        changed = dataclasses.replace(node, params={**node.params, **params})
        nodes = tuple(changed if one.id == at else one for one in canvas.nodes)
        called = []
        assert check(dataclasses.replace(canvas, nodes=nodes), small_asset, None, called.append, known).ok
        return called

    assert sorted(made("conv")) == sorted(node.id for node in canvas.nodes)
    assert made("conv") == []
    assert made("conv", activation="tanh") == ["conv"]
    assert made("conv", filters=3) == ["conv", "mean", "flat", "both", "deep"]
    assert made("turn", units=9) == ["turn", "again", "sum", "out"]
    assert made("conv") == []


def test_numbers_are_those_of_the_model(small_asset):
    found, model = check(everything(), small_asset), compile_canvas(everything(), small_asset)
    assert sum(found.parameters.values()) == model.count_params()
    assert found.needed_bytes == needed_bytes(model, batch=256)
    assert list(found.outputs.values()) == [model.output.shape]


def test_an_edited_script_is_called_again(small_asset, tmp_path):
    team = Workspace(tmp_path).create_project("contoso", "volatility").team
    known = Known()
    form = '"""Widen.\n\nReturns\n-------\n[ values ]\n"""\n\nfrom keras import layers\n\n\n'
    canvas = drawn([*HEAD, ("a", "wide", {}), OUT], "bars flat; flat a; a out")
    for units in (3, 5):
        lines = f'    return layers.Dense({units}, name=params["node"])(inputs[0])\n'
        save_source(team, "components", "wide", f"{form}def make_component(params, inputs):\n{lines}")
        assert check(canvas, small_asset, team, known=known).shapes["a", "out"] == (None, units)


def test_a_component_that_makes_its_result_of_nothing_is_told(small_asset, tmp_path):
    team = Workspace(tmp_path).create_project("contoso", "volatility").team
    form = '"""Invent.\n\nReturns\n-------\n[ values ]\n"""\n\nimport keras\n\n\n'
    lines = "    return keras.Input((3,))\n"
    save_source(team, "components", "odd", f"{form}def make_component(params, inputs):\n{lines}")
    canvas = drawn([*HEAD, ("a", "odd", {}), OUT], "bars flat; flat a; a out")
    (problem,) = check(canvas, small_asset, team).problems["a"]
    assert isinstance(problem, BrokenComponent)
    assert "does not come from its inputs" in str(problem)


def test_a_limit_holds_for_what_is_remembered_too(small_asset):
    known, canvas = Known(), default_canvas(small_asset)
    assert check(canvas, small_asset, known=known).ok
    with limits(parameters=10):
        (problem,) = next(iter(check(canvas, small_asset, known=known).problems.values()))
    assert isinstance(problem, CanvasTooLarge)


def test_memory_is_bounded_and_what_was_asked_for_longest_ago_is_forgotten():
    known = Known(most=2)
    for key in ("a", "b"):
        known.put(key, Outline(parameters=len(known)))
    assert known.get("a") == Outline(parameters=0)
    known.put("c", Outline())
    assert len(known) == 2
    assert known.get("b") is None
    assert known.get("a") is not None


def test_a_mask_goes_through_wires_as_it_does_in_the_model(small_asset):
    masking = {"module": "keras.layers", "class_name": "Masking", "config": {"mask_value": 0.0}}
    nodes = [
        bars(),
        ("hide", "opaque", {"layer": json.dumps(masking)}),
        ("memory", "lstm", {"units": 3}),
        OUT,
    ]
    canvas = drawn(nodes, "bars hide; hide memory; memory out")
    found = check(canvas, small_asset)
    assert found.ok, found.problems
    model = compile_canvas(canvas, small_asset)
    assert sum(found.parameters.values()) == model.count_params() == 4 * 3 * (8 + 3 + 1) + 4


def test_two_layers_of_one_name_are_told_at_the_later_node(small_asset):
    twice = drawn([*HEAD, ("a", "dense", {"layers": 2}), ("a_2", "dense", {}), OUT],
                  "bars flat; flat a; a a_2; a_2 out")  # fmt: skip
    feature = drawn([*HEAD, ("100_1_minute_bars", "dense", {}), OUT],
                    "bars flat; flat 100_1_minute_bars; 100_1_minute_bars out")  # fmt: skip
    for canvas, node, other in ((twice, "a_2", "node 'a'"), (feature, "100_1_minute_bars", "the feature")):
        (problem,) = check(canvas, small_asset).problems[node]
        assert isinstance(problem, RepeatedLayer)
        assert f"is called like {other}" in str(problem)
        with pytest.raises(RepeatedLayer):
            compile_canvas(canvas, small_asset)


def test_operations_are_called_after_their_node_whatever_was_compiled_before(small_asset):
    """Keras numbers operations by process; a node of such a name was refused by the model, now and then."""
    canvas = drawn(
        [*HEAD, ("concatenate_3", "dense", {}), OUT], "bars flat; flat concatenate_3; concatenate_3 out"
    )
    names = [[one.name for one in compile_canvas(canvas, small_asset).operations] for _ in range(2)]
    assert names[0] == names[1]
    assert "bars_concatenate" in names[0]
    assert all(one.startswith(("bars", "flat", "concatenate_3", "out", "100_")) for one in names[0])
