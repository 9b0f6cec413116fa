"""Which files a script opens, and who else could have opened them.

Three hear at once. An audit hook of Python tells which opens stand below the script's own lines, and which
are litlab's, made for the views. ``sentry`` hears every open of the process, whoever makes it; what no view
made is the script's. Calls run on a thread of their own, whose stack holds nothing but the script and its
view. Where no sentry stands, opens below Python go unheard.
"""

from __future__ import annotations

import contextlib
import contextvars
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple, TypeVar

import litlab
from litlab.adapters import Adapter
from litlab.errors import ScriptTimeout
from litlab.features import sentry

T = TypeVar("T")

_HOME = os.path.dirname(litlab.__file__) + os.sep
# What stands between a script and litlab's own reads.
_VIEWS = tuple(
    _HOME + name.replace("/", os.sep)
    for name in ("adapters/views.py", "adapters/batch_views.py", "features/probing")
)
_IMPURE = {"socket.__new__", "socket.connect", "subprocess.Popen", "os.system", "os.posix_spawn", "os.fork"}
_MAPS = {"mmap.__new__"}
# What looks past the view, asked for by the script itself: libraries do so for good reasons.
_PEEKS = ("gc.get_objects", "gc.get_referrers", "sys._current_frames", "ctypes.")


class Opened(NamedTuple):
    """A file, or whatever else the script opened: its name, and whether it is the data."""

    name: str
    ours: bool


class _Listening:
    """What is heard while one script runs."""

    def __init__(self, script: Path) -> None:
        self.script = str(script)
        self.others = {one.ident for one in threading.enumerate()}
        self.own: list[str] = []  # paths as asked for, by the script
        self.views: Counter[str] = Counter()  # by litlab, for its views
        self.found: list[Opened] = []


_under_way: list[_Listening] = []
_data: list[tuple[set[str], set[tuple[int, int]]]] = []  # paths, and (device, inode), of the data
_installed: list[bool] = []


def name_data(adapter: Adapter) -> None:
    """Say which files the data are: raw files, caches, and those of the quotes beside them."""
    getattr(adapter, "quotes", None)  # opened now, or a script's first question would open them
    paths: set[Path] = set()
    for one in (adapter, *adapter.beside):
        paths |= {Path(path) for path in one.paths}
        for file in getattr(one, "store").files:  # noqa: B009 - adapters of ticks have one
            paths |= {Path(file.raw), Path(file.path)}
    sentry.about(paths)
    real = {os.path.realpath(path) for path in paths}
    inodes = set()
    for path in real:
        with contextlib.suppress(OSError):
            found = os.stat(path)
            inodes.add((found.st_dev, found.st_ino))
    _data[:] = [(real, inodes)]


@contextlib.contextmanager
def listening(script: Path) -> Iterator[list[Opened]]:
    """Collect what a script opens while the block runs; the list is whole behind it."""
    if not _installed:
        _installed.append(True)
        sys.addaudithook(_hook)  # cannot be taken back: it looks only while a script runs
    sentry.heard()
    here = _Listening(script)
    _under_way.append(here)
    try:
        yield here.found
    finally:
        _under_way.remove(here)
        here.found += _found(here)


def _found(here: _Listening) -> list[Opened]:
    found = {}
    folders = _import_folders()
    left = here.views.copy()
    for one in sentry.heard():
        if one.what == "open" and left[one.asked] > 0:
            left[one.asked] -= 1
        elif one.real not in folders:
            ours = one.what == "stat" or _is_ours(one.real, one.device, one.inode)
            found[one.real] = Opened(one.real, ours)
    for asked in here.own:
        real = os.path.realpath(asked) if os.sep in asked else asked
        if not real.startswith(sentry.free()) and real not in found and real not in folders:
            with contextlib.suppress(OSError):
                told = os.stat(real)
                found[real] = Opened(real, _is_ours(real, told.st_dev, told.st_ino))
            found.setdefault(real, Opened(real, False))
    return list(found.values())


def _import_folders() -> set[str]:
    return {os.path.abspath(one) for one in sys.path}


def _is_ours(real: str, device: int, inode: int) -> bool:
    paths, inodes = _data[-1] if _data else (set(), set())
    return (device, inode) in inodes or any(real == one or real.startswith(one + os.sep) for one in paths)


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if not _under_way:
        return
    here = _under_way[-1]
    if event.startswith(_PEEKS):
        if sys._getframe(1).f_code.co_filename == here.script:
            here.own.append(event)
        return
    if event == "open":
        asked = _path_of(args[0])
        if asked is None:
            return
    elif event in _IMPURE or event in _MAPS:
        asked = event
    else:
        return
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if file == "<frozen linecache>" or file.endswith(f"{os.sep}linecache.py"):  # a warning is shown
            here.views[asked] += 1
            return
        if file == here.script:
            here.own.append(asked)
            return
        if file.startswith(_VIEWS):
            here.views[asked] += 1
            return
        frame = frame.f_back
    if threading.get_ident() not in here.others:  # a thread that the script has started
        here.own.append(asked)


def _path_of(given: Any) -> str | None:
    if isinstance(given, int):  # it was opened before
        return None
    path = os.fsdecode(given)
    return os.path.normpath(os.path.join(os.getcwd(), path))


def apart(work: Callable[[], T], script: Path, index: int, limit_s: float) -> T:
    """Do ``work()`` on a thread of its own, whose stack holds nothing of whoever asks.

    Raises
    ------
    ScriptTimeout
        Where it takes longer; the thread is left behind. Whatever the work raises is raised here.
    """
    answers: list[T] = []
    problems: list[BaseException] = []
    context = contextvars.copy_context()

    def begin() -> None:
        try:
            answers.append(context.run(work))
        except BaseException as problem:  # handed on to whoever waits
            problems.append(problem)

    thread = threading.Thread(target=begin, daemon=True, name="probe")
    thread.start()
    thread.join(limit_s)
    if thread.is_alive():
        frame, line = sys._current_frames().get(thread.ident or 0), 0
        while frame is not None and not line:
            line = frame.f_lineno if frame.f_code.co_filename == str(script) else 0
            frame = frame.f_back
        raise ScriptTimeout(script=script.name, line=line, index=index, limit=limit_s)
    if problems:
        raise problems[0]
    return answers[0]
