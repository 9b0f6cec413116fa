"""Which scripts can do no harm when they are loaded: told from their syntax alone."""

from __future__ import annotations

import ast

# Where decorators come from that only wrap what they decorate.
_DECORATORS = {"numba", "functools", "dataclasses", "abc", "contextlib", "typing", "litlab"}
_CALLS = {"logging.getLogger", "re.compile"}
_BUILT_IN = {"set", "dict", "list", "tuple", "frozenset", "object", "staticmethod", "classmethod", "property"}


def is_plain(tree: ast.Module) -> bool:
    r"""Tell whether a module holds nothing but imports, functions, classes and plain values.

    Examples
    --------
    >>> is_plain(ast.parse("import numpy as np\nRATE = 14\ndef feature(adapter, index): return [RATE]"))
    True
    >>> is_plain(ast.parse("import time\ntime.sleep(60)")), is_plain(ast.parse("while True: pass"))
    (False, False)
    """
    return _Plain(tree).body(tree.body)


class _Plain:
    def __init__(self, tree: ast.Module) -> None:
        self.origins: dict[str, str] = {}  # local name → where it is imported from
        self.own: set[str] = set()  # names that the module binds itself
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for one in node.names:
                    first = one.name.split(".")[0]
                    self.origins[one.asname or first] = one.name if one.asname else first
            elif isinstance(node, ast.ImportFrom):
                for one in node.names:
                    self.origins[one.asname or one.name] = f"{node.module}.{one.name}"
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                self.own.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self.own.add(node.id)

    def body(self, nodes: list[ast.stmt]) -> bool:
        return all(self.statement(node) for node in nodes)

    def statement(self, node: ast.stmt) -> bool:
        match node:
            case ast.Import() | ast.ImportFrom() | ast.Pass() | ast.Expr(ast.Constant()):
                return True
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return self._function(node)
            case ast.ClassDef():
                bases = all(self._origin(one) not in ("", "own") for one in node.bases)
                return bases and not node.keywords and self._decorated(node) and self.body(node.body)
            case ast.Assign():
                return all(isinstance(one, ast.Name) for one in node.targets) and self.value(node.value)
            case ast.AnnAssign(ast.Name(), annotation, value):
                return self.value(annotation) and (value is None or self.value(value))
        return False

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        given = node.args
        every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
        values = [
            *given.defaults,
            *given.kw_defaults,
            node.returns,
            *(one.annotation for one in every if one),
        ]
        return self._decorated(node) and all(self.value(one) for one in values if one)

    def _decorated(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
        for one in node.decorator_list:
            called = one.func if isinstance(one, ast.Call) else one
            if isinstance(one, ast.Call) and not self._arguments(one):
                return False
            origin = self._origin(called)
            if origin.split(".")[0] not in _DECORATORS and origin not in _BUILT_IN:
                return False
        return True

    def _arguments(self, node: ast.Call) -> bool:
        return all(self.value(one) for one in [*node.args, *(key.value for key in node.keywords)])

    def _origin(self, node: ast.expr) -> str:
        """Return where a dotted name comes from ("os.path", "set"): "own" for the module's, "" for none."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        if node.id in self.own:
            return "own"
        return ".".join([self.origins.get(node.id, node.id), *reversed(parts)])

    def value(self, node: ast.expr) -> bool:
        match node:
            case ast.Constant() | ast.Name() | ast.Lambda():
                return True
            case ast.Attribute() | ast.Starred():
                return self.value(node.value)
            case ast.UnaryOp():
                return _is_number(node.operand)
            case ast.Tuple() | ast.List() | ast.Set():
                return all(self.value(one) for one in node.elts)
            case ast.Dict():
                return all(self.value(one) for one in [*node.keys, *node.values] if one)
            case ast.Subscript():
                return self.value(node.value) and self.value(node.slice)
            case ast.BinOp(left, ast.BitOr(), right):  # of types
                return self.value(left) and self.value(right)
            case ast.BinOp(left, ast.Add() | ast.Sub() | ast.Mult() | ast.Div(), right):
                return _is_number(left) and _is_number(right)
            case ast.Call():
                origin = self._origin(node.func)
                return (origin in _CALLS or origin in _BUILT_IN) and self._arguments(node)
        return False


def _is_number(node: ast.expr) -> bool:
    match node:
        case ast.Constant():
            return isinstance(node.value, (int, float))
        case ast.BinOp(left, ast.Add() | ast.Sub() | ast.Mult() | ast.Div(), right):
            return _is_number(left) and _is_number(right)
    return False
