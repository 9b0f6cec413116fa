"""Entries of the vault over HTTP: sent as the one file they export to, taken in as such a file.

    GET entry?project=…&name=…&digest=…   the file, as an attachment
    PUT entry?project=…  the file's bytes → {"name": …, "version": …, "new": true or false}

What is wrong is answered as {"error": one sentence}. A file is written to the disk while it arrives, and
looked over in limited processes before any of it is in the vault. Only pages of this server may ask.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import tempfile
from pathlib import Path
from typing import Any, cast

import tornado.web

from litlab.apps.login import knows
from litlab.apps.request import Request, project_of
from litlab.apps.uploading import is_own
from litlab.errors import LitlabError, UnknownName
from litlab.vault import export_entry, import_entry, open_entry
from litlab.workspace import Team, Workspace

_LARGEST = 8 << 30  # of a file that arrives
_BLOCK = 1 << 20


@tornado.web.stream_request_body
class EntryHandler(tornado.web.RequestHandler):
    """Sends and takes entries; see the module."""

    def initialize(self, workspace: Workspace, hosts: frozenset[str] | None) -> None:
        """Remember whose vault it is."""
        self.workspace, self.hosts = workspace, hosts
        self._open = contextlib.ExitStack()
        self._file: Any = None

    def prepare(self) -> None:
        """Refuse strangers; make a place for what arrives."""
        if not is_own(self.request, self.hosts):
            raise tornado.web.HTTPError(403)
        if not knows(self):
            raise tornado.web.HTTPError(401)
        folder = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="litlab-entry-")))
        self._path = folder / "entry.litentry"
        if self.request.method == "PUT":
            cast("Any", self.request.connection).set_max_body_size(_LARGEST)
            self._file = self._open.enter_context(self._path.open("xb"))

    def data_received(self, chunk: bytes) -> None:
        """Write what has arrived."""
        if self._file is not None:
            self._file.write(chunk)

    async def get(self) -> None:
        """Send an entry."""
        name, digest = (self.get_query_argument(one, "") for one in ("name", "digest"))
        try:
            entry = open_entry(self._team(), name, digest or None)
            await self._beside(export_entry, entry, self._path)
        except LitlabError as problem:
            self._refuse(problem)
            return
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("Cache-Control", "no-store")
        file = f"{entry.name}-{entry.digest[:12]}.litentry"
        self.set_header("Content-Disposition", f'attachment; filename="{file}"')
        with open(self._path, "rb") as stream:
            while block := stream.read(_BLOCK):
                self.write(block)
                await self.flush()

    async def put(self) -> None:
        """Take an entry in."""
        self._file.close()
        try:
            done = await self._beside(import_entry, self._team(), self._path)
        except (LitlabError, OSError) as problem:
            self._refuse(problem)
            return
        self.write({"name": done.entry.name, "version": done.entry.digest, "new": done.new})

    def on_finish(self) -> None:
        """Let go of the file, however it ended."""
        self._open.close()

    def on_connection_close(self) -> None:
        """Let go of what was cut off."""
        self._file = None

    def write_error(self, status_code: int, **_: Any) -> None:
        """Answer in JSON, too, what was no request of ours."""
        own = "Only pages of this server may ask for entries or send them."
        why = {401: "Log in first, then try again.", 403: own}
        self.write({"error": why.get(status_code, f"The request was refused with status {status_code}.")})

    def _team(self) -> Team:
        project = project_of(self.workspace, Request({"project": self.get_query_argument("project", "")}))
        if project is None:
            raise UnknownName(kind="project", given="", known=[str(one) for one in self.workspace.projects()])
        return project.team

    async def _beside(self, call: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(None, call, *arguments)

    def _refuse(self, problem: Exception) -> None:
        if not isinstance(problem, LitlabError):
            logging.getLogger(__name__).error("an entry could not be taken in: %s", problem)
        self.set_status(404 if isinstance(problem, UnknownName) else 400)
        # Its place on this machine is of no interest to who sent the file.
        self.write({"error": str(problem).replace(f"{self._path} ", "The file ")})
