"""A process of its own for what scripts do, kept warm and ended at any moment.

1. ``Workbench.run`` hands work to the process and waits; other threads go on meanwhile, ``stop`` ends it.
2. In the process ``_guarded`` sets the limits: a watchdog of faulthandler writes the stack and ends the
process when the time is over, whatever holds the interpreter; memory is limited by the system. What is
printed goes to a file, its first 64 kB. 3. ``_blame`` reads afterwards what a process that is gone has left.
"""

from __future__ import annotations

import contextlib
import dataclasses
import faulthandler
import io
import os
import re
import resource
import shutil
import signal
import struct
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from pathlib import Path
from typing import IO, Any
from unittest import mock

import psutil

from litlab import engine
from litlab.engine import WorkerDied
from litlab.errors import (
    LitlabError,
    ScriptEnded,
    ScriptFailed,
    ScriptOutOfMemory,
    ScriptStopped,
    ScriptTimeout,
)

PRINTED_BYTES = 64 << 10
_MEMORY_BYTES = 4 << 30
_START_S = 300.0  # a cold machine may take long to start a process and import numba
_GRACE_S = 5.0  # behind its own watchdog
_COMPILE_S = 60.0  # that numba may take for a script's kernels, once; not counted as the script's own time
_NUMBA = f"{os.sep}numba{os.sep}core{os.sep}"
_EXIT = "Exit "  # how the crash file of a script that called os._exit begins


@dataclasses.dataclass(frozen=True)
class Ran:
    """What work came to, and the first 64 kB of what was printed meanwhile."""

    value: Any
    printed: str


