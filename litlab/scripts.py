"""A script is one .py file of a user: found by name, loaded by location, its docstring read as a form.

1. ``find_script`` looks in the team's workspace folder, then in plugins: the first of a name wins.
2. ``load_script`` compiles the file under a private module name. ``sys.path`` is never touched, so a
   script called ``enum.py`` harms nobody. One that does more than define things is run by ``rehearsal``
   first, in a process of its own.
3. ``litlab.docstrings`` reads the form out of its docstring; ``Script.read_params`` reads values by it.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import hashlib
import itertools
import sys
import threading
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litlab import plugins, rehearsal
from litlab.docstrings import parse_docstring
from litlab.errors import BadScript, UnknownName
from litlab.forms import Field, columns, read_values
from litlab.workspace import Team

_HOOKS = {"scripts": "script_folders", "components": "component_folders"}
_PACKAGE = Path(__file__).resolve().parent
_serial = itertools.count()
_form = functools.lru_cache(maxsize=128)(parse_docstring)
_parsing = threading.Lock()  # CPython 3.11 counts the depth of all threads together, and then fails


@dataclasses.dataclass(frozen=True)
class Script:
    """A loaded script.

    Attributes
    ----------
    name, path
        The file's stem and location.
    fields : tuple of Field
        The form.
    returns : tuple of str
        Names of the output columns as the docstring has them, () where it says none; ``columns`` fills
        parameters in.
    digest : str
        sha256 of the source: what recipe digests and vault entries hold.
    module : module
        The executed file, under a name of its own at every load.
    """

    name: str
    path: Path
    fields: tuple[Field, ...]
    returns: tuple[str, ...]
    digest: str
    source: str
    module: types.ModuleType

    def read_params(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Check `values` against the form; absent ones get their default, if any; unknown ones are refused.

        >>> script = load_script(shipped("scripts", "unit_bar"))
        >>> script.read_params({"count": "100", "unit": "minute"})
        {'count': 100, 'unit': 'minute'}
        """
        return read_values(self.fields, values, self.name)

    def columns(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the names of the output columns under `params`, () where the docstring says none."""
        return columns(self.returns, self.fields, params)


def shipped(kind: str, name: str) -> Path:
    """Return the path of a script that plugins ship, by kind and name."""
    return _first(kind, name, plugins.folders(_HOOKS[kind]))


def find_script(team: Team | None, kind: str, name: str) -> Path:
    """Return the path of a script: the team's own copy, else a plugin's.

    Parameters
    ----------
    team : Team or None
        None looks in plugins only.
    kind : {"scripts", "components"}
    name : str
        The file's stem.

    Raises
    ------
    UnknownName
        With the nearest known name.
    """
    own = [team.folder(kind)] if team is not None else []
    return _first(kind, name, [*own, *plugins.folders(_HOOKS[kind])])


def list_scripts(team: Team | None, kind: str) -> dict[str, Path]:
    """Return every script that can be found, name → path, by name."""
    own = [team.folder(kind)] if team is not None else []
    every: dict[str, Path] = {}
    for folder in reversed([*own, *plugins.folders(_HOOKS[kind])]):
        every.update({path.stem: path for path in folder.glob("*.py") if not path.stem.startswith("_")})
    return dict(sorted(every.items()))


def _first(kind: str, name: str, folders: list[Path]) -> Path:
    for folder in folders:
        path = folder / f"{name}.py"
        if path.is_file() and path.parent == folder:
            return path
    known = {path.stem for folder in folders for path in folder.glob("*.py") if not path.stem.startswith("_")}
    raise UnknownName(kind=kind.rstrip("s"), given=name, known=known)


def load_script(path: Path) -> Script:
    """Run the file at `path` in a fresh module and read its form.

    Raises
    ------
    BadScript
        If it is no Python, its docstring is no form, or it raises, takes too long or too much memory, prints
        a lot or ends its process while it is loaded; with the line.
    """
    try:
        source = path.read_text("utf-8")
        tree, code = _compiled(source, path)
    except SyntaxError as problem:
        raise BadScript(path=path, line=problem.lineno or 0, reason=problem.msg) from None
    except (UnicodeDecodeError, ValueError) as problem:
        raise BadScript(path=path, line=0, reason=str(problem)) from None
    digest = _rehearsed(path, source, tree)
    fields, returns = _form(ast.get_docstring(tree, clean=True) or "", path, _docstring_line(tree))
    module = types.ModuleType(f"_litlab_script_{next(_serial)}_{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # dataclasses look their module up while it is executed
    try:
        exec(code, module.__dict__)
    except (Exception, SystemExit) as problem:  # a user's script may raise anything
        reason = f"{type(problem).__name__}: {problem}"
        raise BadScript(path=path, line=line_in(path, problem), reason=reason) from problem
    finally:
        del sys.modules[module.__name__]
    return Script(path.stem, path, fields, returns, digest, source, module)


def rehearsed(path: Path, limit_s: float | None = None) -> str:
    """Load a script in a process of its own, where it may hang or end as it likes; return its digest.

    Raises
    ------
    BadScript
        As ``load_script`` does, and no later than after `limit_s`.
    """
    source = path.read_text("utf-8")
    with rehearsal.limited(limit_s):
        return _rehearsed(path, source, parsed(source, path))


def _rehearsed(path: Path, source: str, tree: ast.Module) -> str:
    digest = hashlib.sha256(source.encode()).hexdigest()
    if _PACKAGE not in path.resolve().parents:
        rehearsal.rehearse(path, source, tree, digest)
    return digest


def parsed(source: str, path: Path) -> ast.Module:
    """Return the syntax tree of a script's source, one thread at a time; SyntaxError as Python raises it."""
    with _parsing:
        return ast.parse(source, str(path))


@functools.lru_cache(maxsize=128)
def _compiled(source: str, path: Path) -> tuple[ast.Module, types.CodeType]:
    """Return tree and code of a source: a build loads the same few scripts for every chunk."""
    tree = parsed(source, path)
    with _parsing:
        return tree, compile(tree, str(path), "exec", dont_inherit=True)


def _docstring_line(tree: ast.Module) -> int:
    """Return the line of the file that a cleaned docstring's first line stands in."""
    raw = ast.get_docstring(tree, clean=False) or ""
    blank = next((at for at, line in enumerate(raw.split("\n")) if line.strip()), 0)
    return (tree.body[0].lineno if tree.body else 1) + blank


def line_in(path: Path, problem: BaseException) -> int:
    """Return the line of `path` that the innermost frame of a traceback within it stood at, or 0."""
    line = 0
    trace = problem.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
