"""The Designer page and canvas files: saved, opened, begun, brought in, changed by somebody else."""

import base64
import json
import shutil

import pytest
from designer_page import Glance, draw, workspace_with_canvas

from litlab.apps import designer
from litlab.apps.designer import Designer
from litlab.apps.fragment import Fragment
from litlab.apps.request import Request
from litlab.canvases import default_canvas, list_canvases, load_canvas
from litlab.experiments.drawing import Drawing
from litlab.workspace import Workspace


@pytest.fixture
def project(small_asset, tmp_path):
    return workspace_with_canvas(tmp_path / "workspace", small_asset)


@pytest.fixture
def page(project):
    return Designer(project, Request(), Drawing(project, checker=Glance()))


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
