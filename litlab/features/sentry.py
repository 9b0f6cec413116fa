"""Hearing of every file that this process opens, in any thread, by any library, below Python too.

1. ``stand`` puts a filter of the system (seccomp) on all threads of this process, for good: whoever opens a
file, asks for its size, connects or starts a program waits until another process, ``sentry_log``, has
written it down and let it go on. 2. ``heard`` tells what was written down since it was asked last. Only for
processes that are there to run scripts. Where the system offers no such filter, ``stands`` says so.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import json
import os
import platform
import socket
import struct
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import litlab

_LOG = Path(__file__).with_name("sentry_log.py")
# By machine: its number for audits, that of the call seccomp, and what is heard: number → (what, the argument
# that holds the folder, the one that holds the path; -1: none).
_MACHINES: dict[str, tuple[int, int, dict[int, tuple[str, int, int]]]] = {
    "x86_64": (0xC000003E, 317, {
        2: ("open", -1, 0), 85: ("open", -1, 0), 257: ("open", 0, 1), 437: ("open", 0, 1),
        4: ("stat", -1, 0), 6: ("stat", -1, 0), 262: ("stat", 0, 1), 332: ("stat", 0, 1),
        59: ("open", -1, 0), 322: ("open", 0, 1), 304: ("a file by its handle", -1, -1),
        42: ("a socket", -1, -1), 310: ("another process", -1, -1), 101: ("another process", -1, -1),
    }),
    "aarch64": (0xC00000B7, 277, {
        56: ("open", 0, 1), 437: ("open", 0, 1), 79: ("stat", 0, 1), 291: ("stat", 0, 1),
        221: ("open", -1, 0), 281: ("open", 0, 1), 265: ("a file by its handle", -1, -1),
        203: ("a socket", -1, -1), 270: ("another process", -1, -1), 117: ("another process", -1, -1),
    }),
}  # fmt: skip
_RING = 425  # io_uring_setup: what goes through a ring is no call that could be heard, so there is none
_ALLOW, _HEAR, _NO_RING = 0x7FFF0000, 0x7FC00000, 0x00050000 | 38  # ENOSYS
_NO_NEW_PRIVILEGES, _PTRACER, _FILTER = 38, 0x59616D61, 1
_FLAGS = 1 | 1 << 3 | 1 << 4  # all threads; give a listener; say so where a thread cannot have it


class Heard(NamedTuple):
    """One call that was heard: what it is, the path it named, where that leads, and which file that is."""

    what: str
    asked: str
    real: str
    device: int
    inode: int


_control: list[Any] = []  # the lines to and from the log


def stands() -> bool:
    """Tell whether this process is heard."""
    return bool(_control)


def stand() -> bool:
    """Have this process heard from now on, for good; tell whether the system allows it."""
    machine = _MACHINES.get(platform.machine())
    if not _control and machine is not None and sys.platform == "linux":
        with contextlib.suppress(OSError, ValueError):
            _stand(*machine)
    return bool(_control)


def about(data: Iterable[Path]) -> None:
    """Name the files and folders whose every use is to be heard; what was heard before is forgotten."""
    every = [Path(os.path.realpath(one)) for one in data]
    files = [
        file for one in every for file in ([*one.rglob("*")] if one.is_dir() else [one]) if file.is_file()
    ]
    inodes = [[found.st_dev, found.st_ino] for found in (file.stat() for file in files)]
    _ask({"data": [str(one) for one in every], "inodes": inodes})


def heard() -> list[Heard]:
    """Return what was heard since this was asked last, without Python's and the system's own files."""
    return [Heard(*one) for one in _ask(None)]


@functools.cache  # each look at a path is heard, and takes its time
def free() -> tuple[str, ...]:
    """Return beginnings of paths that belong to Python, to libraries and to the system."""
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, *sysconfig.get_paths().values()}
    prefixes |= {
        os.path.dirname(litlab.__file__),
        "/usr/lib",
        "/usr/lib64",
        "/lib",
        "/lib64",
        "/usr/local/lib",
    }
    prefixes |= {"/usr/share", "/sys/devices/system", "/sys/fs/cgroup"}
    prefixes |= {one for one in sys.path if os.path.basename(one) in ("site-packages", "dist-packages")}
    folders = {os.path.realpath(one) + os.sep for one in prefixes if one and one != os.sep}
    files = (
        "/etc/ld.so.",
        "/etc/localtime",
        "/etc/nsswitch.conf",
        "/etc/passwd",
        "/dev/null",
        "/dev/urandom",
    )
    system = ("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/sys/vm/", "/sys/kernel/mm/")
    return (*sorted(folders), *files, *system)


def _ask(told: Any) -> list[Any]:
    if not _control:
        return []
    (lines,) = _control
    lines.write(json.dumps(told).encode() + b"\n")
    lines.flush()
    found: list[Any] = json.loads(lines.readline() or b"[]")
    return found


def _stand(machine: int, seccomp: int, calls: dict[int, tuple[str, int, int]]) -> None:
    ours, theirs = socket.socketpair()
    told = json.dumps({"calls": calls, "free": free()})
    with theirs:
        log = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_LOG), told, str(theirs.fileno())],
            pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL,
        )  # fmt: skip
    library = ctypes.CDLL(None, use_errno=True)
    library.prctl(_PTRACER, log.pid, 0, 0, 0)  # it reads the paths out of this process's memory
    library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    code = _program(machine, list(calls))
    kept = ctypes.create_string_buffer(code, len(code))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(kept)))
    listener = library.syscall(seccomp, _FILTER, _FLAGS, program)
    if listener < 0:
        log.kill()
        log.wait()
        ours.close()
        raise OSError(ctypes.get_errno(), "no filter")
    socket.send_fds(ours, [b"."], [listener])
    os.close(listener)
    lines = ours.makefile("rwb")
    _control.append(lines)
    with contextlib.suppress(OSError):  # hears it?
        os.stat("/")
        os.close(os.open("/", os.O_RDONLY))
    if not any(one.real == "/" for one in heard()):
        _control.clear()


def _program(machine: int, calls: list[int]) -> bytes:
    """Return the filter: calls of another machine's kind pass, those named are heard, no ring is made."""

    def step(code: int, yes: int, no: int, value: int) -> bytes:
        return struct.pack("HBBI", code, yes, no, value)

    load, equal, answer = 0x20, 0x15, 0x06
    count = len(calls)
    steps = [step(load, 0, 0, 4), step(equal, 1, 0, machine), step(answer, 0, 0, _ALLOW), step(load, 0, 0, 0)]
    steps += [step(equal, count - at + 2, 0, number) for at, number in enumerate(calls)]
    steps += [step(equal, 1, 0, _RING), step(answer, 0, 0, _ALLOW), step(answer, 0, 0, _NO_RING)]
    return b"".join([*steps, step(answer, 0, 0, _HEAR)])
