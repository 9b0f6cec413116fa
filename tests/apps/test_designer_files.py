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


def filters(page):
    return next(one["params"]["filters"] for one in page.view.canvas["nodes"] if one["id"] == "trend")


def theirs(page):
    data = json.dumps(page.view.canvas).encode()
    return json.dumps({"name": "theirs.litcanvas.json", "data": base64.b64encode(data).decode()})


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


def test_before_another_canvas_it_is_asked_what_becomes_of_what_is_not_saved(page):
    page.heard({"do": "save", "name": "second"})
    draw(page, filters=3)
    for action, value in [
        ("open", "first"), ("new", json.dumps({"new": "third", "start": "empty"})), ("import", theirs(page)),
    ]:  # fmt: skip
        page.handle(action, value)
        assert "second is not saved." in page.bar.html
        page.handle("leave-not", "")
        assert "is not saved." not in page.bar.html
        assert (page.drawing.name, filters(page)) == ("second", 3)
    page.handle("open", "first")
    page.handle("leave-save", "")
    assert (page.drawing.name, page.view.canvas["settings"]["name"]) == ("first", "first")
    assert load_canvas(page.team, "second").node("trend").params["filters"] == 3
    draw(page, filters=4)
    page.handle("open", "second")
    page.handle("leave-drop", "")
    assert (page.drawing.name, filters(page)) == ("second", 3)
    assert load_canvas(page.team, "first").node("trend").params["filters"] != 4
    page.handle("open", "frist")
    assert "Did you mean" in page.bar.html


def test_what_is_not_saved_comes_back_and_can_be_discarded(page, project):
    before, place = filters(page), page.view.opened["place"]
    draw(page, filters=3)
    kept = {"at": 1, "name": "first", "over": page.view.opened["over"], "canvas": page.view.canvas}
    found = {
        page.view.opened["key"]: kept,
        "elsewhere/x/y/canvas/first": {**kept, "at": 9},
        f"{place}/new/odd": 7,
    }
    again = Designer(project, Request(), Drawing(project, checker=Glance()))
    again.heard({"do": "drafts", "found": found})
    assert (filters(again), again.view.saved) == (3, False)
    assert again.view.opened == page.view.opened
    assert "Your unsaved changes were restored" in again.bar.html
    again.handle("discard", "")
    assert (filters(again), again.view.saved) == (before, True)
    assert "restored" not in again.bar.html


def test_a_new_canvas_that_was_never_saved_comes_back_and_waits_in_the_list(page, project):
    page.handle("new", json.dumps({"new": "walk", "start": "empty"}))
    key = page.view.opened["key"]
    body = {**page.view.canvas, "nodes": [{"id": "bars", "component": "input", "params": {}, "position": {}}]}
    found = {key: {"at": 1, "name": "", "over": "", "canvas": body}}
    again = Designer(project, Request({"canvas": "first"}), Drawing(project, checker=Glance()))
    again.heard({"do": "drafts", "found": found})
    assert again.drawing.name == "first"  # the address asked for it
    assert "walk (not saved)" in again.bar.html
    again.handle("open", key)
    assert (again.view.canvas, again.view.opened["key"]) == (body, key)
    latest = Designer(project, Request(), Drawing(project, checker=Glance()))
    latest.heard({"do": "drafts", "found": found})
    assert latest.view.canvas == body
    latest.heard({"do": "save", "name": "walk"})
    assert latest.view.opened["key"].endswith("/canvas/walk")


def test_a_draft_over_a_file_that_somebody_else_has_saved_since_does_not_replace_it(page, project):
    kept = {"at": 1, "name": "first", "over": page.view.opened["over"]}
    draw(page, filters=3)
    found = {page.view.opened["key"]: {**kept, "canvas": page.view.canvas}}
    other = Drawing(project, "first", Glance())
    other.draw({**other.body, "edges": []})
    other.save()
    again = Designer(project, Request(), Drawing(project, checker=Glance()))
    again.heard({"do": "drafts", "found": found})
    again._watch()
    assert "saved by somebody else" in again.bar.html
    again.heard({"do": "save"})
    assert load_canvas(project.team, "first").edges == ()


def test_an_address_that_names_no_canvas_of_the_team_is_told(project):
    page = Designer(project, Request({"canvas": "frist"}), Drawing(project, checker=Glance()))
    assert "frist" in page.bar.html
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
        page.handle("leave-drop", "")

    body = default_canvas(small_asset, "theirs").to_json()
    send("theirs.litcanvas.json", json.dumps(body).encode())
    assert page.view.canvas["settings"]["name"] == "theirs"
    assert not page.view.saved
    send("odd.json", b"{")
    assert "is refused" in page.view.said["text"]
    send("picture.json", b"\x89PNG\r\n\x1a\n\x00\xff")
    assert page.view.said["text"] == (
        "picture.json is refused: it is no text, so no canvas. Import a .litcanvas.json or a .keras file."
    )
    send("evil.keras", b"no zip")
    assert "no readable .keras archive" in page.view.said["text"]
    assert "/tmp" not in page.view.said["text"]
    page.handle("import", json.dumps({"name": "big.keras", "large": 10**9}))
    page.handle("leave-drop", "")
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
