"""The apps' process: one Bokeh server with a route per page, offline, on the loopback or a unix socket."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import ipaddress
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import panel as pn
from panel.io.server import get_server
from tornado.websocket import WebSocketClosedError

from litlab.apps import bundle, home, login, request, shell
from litlab.apps.entryfiles import EntryHandler
from litlab.apps.uploading import UploadHandler
from litlab.errors import LitlabError, NotLoopback
from litlab.workspace import Project, Workspace

Page = Callable[[Project, request.Request], Any]

DEFLATE = 1  # of websockets: a density image of 600 kB becomes a tenth of it, in 3 ms


def serve(
    workspace: Workspace,
    port: int = 0,
    address: str = "127.0.0.1",
    unix_socket: str | Path | None = None,
    prefix: str = "",
    auth: str | Path | None = None,
) -> None:
    """Serve the pages of a workspace until SIGINT or SIGTERM.

    Parameters
    ----------
    workspace : Workspace
    port : int
        0 picks a free one; the address is printed.
    address : str
        A loopback address, unless there is a login.
    unix_socket : path, optional
        Listen there instead, on no port at all; for a proxy that has a login.
    prefix : str
        What comes before the pages' paths: ``/user/x/litlab``.
    auth : path, optional
        Names and hashed passwords (``litlab.apps.login.add_user``): pages, websockets and uploads then answer
        only to people who have logged in. Passwords are sent as they are: across a network put a proxy
        that speaks TLS in front.

    Raises
    ------
    NotLoopback
        For any other address without `auth`; BadRecord where that file is none of ours.
    """
    server = make_server(workspace, port, address, unix_socket, prefix, auth)
    server.io_loop.asyncio_loop.set_exception_handler(_failed_behind)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: server.io_loop.add_callback_from_signal(server.io_loop.stop))
    warm = threading.Thread(target=_warm, args=(workspace,), name="warm", daemon=True)
    warm.start()
    server.start()
    if unix_socket is None:
        print(
            f"litlab is at http://{_in_url(address)}:{server.port}{server.prefix}/ (Ctrl-C ends it)",
            flush=True,
        )
    try:
        server.io_loop.start()
    finally:
        server.stop()
        if unix_socket is not None:
            Path(unix_socket).unlink(missing_ok=True)


def _failed_behind(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Tell what failed in the background, but not that a tab was closed with a message on its way."""
    if not isinstance(context.get("exception"), WebSocketClosedError):
        loop.default_exception_handler(context)


def make_server(
    workspace: Workspace,
    port: int = 0,
    address: str = "127.0.0.1",
    unix_socket: str | Path | None = None,
    prefix: str = "",
    auth: str | Path | None = None,
) -> Any:
    """Return the server, bound and not started; see ``serve``."""
    sys.set_int_max_str_digits(0)  # Panel makes numbers of addresses, which are 64 kB at most
    routes: dict[str, Any] = {name: _route(workspace, name) for name in shell.PAGES}
    routes["/"] = lambda: _framed(workspace, "home", None)
    titles = {name: f"{name.capitalize()} · litlab" for name in shell.PAGES} | {"/": "litlab"}
    options: dict[str, Any] = {"prefix": prefix, "keep_alive_milliseconds": 10_000, "title": titles}
    options["websocket_compression_level"] = DEFLATE
    if auth is not None:
        options |= login.guarded(auth)
    if unix_socket is not None:
        options["extra_patterns"] = _uploads(workspace, None)
        return get_server(routes, unix_socket=str(unix_socket), **options)
    if auth is None:
        _check_loopback(address)
    port = port or _free_port(address)
    if auth is not None:  # the login decides, and whether Origin and Host are one: we go by any name
        options["extra_patterns"] = _uploads(workspace, None)
        return get_server(routes, port=port, address=address, websocket_origin=["*"], **options)
    names = {f"{name}:{port}" for name in (_in_url(address), "localhost")}
    options["extra_patterns"] = _uploads(workspace, frozenset(names))
    return get_server(routes, port=port, address=address, websocket_origin=sorted(names), **options)


def _uploads(workspace: Workspace, hosts: frozenset[str] | None) -> list[Any]:
    """Return the routes beside the pages; `hosts` are the names we go by, None behind a proxy."""
    return [
        ("/upload", UploadHandler, {"workspace": workspace, "hosts": hosts}),
        ("/entry", EntryHandler, {"workspace": workspace, "hosts": hosts}),
        bundle.ROUTE,
    ]


def _route(workspace: Workspace, name: str) -> Callable[[], Any]:
    def page(project: Project, asked: request.Request) -> Any:
        return page_of(name)(project, asked)

    return lambda: _framed(workspace, name, page)


def page_of(name: str) -> Page:
    """Return the function that builds a page; its module is imported when somebody first asks for it."""
    made: Page = importlib.import_module(f"litlab.apps.{name}").page
    return made


def _framed(workspace: Workspace, name: str, page: Page | None) -> Any:
    """Build a page for the request at hand; what cannot be shown is said on the page."""
    asked = request.current()
    shell.dress(pn.state.curdoc, asked)
    try:
        if page is None:
            return home.page(workspace, asked)
        project = request.project_of(workspace, asked)
        return home.page(workspace, asked, name) if project is None else page(project, asked)
    except LitlabError as error:
        return shell.trouble(workspace, asked, name, str(error))
    except Exception as error:  # the process's edge: a blank page would say nothing
        logging.getLogger(__name__).exception("the page %s failed", name)
        return shell.trouble(workspace, asked, name, f"{type(error).__name__}: {error}. The log says where.")


def _check_loopback(address: str) -> None:
    with contextlib.suppress(ValueError):
        if address == "localhost" or ipaddress.ip_address(address).is_loopback:
            return
    raise NotLoopback(address=address)


def _in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _free_port(address: str) -> int:
    """Return a port nobody uses: the websocket's allowed origin has to name it beforehand."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def _warm(workspace: Workspace) -> None:
    """Load what the first picture needs, before anybody asks for it, and then every other page."""
    try:
        project = request.project_of(workspace, request.Request())
        if project is not None:
            importlib.import_module("litlab.apps.discovery").view(project)
        for name in shell.PAGES:
            page_of(name)
    except LitlabError as error:  # the page itself says so to whoever opens it
        logging.getLogger(__name__).info("nothing to warm up: %s", error)
