"""How soon a stroke on the canvas is answered: from the page's own functions to what it shows.

1. The page's class takes a changed canvas as the browser sends it; the clock stops when ``checked`` says
*done* for it: the way through page, socket, the checker's process and back. Every stroke gives the first
convolution a size that it has never had, so that its result reaches other nodes in another shape. 2. The same
check in this process, with Keras already loaded: with what earlier checks found, and without.
"""

from __future__ import annotations

import itertools
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from litlab import atomic
from litlab.assets import open_asset
from litlab.canvases import Checker, check, default_canvas
from litlab.canvases.canvas import Canvas
from litlab.canvases.outlining import Known
from litlab.experiments.drawing import Drawing
from litlab.workspace import Project, Workspace
from tests.conftest import tape_asset

from .measuring import Row, Table
from .place import Place

GOAL_S = 0.3
LAYERS = 100  # nodes of the large canvas
_sizes = itertools.count(4)


def tables(place: Place) -> Iterator[Table]:
    """Yield what was measured."""
    with tempfile.TemporaryDirectory(prefix="lit-") as folder:
        project = _project(Path(folder) / "workspace")
        checker = Checker(folder=Path(folder))
        try:
            for name, canvas in (("the default canvas", None), (f"{LAYERS} nodes", _long(project))):
                yield _strokes(f"a stroke on {name}", project, checker, canvas, place.rounds * 4)
        finally:
            checker.close()
            shutil.rmtree(project.team.workspace.home)


def _project(home: Path) -> Project:
    project = Workspace(home).create_project("contoso", "volatility")
    folder = project.folder("assets") / "tape" / "production"
    made = tape_asset(folder / "new", days=20, ticks=40, seed=7)
    made.path.rename(folder / made.digest)
    atomic.point(folder, made.digest)
    return project


def _long(project: Project) -> Canvas:
    """Return a canvas of dense layers in a row."""
    body = json.loads(json.dumps(default_canvas(open_asset(project.team, "tape")).to_json()))
    names = [f"deep_{number}" for number in range(LAYERS - len(body["nodes"]))]
    body["nodes"] += [{"id": name, "component": "dense", "params": {}} for name in names]
    (last,) = [edge for edge in body["edges"] if edge["target"] == "output"]
    body["edges"].remove(last)
    chain = [last["source"], *names, "output"]
    body["edges"] += [{"source": one, "target": other} for one, other in itertools.pairwise(chain)]
    return Canvas.from_json(body)


def _strokes(title: str, project: Project, checker: Checker, canvas: Canvas | None, rounds: int) -> Table:
    from litlab.apps.designer import Designer
    from litlab.apps.request import Request

    drawing = Drawing(project, checker=checker)
    page = Designer(project, Request(), drawing)
    if canvas is not None:
        page.view.param.update(canvas=canvas.to_json(), serial=page.view.serial + 1)
    asset = open_asset(project.team, "tape")

    def stroke() -> dict[str, Any]:
        body = json.loads(json.dumps(page.view.canvas))
        node = next(one for one in body["nodes"] if one["id"] == "trend")
        node["params"]["filters"] = next(_sizes)
        return body

    def shown(body: dict[str, Any]) -> None:
        page.view.param.update(canvas=body, serial=page.view.serial + 1)
        told = page.view.checked
        assert told["state"] == "done", told
        assert told["serial"] == page.view.serial, told
        assert told["ok"], told

    def bare(body: dict[str, Any], known: Known | None = None) -> None:
        assert check(Canvas.from_json(body), asset, project.team, known=known).ok

    table = Table(title)
    every = _timed(stroke, shown, rounds)
    table.limit("the page, median", statistics.median(every) * 1e3, "ms", GOAL_S * 1e3)
    table.limit("the page, slowest", max(every) * 1e3, "ms")
    known = Known()
    for name, work in (
        ("check() that remembers, in one process", lambda body: bare(body, known)),
        ("check() that remembers nothing", bare),
    ):
        table.rows.append(Row(name, statistics.median(_timed(stroke, work, rounds)) * 1e3, "ms"))
    return table


def _timed(
    stroke: Callable[[], dict[str, Any]], work: Callable[[dict[str, Any]], None], rounds: int
) -> list[float]:
    seconds = []
    for _ in range(rounds + 2):
        body = stroke()
        began = time.perf_counter()
        work(body)
        seconds.append(time.perf_counter() - began)
    return seconds[2:]
