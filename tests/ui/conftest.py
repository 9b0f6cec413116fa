"""A real Chromium and a real JupyterLab for the browser tests.

Both skip with a reason where they cannot run, and fail in CI, where they have to.
"""

import contextlib
import dataclasses
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import psutil
import pytest

from litlab.server.place import place
from litlab.workspace import Workspace

START_TIMEOUT_S = 90


def unavailable(reason: str) -> NoReturn:
    """Skip on a machine that lacks something; in CI that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def chromium():
    """A Playwright browser on the system's Chromium."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        unavailable("playwright is not installed")
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        unavailable("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@dataclasses.dataclass(frozen=True)
class Lab:
    """A running JupyterLab."""

    origin: str
    base_url: str
    token: str
    workspace: Workspace
    log: Path

    @property
    def url(self) -> str:
        """Address of the Jupyter server, ending in its base URL."""
        return self.origin + self.base_url

    def status(self, path: str, token: str | None = None) -> tuple[int, bytes]:
        """Get a path below the base URL without following redirects; return HTTP status and body."""
        headers = {"Authorization": f"token {token}"} if token else {}
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            with opener.open(urllib.request.Request(self.url + path, headers=headers), timeout=70) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab under a base URL as a hub would give it, on a workspace with one project."""
    if importlib.util.find_spec("jupyterlab") is None:
        unavailable("jupyterlab is not installed")
    home = tmp_path_factory.mktemp("lab")
    workspace = Workspace(home / "workspace")
    workspace.create_project("contoso", "volatility")
    place(home / "prefix")
    _write_settings(home / "settings")
    port = _free_port()
    lab = Lab(f"http://127.0.0.1:{port}", "/user/x/", "a-token-for-the-tests", workspace, home / "lab.log")
    # The proxy leaves the folder of its socket behind, and a socket's path may have some 100 characters.
    with tempfile.TemporaryDirectory(prefix="lab-") as sockets:
        environment = _environment(home, workspace) | {"TMPDIR": sockets}
        with _running(_command(home, lab, port), environment, lab.log) as process:
            _wait_until_up(lab, process)
            yield lab


def _command(home: Path, lab: Lab, port: int) -> list[str]:
    root = home / "files"
    root.mkdir()
    return [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
        "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
        f"--ServerApp.base_url={lab.base_url}", f"--IdentityProvider.token={lab.token}",
        f"--ServerApp.root_dir={root}", "--ServerApp.allow_unauthenticated_access=False",
        "--LabApp.expose_app_in_browser=True",
    ]  # fmt: skip


def _environment(home: Path, workspace: Workspace) -> dict[str, str]:
    """Nothing of the person's own Jupyter settings gets in, and nothing of the tests gets out."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    return kept | {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "JUPYTER_PATH": str(home / "prefix/share/jupyter"),
        "JUPYTER_CONFIG_PATH": str(home / "prefix/etc/jupyter"),
        "IPYTHONDIR": str(home / "ipython"),
        "LITLAB_HOME": str(workspace.home),
    }


def _write_settings(folder: Path) -> None:
    """Ask for no news: the question covers a corner, and the answer would leave the machine."""
    path = folder / "@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"fetchNews": "false", "checkForUpdates": False}))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _running(command: list[str], environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server; end it and what it started by their process ids."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        process.terminate()
        _, alive = psutil.wait_procs(family, timeout=15)
        for member in alive:
            member.kill()
        process.wait(timeout=10)


def _wait_until_up(lab: Lab, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if lab.status("api/status", lab.token)[0] == 200:
                return
        time.sleep(0.2)
    pytest.fail(f"JupyterLab did not come up:\n{lab.log.read_text()[-4000:]}")


@pytest.fixture
def page(chromium, origin):
    """A page that knows every address asked for and every complaint of the console."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.asked, page.complaints = [], []
    context.on("request", lambda request: page.asked.append(request.url))
    page.on("websocket", lambda socket: page.asked.append(socket.url))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
    yield page
    complaints = page.complaints
    context.close()
    assert complaints == []
