"""A script is one .py file of a user: found by name, loaded by location, its docstring read as a form.

1. ``find_script`` looks in the team's workspace folder, then in plugins: the first of a name wins.
2. ``load_script`` compiles the file under a private module name. ``sys.path`` is never touched, so a
   script called ``enum.py`` harms nobody.
3. ``parse_docstring`` reads the form out of the docstring:

       Parameters
       ----------
       rate : number
           Bars to average over; e.g. [10]
       unit : [hour,minute,second]
           The unit of a bar; e.g. [minute]

       Returns
       -------
       [ sma, sma_normalized ]
"""

from __future__ import annotations

import ast
import dataclasses
import hashlib
import itertools
import math
import re
import sys
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from litlab import plugins
from litlab.errors import BadParameter, BadScript, UnknownName
from litlab.workspace import Team

KINDS = ("number", "choice", "boolean", "text", "list", "feature", "label")
_HOOKS = {"scripts": "script_folders", "components": "component_folders"}
_FIELD = re.compile(r"^([A-Za-z_]\w*)\s*:\s*(.+?)\s*$")
_EXAMPLE = re.compile(r"\[([^\[\]]*)\]")
_serial = itertools.count()


@dataclasses.dataclass(frozen=True)
class Field:
    """One field of a form.

    Attributes
    ----------
    name : str
        The key under which the value arrives in ``params``.
    kind : str
        One of KINDS.
    help : str
        The indented text, on one line.
    example : str
        What stood in [brackets] in the help, "" without; it prefills the form.
    choices : tuple of str
        For ``choice`` only.
    """

    name: str
    kind: str
    help: str = ""
    example: str = ""
    choices: tuple[str, ...] = ()

    def prefill(self) -> Any:
        """Return the example as a value of the field's kind, or None."""
        return self.read(self.example) if self.example else None

    def read(self, value: Any) -> Any:
        """Turn what came from a form into a value of the field's kind.

        A number is an int when it is integral.

        Raises
        ------
        BadParameter
            If it is none.
        """
        try:
            return _READERS[self.kind](value, self)
        except (ValueError, TypeError, LookupError, OverflowError):
            wanted = f"one of {', '.join(self.choices)}" if self.choices else f"a {self.kind}"
            raise BadParameter(name=self.name, given=value, wanted=f"it must be {wanted}") from None


def _read_number(value: Any, field: Field) -> int | float:
    del field
    if isinstance(value, bool):
        raise ValueError(value)
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(value)
    return int(number) if number.is_integer() else number


def _read_choice(value: Any, field: Field) -> str:
    if str(value) not in field.choices:
        raise ValueError(value)
    return str(value)


def _read_boolean(value: Any, field: Field) -> bool:
    del field
    if isinstance(value, bool):
        return value
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[str(value).lower()]


def _read_text(value: Any, field: Field) -> str:
    del field
    return str(value)


def _read_list(value: Any, field: Field) -> list[Any]:
    items = value if isinstance(value, (list, tuple)) else [part.strip() for part in str(value).split(",")]
    return [_number_or_text(item, field) for item in items if item != ""]


def _number_or_text(item: Any, field: Field) -> Any:
    try:
        return _read_number(item, field)
    except (ValueError, TypeError):
        return item


