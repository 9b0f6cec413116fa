"""The rehearsal seen from inside: a source is loaded under limits, and how far it came is told."""

from __future__ import annotations

import ast
import faulthandler
import importlib
import os
import resource
import sys
import types
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Any

from litlab.rehearsal.process import DONE, MEMORY


def _load(path: str, seconds: float, memory_bytes: int, told: IO[str], trace: bool) -> None:
    """Load the source on standard input as `path`, under limits."""
    source = sys.stdin.buffer.read().decode()
    faulthandler.enable(told)
    tree = ast.parse(source, path)
    for name in _imports(tree):
        with suppress(Exception):  # the script will say what is wrong with it
            importlib.import_module(name)
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes if hard < 0 else min(hard, memory_bytes), hard))
    module = types.ModuleType("_litlab_rehearsal")
    module.__file__ = path
    sys.modules[module.__name__] = module
    code = compile(tree, path, "exec", dont_inherit=True)
    faulthandler.dump_traceback_later(seconds, exit=True, file=told)
    if trace:
        sys.settrace(_tracing(path, told))
    try:
        exec(code, module.__dict__)
    except MemoryError as problem:
        print(f"{MEMORY}{_line_of(problem, path)}", file=told, flush=True)
    except BaseException:  # a user's script: who loads it next meets the same, and tells it
        pass
    sys.settrace(None)
    faulthandler.cancel_dump_traceback_later()
    sys.stdout.flush()
    told.write(DONE)
    told.flush()
    os._exit(0)  # whatever it has left behind


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _line_of(problem: BaseException, path: str) -> int:
    line, trace = 0, problem.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == path:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _tracing(path: str, told: IO[str]) -> Any:
    def trace(frame: types.FrameType, event: str, arg: object) -> Any:
        if frame.f_code.co_filename != path:
            return None
        if event == "line":
            os.write(told.fileno(), f"at {frame.f_lineno}\n".encode())
        return trace

    return trace


if __name__ == "__main__":
    _path, _seconds, _bytes, _told, _trace = sys.argv[1:]
    _load(_path, float(_seconds), int(_bytes), os.fdopen(int(_told), "w"), _trace == "1")
