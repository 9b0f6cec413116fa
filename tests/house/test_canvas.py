"""The committed canvas asks for nothing from elsewhere, has its licences, and the charts' colours."""

import re
from pathlib import Path

import pytest

from litlab.charts.tokens import DARK, FONT, LIGHT

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "extensions/canvas"
BUILT = ROOT / "litlab/static"

pytestmark = pytest.mark.skipif(
    not SOURCE.is_dir(), reason="an installed litlab has no sources of the canvas"
)


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
