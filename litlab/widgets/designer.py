"""The drawn canvas in a notebook: the same module as on the page, and the same checker."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

import litlab
from litlab.canvases import Canvas, Checker
from litlab.canvases.answers import NOTHING
from litlab.errors import LitlabError
from litlab.experiments import Run
from litlab.experiments.drawing import Drawing
from litlab.scripts import find_script
from litlab.workspace import Project, Workspace

_STATIC = Path(litlab.__file__).parent / "static"


class CanvasView(anywidget.AnyWidget):  # type: ignore[misc]  # anywidget is not followed by mypy here
    """A canvas: drawn in the browser, looked over at every stroke in a process of its own.

    Parameters
    ----------
    name : str, optional
        One of the team's canvases; a new one by default.
    project : Project, optional
        Whose it is; by default the only one of the workspace.
    checker : Checker, optional
        By default the one that all notebooks and pages of this user share.

    Attributes
    ----------
    canvas : dict
        What is drawn, as JSON; set it, or ``drawing``, to draw from Python.
    checked : dict
        What is known of it: ``ok``, ``problems`` by node, ``shapes``, ``parameters``, ``total``, ``output``.
    saved : bool
        Whether the file holds what is drawn.
    drawing : Drawing

    Raises
    ------
    UnknownName
        If there is no such canvas.
    """

    _esm = _STATIC / "canvas.js"
    _css = _STATIC / "canvas.css"

    canvas = traitlets.Dict().tag(sync=True)
    palette: Any = traitlets.List().tag(sync=True)
    choices = traitlets.Dict().tag(sync=True)
    checked = traitlets.Dict().tag(sync=True)
    serial = traitlets.Int(0).tag(sync=True)
    said = traitlets.Dict({"kind": "", "text": "", "field": ""}).tag(sync=True)
    saved = traitlets.Bool(False).tag(sync=True)
    readonly = traitlets.Bool(False).tag(sync=True)
    theme = traitlets.Unicode("").tag(sync=True)
    code = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self, name: str = "", project: Project | None = None, checker: Checker | None = None
    ) -> None:
        self.drawing = Drawing(project or Workspace().project(), name, checker)
        self._answered = threading.Event()
        self._finished: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        super().__init__(
            canvas=self.drawing.body, palette=self.drawing.palette, choices=self.drawing.choices,
            saved=self.drawing.saved, code=self.drawing.code(),
        )  # fmt: skip
        self.on_msg(self._heard)
        self.check()

    # --- what people call ---------------------------------------------------------------------------

    def model(self) -> Canvas:
        """Return what is drawn as a Canvas."""
        return self.drawing.canvas()

    def save(self, name: str = "") -> Path:
        """Save it, under another name if wished; what ``Drawing.save`` raises is raised."""
        path = self.drawing.save(name)
        self.canvas = self.drawing.body
        self._tell("done", f"Saved as {self.drawing.name}.")
        return path

    def launch(self, **arguments: Any) -> Run:
        """Train it; the arguments, and what is raised, are those of ``Drawing.launch``."""
        run = self.drawing.launch(**arguments)
        self.code = self.drawing.code(**arguments)
        self._tell("done", f"Launched {run.name}.")
        return run

    def python(self) -> str:
        """Return it as a Keras file."""
        return self.drawing.python()

    def wait(self, timeout_s: float = 120.0) -> dict[str, Any]:
        """Wait until what is drawn now has been looked over, and return ``checked``."""
        until = time.monotonic() + timeout_s
        while not self._answered.is_set() and time.monotonic() < until:
            with contextlib.suppress(queue.Empty):  # the kernel's loop stands still meanwhile
                self._finished.get(timeout=0.02)()
        return dict(self.checked)

    # --- what the browser sends ---------------------------------------------------------------------

    @traitlets.observe("canvas")
    def _drawn(self, change: Any) -> None:
        before = self.drawing.asset_name
        self.drawing.draw(change["new"])
        if self.drawing.asset_name != before:
            self.choices = self.drawing.choices
        self.saved = self.drawing.saved

    @traitlets.observe("serial")
    def _edited(self, change: Any) -> None:
        del change
        self.check()

    def check(self) -> None:
        """Have it looked over, beside whatever the kernel does."""
        serial = self.serial
        self._answered.clear()
        state = "checking" if self.checked.get("state") == "done" else "warming"
        self.checked = {**NOTHING, **self.checked, "serial": serial, "state": state}
        self._beside(self.drawing.check, lambda answered: self._show(serial, answered), serial)

    def _show(self, serial: int, answered: dict[str, Any] | None) -> None:
        if answered is not None and serial == self.serial:
            self.checked = {**NOTHING, **answered, "serial": serial, "state": "done"}
            self._answered.set()

    def _heard(self, _: Any, message: Any, __: Any) -> None:
        """Do what the canvas's own buttons ask; what is wrong is said on the canvas."""
        given = {key: value for key, value in message.items() if key != "do" and value not in (None, "")}
        do = message.get("do")
        try:
            if do == "save":
                self.save(given.get("name", ""))
            elif do == "launch":
                allowed = {
                    key: given[key] for key in ("device", "epochs", "seed", "description") if key in given
                }
                self._beside(lambda: self.drawing.launch(**allowed), lambda run: self._launched(run, allowed))
            elif do == "as-python":
                self._beside(self.drawing.python, lambda text: self.send({"show": "python", "text": text}))
            elif do == "edit-source":
                component = str(given.get("component", ""))
                path = find_script(self.drawing.team, "components", component)
                text = path.read_text("utf-8", "replace")
                self.send({"show": "source", "component": component, "path": str(path), "text": text})
        except LitlabError as problem:
            self._tell("problem", str(problem))

    def _launched(self, run: Run, arguments: dict[str, Any]) -> None:
        self.code = self.drawing.code(**arguments)
        self._tell("done", f"Launched {run.name}.")

    def _tell(self, kind: str, text: str) -> None:
        self.said = {"kind": kind, "text": text, "field": ""}
        self.saved = self.drawing.saved

    def _beside(
        self, work: Callable[[], Any], done: Callable[[Any], None], serial: int | None = None
    ) -> None:
        """Do `work` in a thread, then `done` where the kernel's own messages are sent from."""
        loop = _running_loop()

        def finish(call: Callable[[], None]) -> None:
            self._finished.put(call)
            if loop is not None:
                loop.call_soon_threadsafe(self._finish)

        def threaded() -> None:
            try:
                made = work()
            except LitlabError as problem:
                said = str(problem)
                finish(lambda: self._failed(said, serial))
            else:
                finish(lambda: done(made))

        threading.Thread(target=threaded, daemon=True, name="canvas").start()

    def _finish(self) -> None:
        """Do what has been finished since."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._finished.get_nowait()()

    def _failed(self, said: str, serial: int | None) -> None:
        if serial is None:
            self._tell("problem", said)
        elif serial == self.serial:
            self.checked = {**NOTHING, "serial": serial, "state": "unchecked", "said": said}
            self._answered.set()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
