"""A companion: one process of this user's that several others ask, so that what is slow is loaded once.

1. ``Companion.ask`` sends a JSON question over a unix socket and waits for the JSON answer. Where nobody
listens it starts ``python -m litlab.companion MODULE SOCKET`` first. 2. That detaches itself, imports the
module and calls its ``main(socket)``. 3. There ``listen`` takes questions from all connections, and returns
when nobody has been connected for a while: a companion ends with the last of its owners, however that ends.

The socket lies in a folder that only this user may enter, named after the interpreter and this litlab.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib
import itertools
import json
import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from pathlib import Path
from typing import Any

import litlab
from litlab.errors import CompanionGone

_LONGEST = 60  # a socket's whole path takes 107 bytes at most
START_S = 120.0  # a cold machine may take long to import what it needs
GRACE_S = 4.0
_TRIES = 2

Answer = Callable[[dict[str, Any]], None]


class Companion:
    """A process to ask; it is started with the first question.

    Parameters
    ----------
    module : str
        Its ``main(path)`` listens.
    folder : Path, optional
        Where its socket lies; one for all processes of this user by default.

    Notes
    -----
    Threads may ask at the same time: answers find their question by number.
    """

    def __init__(self, module: str, folder: Path | None = None) -> None:
        self.module = module
        self._folder = folder
        self._numbers = itertools.count()
        self._waiting: dict[int, Future[dict[str, Any]]] = {}
        self._turn = threading.Lock()
        self._socket: socket.socket | None = None

    @property
    def path(self) -> Path:
        """Its socket."""
        made = f"{sys.prefix}|{Path(litlab.__file__).parent}|{litlab.__version__}"
        name = f"{self.module.rpartition('.')[2]}-{hashlib.sha256(made.encode()).hexdigest()[:12]}.socket"
        return (self._folder or _runtime_folder()) / name

    def ask(self, question: dict[str, Any], timeout_s: float = 60.0) -> dict[str, Any]:
        """Ask, and wait for the answer.

        Raises
        ------
        CompanionGone
            If it cannot be started, ends twice before it answers, or takes longer than `timeout_s`.
        """
        for left in reversed(range(_TRIES)):
            future = self.submit(question)
            try:
                return future.result(timeout_s)
            except TooLate:
                reason = f"it has not answered for {timeout_s:g} s"
                raise CompanionGone(module=self.module, reason=reason) from None
            except ConnectionError:
                if not left:
                    raise CompanionGone(module=self.module, reason="it ended before it answered") from None
        raise AssertionError

    def submit(self, question: dict[str, Any]) -> Future[dict[str, Any]]:
        """Ask, and return at once; ConnectionError is what comes where it ends before it answers."""
        future: Future[dict[str, Any]] = Future()
        number = next(self._numbers)
        line = (json.dumps({**question, "number": number}) + "\n").encode()
        with self._turn:
            connection = self._connected()
            self._waiting[number] = future
            try:
                connection.sendall(line)
            except OSError:
                self._forget()
        return future

    def close(self) -> None:
        """Leave it; it ends when all have left."""
        with self._turn:
            self._forget()

    def _connected(self) -> socket.socket:
        if self._socket is None:
            path = self.path
            found = _connect(path)
            if found is None:
                _start(self.module, path)
                found = _connect(path)
            if found is None:
                raise CompanionGone(module=self.module, reason="nothing listens where it was started")
            self._socket = found
            threading.Thread(target=self._listen, args=(found,), daemon=True, name="companion").start()
        return self._socket

    def _listen(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), connection.makefile("r", encoding="utf-8") as lines:
            for line in lines:
                answer = json.loads(line)
                future = self._waiting.pop(answer.pop("number"), None)
                if future is not None:
                    future.set_result(answer)
        with self._turn:
            if self._socket is connection:
                self._forget()

    def _forget(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
            self._socket = None
        waiting, self._waiting = self._waiting, {}
        for future in waiting.values():
            future.set_exception(ConnectionError("the companion ended"))


def _runtime_folder() -> Path:
    """Return the folder of this user's sockets, made if missing; refused where others may write to it."""
    home = os.environ.get("XDG_RUNTIME_DIR")
    name = f"litlab-{os.getuid()}"
    folder = Path(home if home and Path(home).is_dir() else tempfile.gettempdir()) / name
    if len(str(folder)) > _LONGEST:
        folder = Path("/tmp") / f"{name}-{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}"
    folder.mkdir(mode=0o700, exist_ok=True)
    about = folder.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid() or about.st_mode & 0o077:
        raise CompanionGone(module="companion", reason=f"others may write to {folder}")
    return folder


