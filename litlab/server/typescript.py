"""The wire bodies in TypeScript, as ``extensions/labextension/src/wire.ts`` has them; run, it prints them."""

from __future__ import annotations

import inspect
import sys
import types
import typing
from typing import Any

from litlab.server import wire

_HEAD = """/**
 * The JSON bodies of litlab's interface. Made from litlab/server/wire.py, not to be edited:
 * python -m litlab.server.typescript > extensions/labextension/src/wire.ts
 */
"""
_PLAIN = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null"}


def typescript(module: types.ModuleType = wire) -> str:
    """Return the TypeScript of a module's literals and TypedDicts, in the module's order.

    Raises
    ------
    TypeError
        For a type that JSON has no simple word for.

    Examples
    --------
    >>> print(typescript()[typescript().index("interface PythonBody") :])
    interface PythonBody {
      text: string;
    }
    <BLANKLINE>
    """
    literals = {name: one for name, one in vars(module).items() if typing.get_origin(one) is typing.Literal}
    parts = [f"export type {name} = {_of(one, {})};\n" for name, one in literals.items()]
    parts += [
        _interface(one, literals)
        for one in vars(module).values()
        if typing.is_typeddict(one) and one.__module__ == module.__name__
    ]
    return _HEAD + "".join(f"\n{part}" for part in parts)


def _interface(body: type, literals: dict[str, Any]) -> str:
    told = inspect.cleandoc(body.__doc__ or "").replace("``", "`").splitlines()
    comment = "".join(f" * {line}".rstrip() + "\n" for line in told)
    hints = typing.get_type_hints(body)
    fields = "".join(f"  {name}: {_of(hint, literals)};\n" for name, hint in hints.items())
    return f"/**\n{comment} */\nexport interface {body.__name__} {{\n{fields}}}\n"


def _of(hint: Any, literals: dict[str, Any]) -> str:
    """Return the TypeScript of one type hint."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    named = next((name for name, one in literals.items() if one == hint), None)
    if named is not None:
        return named
    if hint in _PLAIN:
        return _PLAIN[hint]
    if typing.is_typeddict(hint):
        return str(hint.__name__)
    if origin is typing.Literal:
        return " | ".join(f"'{one}'" for one in arguments)
    if origin is list:
        inner = _of(arguments[0], literals)
        return f"({inner})[]" if " | " in inner else f"{inner}[]"
    if origin is dict:
        return f"Record<{_of(arguments[0], literals)}, {_of(arguments[1], literals)}>"
    if hint is Any:
        return "unknown"
    if origin in (typing.Union, types.UnionType):
        return " | ".join(dict.fromkeys(_of(one, literals) for one in arguments))
    raise TypeError(f"{hint!r} has no TypeScript here")


if __name__ == "__main__":
    sys.stdout.write(typescript())
