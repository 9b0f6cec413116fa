"""The canvas in a notebook: the same traits, saved and launched from Python, checked beside the kernel."""

import asyncio
import shutil

import pytest
from awaiting import finished

from litlab import atomic
from litlab.canvases import default_canvas, load_canvas, save_canvas
from litlab.errors import NoAsset, Unchecked
from litlab.experiments import drawing as module
from litlab.experiments import prepare
from litlab.workspace import Workspace

ANSWER = {
    "ok": True,
    "problems": {},
    "total": 7,
    "output": "(None, 1)",
    "needed": 1,
    "free": 2,
    "batch": 1,
    "said": "",
}


class Glance:
    def __init__(self):
        self.answer = ANSWER
        self.asked = []

    def check(self, canvas, team, page=""):
        self.asked.append(canvas)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def python(self, canvas, team):
        return "import keras\n"


@pytest.fixture
def project(small_asset, tmp_path):
    project = Workspace(tmp_path / "workspace").create_project("contoso", "volatility")
    there = project.folder("assets") / "tape" / "production"
    there.mkdir(parents=True)
    (there / small_asset.digest).symlink_to(small_asset.path)
    atomic.point(there, small_asset.digest)
    save_canvas(project.team, "first", default_canvas(small_asset, "first", str(project)))
    return project


@pytest.fixture
def view(project, monkeypatch):
    from litlab.widgets import CanvasView

    monkeypatch.setattr(module, "launch", prepare)
    view = CanvasView("first", project, Glance())
    view.wait(10)
    return view


def test_a_stroke_in_the_browser_is_looked_over_and_saved_from_python(view, project):
    assert view.checked["state"] == "done"
    assert view.saved
    nodes = [one for one in view.canvas["nodes"] if one["id"] != "globals"]
    view.set_state({"canvas": {**view.canvas, "nodes": nodes}, "serial": view.serial + 1})
    assert view.wait(10)["total"] == 7
    assert not view.saved
    assert "globals" not in [one["id"] for one in view.drawing.checker.asked[-1]["nodes"]]
    view.save()
    assert view.saved
    assert [one.id for one in load_canvas(project.team, "first").nodes] == [one["id"] for one in nodes]


def test_launch_gives_the_run_or_raises(view, project):
    run = view.launch(epochs=1, description="from here")
    assert run.definition.settings.epochs == 1
    assert "epochs=1, description='from here'" in view.code
    assert view.python() == "import keras\n"
    shutil.move(project.folder("assets") / "tape" / "production", project.folder("assets") / "tape" / "queue")
    with pytest.raises(NoAsset):
        view.launch()


def test_what_the_canvas_asks_is_done_and_what_is_wrong_is_said_there(view, project, monkeypatch):
    sent = []
    monkeypatch.setattr(view, "send", sent.append)

    async def ask():
        view._heard(view, {"do": "save", "name": "second"}, [])
        view._heard(view, {"do": "save", "name": "a/b"}, [])
        view._heard(view, {"do": "as-python"}, [])
        view._heard(view, {"do": "edit-source", "component": "dense"}, [])
        view._heard(view, {"do": "launch", "device": "abacus"}, [])
        for _ in range(200):
            await asyncio.sleep(0.01)
            if "abacus" in view.said["text"]:
                return

    finished(ask())
    assert (project.folder("canvases") / "second.litcanvas.json").is_file()
    assert {one["show"] for one in sent} == {"python", "source"}
    source = next(one for one in sent if one["show"] == "source")
    assert "def make_component" in source["text"]
    assert source["path"].endswith("dense.py")
    assert view.said["kind"] == "problem"
    assert "'abacus'" in view.said["text"]


def test_a_checker_that_is_gone_is_said_on_the_canvas(view):
    view.drawing.checker.answer = Unchecked(reason="It is gone.")
    view.serial += 1
    assert view.wait(10)["said"] == "It is gone."
    assert view.checked["state"] == "unchecked"
