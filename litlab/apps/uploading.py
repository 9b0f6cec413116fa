"""Where browsers send files: pieces over HTTP, written as they come, resumed where they stopped.

    GET upload?project=…&name=…&size=…&modified=…   → {"received": bytes that are here}
    PUT upload?project=…&…&offset=…  the bytes from there on → {"received": …, "whole": true or false}

What is wrong is answered as {"error": one sentence}. A piece is written while it arrives: one of any length
fits into the memory. Only pages of this server may send.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Any, cast
from urllib.parse import urlsplit

import tornado.web
from tornado.httputil import HTTPServerRequest

from litlab.apps.login import knows
from litlab.apps.request import Request, project_of
from litlab.errors import (
    BadParameter,
    LitlabError,
    Locked,
    NameTaken,
    OtherUpload,
    UnknownName,
    UploadGap,
    UploadNeedsSpace,
)
from litlab.uploads.upload import Upload
from litlab.uploads.writing import Writer
from litlab.workspace import Workspace

_LARGEST = 1 << 50  # of a request; the disk is the limit
_STATUS: tuple[tuple[tuple[type[Exception], ...], int], ...] = (
    ((UploadGap, NameTaken, OtherUpload, Locked), 409),
    ((UnknownName,), 404),
    ((UploadNeedsSpace,), 507),
)


def is_own(request: HTTPServerRequest, hosts: frozenset[str] | None) -> bool:
    """Tell whether one of our own pages, or no browser at all, sent a request.

    Parameters
    ----------
    hosts : frozenset of str, optional
        The names we go by: a page of another name that leads here is a stranger's. None behind a proxy, whose
        login decides.
    """
    if hosts is not None and request.host not in hosts:
        return False
    if site := request.headers.get("Sec-Fetch-Site"):
        return site == "same-origin"
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


@tornado.web.stream_request_body
class UploadHandler(tornado.web.RequestHandler):
    """Takes the pieces of a file; see the module."""

    def initialize(self, workspace: Workspace, hosts: frozenset[str] | None) -> None:
        """Remember whose files they are."""
        self.workspace, self.hosts = workspace, hosts
        self._open = contextlib.ExitStack()
        self._writer: Writer | None = None
        self._refusal: Exception | None = None

    def prepare(self) -> None:
        """Open the part before its bytes come; what is wrong is answered after them, when people listen."""
        if not is_own(self.request, self.hosts):
            raise tornado.web.HTTPError(403)
        if not knows(self):
            raise tornado.web.HTTPError(401)
        if self.request.method != "PUT":
            return
        cast("Any", self.request.connection).set_max_body_size(_LARGEST)
        with self._refusing():
            offset = self._number("offset")
            self._writer = self._open.enter_context(self._upload().writing(offset))

    def data_received(self, chunk: bytes) -> None:
        """Write what has arrived."""
        if self._writer is not None and self._refusal is None:
            with self._refusing():
                self._writer.write(chunk)

    def get(self) -> None:
        """Say how much of a file is here."""
        with self._refusing():
            upload = self._upload()
            self._answer(received=upload.received, whole=False)
        self._refuse()

    async def put(self) -> None:
        """Say how much is here now; with the last byte the file is whole."""
        if self._refusal is None and self._writer is not None:
            with self._refusing():
                # Flushing takes as long as the disk likes.
                await asyncio.get_running_loop().run_in_executor(None, self._open.close)
                upload, there = self._writer.upload, self._writer.next
                self._answer(received=there, whole=there == upload.about.size_bytes)
        self._refuse()

    def on_connection_close(self) -> None:
        """Keep what came of a piece that was cut off."""
        self._let_go()

    def on_finish(self) -> None:
        """Let the part go, however it ended."""
        self._let_go()

    def write_error(self, status_code: int, **_: Any) -> None:
        """Answer in JSON, too, what was no request of ours."""
        own = "Only pages of this server may send files to it."
        why = {401: "Log in first, then send the file again.", 403: own}
        self._answer(error=why.get(status_code, f"The request was refused with status {status_code}."))

    def _let_go(self) -> None:
        # Bytes that did not come must not end a file: the block ends as one that was broken off.
        broken = ConnectionError("the sender is gone")
        with contextlib.suppress(ConnectionError, LitlabError, OSError):
            self._open.__exit__(ConnectionError, broken, None)

    @contextlib.contextmanager
    def _refusing(self) -> Any:
        try:
            yield
        except (LitlabError, OSError) as problem:
            self._refusal = problem

    def _refuse(self) -> None:
        problem = self._refusal
        if problem is None:
            return
        if not isinstance(problem, LitlabError):
            logging.getLogger(__name__).error("an upload failed: %s", problem)
        self.set_status(next((status for kinds, status in _STATUS if isinstance(problem, kinds)), 400))
        told = {"received": problem.fields["received"]} if isinstance(problem, UploadGap) else {}
        self._answer(error=str(problem), **told)

    def _upload(self) -> Upload:
        asked = Request({"project": self.get_query_argument("project", "")})
        project = project_of(self.workspace, asked)
        if project is None:
            raise UnknownName(kind="project", given="", known=[str(one) for one in self.workspace.projects()])
        # As it was sent: Tornado's own way of reading it replaces what has no business in a name.
        name = self.request.query_arguments.get("name", [b""])[-1].decode("utf-8", "replace")
        return Upload(project.team, name, self._number("size"), self._number("modified"))

    def _number(self, name: str) -> int:
        text = self.get_query_argument(name, "0")
        if not text.isascii() or not text.isdecimal() or len(text) > 18:
            raise BadParameter(name=name, given=text[:40], wanted="it must be a whole number")
        return int(text)

    def _answer(self, **values: Any) -> None:
        self.set_header("Cache-Control", "no-store")
        self.write(values)