class Workbench:
    """One process, one piece of work at a time.

    Parameters
    ----------
    memory_bytes : int, optional
        What the process may have; 4 GiB, or 4/5 of all memory where that is less.

    Examples
    --------
    >>> bench = Workbench()
    >>> bench.run(sum, [1, 2], script="sum", limit_s=5).value
    3
    >>> bench.close()
    """

    def __init__(self, memory_bytes: int | None = None) -> None:
        self.memory_bytes = memory_bytes or min(_MEMORY_BYTES, psutil.virtual_memory().total * 4 // 5)
        self._turn = threading.Lock()
        self._folder = Path(tempfile.mkdtemp(prefix="litlab-bench-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._pool = engine.processes(1)
        self._pid: Future[int] = self._pool.submit(_ready)
        self._stopped = False
        self._busy = False

    def run(
        self,
        work: Callable[..., Any],
        *args: Any,
        script: str,
        index: int = -1,
        limit_s: float = 10.0,
        scripts: Iterable[Path] = (),
    ) -> Ran:
        """Do ``work(*args)`` in the process.

        Parameters
        ----------
        work : callable
            Of a module that the process can import.
        script, index
            Named in errors.
        limit_s : float
            Then the process is ended.
        scripts : iterable of Path
            Files among which the line at fault is looked for.

        Raises
        ------
        ScriptTimeout, ScriptEnded, ScriptOutOfMemory
            With the line where the stack tells it; what was printed stands in the field ``printed``.
        ScriptStopped
            Where somebody called ``stop``; and whatever the work itself raises.
        """
        paths = {str(path) for path in scripts}
        with self._turn:
            self._stopped = False
            pid = self._started()
            for name in ("crash", "printed", "told"):
                (self._folder / name).unlink(missing_ok=True)
            self._busy = True
            future = self._pool.submit(_guarded, str(self._folder), limit_s, self.memory_bytes, work, args)
            try:
                value, clean = _patient(future, limit_s + _COMPILE_S + _GRACE_S, pid)
            except WorkerDied as problem:
                self._pid = self._pool.submit(_ready)
                raise self._blame(problem, script, index, limit_s, paths) from None
            except ScriptFailed as problem:
                raise self._with_printed(_by_memory(problem, self.memory_bytes)) from problem
            except LitlabError as problem:
                raise self._with_printed(problem) from None
            finally:
                self._busy = False
            printed = self.printed()
            if not clean or self._stopped:  # threads of the script would go on beside the next one
                _end(pid)
                self._pool.submit(os.getpid)  # takes the news of that end
                self._pid = self._pool.submit(_ready)
        return Ran(value, printed)

    def _started(self) -> int:
        """Wait for the process and return its id; one that died while it rested is replaced."""
        try:
            return self._pid.result(_START_S)
        except WorkerDied:
            self._pid = self._pool.submit(_ready)
            return self._pid.result(_START_S)

    def stop(self) -> None:
        """End what is running; who waits for it is told ScriptStopped."""
        if self._busy and self._pid.done():
            self._stopped = True
            _end(self._pid.result())

    def progress(self) -> tuple[int, int]:
        """Return how far the work says it has come (see ``tell``): done, of how many."""
        with contextlib.suppress(OSError, struct.error):
            done, total = struct.unpack("qq", (self._folder / "told").read_bytes())
            return int(done), int(total)
        return 0, 0

    def printed(self) -> str:
        """Return the first 64 kB of what was printed by the work under way, or the last one."""
        with contextlib.suppress(OSError):
            return (self._folder / "printed").read_bytes().decode("utf-8", "replace")
        return ""

    def close(self) -> None:
        """End the process and remove what it left."""
        if self._pid.done() and not self._pid.exception():
            _end(self._pid.result())
        self._pool.shutdown(wait=False, cancel_futures=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _with_printed(self, problem: LitlabError) -> LitlabError:
        problem.fields["printed"] = self.printed()
        return problem

    def _blame(
        self, problem: WorkerDied, script: str, index: int, limit_s: float, paths: set[str]
    ) -> LitlabError:
        """Say why a process is gone, by what it left behind."""
        if self._stopped:
            return ScriptStopped(script=f"{script}.py")
        stack = ""
        with contextlib.suppress(OSError):
            stack = (self._folder / "crash").read_text("utf-8", "replace")
        frames = re.findall(r'File "(.*?)", line (\d+)', stack)  # the innermost comes first
        at = next(
            ((Path(file).name, int(line)) for file, line in frames if file in paths), (f"{script}.py", "?")
        )
        where = {"script": at[0], "line": at[1], "index": index, "printed": self.printed()}
        if stack.startswith("Timeout") or problem.status is None:
            return ScriptTimeout(**where, limit=limit_s)
        fatal = re.match(r"Fatal Python error: (.*)", stack)
        how = (
            f"os._exit({stack.split()[1]})"
            if stack.startswith(_EXIT)
            else fatal[1]
            if fatal
            else _how(problem)
        )
        return ScriptEnded(**where, how=how)


def _patient(future: Future[tuple[Any, bool]], limit_s: float, pid: int) -> tuple[Any, bool]:
    """Wait for an answer; end a process whose own watchdog was taken from it."""
    try:
        return future.result(limit_s)
    except TooLate:
        _end(pid)
        with contextlib.suppress(WorkerDied):
            future.result(_GRACE_S)
        raise WorkerDied("it took too long", pid, None) from None


def _how(problem: WorkerDied) -> str:
    if problem.status is None or problem.status >= 0:
        return f"exit status {problem.status}"
    more = ", as the system does where memory is short" if -problem.status == signal.SIGKILL else ""
    return f"{signal.Signals(-problem.status).name}{more}"


def _by_memory(problem: ScriptFailed, limit: int) -> LitlabError:
    """Return the error that names the limit where a script ran out of memory."""
    if "MemoryError" not in str(problem.fields["reason"]).partition(":")[0]:
        return problem
    where = {name: problem.fields[name] for name in ("script", "line", "index")}
    return ScriptOutOfMemory(**where, limit=limit)


def _end(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


# --- in the process --------------------------------------------------------------------------------


def _ready() -> int:
    """Load what every script needs, and return the process's id."""
    import litlab.features.indicators  # noqa: F401

    return os.getpid()


class _Printed(io.TextIOBase):
    """A stream that keeps the first bytes in a file, which outlives the process."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._left = file, PRINTED_BYTES

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self._left > 0:
            data = text.encode("utf-8", "replace")[: self._left]
            self._file.write(data)
            self._left -= len(data)
            if not self._left:
                self._file.write(b"\n(it printed more)\n")
        return len(text)


_told: list[Path] = []  # where progress is written while work is under way


def tell(done: int, total: int) -> None:
    """Say from within the work how far it has come."""
    for path in _told:
        path.write_bytes(struct.pack("qq", done, total))


def _guarded(
    folder: str, limit_s: float, memory_bytes: int, work: Callable[..., Any], args: tuple[Any, ...]
) -> tuple[Any, bool]:
    """Do the work within the limits; tell whether it left no thread behind."""
    home = Path(folder)
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes if hard < 0 else min(hard, memory_bytes), hard))
    before = threading.active_count()
    leave = os._exit

    with (
        (home / "crash").open("w") as crash,
        (home / "printed").open("wb", buffering=0) as file,
        contextlib.ExitStack() as stack,
    ):

        def told_exit(status: int) -> None:
            crash.write(f"{_EXIT}{status}\n")
            crash.flush()
            faulthandler.dump_traceback(crash, all_threads=False)
            leave(status)

        stream = _Printed(file)
        stack.enter_context(contextlib.redirect_stdout(stream))
        stack.enter_context(contextlib.redirect_stderr(stream))
        stack.enter_context(mock.patch.object(os, "_exit", told_exit))
        _told.append(home / "told")
        stack.callback(_told.clear)
        faulthandler.enable(crash)
        stack.callback(faulthandler.disable)
        stack.enter_context(_watchdog(limit_s, crash))
        value = work(*args)
    return value, threading.active_count() <= before


@contextlib.contextmanager
def _watchdog(limit_s: float, crash: IO[str]) -> Iterator[None]:
    """End the process when the time is over; while numba compiles it stands still, for a minute at most."""
    done = threading.Event()
    main = threading.get_ident()

    def extend() -> None:
        every = limit_s / 8
        left = _COMPILE_S
        while left > 0 and not done.wait(every):
            frame = sys._current_frames().get(main)
            while frame is not None and _NUMBA not in frame.f_code.co_filename:
                frame = frame.f_back
            if frame is not None:
                left -= every
                faulthandler.dump_traceback_later(limit_s, exit=True, file=crash)

    faulthandler.dump_traceback_later(limit_s, exit=True, file=crash)
    thread = threading.Thread(target=extend, daemon=True, name="watchdog")
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        faulthandler.cancel_dump_traceback_later()
