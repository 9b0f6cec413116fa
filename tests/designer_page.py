"""A Designer page without a browser: its checker answers at once, and a stroke is one call."""

from litlab import atomic
from litlab.canvases import default_canvas, save_canvas
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


def workspace_with_canvas(folder, asset):
    """Make a project whose team has the asset in production and a canvas called first."""
    project = Workspace(folder).create_project("contoso", "volatility")
    there = project.folder("assets") / "tape" / "production"
    there.mkdir(parents=True)
    (there / asset.digest).symlink_to(asset.path)
    atomic.point(there, asset.digest)
    save_canvas(project.team, "first", default_canvas(asset, "first", str(project)))
    return project


def draw(page, **params):
    """Do what the browser does when somebody changes the first convolution."""
    body = page.view.canvas
    nodes = [
        {**one, "params": {**one["params"], **params}} if one["id"] == "trend" else one
        for one in body["nodes"]
    ]
    page.view.param.update(canvas={**body, "nodes": nodes}, serial=page.view.serial + 1)
