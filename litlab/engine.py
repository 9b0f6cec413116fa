"""Executors: threads for kernels that release the GIL, own processes for everything else.

Both offer ``concurrent.futures.Executor``. ``processes(n)`` runs one task per process at a time; a
process that dies takes only its own task with it (ProcessPoolExecutor breaks whole) and is replaced.
Workers end by themselves when their parent goes, however it goes: each watches a pipe for its end.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from multiprocessing.connection import Connection, Pipe
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class WorkerDied(RuntimeError):
    """The process that ran the task ended before it answered; the task may be submitted again."""


def cores() -> int:
    """Return how many CPU cores this process may use."""
    return len(os.sched_getaffinity(0))


def threads(n: int) -> Executor:
    """Return an executor over `n` threads."""
    return ThreadPoolExecutor(n, thread_name_prefix="litlab")


def processes(n: int) -> Executor:
    """Return an executor over `n` spawned processes, one task each at a time."""
    return _Processes(n)


class _Processes(Executor):
    def __init__(self, n: int) -> None:
        self._tasks: queue.SimpleQueue[tuple[Future[Any], tuple[Any, ...]] | None] = queue.SimpleQueue()
        # Every process is started from here, so that the start-ups overlap.
        workers = [_Worker() for _ in range(n)]
        self._threads = [threading.Thread(target=self._serve, args=(one,), daemon=True) for one in workers]
        for thread in self._threads:
            thread.start()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        self._tasks.put((future, (fn, args, kwargs)))
        return future

    def _serve(self, worker: _Worker) -> None:
        while (item := self._tasks.get()) is not None:
            future, task = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                ok, value = worker.run(task)
            except (EOFError, OSError):
                status = worker.end()
                future.set_exception(WorkerDied(f"a worker process ended with exit status {status}"))
                worker = _Worker()
                continue
            except (
                Exception
            ) as problem:  # task or answer cannot be pickled: a dead thread would hang its callers
                worker.end()
                future.set_exception(problem)
                worker = _Worker()
                continue
            if ok:
                future.set_result(value)
            else:
                future.set_exception(value)
        worker.end()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        if cancel_futures:
            while not self._tasks.empty():
                item = self._tasks.get()
                if item is not None:
                    item[0].cancel()
        for _ in self._threads:
            self._tasks.put(None)
        if wait:
            for thread in self._threads:
                thread.join()


class _Worker:
    def __init__(self) -> None:
        self._pipe, theirs = Pipe()
        watched, self._alive = Pipe(duplex=False)
        # A plain new interpreter: multiprocessing's would run the user's script again to import its main.
        handles = (theirs.fileno(), watched.fileno())
        self._process = subprocess.Popen(
            [sys.executable, "-m", "litlab.engine", *map(str, handles)],
            pass_fds=handles,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        theirs.close()
        watched.close()

    def run(self, task: tuple[Any, ...]) -> tuple[bool, Any]:
        self._pipe.send(task)
        ok, value = self._pipe.recv()
        return ok, value

    def end(self) -> int | None:
        self._pipe.close()
        self._alive.close()
        try:
            return self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def _work(pipe: Connection, watched: Connection) -> None:
    """Answer tasks until the parent closes the pipe; runs in the worker process."""
    threading.Thread(target=_leave_with_parent, args=(watched,), daemon=True).start()
    while True:
        try:
            fn, args, kwargs = pipe.recv()
        except EOFError:
            return
        try:
            answer = (True, fn(*args, **kwargs))
        except Exception as problem:  # the process edge: whatever the task raised goes to its caller
            answer = (False, problem)
        pipe.send(answer)


def _leave_with_parent(watched: Connection) -> None:
    try:
        watched.recv()
    except (EOFError, OSError):
        os._exit(1)


if __name__ == "__main__":
    _work(*(Connection(int(handle)) for handle in sys.argv[1:3]))
