"""The process that hears which files another one opens, and lets it go on: run as a file of its own.

It gets the listener of a seccomp filter over a socket (``litlab.features.sentry``). A call that waits there
is looked up in the caller's memory, written down and let through. Asked over the socket, it tells what it has
written down since it was asked last, as one line of JSON: ``[what, path as asked for, real path, device,
inode]`` each. Files below folders that are named in its arguments are nobody's business, unless they are the
data; whether a file is there, and how large, is written down of the data only.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import socket
import struct
import sys
from typing import Any

RECEIVE, SEND = 0xC0502100, 0xC0182101  # SECCOMP_IOCTL_NOTIF_RECV, _SEND
_NOTICE, _ANSWER = struct.Struct("=QIIiIQ6Q"), struct.Struct("=Qqii")
_GO_ON = 1  # SECCOMP_USER_NOTIF_FLAG_CONTINUE
_HERE = 0xFFFFFF9C  # AT_FDCWD
_PATH_BYTES = 4096

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ioctl.argtypes = (ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p)


class Log:
    """What was seen.

    Parameters
    ----------
    calls : dict of int to (str, int, int)
        By number of the system call: what it is, which arguments are its folder and its path, -1 for none.
    free : tuple of str
        Folders, files and beginnings of paths that are nobody's business.
    """

    def __init__(self, calls: dict[int, tuple[str, int, int]], free: tuple[str, ...]) -> None:
        self.calls, self.free = calls, free
        self.data: tuple[str, ...] = ()
        self.inodes: list[list[int]] = []
        self.seen: list[list[Any]] = []

    def note(self, task: int, number: int, arguments: list[int]) -> None:
        """Write down one call of a thread, where it is of interest."""
        what, folder, path = self.calls[number]
        if path < 0:
            self.seen.append([what, what, what, 0, 0])
            return
        asked = _text(task, arguments[path])
        if not asked:  # of an open file
            return
        if not asked.startswith("/"):
            here = (
                "cwd" if folder < 0 or arguments[folder] & 0xFFFFFFFF == _HERE else f"fd/{arguments[folder]}"
            )
            asked = os.path.join(_link(f"/proc/{task}/{here}"), asked)
        asked = os.path.normpath(asked)
        real = _real(asked, task)
        ours = any(real == one or real.startswith(one + "/") for one in self.data)
        device = inode = 0
        if not ours and real.startswith(self.free):
            return
        try:
            found = os.stat(real)
            device, inode = found.st_dev, found.st_ino
        except OSError:
            if what == "open" and not ours:
                return  # nothing is there: nothing is learnt of it but that
        ours = ours or [device, inode] in self.inodes
        if what == "stat" and not ours:
            return
        self.seen.append([what, asked, real, device, inode])

    def serve(self, listener: int, control: socket.socket) -> None:
        """Answer both until one of them closes."""
        poll = select.poll()
        poll.register(listener, select.POLLIN)
        poll.register(control, select.POLLIN)
        lines = control.makefile("rwb")
        while True:
            for file, event in poll.poll():
                if not event & select.POLLIN:
                    return
                if file == listener:
                    self._let_through(listener)
                    continue
                line = lines.readline()
                if not line:
                    return
                if asked := json.loads(line):
                    self.data, self.inodes = tuple(asked["data"]), asked["inodes"]
                lines.write(json.dumps(self.seen).encode() + b"\n")
                lines.flush()
                self.seen = []

    def _let_through(self, listener: int) -> None:
        notice = ctypes.create_string_buffer(_NOTICE.size)
        if _libc.ioctl(listener, RECEIVE, notice):
            return  # the thread was ended while it waited
        number, task, _, call, _, _, *arguments = _NOTICE.unpack(notice.raw)
        try:
            self.note(task, call, arguments)
        except Exception as problem:  # what is not understood must be told all the same
            self.seen.append(["open", f"? ({type(problem).__name__})", "?", 0, 0])
        answer = ctypes.create_string_buffer(_ANSWER.pack(number, 0, 0, _GO_ON))
        _libc.ioctl(listener, SEND, answer)


def _text(task: int, address: int) -> str:
    """Return the text that lies at an address of a thread's memory."""
    if not address:
        return ""
    memory = os.open(f"/proc/{task}/mem", os.O_RDONLY)
    try:
        return os.fsdecode(os.pread(memory, _PATH_BYTES, address).partition(b"\0")[0])
    finally:
        os.close(memory)


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return "/?"


def _real(asked: str, task: int) -> str:
    """Return where a path leads, as the thread sees it."""
    for name in ("/proc/self/", "/proc/thread-self/", "/dev/fd/"):
        if asked.startswith(name):
            at = "fd/" if name == "/dev/fd/" else ""
            asked = f"/proc/{task}/{at}{asked[len(name) :]}"
    return os.path.realpath(asked)


def main() -> None:
    """Take the listener and serve: the first argument holds calls and free folders, the second the socket."""
    told = json.loads(sys.argv[1])
    control = socket.socket(fileno=int(sys.argv[2]))
    _, listeners, _, _ = socket.recv_fds(control, 1, 1)
    calls = {int(number): tuple(one) for number, one in told["calls"].items()}
    Log(calls, tuple(told["free"])).serve(listeners[0], control)


if __name__ == "__main__":
    main()