def _connect(path: Path) -> socket.socket | None:
    found = socket.socket(socket.AF_UNIX)
    try:
        found.connect(str(path))
    except OSError:
        found.close()
        return None
    return found


def _start(module: str, path: Path) -> None:
    """Start the process and return when it listens; who starts it at the same moment gets the same one."""
    done = subprocess.run(
        [sys.executable, "-m", "litlab.companion", module, str(path)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=START_S,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    if done.returncode:
        log = path.with_suffix(".log")
        told = done.stderr or (log.read_text("utf-8", "replace") if log.is_file() else "")
        said = (told.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise CompanionGone(module=module, reason=f"it could not be started: {said}")


# --- in the process --------------------------------------------------------------------------------


def listen(path: Path, answer: Callable[[dict[str, Any], Answer], None], grace_s: float = GRACE_S) -> None:
    """Take questions until nobody has been connected for `grace_s`.

    Parameters
    ----------
    answer : callable
        Called with a question and with what sends the answer, then or later, from any thread.
    """
    here = _Listening()
    with socket.socket(socket.AF_UNIX) as server:
        path.unlink(missing_ok=True)
        server.bind(str(path))
        server.listen()
        server.settimeout(0.25)
        _tell_listening()
        while time.monotonic() < here.until(grace_s):
            with contextlib.suppress(TimeoutError):
                connection, _ = server.accept()
                connection.settimeout(None)
                here.enter()
                threading.Thread(target=_serve, args=(connection, answer, here), daemon=True).start()
        path.unlink(missing_ok=True)


class _Listening:
    """How many are connected, and since when nobody is."""

    def __init__(self) -> None:
        self._count, self._since, self._turn = 0, time.monotonic(), threading.Lock()

    def enter(self) -> None:
        with self._turn:
            self._count += 1

    def leave(self) -> None:
        with self._turn:
            self._count -= 1
            self._since = time.monotonic()

    def until(self, grace_s: float) -> float:
        return float("inf") if self._count else self._since + grace_s


def _serve(
    connection: socket.socket, answer: Callable[[dict[str, Any], Answer], None], here: _Listening
) -> None:
    turn = threading.Lock()

    def reply(number: int, body: dict[str, Any]) -> None:
        line = (json.dumps({**body, "number": number}) + "\n").encode()
        with turn, contextlib.suppress(OSError):  # who asked may be gone
            connection.sendall(line)

    try:
        with connection, connection.makefile("r", encoding="utf-8") as lines:
            for line in lines:
                question = json.loads(line)
                number = int(question.pop("number"))
                answer(question, lambda body, number=number: reply(number, body))  # type: ignore[misc]
    except (OSError, ValueError):  # gone, or no question at all: whoever it is has to come again
        pass
    finally:
        here.leave()


_told: list[int] = []  # a pipe to who started this process


def _tell_listening() -> None:
    """Let who started the process go on."""
    while _told:
        handle = _told.pop()
        os.write(handle, b"1")
        os.close(handle)


def _detached(module: str, path: Path) -> int:
    """Leave a process behind that runs the module's ``main``; return 0 once it listens.

    It holds a lock for as long as it lives: a second one that was started meanwhile finds it held and leaves.
    """
    read, write = os.pipe()
    if os.fork():
        os.close(write)
        told = os.read(read, 1)
        return 0 if told == b"1" else 1
    os.close(read)
    os.setsid()
    if os.fork():
        os._exit(0)
    _told.append(write)
    guard = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    while not _held(guard):  # another's start is waited for, and so is another's end
        if (found := _connect(path)) is not None:
            found.close()
            _tell_listening()
            return 0
        time.sleep(0.02)
    log = os.open(path.with_suffix(".log"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    for handle in (1, 2):
        os.dup2(log, handle)
    importlib.import_module(module).main(path)
    return 0


def _held(guard: int) -> bool:
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


if __name__ == "__main__":
    # The module that others import, not this copy of it.
    sys.exit(importlib.import_module("litlab.companion")._detached(sys.argv[1], Path(sys.argv[2])))
