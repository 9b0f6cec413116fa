"""The house as tests: who may import whom, and what every module owes its reader."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import litlab

ROOT = Path(litlab.__file__).parent

FLOORS: list[set[str]] = [
    {"errors", "shown"},
    {"atomic"},
    {"records", "forms"},
    {"workspace"},
    {"jobs", "plugins", "engine", "companion", "docstrings", "rehearsal"},
    {"scripts"},
    {"ticks", "sources"},
    {"bars"},
    {"adapters"},
    {"features", "uploads"},
    {"schemas"},
    {"assets"},
    {"builds", "canvases"},
    {"vault"},
    {"experiments", "streams"},
    {"deployments"},
    {"insights"},
    {"charts", "traders", "testing", "upkeep", "demo", "demo_report"},
    {"widgets", "apps"},
    {"server"},
    {"cli"},
]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
# Shipped scripts are user code: they stand on the features' floor, whatever plugin they come with.
SCRIPTS = ("traders/scripts/", "traders/components/")

MODULES = sorted(path for path in ROOT.rglob("*.py") if "labextension" not in path.parts)


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    """Return the rooms of litlab that a module imports anywhere in it, types only included."""
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{one.name}" for one in node.names]
            assert node.level == 0, f"{path}: relative import"
        for name in names:
            parts = name.split(".")
            if parts[0] == "litlab" and len(parts) > 1 and parts[1] in FLOOR:
                rooms.add(parts[1])
    return rooms


def test_every_room_stands_on_a_floor() -> None:
    rooms = {room_of(path) for path in MODULES} - {"__init__"}
    assert rooms <= set(FLOOR), f"not on a floor: {rooms - set(FLOOR)}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_its_own_room_and_lower_floors_only(path: Path) -> None:
    own = room_of(path)
    if own == "__init__":
        return
    where = str(path.relative_to(ROOT))
    floor = FLOOR["features"] if where.startswith(SCRIPTS) else FLOOR[own]
    for room in imported_rooms(path) - {own}:
        assert FLOOR[room] < floor or where.startswith(SCRIPTS), (
            f"{where} imports {room}, which stands no lower"
        )
        if where.startswith(SCRIPTS):
            assert FLOOR[room] <= floor


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_opens_with_a_docstring(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not text.strip() or ast.get_docstring(ast.parse(text)), f"{path} has no docstring"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_reads_pickles(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"\b(pickle|dill|cloudpickle|joblib|marshal|shelve)\b", text)
    assert "allow_pickle=True" not in text


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_outgrows_its_story(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400, "find the noun that is hiding"


def test_nothing_names_a_machine_or_a_registry() -> None:
    """What is committed speaks of the project alone."""
    top = ROOT.parent
    hosts = re.compile(r"registry\.npmjs|files\.pythonhosted|pypi\.org/simple|deb\.debian|file:///")
    names = ["constraints.txt", "pyproject.toml", "Makefile", "extensions/labextension/package-lock.json"]
    for name in names:
        path = top / name
        if path.is_file():
            assert not hosts.search(path.read_text("utf-8")), f"{name} names a host"
