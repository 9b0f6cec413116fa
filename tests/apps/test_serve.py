"""The apps' process: routes, prefix, socket, addresses."""

import asyncio
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

import pytest
import tornado.httpclient
import tornado.websocket
from awaiting import finished
from typer.testing import CliRunner

from litlab.apps import home, login, shell
from litlab.apps.__main__ import main
from litlab.apps.request import Request, project_of
from litlab.apps.serve import make_server, serve
from litlab.cli import app
from litlab.errors import BadName, BadParameter, BadRecord, NotLoopback, UnknownName
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


def test_a_project_is_made_on_the_first_page(tmp_path):
    first = home.Home(Workspace(tmp_path), Request({"theme": "dark"}))
    first.heard("create", json.dumps({"team": "contoso", "project": "../spreads"}))
    assert "cannot be the name of a project" in first.panel.values["trouble"]
    first.heard("create", json.dumps({"team": "contoso", "project": "spreads"}))
    assert first.panel.values["go"] == "uploads?theme=dark&project=contoso%2Fspreads"
    assert [str(one) for one in Workspace(tmp_path).projects()] == ["contoso/spreads"]
    first.heard("create", json.dumps({"team": "contoso", "project": "spreads"}))
    assert "exists already" in first.panel.values["trouble"]


def test_the_first_page_names_every_page(tmp_path):
    assert set(home._STEPS) == set(shell.PAGES)


def test_several_projects_are_listed_with_links(tmp_path):
    workspace = Workspace(tmp_path)
    for name in ("one", "two"):
        workspace.create_project("contoso", name)
    page = home.page(workspace, Request({"theme": "dark"}), "assets")
    assert "assets?theme=dark&amp;project=contoso%2Ftwo" in page[1].html


# --- with a login ----------------------------------------------------------------------------------

WORD = "correct horse"


def test_a_file_of_logins_holds_no_password_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "logins.json"
    told = CliRunner().invoke(app, ["serve", "--make-auth", str(path), "ada"], input=f"{WORD}\n{WORD}\n")
    assert told.exit_code == 0, told.output
    assert f"--auth {path}" in told.output
    login.add_user(path, "bob", WORD)
    assert path.stat().st_mode & 0o077 == 0
    assert WORD not in path.read_text()
    users = json.loads(path.read_text())["users"]
    assert set(users) == {"ada", "bob"}
    assert users["ada"] != users["bob"]
    assert login.is_password(users, "ada", WORD)
    assert not login.is_password(users, "ada", WORD + " ")
    assert not login.is_password(users, "eve", WORD)
    login.add_user(path, "ada", "another horse")
    assert not login.is_password(login.Logins.load(path).users, "ada", WORD)
    with pytest.raises(BadParameter, match="10 characters"):
        login.add_user(path, "ada", "short")
    with pytest.raises(BadName):
        login.add_user(path, "a:b", WORD)


@pytest.mark.parametrize("text", ["", "{}", '{"users": {}}', '{"users": {"ada": "plain password"}}'])
def test_a_file_that_holds_no_hashes_lets_nobody_serve(tmp_path, text):
    path = tmp_path / "logins.json"
    path.write_text(text)
    with pytest.raises(BadRecord):
        make_server(Workspace(tmp_path), address="0.0.0.0", auth=path)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """The address of a server on all addresses, under a prefix, with a login."""
    folder = tmp_path_factory.mktemp("guarded")
    login.add_user(folder / "logins.json", "ada", WORD)
    workspace = Workspace(folder / "workspace")
    workspace.create_project("contoso", "volatility")
    started, said = threading.Event(), {}

    def run():
        asyncio.set_event_loop(asyncio.new_event_loop())
        made = make_server(workspace, address="0.0.0.0", prefix="/lab", auth=folder / "logins.json")
        made.start()
        said.update(server=made, host=f"127.0.0.1:{made.port}")
        made.io_loop.add_callback(started.set)
        made.io_loop.start()
        made.stop()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert started.wait(60)
    yield said["host"]
    said["server"].io_loop.add_callback(said["server"].io_loop.stop)
    thread.join(10)


def ask(host, method, path, headers=None, body=None):
    connection = http.client.HTTPConnection(host, timeout=30)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer, text


