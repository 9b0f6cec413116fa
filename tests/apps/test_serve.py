"""The apps' process: routes, prefix, socket, addresses."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from litlab.apps import home
from litlab.apps.__main__ import main
from litlab.apps.request import Request, project_of
from litlab.apps.serve import make_server, serve
from litlab.errors import NotLoopback, UnknownName
from litlab.workspace import Workspace


@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.1.5", "::", "example.org"])
def test_an_address_others_can_reach_is_refused(tmp_path, address):
    with pytest.raises(NotLoopback, match="no login"):
        serve(Workspace(tmp_path), address=address)


def test_the_command_refuses_with_status_2_and_one_sentence(tmp_path, capsys):
    assert main(["--workspace", str(tmp_path), "--address", "0.0.0.0"]) == 2
    assert "Use 127.0.0.1" in capsys.readouterr().err


def test_the_routes_are_there_on_the_loopback_only(tmp_path):
    server = make_server(Workspace(tmp_path))
    try:
        assert {"/", "/discovery", "/assets"} <= set(server._tornado.app_paths)
        assert server.address == "127.0.0.1"
    finally:
        server._http.stop()


class OverSocket(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self.path))


def test_the_process_serves_a_socket_under_a_prefix_and_ends_when_told(tmp_path):
    path = tmp_path / "s"
    Workspace(tmp_path / "workspace").create_project("contoso", "volatility")
    command = [sys.executable, "-m", "litlab.apps", "--unix-socket", str(path), "--prefix", "/user/x/litlab"]
    environment = {**os.environ, "LITLAB_HOME": str(tmp_path / "workspace")}
    process = subprocess.Popen(command, env=environment)
    try:
        deadline = time.monotonic() + 60
        while not path.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        assert path.stat().st_mode & 0o077 == 0
        for page, status in [("/discovery?theme=dark", 200), ("/assets", 200), ("/", 200), ("/nothing", 404)]:
            connection = OverSocket(path)
            connection.request("GET", "/user/x/litlab" + page)
            answer = connection.getresponse()
            body = answer.read().decode()
            connection.close()
            assert answer.status == status
            assert "://" not in "".join(part for part in body.split('"') if part.startswith("http"))
            if "dark" in page:
                assert "color-scheme:dark" in body
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert not path.exists()


def test_the_only_project_is_the_default_and_a_wrong_one_is_named(tmp_path):
    workspace = Workspace(tmp_path)
    assert project_of(workspace, Request()) is None
    made = workspace.create_project("contoso", "volatility")
    assert project_of(workspace, Request()) == made
    with pytest.raises(UnknownName, match="volatility"):
        project_of(workspace, Request({"project": "contoso/volatilty"}))
    other = workspace.create_project("contoso", "spreads")
    assert project_of(workspace, Request()) is None
    assert project_of(workspace, Request({"project": "contoso/spreads"})) == other


def test_an_empty_workspace_says_how_to_make_a_project(tmp_path):
    page = home.page(Workspace(tmp_path), Request())
    assert "litlab demo" in page[1].html
    assert "litlab init" in page[1].html


def test_several_projects_are_listed_with_links(tmp_path):
    workspace = Workspace(tmp_path)
    for name in ("one", "two"):
        workspace.create_project("contoso", name)
    page = home.page(workspace, Request({"theme": "dark"}), "assets")
    assert "assets?theme=dark&amp;project=contoso%2Ftwo" in page[1].html
