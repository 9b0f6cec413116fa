import json
import os
import zipfile

import numpy as np
import pytest
from canvas_drawing import BARS, LABEL, OUT, bars, drawn

from litlab.canvases import Node, check, compile_canvas, limits, read_canvas, read_model, save_canvas
from litlab.canvases.allowed import forbidden
from litlab.canvases.canvas import SCHEMA, Canvas
from litlab.errors import BadRecord, ForeignRefused, NewerFormat
from litlab.workspace import Workspace

DENSE = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 3}, "registered_name": None}


def model_config(*layers):
    return {"module": "keras", "class_name": "Functional", "config": {"layers": list(layers)}}


def archive(path, config, **more):
    members = {"metadata.json": "{}", "config.json": config, "model.weights.h5": b"x", **more}
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in members.items():
            packed.writestr(name, json.dumps(content) if isinstance(content, dict) else content)
    return path


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (model_config({**DENSE, "class_name": "Lambda"}), "the layer Lambda runs code of its author"),
        (model_config({**DENSE, "config": {"f": {"class_name": "__lambda__"}}}), "Lambda runs code"),
        (model_config({**DENSE, "class_name": "TFSMLayer"}), "keras.layers.TFSMLayer is no layer"),
        (model_config({**DENSE, "module": "os", "class_name": "system"}), "os.system is no layer"),
        (model_config({**DENSE, "module": "keras.src.utils.file_utils"}), "is no layer of Keras"),
        (model_config({**DENSE, "module": "keras.src.saving", "class_name": "load_model"}), "is no layer"),
        (model_config({**DENSE, "registered_name": "mine>Dense"}), "mine>Dense is registered by its author"),
        (model_config({"class_name": "function", "config": "eval"}), "function is no layer"),
        ({**model_config(DENSE), "class_name": "Mine"}, "no functional or sequential model"),
        ("[" * 100_000, "no JSON"),
        ('{"a": ' * 200 + "1" + "}" * 200, "no functional or sequential model"),
        (b"\xff\xfe", "no JSON"),
        ("[1]", "no functional or sequential model"),
    ],
    ids=lambda one: str(one)[-30:],
)
def test_archive_that_names_anything_but_layers_of_keras_is_refused_unloaded(tmp_path, config, reason):
    with pytest.raises(ForeignRefused, match=reason) as caught:
        read_model(archive(tmp_path / "a.keras", config))
    assert "\n" not in str(caught.value)


def test_nested_too_deep_is_refused():
    deep = {"class_name": "Dense", "module": "keras.layers", "config": {}}
    for _ in range(100):
        deep = {"config": deep}
    assert "nested" in next(forbidden(deep))


def test_what_is_no_such_archive_is_refused(tmp_path):
    (tmp_path / "text.keras").write_text("no zip")
    with pytest.raises(ForeignRefused, match=r"no readable \.keras archive"):
        read_model(tmp_path / "text.keras")
    with pytest.raises(ForeignRefused, match=r"no readable \.keras archive"):
        read_model(tmp_path / "none.keras")
    with pytest.raises(ForeignRefused, match=r"\.\./\.\./evil"):
        read_model(archive(tmp_path / "path.keras", model_config(), **{"../../evil": "x"}))
    with pytest.raises(ForeignRefused, match=r"assets/vocabulary\.txt"):
        read_model(archive(tmp_path / "more.keras", model_config(), **{"assets/vocabulary.txt": "x"}))


def test_archive_that_inflates_too_far_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.keras", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("metadata.json", "{}")
        packed.writestr("model.weights.h5", b"x")
        packed.writestr("config.json", b" " * (16 << 20))
    assert os.path.getsize(tmp_path / "bomb.keras") < 100_000
    with pytest.raises(ForeignRefused, match=r"config\.json is larger than 4,194,304 bytes"):
        read_model(tmp_path / "bomb.keras")


@pytest.mark.train
def test_honest_model_arrives_through_its_own_process_and_predicts_the_same(tmp_path, small_asset):
    nodes = [bars(), ("p", "pooling", {}), ("d", "dense", {"units": 3}), ("out", "output", {"label": LABEL})]
    model = compile_canvas(drawn(nodes, "bars p; p d; d out"), small_asset)
    model.compile("adam", "binary_crossentropy")  # what it was compiled with is of no interest
    model.save(tmp_path / "theirs.keras")
    found = read_model(tmp_path / "theirs.keras", seconds=120)
    assert found.canvas.name == "theirs"
    named = {one.id: one for one in found.canvas.nodes}
    named["out"].params["label"] = LABEL
    again = compile_canvas(found.canvas, small_asset, seed=3)
    found.set_weights(again)
    inputs = {BARS: np.asarray(small_asset.array("train", BARS)[:4])}
    assert np.array_equal(model.predict_on_batch(inputs), again.predict_on_batch(inputs))