_READERS = {
    "number": _read_number,
    "choice": _read_choice,
    "boolean": _read_boolean,
    "text": _read_text,
    "list": _read_list,
    "feature": _read_text,
    "label": _read_text,
}


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
        Names of the output columns, () where the docstring says none.
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
        """Check `values` against the form; absent ones stay absent, unknown ones are refused.

        >>> script = load_script(shipped("scripts", "unit_bar"))
        >>> script.read_params({"count": "100", "unit": "minute"})
        {'count': 100, 'unit': 'minute'}
        """
        known = {field.name: field for field in self.fields}
        for name in values:
            if name not in known:
                raise UnknownName(kind=f"parameter of {self.name}", given=name, known=known)
        return {name: known[name].read(value) for name, value in values.items() if value not in (None, "")}


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
        If it is no Python, raises while it is loaded, or its docstring is no form; with the line.
    """
    try:
        source = path.read_text("utf-8")
        tree = ast.parse(source, str(path))
        code = compile(tree, str(path), "exec", dont_inherit=True)
    except SyntaxError as problem:
        raise BadScript(path=path, line=problem.lineno or 0, reason=problem.msg) from None
    except (UnicodeDecodeError, ValueError) as problem:
        raise BadScript(path=path, line=0, reason=str(problem)) from None
    fields, returns = parse_docstring(ast.get_docstring(tree, clean=True) or "", path, _docstring_line(tree))
    module = types.ModuleType(f"_litlab_script_{next(_serial)}_{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # dataclasses look their module up while it is executed
    try:
        exec(code, module.__dict__)
    except Exception as problem:  # a user's script may raise anything
        reason = f"{type(problem).__name__}: {problem}"
        raise BadScript(path=path, line=line_in(path, problem), reason=reason) from problem
    finally:
        del sys.modules[module.__name__]
    digest = hashlib.sha256(source.encode()).hexdigest()
    return Script(path.stem, path, fields, returns, digest, source, module)


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


def parse_docstring(
    text: str, path: Path | str = "<docstring>", first_line: int = 1
) -> tuple[tuple[Field, ...], tuple[str, ...]]:
    """Read a form out of a docstring.

    Parameters
    ----------
    text : str
    path, first_line
        The file and the line in it that the text begins in, for BadScript.

    Returns
    -------
    fields : tuple of Field
    returns : tuple of str
        The output columns' names.

    Examples
    --------
    >>> fields, returns = parse_docstring('''Moving average.
    ...
    ... Parameters
    ... ----------
    ... rate : number
    ...     Bars in a window; e.g. [10]
    ... unit : [hour,minute]
    ...
    ... Returns
    ... -------
    ... [ sma ]''')
    >>> [(field.name, field.kind, field.example, field.choices) for field in fields], returns
    ([('rate', 'number', '10', ()), ('unit', 'choice', '', ('hour', 'minute'))], ('sma',))
    """
    fields: list[Field] = []
    returns: tuple[str, ...] = ()
    for section, line, block in _sections(text):
        if section == "Parameters":
            fields.extend(_fields(block, line + first_line - 1, path))
        elif section == "Returns":
            inner = re.search(r"\[([^\]]*)\]", " ".join(block))
            if inner:
                returns = tuple(part.strip() for part in inner.group(1).split(",") if part.strip())
    names = [field.name for field in fields]
    for name in names:
        if names.count(name) > 1:
            reason = f"the parameter {name!r} is described twice"
            raise BadScript(path=path, line=first_line, reason=reason)
    return tuple(fields), returns


def _sections(text: str) -> Iterator[tuple[str, int, list[str]]]:
    """Yield (title, number of its first line, lines) of every underlined section."""
    lines = text.splitlines()
    heads = [
        at
        for at in range(len(lines) - 1)
        if lines[at].strip() and set(lines[at + 1].strip()) == {"-"} and not lines[at][:1].isspace()
    ]
    for at, following in zip(heads, [*heads[1:], len(lines)], strict=False):
        yield lines[at].strip(), at + 3, lines[at + 2 : following]


def _fields(block: list[str], first: int, path: Path | str) -> Iterator[Field]:
    head: tuple[str, str] | None = None
    text: list[str] = []
    for number, line in enumerate(block, first):
        if line.strip() and not line[:1].isspace():
            if head:
                yield _field(*head, text)
            match = _FIELD.match(line)
            if not match:
                reason = f"{line.strip()[:60]!r} is no parameter; wanted 'name : kind'"
                raise BadScript(path=path, line=number, reason=reason)
            kind = match.group(2)
            if not (kind in KINDS and kind != "choice") and not re.fullmatch(
                r"\[[^\[\]]*[^\[\],\s][^\[\]]*\]", kind
            ):
                wanted = "number, boolean, text, list or [choice,choice]"
                raise BadScript(path=path, line=number, reason=f"{kind[:60]!r} is no kind; wanted {wanted}")
            head, text = (match.group(1), kind), []
        elif line.strip():
            text.append(line.strip())
    if head:
        yield _field(*head, text)


def _field(name: str, kind: str, text: list[str]) -> Field:
    words = " ".join(text)
    example = _EXAMPLE.search(words)
    choices: tuple[str, ...] = ()
    if kind.startswith("["):
        choices = tuple(part.strip() for part in kind[1:-1].split(",") if part.strip())
        kind = "choice"
    return Field(name, kind, words, example.group(1).strip() if example else "", choices)
