"""The Designer page without a browser: what strokes, buttons and messages do, and what the page says."""

import json
import re

import pytest
from designer_page import DONE, Glance, draw, workspace_with_canvas

from litlab.apps import designer
from litlab.apps.designer import Designer
from litlab.apps.request import Request
from litlab.assets import open_asset
from litlab.canvases import load_canvas
from litlab.experiments import drawing as module
from litlab.experiments import prepare
from litlab.experiments.drawing import Drawing
from litlab.sources import is_own


@pytest.fixture
def project(small_asset, tmp_path):
    return workspace_with_canvas(tmp_path / "workspace", small_asset)


@pytest.fixture
def page(project, monkeypatch):
    monkeypatch.setattr(module, "launch", prepare)
    return Designer(project, Request({"theme": "dark"}), Drawing(project, checker=Glance()))


def sent(page, monkeypatch):
    messages = []
    monkeypatch.setattr(page.view, "_send_msg", messages.append)
    return messages


def test_the_first_canvas_is_open_looked_over_and_saved(page):
    assert page.view.canvas["settings"]["name"] == "first"
    assert page.view.saved
    assert page.view.theme == "dark"
    assert page.view.checked["state"] == "done"
    assert page.view.checked["serial"] == page.view.serial
    assert page.view.choices["label"] == ["atr_up_next_minute"]
    assert {"input", "dense", "output"} <= {one["component"] for one in page.view.palette}
    assert page.state == "● 1 canvas"
    assert page.view.checked["needed"] == 48_000_000
    assert "<option selected>first</option>" in page.bar.html


def test_a_stroke_is_looked_over_and_moving_a_node_is_not(page):
    asked = len(page.drawing.checker.asked)
    draw(page, filters=3)
    assert not page.view.saved
    assert len(page.drawing.checker.asked) == asked + 1
    assert page.drawing.checker.asked[-1]["nodes"] == page.view.canvas["nodes"]
    moved = [{**one, "position": {"x": 1, "y": 2}} for one in page.view.canvas["nodes"]]
    page.view.canvas = {**page.view.canvas, "nodes": moved}
    assert len(page.drawing.checker.asked) == asked + 1
    assert page.drawing.body["nodes"] == moved


def test_an_answer_that_is_out_of_date_is_not_shown(page, monkeypatch):
    waiting = []
    monkeypatch.setattr(designer.background, "run", lambda work, done, failed: waiting.append(done))
    draw(page, filters=3)
    draw(page, filters=4)
    waiting[0]({**DONE, "total": 3})
    assert page.view.checked["total"] != 3
    assert page.view.checked["state"] == "checking"
    waiting[1]({**DONE, "total": 4})
    assert (page.view.checked["total"], page.view.checked["state"]) == (4, "done")


def test_a_checker_that_is_gone_is_said_and_nothing_is_lost(page, monkeypatch):
    monkeypatch.setattr(page.drawing.checker, "check", lambda *_: 1 / 0)
    draw(page, filters=3)
    assert page.view.checked["state"] == "unchecked"
    assert "ZeroDivisionError" in page.view.checked["said"]
    page.heard({"do": "save", "name": "first"})
    assert load_canvas(page.team, "first").node("trend").params["filters"] == 3


def test_launch_makes_a_run_and_links_to_it(page):
    draw(page, filters=3)
    page.heard({"do": "launch", "device": "", "description": "mine"})
    assert page.launched == "first-001"
    assert re.search(r'href="experiments\?[^"]*run=first-001', page.bar.html)
    run = page.project.folder("train") / "volatility" / "first-001"
    assert json.loads((run / "definition.json").read_text())["device"] == "cpu"
    assert "description='mine'" in page.code
    page.handle("launch", json.dumps({"epochs": "two", "seed": ""}))
    assert "epochs = 'two'" in page.view.said["text"]
    page.handle("launch", json.dumps({"epochs": "2", "seed": "3"}))
    run = page.project.folder("train") / "volatility" / "first-002"
    assert json.loads((run / "definition.json").read_text())["settings"]["epochs"] == 2


def test_what_is_not_promoted_is_not_launched(page, small_asset):
    stages = page.project.folder("assets") / "tape"
    (stages / "production").rename(stages / "queue")
    page.heard({"do": "launch", "device": "cpu"})
    assert page.view.said["kind"] == "problem"
    assert "nothing in production" in page.view.said["text"]
    assert page.launched == ""


def test_another_asset_offers_other_features(page):
    settings = {**page.view.canvas["settings"], "asset": ""}
    page.view.param.update(canvas={**page.view.canvas, "settings": settings}, serial=page.view.serial + 1)
    assert page.view.choices["feature"] == []
    assert page.view.choices["assets"]


def test_as_python_is_sent_to_the_canvas(page, monkeypatch):
    messages = sent(page, monkeypatch)
    page.heard({"do": "as-python"})
    assert messages == [{"show": "python", "text": "import keras\n"}]


def test_a_shipped_component_is_edited_as_the_teams_own_copy(page):
    page.heard({"do": "edit-source", "component": "dense"})
    assert page.editor.panel.visible
    assert (
        "A plugin&#x27;s component" in page.editor.panel.html
        or "A plugin's component" in page.editor.panel.html
    )
    page.editor.handle("typed", json.dumps({"source": "x = 1\n"}))
    assert "make_component" in page.editor.panel.values["problem"]
    source = page.editor._saved.replace("default 32", "default 48")
    page.editor.handle("save-source", json.dumps({"source": source}))
    assert is_own(page.team, "components", "dense")
    dense = next(one for one in page.view.palette if one["component"] == "dense")
    assert (dense["source"], dense["fields"][0]["default"]) == ("team", 48)
    page.heard({"do": "edit-source", "component": "../../x"})
    assert page.problem


def test_the_code_shown_runs_as_far_as_it_needs_no_tensorflow(page):
    names = {}
    code = page.code.replace("check(canvas, asset, project.team).raise_if_bad()\n", "").split("run = ")[0]
    exec(code, names)
    assert names["canvas"] == load_canvas(page.team, "first")
    assert names["asset"].digest == open_asset(page.team, "tape").digest


def test_what_people_wrote_is_escaped(page):
    settings = {**page.view.canvas["settings"], "name": "<img src=x>"}
    page.drawing.begin("", empty=True)
    page._shown()
    page.view.param.update(canvas={**page.view.canvas, "settings": settings}, serial=page.view.serial + 1)
    page.handle("open", "<script>")
    page.handle("open", "<script>")
    assert "<img" not in page.bar.html
    assert "<script>" not in page.bar.html
