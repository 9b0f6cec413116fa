"""Scripts as text: what can be told without running them, and how people change them.

``outline`` reads a script's form and declarations and executes nothing, so that a list of scripts, or a form,
never waits for somebody's code. A script is edited in the team's own copy, which wins over the plugin's.
"""

from __future__ import annotations

import ast
import dataclasses
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litlab import atomic, plugins
from litlab.docstrings import parse_docstring
from litlab.errors import AlreadyExists, BadScript, UnknownName
from litlab.forms import Field, columns
from litlab.records import check_name
from litlab.scripts import find_script, list_scripts, parsed
from litlab.workspace import Team

_MARKS = ("LABEL", "GATE")


@dataclasses.dataclass(frozen=True)
class Outline:
    """A script that was read and not run.

    Attributes
    ----------
    name, path
        The file's stem and location.
    about : str
        The docstring's first line.
    fields, returns
        The form and the output columns, as ``Script`` has them.
    digest : str
        sha256 of the source, the same as ``Script.digest``.
    is_label, is_gate : bool
        Whether it says ``LABEL = True`` or ``GATE = True``.
    """

    name: str
    path: Path
    about: str
    fields: tuple[Field, ...]
    returns: tuple[str, ...]
    digest: str
    is_label: bool
    is_gate: bool

    def read_params(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Check values against the form, as ``Script.read_params`` does."""
        known = {field.name: field for field in self.fields}
        for name in values:
            if name not in known:
                raise UnknownName(kind=f"parameter of {self.name}", given=name, known=known)
        given = {name: known[name].read(value) for name, value in values.items() if value not in (None, "")}
        missing = [field for field in self.fields if field.default and field.name not in given]
        return {**given, **{field.name: field.read(field.default) for field in missing}}

    def columns(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the names of the output columns under `params`, () where the docstring says none."""
        return columns(self.returns, self.fields, params)

    def requires(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the names of the features that are read under `params`."""
        return tuple(
            str(params[field.name])
            for field in self.fields
            if field.kind == "feature" and params.get(field.name)
        )


def outline(path: Path) -> Outline:
    """Read a script's form and declarations.

    Raises
    ------
    BadScript
        If it is no Python or its docstring is no form; with the line.

    Examples
    --------
    >>> from litlab.scripts import shipped
    >>> found = outline(shipped("scripts", "atr_up_next"))
    >>> found.is_label, found.returns, found.fields[0].name
    (True, ('label',), 'rate')
    """
    try:
        source = path.read_text("utf-8")
    except UnicodeDecodeError as problem:
        raise BadScript(path=path, line=0, reason=str(problem)) from None
    return outline_of(source, path)


def outline_of(source: str, path: Path) -> Outline:
    """Read the outline of a text that stands, or is to stand, in `path`; see ``outline``."""
    try:
        tree = parsed(source, path)
    except SyntaxError as problem:
        raise BadScript(path=path, line=problem.lineno or 0, reason=problem.msg) from None
    except (ValueError, RecursionError, MemoryError) as problem:
        raise BadScript(path=path, line=0, reason=str(problem) or type(problem).__name__) from None
    raw = ast.get_docstring(tree, clean=False) or ""
    blank = next((at for at, line in enumerate(raw.split("\n")) if line.strip()), 0)
    first = (tree.body[0].lineno if tree.body else 1) + blank
    text = ast.get_docstring(tree) or ""
    fields, returns = parse_docstring(text, path, first)
    said = {name: _says(tree, name) for name in _MARKS}
    digest = hashlib.sha256(source.encode()).hexdigest()
    about = text.strip().partition("\n")[0]
    return Outline(path.stem, path, about, fields, returns, digest, said["LABEL"], said["GATE"])


def check_feature_source(source: str, path: Path) -> Outline:
    """Return the outline of what is to be a feature script; BadScript where it cannot be one."""
    return _defining(source, path, "feature", "feature(adapter, index, …)")


def check_component_source(source: str, path: Path) -> Outline:
    """Return the outline of what is to be a component; BadScript where it cannot be one."""
    return _defining(source, path, "make_component", "make_component(params, inputs)")


def _defining(source: str, path: Path, name: str, spelled: str) -> Outline:
    found = outline_of(source, path)
    if name not in {target for one in parsed(source, path).body for target in _bound(one)}:
        raise BadScript(path=path, line=1, reason=f"it defines no function {spelled}")
    return found


def _says(tree: ast.Module, name: str) -> bool:
    """Tell whether a module's own lines end up with ``name = True``."""
    said = False
    for one in tree.body:
        value = one.value if isinstance(one, (ast.Assign, ast.AnnAssign)) else None
        if name in _bound(one) and value is not None:
            said = isinstance(value, ast.Constant) and bool(value.value)
    return said


def _bound(one: ast.stmt) -> set[str]:
    """Return the names that a statement of a module binds."""
    if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {one.name}
    if isinstance(one, (ast.Import, ast.ImportFrom)):
        return {(alias.asname or alias.name).partition(".")[0] for alias in one.names}
    targets = (
        one.targets if isinstance(one, ast.Assign) else [one.target] if isinstance(one, ast.AnnAssign) else []
    )
    return {target.id for target in targets if isinstance(target, ast.Name)}


# --- changing them ---------------------------------------------------------------------------------


def is_own(team: Team, kind: str, name: str) -> bool:
    """Tell whether the team has a script of that name itself."""
    return (team.folder(kind) / f"{check_name(name, kind.rstrip('s'))}.py").is_file()


def origin(team: Team, path: Path) -> str:
    """Say whose script it is: "team", or the name of the plugin that ships it."""
    if path.parent in (team.folder("scripts"), team.folder("components")):
        return "team"
    return plugins.owner("script_folders", path) or plugins.owner("component_folders", path) or "plugin"


def save_source(team: Team, kind: str, name: str, source: str) -> Path:
    """Write the team's own copy of a script in one step; it need not be correct yet.

    Parameters
    ----------
    kind : {"scripts", "components"}
    name : str
        The file's stem.
    source : str
    """
    path = team.folder(kind) / f"{check_name(name, kind.rstrip('s'))}.py"
    atomic.write_bytes(path, source.encode("utf-8"))
    return path


def copy_to_team(team: Team, kind: str, name: str) -> Path:
    """Return the team's own copy of a script, made of the plugin's where there is none yet."""
    path = find_script(team, kind, name)
    return path if is_own(team, kind, name) else save_source(team, kind, name, path.read_text("utf-8"))


def constants(path: Path) -> dict[str, Any]:
    """Return what a script's own lines bind to plain values, by name; None stands for anything else.

    Examples
    --------
    >>> from litlab.scripts import shipped
    >>> found = constants(shipped("components", "add"))
    >>> found["WIRES"], "make_component" in found
    ((2, None), True)
    """
    said: dict[str, Any] = {}
    for one in parsed(path.read_text("utf-8"), path).body:
        value = one.value if isinstance(one, (ast.Assign, ast.AnnAssign)) else None
        try:
            plain = None if value is None else ast.literal_eval(value)
        except ValueError:
            plain = None
        said.update(dict.fromkeys(_bound(one), plain))
    return said


def new_script(team: Team, name: str, source: str = "") -> Path:
    """Write a new feature script under a name that nothing has yet.

    Parameters
    ----------
    source : str
        What it holds; a short script that works by default.

    Raises
    ------
    BadName
        For what cannot be a file's name; AlreadyExists if the team or a plugin has a script of that name.
    """
    check_name(name, "script")
    if name in list_scripts(team, "scripts"):
        raise AlreadyExists(kind="script", name=name)
    return save_source(team, "scripts", name, source or TEMPLATE)


TEMPLATE = '''"""Range of the last bars: the highest high less the lowest low.

Parameters
----------
count : number, whole, 1 to 10000, default 30
    How many bars; e.g. [30]
unit : [second,minute,hour,day], default minute
    The unit of a bar; e.g. 1-[minute] bars
size : number, whole, from 1, default 1
    Units in each bar; e.g. [1]-minute bars

Returns
-------
[ range_{count} ]
"""

# The lines above are the form: a field for each parameter, with its help; [30] is what stands in it at first.
from litlab.bars import BAR_COLUMNS

HIGH, LOW = BAR_COLUMNS.index("high"), BAR_COLUMNS.index("low")


def feature(adapter, index, params={}, features={}):
    # `adapter` ends at `index`: what comes later cannot be read. "partial" makes the last bar the one still
    # being traded, built of the trades so far.
    bars = adapter.get_bars(
        index, params.get("count", 30), params.get("unit", "minute"), params.get("size", 1), current="partial"
    )
    if len(bars) < params.get("count", 30):
        return []  # nothing to say here: the sample is left out
    # A table: one row for each moment, one column for each name under Returns.
    return [[bars[:, HIGH].max() - bars[:, LOW].min()]]
'''
