"""The committed canvas is what its sources build to, and its colours are those of the charts."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import litlab
from litlab.charts.tokens import DARK, FONT, LIGHT

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "extensions/canvas"
BUILT = ROOT / "litlab/static"
FILES = ("canvas.css", "canvas.js", "canvas.licences.txt")

pytestmark = pytest.mark.skipif(
    not SOURCE.is_dir(), reason="an installed litlab has no sources of the canvas"
)


@pytest.fixture(scope="module")
def npm():
    program = shutil.which("npm")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("npm is not installed")
        pytest.skip("npm is not installed")

    def run(*arguments, folder):
        done = subprocess.run(
            [program, *arguments], cwd=folder, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, (
            f"npm {' '.join(arguments)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        )

    return run


@pytest.fixture
def copy(npm, tmp_path):
    """The sources in a folder of their own, with what they need installed."""
    folder = tmp_path / "extensions/canvas"
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("node_modules"))
    npm("ci", "--ignore-scripts", "--prefer-offline", folder=folder)
    return folder


def test_the_committed_canvas_is_byte_for_byte_what_its_sources_build_to(npm, copy, tmp_path):
    npm("run", "bundle", folder=copy)
    built = {path.name: path.read_bytes() for path in (tmp_path / "litlab/static").iterdir()}
    assert sorted(built) == list(FILES)
    changed = [name for name in FILES if built[name] != (BUILT / name).read_bytes()]
    assert changed == [], "run `make extension` and commit litlab/static"


@pytest.mark.soak
def test_the_types_of_the_canvas_are_right(npm, copy):
    npm("run", "check", folder=copy)


def test_the_lock_file_names_no_registry():
    lock = json.loads((SOURCE / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []


def test_the_canvas_has_litlabs_version():
    assert json.loads((SOURCE / "package.json").read_text())["version"] == litlab.__version__


def test_the_canvas_asks_for_nothing_from_elsewhere_and_evaluates_nothing():
    script, style = ((BUILT / name).read_text("utf-8") for name in ("canvas.js", "canvas.css"))
    assert (
        re.findall(r"\beval\(|new Function\(|importScripts|\bfetch\(|XMLHttpRequest|\bimport\(", script) == []
    )
    assert re.findall(r"@import|url\((?!data:)", style) == []
    hosts = set(re.findall(r"https?://([\w.-]+)", script + style))
    # Names of XML, and where messages of React point to; nothing of it is asked for.
    assert hosts <= {"www.w3.org", "reactjs.org", "react.dev", "reactflow.dev"}


def test_every_package_inside_the_canvas_has_its_licence_beside_it():
    text = (BUILT / "canvas.licences.txt").read_text("utf-8")
    parts = text.split("\n" + "-" * 80 + "\n\n")[1:]
    names = {part.split(" ", 1)[0] for part in parts}
    assert {"react", "react-dom", "scheduler", "@xyflow/react", "@xyflow/system", "@dagrejs/dagre"} <= names
    assert [part.split("\n", 1)[0] for part in parts if "holds no licence" in part] == []
    assert [
        part.split("\n", 1)[0] for part in parts if not re.match(r"\S+ \S+ \((MIT|ISC|BSD-3-Clause)\)", part)
    ] == []


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_canvas_has_the_colours_of_the_charts(theme):
    style = (SOURCE / "src/style.css").read_text()
    block = re.search(
        rf'^\.litcanvas\[data-theme="{theme.name}"\] \{{(.*?)^\}}', style, re.DOTALL | re.MULTILINE
    )
    said = dict(re.findall(r"--lc-(\w+): (#\w+)", block[1]))
    names = ("surface", "raised", "text", "muted", "hairline", "accent", "warning")
    assert {name: said[name] for name in names} == {name: getattr(theme, name) for name in names}
    assert FONT in style
