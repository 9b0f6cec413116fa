"""The machine's clock and the shared random generators: set by whoever asks a script, and what still asks."""

from __future__ import annotations

import ast
import contextlib
import datetime
import random
import sys
import time
from collections.abc import Iterator
from types import FrameType
from typing import Any
from unittest import mock

import numpy as np

_CLOCKS = ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns")
_TOLD = {"gmtime": 0, "localtime": 0, "ctime": 0, "strftime": 1, "asctime": 0}  # arguments before the time
_NAMES = {"now", "utcnow", "today"}
# Between two settings the year, the month, the weekday, the hour, the minute and the second all differ.
_STEP_S = 400 * 86_400 + 5 * 3_600 + 13 * 60 + 7


@contextlib.contextmanager
def setting(seed: int) -> Iterator[None]:
    """Set the shared random generators and the clock; both are as before afterwards."""
    plain, array = random.getstate(), np.random.get_state()  # noqa: NPY002 - the script may use the shared one
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    shift = seed * _STEP_S
    clocks: dict[str, Any] = {name: getattr(time, name) for name in (*_CLOCKS, *_TOLD)}

    def moved(name: str) -> Any:
        step = shift * 10**9 if name.endswith("_ns") else shift
        return lambda: clocks[name]() + step

    def told(name: str, before: int) -> Any:
        def call(*given: Any) -> Any:
            if len(given) > before:
                return clocks[name](*given)
            now = clocks["time"]() + shift
            return clocks[name](*given, clocks["localtime"](now) if name in ("strftime", "asctime") else now)

        return call

    try:
        with contextlib.ExitStack() as stack:
            for name in _CLOCKS:
                stack.enter_context(mock.patch.object(time, name, moved(name)))
            for name, before in _TOLD.items():
                stack.enter_context(mock.patch.object(time, name, told(name, before)))
            yield
    finally:
        random.setstate(plain)
        np.random.set_state(array)  # noqa: NPY002


def clock_in(source: str) -> tuple[int, str] | None:
    r"""Return the line and the words with which a source asks for the present time, None where it does not.

    >>> clock_in("from datetime import datetime as D\nhour = D.now().hour")
    (2, 'now')
    >>> clock_in("import numpy as np\nmoment = np.datetime64('now')")
    (2, "'now'")
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in _NAMES:
            return node.lineno, node.attr
        if isinstance(node, ast.Call):
            for given in node.args:
                if isinstance(given, ast.Constant) and given.value in _NAMES:
                    return node.lineno, repr(given.value)
    return None


class Asked:
    """Hears whether a script's own lines call the clock, under whatever name; for the thread it is in.

    Attributes
    ----------
    what : str
        The first such call, "" while there was none.
    """

    def __init__(self, script: str) -> None:
        self._script, self.what = script, ""

    def __enter__(self) -> Asked:
        self._before = sys.getprofile()
        sys.setprofile(self._hear)
        return self

    def __exit__(self, *problem: object) -> None:
        sys.setprofile(self._before)

    def _hear(self, frame: FrameType, event: str, given: Any) -> None:
        if event != "c_call" or frame.f_code.co_filename != self._script or self.what:
            return
        name, owner = getattr(given, "__name__", ""), getattr(given, "__self__", None)
        if name in _NAMES and isinstance(owner, type) and issubclass(owner, datetime.date):
            self.what = f"{owner.__name__}.{name}"
        elif name.startswith("clock_gettime") or (
            name in ("read", "pread", "preadv", "readv")
            and owner is not None
            and getattr(owner, "__name__", "") == "posix"
        ):
            self.what = name
