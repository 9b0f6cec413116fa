"""A canvas that is open: from its file to the screen and back, two people at once, and the way to a run."""

import dataclasses
import json
import shutil

import pytest

from litlab import atomic
from litlab.assets import open_asset
from litlab.canvases import default_canvas, load_canvas, save_canvas, saved_digest
from litlab.errors import (
    AlreadyExists,
    AssetChanged,
    BadName,
    BadRecord,
    ForeignRefused,
    NoAsset,
    NoAssetChosen,
    NotEnoughMemory,
    RecordChanged,
    Unchecked,
)
from litlab.experiments import drawing as module
from litlab.experiments import prepare
from litlab.experiments.drawing import Drawing
from litlab.workspace import Workspace


class Glance:
    """Stands in for the checker: says what it is told to say, and notes what it was asked."""

    def __init__(self, **answer):
        self.answer = {
            "ok": True,
            "problems": {},
            "needed": 10,
            "free": 20,
            "batch": 256,
            "said": "",
            **answer,
        }
        self.asked = []

    def check(self, canvas, team, page=""):
        self.asked.append((canvas, page))
        return self.answer

    def python(self, canvas, team):
        return f"# {canvas['settings']['name']}"

    def warm(self):
        pass


@pytest.fixture
def project(tape_project, tmp_path):
    """A workspace of its own with the shared asset in production."""
    project = Workspace(tmp_path / "workspace").create_project("contoso", "volatility")
    asset = open_asset(tape_project.team, "tape")
    there = project.folder("assets") / "tape" / "production"
    shutil.copytree(asset.path, there / asset.digest, copy_function=_linked)
    atomic.point(there, asset.digest)
    return project


def _linked(source, target):
    import os

    os.link(source, target)


@pytest.fixture
def launched(monkeypatch):
    """Let launching write the run's folder and start nothing."""
    monkeypatch.setattr(module, "launch", prepare)


def changed(body, **params):
    """Return the drawing with other parameters at its first convolution."""
    nodes = [
        {**one, "params": {**one["params"], **params}} if one["id"] == "trend" else one
        for one in body["nodes"]
    ]
    return {**body, "nodes": nodes}


def test_a_new_canvas_is_the_default_one_of_the_first_asset_and_not_saved(project):
    drawing = Drawing(project, checker=Glance())
    assert (drawing.name, drawing.saved, drawing.asset_name) == ("", False, "tape")
    asset = open_asset(project.team, "tape")
    assert drawing.canvas() == default_canvas(asset, "default", "contoso/volatility")
    drawing.save()
    assert (drawing.name, drawing.saved) == ("default", True)
    again = Drawing(project, checker=Glance())
    assert again.body["settings"]["name"] == "default_2"
    again.begin("mine", empty=True)
    assert again.body["nodes"] == []
    with pytest.raises(AlreadyExists, match="default"):
        again.begin("default")
    with pytest.raises(BadName):
        again.begin("../x")


def test_what_is_saved_is_what_was_drawn_and_for_which_version(project):
    drawing = Drawing(project, checker=Glance())
    drawing.draw({**changed(drawing.body, filters=5), "kind": "canvas"})
    path = drawing.save("wide")
    assert path.name == "wide.litcanvas.json"
    kept = load_canvas(project.team, "wide")
    assert kept.node("trend").params["filters"] == 5
    assert kept.settings["digest"] == open_asset(project.team, "tape").digest
    opened = Drawing(project, "wide", Glance())
    assert "digest" not in opened.body["settings"]
    assert opened.saved
    opened.draw(changed(opened.body, filters=6))
    assert not opened.saved
    opened.draw(changed(opened.body, filters=5))
    assert opened.saved
    opened.draw({"nodes": "none"})
    assert not opened.saved
    with pytest.raises(BadRecord):
        opened.save()


def test_of_two_people_nobody_overwrites_the_other_without_being_told(project):
    save_canvas(project.team, "shared", default_canvas(open_asset(project.team, "tape")))
    ada, bob = (Drawing(project, "shared", Glance()) for _ in range(2))
    ada.draw(changed(ada.body, filters=5))
    ada.save()
    assert bob.changed_elsewhere
    assert not ada.changed_elsewhere
    bob.draw(changed(bob.body, filters=7))
    with pytest.raises(RecordChanged, match="saved by somebody else"):
        bob.save()
    assert load_canvas(project.team, "shared").node("trend").params["filters"] == 5
    bob.save()  # told once, meant
    assert load_canvas(project.team, "shared").node("trend").params["filters"] == 7
    with pytest.raises(RecordChanged):
        ada.save()
    with pytest.raises(AlreadyExists):
        Drawing(project, checker=Glance()).save("shared")


def test_a_file_that_is_gone_is_told_too(project):
    save_canvas(project.team, "shared", default_canvas(open_asset(project.team, "tape")))
    drawing = Drawing(project, "shared", Glance())
    (project.folder("canvases") / "shared.litcanvas.json").unlink()
    assert drawing.changed_elsewhere
    with pytest.raises(RecordChanged):
        drawing.save()


