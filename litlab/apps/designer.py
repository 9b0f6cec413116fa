"""Designer: a model is drawn, looked over at every stroke, saved, and launched as an experiment.

1. ``Designer`` holds an open canvas (``litlab.experiments.drawing``) and does what people ask.
2. ``designer_view`` is the canvas that the browser draws. 3. The bar above it (``designer_bar``) chooses the
canvas, ``designer_import`` takes one from elsewhere; an editor for the source of a component opens below it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import panel as pn

from litlab.apps import background, designer_bar, designer_import, shell
from litlab.apps.designer_drafts import Drafts
from litlab.apps.designer_leaving import Leaving
from litlab.apps.designer_view import View
from litlab.apps.editor import Editor
from litlab.apps.fragment import Fragment
from litlab.apps.request import Request
from litlab.apps.selection import fields_of
from litlab.canvases import list_canvases
from litlab.canvases.answers import NOTHING
from litlab.errors import BadName, LitlabError
from litlab.experiments.drawing import Drawing
from litlab.workspace import Project

_WATCH_MS = 2_000
_SOURCE = ":host{flex:0 0 44%!important;min-height:248px}"


def page(project: Project, asked: Request) -> Any:
    """Return the whole page, its address kept in step with the canvas that is open."""
    workspace = project.team.workspace
    found = designer(project, asked)
    if not isinstance(found, Designer):
        return shell.frame(shell.header(workspace, asked, "designer", project, "○ no asset"), found)
    head = shell.header(workspace, asked, "designer", project, found.state, found.code)
    location = pn.state.location

    def follow() -> None:
        head.say(state=found.state, code=found.code)
        if location is not None:
            kept = {name: one for name, one in location.query_params.items() if name != "canvas"}
            named = {"canvas": found.drawing.name} if found.drawing.name else {}
            location.search = f"?{urlencode({**kept, 'project': str(project), **named})}"

    found.on_change = follow
    return shell.frame(head, found.panel)


def view(project: Project) -> Any:
    """Return the page's body as a Panel Viewable."""
    found = designer(project, Request())
    return found.panel if isinstance(found, Designer) else found


def designer(project: Project, asked: Request) -> Designer | Fragment:
    """Return the page of a project, or what to do first where there is no asset to draw for."""
    drawing = Drawing(project)
    offered = drawing.choices["assets"]
    if not offered and not list_canvases(project.team):
        command = f"litlab demo --workspace {project.team.workspace.home}"
        text = (
            "A canvas is drawn for an asset: its features come in, its label is predicted. None is built yet."
        )
        link = asked.link("assets")
        return shell.empty("Nothing to draw for yet", text, command, ("Assets", link))
    return Designer(project, asked, drawing)


