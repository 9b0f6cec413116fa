"""The handlers of litlab's JSON interface: check the login, make one domain call, answer JSON.

The interface lies below ``litlab-api/`` because ``litlab/`` belongs to the proxied apps.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import tornado.web
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.utils import url_path_join

from litlab.errors import AlreadyExists, BadRecord, LitlabError, UnknownName
from litlab.records import check_name
from litlab.server import canvas, drive, logs
from litlab.server.status import status_body
from litlab.server.wire import project_body, projects_body
from litlab.workspace import Project, Team, Workspace

_Method = TypeVar("_Method", bound=Callable[..., Any])
allowed: Callable[[_Method], _Method] = authorized  # who is logged in may still not be allowed to
_NAME = r"([A-Za-z0-9][A-Za-z0-9_.-]{0,63})"
_STATUS: dict[type[LitlabError], int] = {UnknownName: 404, AlreadyExists: 409, BadRecord: 500}


class _Handler(APIHandler):  # type: ignore[misc]  # jupyter_server is not followed by mypy here
    """What all have in common: the workspace Jupyter was started on, and litlab's sentences as answers."""

    auth_resource = "contents"  # who may read and write files may read and write these

    def answer(self, call: Callable[[Workspace], Any], status: int = 200) -> None:
        """Answer what a call returns; what litlab refuses is answered in its own words."""
        try:
            body = call(Workspace())
        except LitlabError as error:
            code = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 400)
            raise tornado.web.HTTPError(code, str(error)) from error
        self.set_status(status)
        self.finish(dict(body) if isinstance(body, Mapping) else _json(body))

    def given(self) -> dict[str, Any]:
        """Return the JSON object of the request."""
        body = self.get_json_body()
        if not isinstance(body, dict):
            raise tornado.web.HTTPError(400, "The request holds no JSON object.")
        return body


class ProjectsHandler(_Handler):
    """``GET litlab-api/projects`` answers a ProjectsBody of the workspace Jupyter was started on."""

    @tornado.web.authenticated
    @allowed
    def get(self) -> None:
        """Answer the projects; 500 with litlab's own sentence when a record cannot be read."""
        self.answer(projects_body)

    @tornado.web.authenticated
    @allowed
    def post(self) -> None:
        """Create a project from a NewProjectBody; 409 where there is one of that name."""
        given = self.given()
        names = str(given.get("team", "")), str(given.get("name", ""))
        self.answer(lambda workspace: project_body(workspace.create_project(*names)), 201)


class StatusHandler(_Handler):
    """``GET litlab-api/status/<team>/<project>`` answers a StatusBody."""

    @tornado.web.authenticated
    @allowed
    def get(self, team: str, project: str) -> None:
        """Answer where the project's work stands."""
        self.answer(lambda workspace: status_body(_project(workspace, team, project)))


class LogsHandler(_Handler):
    """``GET litlab-api/logs/<team>/<id>?file=&offset=`` answers a LogBody."""

    @tornado.web.authenticated
    @allowed
    def get(self, team: str, job: str) -> None:
        """Answer the log's lines from an offset on."""
        text = self.get_query_argument("offset", "")
        if text and not text.isdecimal():
            raise tornado.web.HTTPError(400, "An offset is a number of bytes.")
        file, offset = self.get_query_argument("file", ""), int(text) if text else None
        self.answer(lambda workspace: logs.log_body(_team(workspace, team), job, offset, file))


class ScriptHandler(_Handler):
    """``litlab-api/scripts/<team>/<kind>/<name>`` answers a ScriptBody."""

    @tornado.web.authenticated
    @allowed
    def get(self, team: str, kind: str, name: str) -> None:
        """Answer where the script in use lies."""
        self.answer(lambda workspace: drive.script_body(_team(workspace, team), kind, name))

    @tornado.web.authenticated
    @allowed
    def post(self, team: str, kind: str, name: str) -> None:
        """Make a shipped script the team's own."""
        self.answer(lambda workspace: drive.script_body(_team(workspace, team), kind, name, copy=True))


class DriveHandler(_Handler):
    """``litlab-api/contents/<path>``: the drive, as JupyterLab's contents services ask for it."""

    @tornado.web.authenticated
    @allowed
    def get(self, path: str) -> None:
        """Answer the model of a folder or file."""
        content = self.get_query_argument("content", "1") != "0"
        self.answer(lambda workspace: drive.read(workspace, path, content))

    @tornado.web.authenticated
    @allowed
    def put(self, path: str) -> None:
        """Save a team's script."""
        given = self.given()
        self.answer(lambda workspace: drive.save(workspace, path, given))