def test_launching_makes_a_run_of_what_is_drawn(project, launched):
    drawing = Drawing(project, checker=Glance())
    drawing.draw(changed(drawing.body, filters=5))
    run = drawing.launch(epochs=2, seed=9, description="wider")
    assert run.definition.canvas.node("trend").params["filters"] == 5
    assert (run.definition.settings.epochs, run.definition.settings.seed) == (2, 9)
    assert run.definition.device == "cpu"
    assert run.project == project
    assert (run.folder / "description.txt").read_text() == "wider\n"
    assert drawing.checker.asked[-1][0] == drawing.body
    code = drawing.code(epochs=2, device="", description="wider")
    assert code.endswith("run = launch(project, canvas, asset, epochs=2, description='wider')")
    compile(code, "code", "exec")


def test_what_cannot_be_trained_is_refused_with_the_reason(project, launched):
    drawing = Drawing(project, checker=Glance(ok=False, problems={"trend": [{"text": "No.", "kind": "X"}]}))
    with pytest.raises(Unchecked, match=r"^Node 'trend': No\.$"):
        drawing.launch()
    drawing.checker = Glance(needed=30)
    with pytest.raises(NotEnoughMemory, match="about 30 bytes"):
        drawing.launch()
    drawing.checker = Glance()
    drawing.draw({**drawing.body, "settings": {**drawing.body["settings"], "asset": ""}})
    with pytest.raises(NoAssetChosen):
        drawing.launch()
    drawing.draw({**drawing.body, "settings": {**drawing.body["settings"], "asset": "tap"}})
    with pytest.raises(NoAsset):
        drawing.launch()
    assert not any((project.folder("train") / project.name).glob("*"))


def test_an_asset_that_waits_in_the_queue_is_drawn_for_and_not_trained_on(project, launched):
    stages = project.folder("assets") / "tape"
    (stages / "production").rename(stages / "queue")
    drawing = Drawing(project, checker=Glance())
    assert drawing.choices["feature"] == ["100_1_minute_bars", "100_1_minute_atr"]
    with pytest.raises(NoAsset, match="nothing in production"):
        drawing.launch()


def test_another_version_under_a_canvas_is_told_with_what_differs(project, launched):
    drawing = Drawing(project, checker=Glance())
    drawing.save()
    folder = project.folder("assets") / "tape" / "production"
    old = open_asset(project.team, "tape")
    new = folder / ("f" * 64)
    shutil.copytree(old.path, new, copy_function=_linked)
    manifest = json.loads((new / "manifest.json").read_text())
    manifest["digest"] = new.name
    manifest["order"].remove("100_1_minute_atr")
    manifest["features"]["100_1_minute_bars"]["rows"] = 50
    (new / "manifest.json").unlink()
    (new / "manifest.json").write_text(json.dumps(manifest))
    atomic.point(folder, new.name)
    drawing = Drawing(project, "default", Glance())
    said = drawing.check()["said"]
    assert "has changed under the canvas" in said
    assert "100_1_minute_atr is gone, 100_1_minute_bars is (50, 8), was (100, 8)" in said
    with pytest.raises(AssetChanged):
        drawing.launch()
    drawing.save()
    assert drawing.check()["said"] == ""
    assert drawing.launch().definition.asset == new.name


def test_a_canvas_from_elsewhere_comes_in_under_a_name_of_its_own_or_not_at_all(project, tmp_path):
    drawing = Drawing(project, checker=Glance())
    drawing.save()
    theirs = default_canvas(open_asset(project.team, "tape"), "theirs")
    theirs = dataclasses.replace(theirs, settings={"asset": "elsewhere", "note": "kept", "digest": "f" * 64})
    path = tmp_path / "default.litcanvas.json"
    theirs.save(path)
    drawing.bring(path)
    assert drawing.body["settings"] == {
        "asset": "tape", "note": "kept", "name": "default_2", "project": "contoso/volatility",
    }  # fmt: skip
    assert (drawing.name, drawing.saved) == ("", False)
    lambda_ = {"module": "keras.layers", "class_name": "Lambda", "config": {}}
    body = json.loads(json.dumps(theirs.to_json()))
    body["nodes"].append({"id": "x", "component": "opaque", "params": {"layer": json.dumps(lambda_)}})
    path.write_text(json.dumps(body))
    before = drawing.body
    with pytest.raises(ForeignRefused, match="Lambda runs code"):
        drawing.bring(path)
    assert drawing.body == before


def test_the_digest_of_a_file_tells_whether_it_is_the_same(project):
    assert saved_digest(project.team, "none") == ""
    drawing = Drawing(project, checker=Glance())
    drawing.save("a")
    first = saved_digest(project.team, "a")
    drawing.save("a")
    assert saved_digest(project.team, "a") == first
    assert drawing.python() == "# a"