class Designer(Leaving):
    """An open canvas and what may be done with it.

    Attributes
    ----------
    panel : Viewable
    drawing : Drawing
    view : View
    bar : Fragment
    editor : Editor
    state, code : str
        For the header.
    on_change : callable
    """

    def __init__(self, project: Project, asked: Request, drawing: Drawing) -> None:
        self.project, self.team, self.asked, self.drawing = project, project.team, asked, drawing
        self.on_change: Callable[[], None] = lambda: None
        self.launched = self.problem = ""
        self.arguments: dict[str, Any] = {}
        self.restored = False  # what is on the screen came back from an earlier visit
        self.leaving: Callable[[], None] | None = (
            None  # where to, once it is clear what becomes of the drawing
        )
        self.drafts = Drafts(project)
        self._touched = self._warm = self._showing = False
        self._turn = 0  # of the checks: an answer to an older one is out of date
        self.view = View(self.heard, theme=asked.theme.name)
        self.bar = Fragment(handle=self.handle)
        self.editor = Editor(self.team, "components")
        self.editor.panel.stylesheets = [*self.editor.panel.stylesheets, _SOURCE]
        self.editor.on_saved = lambda _: self._source_saved()
        self.panel = pn.Column(
            self.bar, self.view, self.editor.panel, sizing_mode="stretch_both", margin=0, styles={"gap": "0"}
        )
        names = list_canvases(self.team)
        wanted = asked.arguments.get("canvas", "")
        if wanted:
            self._try(lambda: drawing.open(wanted))
        elif names:
            self._try(lambda: drawing.open(names[0]))
        drawing.checker.warm()
        self.view.palette = drawing.palette
        self._shown()
        self.view.param.watch(self._drawn, ["canvas", "serial"])
        background.every(_WATCH_MS, self._watch)

    # --- what the browser sends ---------------------------------------------------------------------

    def _drawn(self, *events: Any) -> None:
        """Take what was drawn, and have it looked over where its meaning has changed."""
        if self._showing:
            return
        before = self.drawing.asset_name
        self.drawing.draw(self.view.canvas)
        if self.drawing.asset_name != before:
            self.view.choices = self.drawing.choices
        self.view.saved = self.drawing.saved
        self._touched = True
        if any(event.name == "serial" for event in events):
            self.check()
        self.tell()

    def heard(self, message: dict[str, Any]) -> None:
        """Do what the canvas's own buttons and keys ask."""
        given = {key: value for key, value in message.items() if key != "do"}
        do = str(message.get("do", ""))
        if do == "save":
            self.save(str(given.get("name") or ""))
        elif do == "launch":
            self.launch(given)
        elif do == "as-python":
            self.as_python()
        elif do == "edit-source":
            self.handle("edit-source", f"components/{given.get('component', '')}")
        elif do == "open":
            self.handle("open", str(given.get("name", "")))
        elif do == "drafts":
            self._come_back(given.get("found"))

    def handle(self, action: str, value: str) -> None:
        """Do what a button or field of the bar asks for."""
        self.problem = ""
        leaving, self.leaving = self.leaving, None
        if action == "open" and value:
            self._leave(lambda: self._open(value))
        elif action == "new":
            posted = fields_of(value)
            name, empty = str(posted.get("new") or "").strip(), posted.get("start") == "empty"
            self._leave(lambda: self.drawing.begin(name, empty))
        elif action == "import":
            self._leave(lambda: self._import(value), shows=False)
        elif action in ("leave-save", "leave-drop", "leave-not"):
            self._answered(action, leaving)
        elif action == "discard":
            self._discard()
        elif action == "save":
            self.save()
        elif action == "launch":
            self.launch(fields_of(value) if value else {})
        elif action == "as-python":
            self.as_python()
        elif action == "edit-source":
            self._try(lambda: self.editor.open(value.rpartition("/")[2]))
            self.tell()
        elif action == "again":
            self._leave(lambda: self.drawing.open(self.drawing.name))
        else:
            self.tell()

    # --- checks -------------------------------------------------------------------------------------

    def check(self) -> None:
        """Look the drawing over; of several strokes the last is answered."""
        serial = self.view.serial
        self._turn += 1
        turn = self._turn
        state = "checking" if self._warm else "warming"
        self.view.checked = {**NOTHING, **self.view.checked, "serial": serial, "state": state}

        def done(answered: dict[str, Any] | None) -> None:
            self._warm = True
            if answered is not None and turn == self._turn:
                self.view.checked = {**NOTHING, **answered, "serial": serial, "state": "done"}
                self.tell()

        def failed(said: str) -> None:
            if turn == self._turn:
                self.view.checked = {**NOTHING, "serial": serial, "state": "unchecked", "said": said}
            self.tell()

        background.run(self.drawing.check, done, failed)

    # --- buttons ------------------------------------------------------------------------------------

    def save(self, name: str = "") -> None:
        """Write the canvas; a file that changed meanwhile is told, and replaced only by saving once more."""
        self.problem = ""
        try:
            self.drawing.save(name)
        except LitlabError as problem:
            self._say("problem", str(problem), "name" if isinstance(problem, BadName) else "")
        else:
            self._touched = self.restored = False
            self._forget()
            self.view.opened = self.drafts.opened(self.drawing)
            if self.view.canvas.get("settings") != self.drawing.body.get("settings"):
                self._showing = True
                self.view.canvas = self.drawing.body
                self._showing = False
            self._say("done", f"Saved as {self.drawing.name}.")
        self.view.saved = self.drawing.saved
        self.tell()

    def launch(self, given: dict[str, Any]) -> None:
        """Start an experiment of what is drawn."""
        arguments: dict[str, Any] = {
            "device": str(given.get("device") or ""),
            "description": str(given.get("description") or ""),
        }
        try:
            for name in ("epochs", "seed"):
                if str(given.get(name) or "").strip():
                    arguments[name] = int(str(given[name]))
        except ValueError:
            self._say(
                "problem", f"{name} = {given[name]!r} is not possible: it must be a whole number.", name
            )
            return
        self.arguments = arguments
        self._say("", "◐ launching …")

        def done(run: Any) -> None:
            self.launched = run.name
            self._say("done", f"Launched {run.name}.")
            self.tell()

        background.run(
            lambda: self.drawing.launch(**arguments), done, lambda said: self._say("problem", said)
        )

    def as_python(self) -> None:
        """Show the canvas as a Keras file."""
        self._say("", "◐ writing Python …")

        def done(text: str) -> None:
            self._say("", "")
            self.view._send_msg({"show": "python", "text": text})

        background.run(self.drawing.python, done, lambda said: self._say("problem", said))

    def _import(self, value: str) -> None:
        """Open a file that came in one message."""
        try:
            posted = designer_import.read(value)
        except LitlabError as problem:
            self.problem = str(problem)
            self.tell()
            return
        self._say("", f"◐ reading {posted.name} …")

        def done(_: None) -> None:
            self._shown()
            self._touched = True
            self.view._send_msg({"keep": True})
            self._say("done", f"{posted.name} is drawn here; it is not saved yet.")

        background.run(
            lambda: designer_import.bring(posted, self.drawing), done, lambda said: self._say("problem", said)
        )

    # --- files --------------------------------------------------------------------------------------

    def _try(self, call: Callable[[], object]) -> None:
        try:
            call()
        except LitlabError as problem:
            self.problem = str(problem)

    def _shown(self) -> None:
        """Put the drawing on the screen."""
        drawing = self.drawing
        self.restored = self.restored and not drawing.saved
        self._showing = True
        self.view.param.update(
            canvas=drawing.body, choices=drawing.choices, saved=drawing.saved, checked={},
            said={"kind": "", "text": "", "field": ""}, opened=self.drafts.opened(drawing, self.restored),
        )  # fmt: skip
        self._showing = False
        self.launched = ""
        self._touched = self.restored
        self.check()
        self.tell()

    def _source_saved(self) -> None:
        self.view.palette = self.drawing.palette
        self.check()

    def _watch(self) -> None:
        """Show what somebody else has saved; where there is something to lose it is said only."""
        drawing = self.drawing
        if not drawing.changed_elsewhere or self.problem:
            return
        if drawing.saved:
            self._try(lambda: drawing.open(drawing.name))
            self._shown()
            self._say("", f"{drawing.name} was saved by somebody else: this is theirs.")
        else:
            self.problem = f"{drawing.name} was saved by somebody else since it was opened here."
            self.tell()

    # --- what is said -------------------------------------------------------------------------------

    def _say(self, kind: str, text: str, field: str = "") -> None:
        self.view.said = {"kind": kind, "text": text, "field": field}
        self.on_change()

    @property
    def state(self) -> str:
        """For the header."""
        count = len(list_canvases(self.team))
        return f"{'●' if count else '○'} {count or 'no'} canvas{'es' * (count != 1)}"

    @property
    def code(self) -> str:
        """The calls that train it."""
        return self.drawing.code(**self.arguments)

    def tell(self) -> None:
        """Bring bar and header up to what is open."""
        self.bar.html = designer_bar.html(self)
        self.on_change()