@pytest.mark.train
def test_shape_bomb_is_refused_by_its_own_process(tmp_path, small_asset):
    nodes = [bars(normalise="none"), ("p", "pooling", {}), ("d", "dense", {"units": 3}), OUT]
    model = compile_canvas(drawn(nodes, "bars p; p d; d out"), small_asset)
    model.save(tmp_path / "small.keras")
    with zipfile.ZipFile(tmp_path / "small.keras") as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    config = json.loads(members["config.json"])
    next(one for one in config["config"]["layers"] if one["name"] == "d")["config"]["units"] = 10**12
    for layer in config["config"]["layers"]:  # shapes noted at saving would contradict the bomb first
        layer.pop("build_config", None)
    bomb = archive(tmp_path / "bomb.keras", config, **{"model.weights.h5": members["model.weights.h5"]})
    with pytest.raises(ForeignRefused, match=r"would hold [\d,]{17,} numbers, more than 100,000,000"):
        read_model(bomb, seconds=120)


BAD_CANVASES = {
    "a list": [],
    "no nodes": {"edges": []},
    "an unknown field": {"nodes": [], "edges": [], "arrows": []},
    "a node without component": {"nodes": [{"id": "a"}], "edges": []},
    "a node with more": {"nodes": [{"id": "a", "component": "dense", "code": "x"}], "edges": []},
    "an id that is no text": {"nodes": [{"id": 1, "component": "dense"}], "edges": []},
    "params that are no object": {"nodes": [{"id": "a", "component": "dense", "params": []}], "edges": []},
    "a position in words": {
        "nodes": [{"id": "a", "component": "dense", "position": {"x": "1"}}],
        "edges": [],
    },
    "an edge to nowhere": {"nodes": [], "edges": [{"source": "a"}]},
    "nodes that are no list": {"nodes": {}, "edges": []},
    "a later format": {"format": 99, "nodes": [], "edges": []},
}


@pytest.mark.parametrize("body", BAD_CANVASES.values(), ids=BAD_CANVASES)
def test_json_schema_and_the_records_own_checks_refuse_the_same_canvases(tmp_path, body):
    jsonschema = pytest.importorskip("jsonschema")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(body, json.loads(SCHEMA.read_text()))
    with pytest.raises((BadRecord, NewerFormat)):
        Canvas.from_json(body)
    (tmp_path / "c.litcanvas.json").write_text(json.dumps(body))
    with pytest.raises(ForeignRefused):
        read_canvas(tmp_path / "c.litcanvas.json")


def test_json_schema_takes_what_is_saved_and_saving_again_changes_no_byte(tmp_path):
    jsonschema = pytest.importorskip("jsonschema")
    team = Workspace(tmp_path).create_project("contoso", "volatility").team
    path = save_canvas(team, "one", drawn([bars(), ("p", "pooling", {}), OUT], "bars p; p out"))
    text = path.read_bytes()
    jsonschema.validate(json.loads(text), json.loads(SCHEMA.read_text()))
    save_canvas(team, "one", read_canvas(path))
    assert path.read_bytes() == text


def test_canvas_of_the_first_format_gets_its_head(tmp_path):
    body = {"format": 1, "edges": [], "nodes": [
        {"id": "o", "component": "output", "params": {"label": "up", "activation": "linear"}}]}  # fmt: skip
    (tmp_path / "c.json").write_text(json.dumps(body))
    assert read_canvas(tmp_path / "c.json").nodes == (
        Node("o", "output", {"label": "up", "head": "regression"}),
    )


def test_canvas_bombs_are_refused(tmp_path):
    def refused(text, reason):
        (tmp_path / "c.json").write_text(text)
        with pytest.raises(ForeignRefused, match=reason):
            read_canvas(tmp_path / "c.json")

    refused("[" * 100_000, "recursion")
    refused(" " * (5 << 20), "larger than")
    nodes = [{"id": f"n{at}", "component": "dense"} for at in range(2001)]
    refused(json.dumps({"nodes": nodes, "edges": []}), "2,001 nodes")
    evil = {"layer": json.dumps({**DENSE, "class_name": "Lambda"})}
    refused(
        json.dumps({"nodes": [{"id": "x", "component": "opaque", "params": evil}], "edges": []}),
        "'x': .*Lambda",
    )
    with limits(nodes=1):
        assert not check(drawn([bars(), OUT], "bars out")).ok


@pytest.mark.train
def test_opaque_node_is_judged_when_it_is_compiled_too(small_asset):
    for layer in ({**DENSE, "class_name": "Lambda"}, {**DENSE, "module": "os", "class_name": "system"}):
        nodes = [bars(), ("p", "pooling", {}), ("x", "opaque", {"layer": json.dumps(layer)}), OUT]
        found = check(drawn(nodes, "bars p; p x; x out"), small_asset)
        assert type(found.problems["x"][0]).__name__ == "WrongShape"
        assert "layer" in str(found.problems["x"][0])
