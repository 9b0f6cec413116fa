import json

import pytest

from litlab.canvases import Canvas, Edge, Node, list_canvases, load_canvas, save_canvas, training_settings
from litlab.errors import BadCanvas, BadRecord, UnknownName
from litlab.workspace import Workspace


def small(**params):
    nodes = (
        Node("bars", "input", {"feature": "bars"}, {"x": 10.0, "y": 20.0}),
        Node("up", "output", {"label": "up"}),
        Node("training", "globals", params),
    )
    return Canvas(nodes, (Edge("bars", "up"),), {"name": "small", "asset": "tape"})


@pytest.fixture
def team(tmp_path):
    return Workspace(tmp_path).create_project("contoso", "volatility").team


def test_saved_canvas_comes_back_equal_under_its_own_name(team):
    path = save_canvas(team, "first", small())
    assert path.name == "first.litcanvas.json"
    assert list_canvases(team) == ["first"]
    loaded = load_canvas(team, "first")
    assert loaded.nodes == small().nodes
    assert loaded.settings["name"] == "first"


def test_the_file_is_the_json_that_the_design_names(team):
    body = json.loads(save_canvas(team, "first", small()).read_text())
    assert set(body) == {"format", "nodes", "edges", "settings"}
    assert body["edges"] == [{"source": "bars", "target": "up"}]
    assert set(body["nodes"][0]) == {"id", "component", "params", "position"}


def test_unknown_canvas_is_answered_with_the_nearest_name(team):
    save_canvas(team, "momentum", small())
    with pytest.raises(UnknownName, match="Did you mean 'momentum'"):
        load_canvas(team, "momentun")


def test_canvas_with_a_foreign_field_is_refused(team):
    path = save_canvas(team, "first", small())
    body = json.loads(path.read_text())
    path.write_text(json.dumps({**body, "arrows": []}))
    with pytest.raises(BadRecord, match="arrows"):
        load_canvas(team, "first")


def test_globals_node_says_how_to_train_and_a_launch_may_say_otherwise():
    canvas = small(epochs=4, learning_rate=0.01)
    assert training_settings(canvas).epochs == 4
    assert training_settings(canvas).learning_rate == 0.01
    assert training_settings(canvas).batch == 256
    changed = training_settings(canvas, epochs=2, seed=None)
    assert (changed.epochs, changed.seed) == (2, 7)


def test_impossible_training_value_names_the_node():
    with pytest.raises(BadCanvas, match=r"node 'training': epochs = 0 .* whole number, from 1"):
        training_settings(small(epochs=0))


def test_second_globals_node_is_refused():
    canvas = small()
    twice = Canvas((*canvas.nodes, Node("again", "globals")), canvas.edges, canvas.settings)
    with pytest.raises(BadCanvas, match="node 'again'"):
        training_settings(twice)
