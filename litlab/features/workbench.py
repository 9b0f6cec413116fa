"""A process of its own for what scripts do, kept warm and ended at any moment.

1. ``Workbench.run`` hands work to the process and waits; other threads go on meanwhile, ``stop`` ends it.
2. In the process ``guarded`` sets the limits. 3. ``_blame`` reads afterwards what a process that is gone has
left. 4. Work that takes long may end with its process, so another one is made ready meanwhile.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import shutil
import signal
import struct
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future, wait
from concurrent.futures import TimeoutError as TooLate
from pathlib import Path
from typing import Any

import psutil

from litlab import engine
from litlab.engine import WorkerDied
from litlab.errors import (
    LitlabError,
    NotOpened,
    ScriptEnded,
    ScriptFailed,
    ScriptOutOfMemory,
    ScriptStopped,
    ScriptTimeout,
)
from litlab.features.guarded import COMPILE_S, EXIT, PRINTED_BYTES, guarded, ready, tell

__all__ = ["PRINTED_BYTES", "Ran", "Workbench", "tell"]

_MEMORY_BYTES = 4 << 30
_START_S = 300.0  # a cold machine may take long to start a process and import numba
_GRACE_S = 5.0  # behind its own watchdog
_SLOW_S = 1.0  # work that takes longer may well be ended


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
    spare : bool
        Make another process ready while work takes long, so that the next need not wait where it is ended.

    Examples
    --------
    >>> bench = Workbench()
    >>> bench.run(sum, [1, 2], script="sum", limit_s=5).value
    3
    >>> bench.close()
    """

    def __init__(self, memory_bytes: int | None = None, spare: bool = False) -> None:
        self.memory_bytes = memory_bytes or min(_MEMORY_BYTES, psutil.virtual_memory().total * 4 // 5)
        self._turn = threading.Lock()
        self._folder = Path(tempfile.mkdtemp(prefix="litlab-bench-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._pool = engine.processes(1)
        self._pid: Future[int] = self._pool.submit(ready)
        self._stopped = False
        self._busy = False
        self._keeps_spare = spare
        self._spare: tuple[Executor, Future[int]] | None = None
        self._opening: tuple[Any, ...] = ()

    def open(
        self, work: Callable[..., Any], *args: Any, what: str, script: str = "", limit_s: float = 300.0
    ) -> None:
        """Do ``work(*args)`` that is no script's: it opens `what`, here and in every later spare process.

        Raises
        ------
        NotOpened
            Where it takes longer than `limit_s` or takes the process along.
        ScriptStopped
            Where somebody called ``stop``, naming the script that was to run next.
        """
        self._opening = (work, *args)
        try:
            self.run(work, *args, script=script, limit_s=limit_s)
        except ScriptTimeout:
            raise NotOpened(what=what, how=f"still at it after {limit_s:g} s") from None
        except (ScriptEnded, ScriptOutOfMemory) as problem:
            how = problem.fields.get("how", "more memory was needed than there may be")
            raise NotOpened(what=what, how=f"the process ended: {how}") from None

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
            future = self._pool.submit(guarded, str(self._folder), limit_s, self.memory_bytes, work, args)
            try:
                if self._keeps_spare and not wait([future], _SLOW_S).done:
                    self._make_spare()
                value, clean = _patient(future, limit_s + COMPILE_S + _GRACE_S, pid)
            except WorkerDied as problem:
                self._replace()
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
                self._replace()
        return Ran(value, printed)

    def _started(self) -> int:
        """Wait for the process and return its id; one that died while it rested is replaced."""
        try:
            try:
                return self._pid.result(_START_S)
            except WorkerDied:
                self._replace()
                return self._pid.result(_START_S)
        except TooLate:
            what = "a process for scripts"
            raise NotOpened(what=what, how=f"it has not started after {_START_S:g} s") from None

    def _make_spare(self) -> None:
        if self._spare is None:
            pool = engine.processes(1)
            self._spare = pool, pool.submit(ready)
            if self._opening:
                pool.submit(*self._opening)

    def _replace(self) -> None:
        """Go on in the spare process, or in a new one."""
        if self._spare is None:
            self._pid = self._pool.submit(ready)
            return
        self._pool.shutdown(wait=False, cancel_futures=True)
        (self._pool, self._pid), self._spare = self._spare, None

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
        for pool in (self._pool, *(self._spare or ())[:1]):
            pool.shutdown(wait=False, cancel_futures=True)
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
            if stack.startswith(EXIT)
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
