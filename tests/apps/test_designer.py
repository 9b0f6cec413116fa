"""The Designer page without a browser: what strokes, buttons and messages do, and what the page says."""

import base64
import json
import re
import shutil

import pytest

from litlab import atomic
from litlab.apps import designer
from litlab.apps.designer import Designer
from litlab.apps.fragment import Fragment
from litlab.apps.request import Request
from litlab.assets import open_asset
from litlab.canvases import default_canvas, list_canvases, load_canvas, save_canvas
from litlab.experiments import drawing as module
from litlab.experiments import prepare
from litlab.experiments.drawing import Drawing
from litlab.sources import is_own
from litlab.workspace import Workspace

DONE = {
    "ok": True, "problems": {}, "shapes": {"bars→window": "(None, 100, 8)"}, "parameters": {"trend": 5},
    "total": 12_801, "output": "(None, 1)", "waiting": [], "needed": 48_000_000, "free": 10**10, "batch": 256,
    "digest": "", "seconds": 0.1, "said": "",
}  # fmt: skip


class Glance:
    def __init__(self):
        self.answer = DONE
        self.asked = []

    def check(self, canvas, team, page=""):
        self.asked.append(canvas)
        return self.answer

    def python(self, canvas, team):
        return "import keras\n"

    def warm(self):
        pass


@pytest.fixture
def project(tape_project, small_asset, tmp_path):
    """A workspace of its own with the shared asset in production, and one canvas."""
    project = Workspace(tmp_path / "workspace").create_project("contoso", "volatility")
    there = project.folder("assets") / "tape" / "production"
    there.mkdir(parents=True)
    (there / small_asset.digest).symlink_to(small_asset.path)
    atomic.point(there, small_asset.digest)
    save_canvas(project.team, "first", default_canvas(small_asset, "first", str(project)))
    return project


@pytest.fixture
def page(project, monkeypatch):
    monkeypatch.setattr(module, "launch", prepare)
    return Designer(project, Request({"theme": "dark"}), Drawing(project, checker=Glance()))


def draw(page, **params):
    """Do what the browser does when somebody changes the first convolution."""
    body = page.view.canvas
    nodes = [
        {**one, "params": {**one["params"], **params}} if one["id"] == "trend" else one
        for one in body["nodes"]
    ]
    page.view.param.update(canvas={**body, "nodes": nodes}, serial=page.view.serial + 1)


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


def test_save_under_another_name_and_a_wrong_one_stands_at_its_field(page):
    draw(page, filters=3)
    page.heard({"do": "save", "name": "../x"})
    assert (page.view.said["kind"], page.view.said["field"]) == ("problem", "name")
    assert "cannot be the name" in page.view.said["text"]
    page.heard({"do": "save", "name": "second"})
    assert page.view.said["text"] == "Saved as second."
    assert page.view.saved
    assert page.view.canvas["settings"]["name"] == "second"
    assert list_canvases(page.team) == ["first", "second"]
    assert page.drawing.name == "second"


def test_somebody_elses_save_is_shown_or_told_and_never_lost(page, project):
    other = Drawing(project, "first", Glance())
    other.draw({**other.body, "nodes": other.body["nodes"][:-1]})
    other.save()
    page._watch()
    assert len(page.view.canvas["nodes"]) == len(other.body["nodes"])
    draw(page, filters=3)
    other.begin("more", empty=True)
    other.open("first")
    other.draw({**other.body, "edges": []})
    other.save()
    page._watch()
    assert "saved by somebody else" in page.bar.html
    page.heard({"do": "save", "name": "first"})
    assert "saved by somebody else" in page.view.said["text"]
    assert load_canvas(page.team, "first").edges == ()
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


def test_another_canvas_is_opened_and_what_is_not_saved_is_asked_about_first(page):
    page.heard({"do": "save", "name": "second"})
    draw(page, filters=3)
    page.handle("open", "first")
    assert "second is not saved" in page.bar.html
    assert page.drawing.name == "second"
    page.handle("open", "first")
    assert page.drawing.name == "first"
    assert page.view.canvas["settings"]["name"] == "first"
    page.handle("open", "frist")
    assert "Did you mean" in page.bar.html


def test_new_canvases_begin_with_the_default_one_or_with_nothing(page):
    page.handle("new", json.dumps({"new": "wide", "start": "default"}))
    assert page.view.canvas["settings"]["name"] == "wide"
    assert len(page.view.canvas["nodes"]) > 5
    assert not page.view.saved
    page.handle("new", json.dumps({"new": "bare", "start": "empty"}))
    assert page.view.canvas["nodes"] == []
    assert page.view.canvas["settings"]["asset"] == "tape"
    page.handle("new", json.dumps({"new": "first", "start": "empty"}))
    assert "exists already" in page.bar.html


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


def test_a_canvas_file_is_imported_and_a_bad_one_refused_in_one_line(page, small_asset):
    def send(name, data):
        page.handle("import", json.dumps({"name": name, "data": base64.b64encode(data).decode()}))

    body = default_canvas(small_asset, "theirs").to_json()
    send("theirs.litcanvas.json", json.dumps(body).encode())
    assert page.view.canvas["settings"]["name"] == "theirs"
    assert not page.view.saved
    send("odd.json", b"{")
    assert "is refused" in page.view.said["text"]
    send("evil.keras", b"no zip")
    assert "no readable .keras archive" in page.view.said["text"]
    assert "/tmp" not in page.view.said["text"]
    page.handle("import", json.dumps({"name": "big.keras", "large": 10**9}))
    assert "larger than" in page.bar.html
    assert page.view.canvas["settings"]["name"] == "theirs"


def test_the_code_shown_runs_as_far_as_it_needs_no_tensorflow(page):
    names = {}
    code = page.code.replace("check(canvas, asset, project.team).raise_if_bad()\n", "").split("run = ")[0]
    exec(code, names)
    assert names["canvas"] == load_canvas(page.team, "first")
    assert names["asset"].digest == open_asset(page.team, "tape").digest


def test_without_an_asset_the_page_says_what_to_do_and_where(tmp_path):
    project = Workspace(tmp_path).create_project("contoso", "empty")
    found = designer.designer(project, Request({"project": "contoso/empty"}))
    assert isinstance(found, Fragment)
    assert 'href="assets?project=contoso%2Fempty"' in found.html


def test_a_project_with_an_asset_and_no_canvas_begins_with_the_default_one(page, project):
    shutil.rmtree(project.folder("canvases"))
    again = Designer(project, Request(), Drawing(project, checker=Glance()))
    assert again.view.canvas["settings"]["name"] == "default"
    assert "default (new)" in again.bar.html
    assert again.state.startswith("○ no canvases")


def test_what_people_wrote_is_escaped(page):
    settings = {**page.view.canvas["settings"], "name": "<img src=x>"}
    page.drawing.begin("", empty=True)
    page._shown()
    page.view.param.update(canvas={**page.view.canvas, "settings": settings}, serial=page.view.serial + 1)
    page.handle("open", "<script>")
    page.handle("open", "<script>")
    assert "<img" not in page.bar.html
    assert "<script>" not in page.bar.html