class CheckpointsHandler(_Handler):
    """``litlab-api/contents/<path>/checkpoints``: what a script was when it was last saved."""

    @tornado.web.authenticated
    @allowed
    def get(self, path: str) -> None:
        """Answer the checkpoints: one, or none."""
        self.answer(lambda workspace: drive.kept(workspace, path))

    @tornado.web.authenticated
    @allowed
    def post(self, path: str) -> None:
        """Make a checkpoint."""
        self.answer(lambda workspace: drive.keep(workspace, path), 201)


class RestoreHandler(_Handler):
    """``POST litlab-api/contents/<path>/checkpoints/last`` brings a script back."""

    @tornado.web.authenticated
    @allowed
    def post(self, path: str) -> None:
        """Restore the checkpoint."""
        self.answer(lambda workspace: drive.restore(workspace, path), 204)


class CanvasHandler(_Handler):
    """``litlab-api/canvas/<team>/…``: what a drawn canvas asks; the checker's process answers."""

    @tornado.web.authenticated
    @allowed
    async def get(self, team: str, what: str) -> None:
        """Answer a PaletteBody."""
        if what != "palette":
            raise tornado.web.HTTPError(405)
        asset = self.get_query_argument("asset", "")
        await self._ask(lambda workspace: canvas.palette_body(_team(workspace, team), asset))

    @tornado.web.authenticated
    @allowed
    async def post(self, team: str, what: str) -> None:
        """Answer a CheckedBody, a PythonBody or a LaunchedBody."""
        given = self.given()
        work = {"check": canvas.checked_body, "python": canvas.python_body, "launch": canvas.launched_body}
        if what not in work:
            raise tornado.web.HTTPError(405)
        await self._ask(lambda workspace: work[what](_team(workspace, team), given))

    async def _ask(self, call: Callable[[Workspace], Any]) -> None:
        """Wait for the checker in a thread: the server answers others meanwhile."""

        def made() -> Callable[[Workspace], Any]:
            try:
                body = call(Workspace())
            except LitlabError as error:
                refusal = error
                return lambda _: _raised(refusal)
            return lambda _: body

        self.answer(await asyncio.get_running_loop().run_in_executor(None, made))


class BundleHandler(JupyterHandler, tornado.web.StaticFileHandler):  # type: ignore[misc]
    """``litlab-api/static/canvas.js`` and ``.css``: the module that draws canvases."""

    auth_resource = "contents"

    @tornado.web.authenticated
    @allowed
    async def get(self, path: str, include_body: bool = True) -> None:  # type: ignore[override]
        """Answer the file."""
        await tornado.web.StaticFileHandler.get(self, path, include_body)

    @tornado.web.authenticated
    async def head(self, path: str) -> None:  # type: ignore[override]
        """Answer what the file is."""
        await tornado.web.StaticFileHandler.get(self, path, include_body=False)


def _raised(error: LitlabError) -> None:
    raise error


def _project(workspace: Workspace, team: str, project: str) -> Project:
    return _team(workspace, team).project(check_name(project, "project"))


def _team(workspace: Workspace, team: str) -> Team:
    return workspace.team(check_name(team, "team"))


def _json(body: Any) -> str | None:
    return None if body is None else json.dumps(body)


def install(web_app: tornado.web.Application) -> None:
    """Add the handlers to a Jupyter server's application."""
    routes: list[tuple[str, type[_Handler]]] = [
        ("projects", ProjectsHandler),
        (rf"status/{_NAME}/{_NAME}", StatusHandler),
        (rf"logs/{_NAME}/(.+)", LogsHandler),
        (rf"scripts/{_NAME}/(\w+)/{_NAME}", ScriptHandler),
        (r"contents/(.+)/checkpoints/last", RestoreHandler),
        (r"contents/(.+)/checkpoints", CheckpointsHandler),
        (r"contents/?(.*)", DriveHandler),
        (rf"canvas/{_NAME}/(palette|check|python|launch)", CanvasHandler),
    ]
    base = web_app.settings["base_url"]
    api = url_path_join(base, "litlab-api")
    every: list[tuple[Any, ...]] = [(url_path_join(api, path), one) for path, one in routes]
    bundle = url_path_join(api, r"static/(canvas\.(?:js|css|licences\.txt))")
    web_app.add_handlers(".*$", [*every, (bundle, BundleHandler, {"path": str(canvas.BUNDLE)})])
