"""What a canvas that is open in JupyterLab asks: answered by the checker's process, never by this one.

Only the line to that process is held here (``litlab.companion``); what launches a run is imported when
somebody does.
"""

from __future__ import annotations

import functools
import uuid
from pathlib import Path
from typing import Any, cast

import litlab
from litlab.companion import Companion
from litlab.errors import BadRecord, Unchecked, UnknownName
from litlab.server.wire import CheckedBody, LaunchedBody, PaletteBody, PythonBody
from litlab.workspace import Team

BUNDLE = Path(litlab.__file__).parent / "static"
HOST = "litlab.canvases.checkhost"
_WAIT_S = 400.0
_NOTHING: CheckedBody = {
    "superseded": False, "ok": False, "problems": {}, "shapes": {}, "parameters": {}, "total": 0,
    "output": "", "waiting": [], "needed": None, "free": None, "digest": "", "seconds": 0.0, "said": "",
}  # fmt: skip


@functools.cache
def checker() -> Companion:
    """Return the line to the process that looks canvases over for everybody of this user."""
    return Companion(HOST)


def palette_body(team: Team, asset: str) -> PaletteBody:
    """Tell what can be drawn with, and what its fields may hold."""
    return cast("PaletteBody", _asked({"do": "palette", "asset": asset}, team))


def checked_body(team: Team, given: dict[str, Any]) -> CheckedBody:
    """Look a CheckBody's canvas over."""
    question = {"do": "check", "page": str(given.get("page") or uuid.uuid4()), "canvas": _canvas(given)}
    answered = _asked(question, team)
    known = {key: one for key, one in answered.items() if key in _NOTHING}
    return cast("CheckedBody", {**_NOTHING, **known})


def python_body(team: Team, given: dict[str, Any]) -> PythonBody:
    """Write a CheckBody's canvas as a Keras file."""
    question = {"do": "python", "page": str(given.get("page") or uuid.uuid4()), "canvas": _canvas(given)}
    return {"text": str(_asked(question, team)["text"])}


def launched_body(team: Team, given: dict[str, Any]) -> LaunchedBody:
    """Launch a LaunchBody's canvas, as the Designer page does."""
    from litlab.experiments.drawing import Drawing

    canvas = _canvas(given)
    named = str((canvas.get("settings") or {}).get("project") or "").rpartition("/")[2]
    projects = team.projects()
    if not named and len(projects) != 1:
        raise UnknownName(kind="default project", given="", known=[one.name for one in projects])
    drawing = Drawing(team.project(named) if named else projects[0])
    drawing.draw(canvas, opened=True)
    run = drawing.launch(str(given.get("device") or ""), description=str(given.get("description") or ""))
    return {"run": run.name, "project": str(run.project)}


def _canvas(given: dict[str, Any]) -> dict[str, Any]:
    canvas = given.get("canvas")
    if not isinstance(canvas, dict):
        raise BadRecord(path="The request", kind="canvas", reason="it holds none")
    return canvas


def _asked(question: dict[str, Any], team: Team) -> dict[str, Any]:
    where = {"home": str(team.workspace.home), "team": team.name}
    answered = checker().ask({**question, **where}, _WAIT_S)
    if "refused" in answered:
        raise Unchecked(reason=answered["refused"])
    return answered