def enter(host, word=WORD, path="/lab/login", **headers):
    body = urllib.parse.urlencode({"user": "ada", "password": word})
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return ask(host, "POST", path, {**kind, **headers}, body)


def open_websocket(host, **headers):
    """Return the status of a websocket's handshake, 101 where it is opened."""

    async def connect():
        request = tornado.httpclient.HTTPRequest(f"ws://{host}/lab/discovery/ws", headers=headers)
        try:
            made = await tornado.websocket.websocket_connect(request, subprotocols=["bokeh", "x.y.z"])
            made.close()
            while await made.read_message() is not None:
                pass
        except tornado.httpclient.HTTPClientError as problem:
            return problem.code
        return 101

    return finished(connect())


def test_without_a_login_no_page_websocket_or_upload_answers(guarded):
    for path in (
        "/lab/",
        "/lab/discovery?index=7",
        "/lab/assets",
        "/lab/discovery/autoload.js?bokeh-autoload-element=1",
    ):
        answer, text = ask(guarded, "GET", path)
        assert answer.status in (302, 403), path
        assert "volatility" not in text
        if answer.status == 302:
            assert urllib.parse.urljoin(path, answer.headers["Location"]).startswith("/lab/login?next=")
    assert open_websocket(guarded) == 403
    for method in ("GET", "PUT"):
        answer, text = ask(
            guarded, method, "/lab/upload?project=contoso/volatility&name=a.csv&size=2", body="ab"
        )
        assert answer.status == 401
        assert "Log in first" in text
    forged = {"Cookie": f"litlab={WORD}; user=ada; litlab-00000000=ada"}
    assert ask(guarded, "GET", "/lab/assets", forged)[0].status == 302


def test_the_page_to_log_in_fetches_nothing_and_cannot_be_framed(guarded):
    answer, text = ask(guarded, "GET", "/lab/login?next=%22%3E%3Cscript%3E")
    assert answer.status == 200
    assert "<script" not in text
    assert "://" not in text
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_a_password_opens_pages_websocket_and_upload_until_the_logout(guarded):
    answer, text = enter(guarded, "wrong horse")
    assert (answer.status, answer.headers["Set-Cookie"]) == (401, None)
    assert "No user has this name and password" in text
    answer, _ = enter(guarded, path="/lab/login?next=%2Flab%2Fassets%3Ftheme%3Ddark")
    assert (answer.status, answer.headers["Location"]) == (303, "/lab/assets?theme=dark")
    kept = answer.headers["Set-Cookie"]
    assert "HttpOnly" in kept
    assert "SameSite=Lax" in kept
    cookie = {"Cookie": kept.partition(";")[0]}
    assert ask(guarded, "GET", "/lab/assets", cookie)[0].status == 200
    assert ask(guarded, "GET", f"/lab/assets?digest={'9' * 5000}", cookie)[0].status == 200
    url = "/lab/upload?project=contoso/volatility&name=a.csv&size=2"
    assert ask(guarded, "GET", url, cookie)[0].status == 200
    assert open_websocket(guarded, **cookie) == 101
    assert open_websocket(guarded, **cookie, Origin=f"http://{guarded}") == 101
    answer, _ = ask(guarded, "GET", "/lab/logout", cookie)
    assert "litlab-" in answer.headers["Set-Cookie"]


def test_another_sites_page_gets_nowhere_with_the_cookie(guarded):
    cookie = {"Cookie": enter(guarded)[0].headers["Set-Cookie"].partition(";")[0]}
    assert open_websocket(guarded, **cookie, Origin="http://evil.example") == 403
    url = "/lab/upload?project=contoso/volatility&name=a.csv&size=2"
    for foreign in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        for method in ("PUT", "POST"):
            assert ask(guarded, method, url, {**cookie, **foreign}, "ab")[0].status in (403, 405)
    assert enter(guarded, Origin="http://evil.example")[0].status == 403


@pytest.mark.parametrize(
    "after", ["//evil.example/", "http://evil.example", "/\\evil.example", "javascript:1"]
)
def test_the_way_on_leads_to_our_own_pages_only(guarded, after):
    path = "/lab/login?" + urllib.parse.urlencode({"next": after})
    assert enter(guarded, path=path)[0].headers["Location"] == "./"
