import json
import random
import shutil
import subprocess

import pytest

from litlab.canvases import (
    Canvas,
    Edge,
    Node,
    list_canvases,
    load_canvas,
    save_canvas,
    saved_digest,
    training_settings,
)
from litlab.canvases.canvas import canvas_path
from litlab.canvases.written import written
from litlab.errors import BadCanvas, BadRecord, RecordChanged, UnknownName
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


def test_a_canvas_has_one_text_whether_python_or_a_browser_saves_it(team):
    """Numbers as JavaScript writes them; the rest of the canonical form is Python's own."""
    numbers = {"a": 220.0, "b": -0.0, "c": 1e16, "e": 1e21, "g": 1e-05, "h": 1.5e-06, "i": 1e-07, "j": -2.5}
    canvas = small(**numbers, k="ä\n", l=[], m={"b": True, "a": [None, {}]})
    text = save_canvas(team, "first", canvas).read_text()
    assert '"x": 10,' in text
    wanted = {"a": "220", "b": "0", "c": "1" + 16 * "0", "e": "1e+21", "g": "0.00001", "h": "0.0000015",
              "i": "1e-7"}  # fmt: skip
    for name, number in wanted.items():
        assert f'"{name}": {number},\n' in text
    assert load_canvas(team, "first").nodes == canvas.nodes
    assert load_canvas(team, "first").save(canvas_path(team, "first")) is None
    assert canvas_path(team, "first").read_text() == text
    assert written(123456789012345680000.0) == "123456789012345680000\n"
    with pytest.raises(ValueError, match="nan"):
        written([float("nan")])


def test_that_text_is_what_javascript_writes(team):
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    rng = random.Random(3)
    numbers = [rng.choice([-1, 1]) * rng.random() * 10 ** rng.randrange(-12, 24) for _ in range(300)]
    text = written({"numbers": numbers, "text": '"\\\u2028é😀\x7f\x01'})
    program = (
        "process.stdout.write(JSON.stringify(JSON.parse(require('fs').readFileSync(0)), null, 2) + '\\n')"
    )
    again = subprocess.run([node, "-e", program], input=text.encode(), capture_output=True, check=True)
    assert again.stdout.decode() == text


def test_saving_over_another_than_the_one_that_was_opened_is_refused(team):
    assert saved_digest(team, "first") == ""
    path = save_canvas(team, "first", small(), over="")
    opened = saved_digest(team, "first")
    path.write_text(json.dumps(json.loads(path.read_text())))  # the same canvas in another hand
    assert saved_digest(team, "first") == opened
    save_canvas(team, "first", small(epochs=3), over=opened)
    for over in (opened, ""):
        with pytest.raises(RecordChanged, match="canvas 'first' was saved by somebody else"):
            save_canvas(team, "first", small(), over=over)
    path.write_text("no canvas at all")
    broken = saved_digest(team, "first")
    assert broken not in ("", opened)
    save_canvas(team, "first", small(), over=broken)
    assert saved_digest(team, "first") == opened
