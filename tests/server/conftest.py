"""A Jupyter web application with litlab's handlers, asked in-process; no browser, no JupyterLab."""

import dataclasses
import json
from typing import Any

import pytest
from awaiting import finished

from litlab.workspace import Workspace


@dataclasses.dataclass(frozen=True)
class Answer:
    status: int
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)


TOKEN = "a-token-for-the-tests"


@pytest.fixture
def team(tmp_path, monkeypatch):
    home = tmp_path / "workspace"
    monkeypatch.setenv("LITLAB_HOME", str(home))
    return Workspace(home).create_project("contoso", "volatility").team


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A running Jupyter server with the extension; `LITLAB_HOME` is read at every request."""
    serverapp = pytest.importorskip("jupyter_server.serverapp")
    return _Server(serverapp, tmp_path_factory.mktemp("jupyter"))


class _Server:
    def __init__(self, serverapp: Any, folder: Any) -> None:
        self._serverapp, self._folder = serverapp, folder

    def ask(self, path: str, method: str = "GET", given: Any = None, token: str | None = TOKEN) -> Answer:
        """Start the application, ask once over a socket of its own, end it."""

        return finished(self._ask(path, method, given, token))

    async def _ask(self, path: str, method: str, given: Any, token: str | None) -> Answer:
        from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
        from tornado.httpserver import HTTPServer
        from tornado.netutil import bind_sockets

        app = self._application()
        (socket,) = bind_sockets(0, "127.0.0.1")
        http = HTTPServer(app)
        http.add_sockets([socket])
        headers = {"Authorization": f"token {token}"} if token else {}
        body = None if given is None else given if isinstance(given, str) else json.dumps(given)
        address = f"http://127.0.0.1:{socket.getsockname()[1]}/user/x/litlab-api/{path}"
        request = HTTPRequest(
            address, method, headers, body, follow_redirects=False, allow_nonstandard_methods=True
        )
        try:
            answer = await AsyncHTTPClient(force_instance=True).fetch(request)
        except HTTPClientError as error:
            if error.response is None:
                raise
            answer = error.response
        finally:
            http.stop()
            await http.close_all_connections()
        return Answer(answer.code, answer.body.decode())

    def _application(self) -> Any:
        from litlab.server.handlers import install

        if not hasattr(self, "_app"):
            app = self._serverapp.ServerApp(
                base_url="/user/x/", root_dir=str(self._folder), port=0, open_browser=False,
                allow_unauthenticated_access=False, allow_root=True, log_level="ERROR",
            )  # fmt: skip
            app.identity_provider_class = app.identity_provider_class
            app.config.IdentityProvider.token = TOKEN
            app.initialize(argv=[], new_httpserver=False, find_extensions=False)
            install(app.web_app)
            self._app = app.web_app
        return self._app
