"""Both sides of the wire have the same types, and the extension knows the pages there are."""

import ast
import re
import types
import typing
from pathlib import Path
from typing import TypedDict

import pytest

from litlab.server import wire
from litlab.server.typescript import typescript

SOURCE = Path(__file__).resolve().parents[2] / "extensions/labextension/src"

needs_sources = pytest.mark.skipif(not SOURCE.is_dir(), reason="an installed litlab has no extension sources")


@needs_sources
def test_the_extensions_types_are_made_from_the_wire_bodies():
    assert (SOURCE / "wire.ts").read_text() == typescript(), (
        "python -m litlab.server.typescript > extensions/labextension/src/wire.ts"
    )


@needs_sources
def test_the_rooms_with_a_page_are_the_pages_there_are():
    shell = SOURCE.parents[2] / "litlab/apps/shell.py"  # read, not imported: Panel takes seconds
    pages = ast.literal_eval(re.search(r"^PAGES = (\(.*?\))$", shell.read_text(), re.M | re.S)[1])
    listed = re.split(r"\broom\(\s*'", (SOURCE / "apps.ts").read_text())[1:]
    names = [part.partition("'")[0] for part in listed]
    assert tuple(names) == typing.get_args(wire.Room)
    assert tuple(name for name, part in zip(names, listed, strict=True) if "Open litlab" in part) == pages


def test_a_type_without_a_word_in_json_is_refused():
    module = types.ModuleType("strange")

    class Body(TypedDict):
        numbers: set[int]

    Body.__module__ = "strange"
    module.Body = Body
    with pytest.raises(TypeError, match="set"):
        typescript(module)
