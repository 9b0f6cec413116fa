"""Executors: threads for kernels that release the GIL, own processes for everything else, Dask for clusters.

All offer ``concurrent.futures.Executor``. ``processes(n)`` runs one task per process at a time; a
process that dies takes only its own task with it (ProcessPoolExecutor breaks whole) and is replaced.
Workers end by themselves when their parent goes, however it goes: each watches a pipe for its end.
What they print is read all the time and kept up to a limit.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import IO, Any, ParamSpec, TypeVar, cast

from litlab.errors import MissingExtra, UnknownName

P = ParamSpec("P")
T = TypeVar("T")
NAMES = ("auto", "local", "threads", "dask-local", "tcp://HOST:PORT")
_KEPT_BYTES = 1 << 20  # of what one worker prints
_TAIL_BYTES = 2_000


class WorkerDied(RuntimeError):
    """The process that ran the task ended before it answered; the task may be submitted again.

    Attributes
    ----------
    pid : int or None
        The process, where it is known.
    status : int or None
        How it ended: minus the signal's number if one killed it.
    """

    def __init__(self, message: str, pid: int | None = None, status: int | None = None) -> None:
        super().__init__(message)
        self.pid, self.status = pid, status


def cores() -> int:
    """Return how many CPU cores this process may use."""
    return len(os.sched_getaffinity(0))


def devices() -> list[str]:
    """Return what this machine can train on: ``cpu``, and ``gpu:<number>`` for each of NVIDIA's cards.

    Nothing that computes is loaded for it; a card without a driver is not seen.
    """
    cards = (path.name.removeprefix("nvidia") for path in Path("/dev").glob("nvidia[0-9]*"))
    return ["cpu", *(f"gpu:{number}" for number in sorted(map(int, filter(str.isdecimal, cards))))]


def threads(n: int) -> Executor:
    """Return an executor over `n` threads."""
    return ThreadPoolExecutor(n, thread_name_prefix="litlab")


def processes(n: int, output: Path | None = None) -> Executor:
    """Return an executor over `n` spawned processes, one task each at a time.

    Parameters
    ----------
    output : Path, optional
        A folder in which ``<pid>.log`` gets what a worker prints, its first megabyte.
    """
    return _Processes(n, output)


def is_worker() -> bool:
    """Tell whether this process is one of ``processes``: it runs one task at a time, in its main thread."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return spec is not None and spec.name == "litlab.engine"


@contextmanager
def opened(name: str, n: int, output: Path | None = None) -> Iterator[Executor]:
    """Give an executor by its name, and end it with the block.

    Parameters
    ----------
    name : str
        ``local`` for own processes, ``threads``, ``dask-local`` for a Dask cluster on this machine, or the
        address of a Dask scheduler whose workers see the workspace under the same path.
    n : int
        Processes or threads; a scheduler has its own.

    Raises
    ------
    UnknownName
        For another name; MissingExtra without Dask.
    """
    if name == "local":
        pool = processes(n, output)
    elif name == "threads":
        pool = threads(n)
    elif name == "dask-local" or "://" in name:
        with dask(name, n) as pool:
            yield pool
        return
    else:
        raise UnknownName(kind="engine", given=name, known=NAMES)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def dask(address: str, n: int = 2) -> Iterator[Executor]:
    """Give an executor over a Dask scheduler, or over `n` processes of this machine for ``dask-local``.

    A worker that dies there is Dask's to replace; a task that keeps killing workers raises WorkerDied.
    """
    try:
        import distributed
    except ImportError:
        raise MissingExtra(what=f"The engine {address}", module="distributed", extra="dask") from None
    cluster_of, client_of = cast("Any", distributed).LocalCluster, cast("Any", distributed).Client
    if address == "dask-local":
        cluster = cluster_of(n_workers=n, threads_per_worker=1, dashboard_address="127.0.0.1:0")
        with cluster, client_of(cluster) as client:
            yield client.get_executor()
    else:
        with client_of(address) as client:
            yield client.get_executor()


def dashboard(pool: Executor) -> str:
    """Return the address of the page on which Dask shows an executor's work, "" where there is none."""
    client = getattr(pool, "_client", None)
    if not type(pool).__module__.startswith("distributed") or client is None:
        return ""
    services = client.scheduler_info().get("services", {})
    return str(client.dashboard_link) if services.get("dashboard") else ""


def died(problem: BaseException) -> WorkerDied | None:
    """Return a failed task's exception as WorkerDied where its process ended, None where the task raised."""
    if isinstance(problem, WorkerDied):
        return problem
    if type(problem).__name__ == "KilledWorker" and type(problem).__module__.startswith("distributed"):
        return WorkerDied(f"a Dask worker process ended ({problem})")
    return None


class _Processes(Executor):
    def __init__(self, n: int, output: Path | None) -> None:
        self._output = output
        self._tasks: queue.SimpleQueue[tuple[Future[Any], tuple[Any, ...]] | None] = queue.SimpleQueue()
        # Every process is started from here, so that the start-ups overlap.
        workers = [_Worker(output) for _ in range(n)]
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
                told = f": {said[-1]}" if (said := worker.said().splitlines()) else ""
                reason = f"a worker process ended with exit status {status}{told}"
                future.set_exception(WorkerDied(reason, worker.pid, status))
                worker = _Worker(self._output)
                continue
            except (
                Exception
            ) as problem:  # task or answer cannot be pickled: a dead thread would hang its callers
                worker.end()
                future.set_exception(problem)
                worker = _Worker(self._output)
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
    def __init__(self, output: Path | None) -> None:
        self._pipe, theirs = Pipe()
        watched, self._alive = Pipe(duplex=False)
        # A plain new interpreter: multiprocessing's would run the user's script again to import its main.
        handles = (theirs.fileno(), watched.fileno())
        self._process = subprocess.Popen(
            [sys.executable, "-m", "litlab.engine", *map(str, handles)],
            pass_fds=handles,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        theirs.close()
        watched.close()
        self.pid = self._process.pid
        self._said = b""
        assert self._process.stdout is not None
        self._drain = threading.Thread(target=self._listen, args=(self._process.stdout, output), daemon=True)
        self._drain.start()

    def _listen(self, stream: IO[bytes], output: Path | None) -> None:
        """Take everything that the worker prints, whatever comes of it: a full pipe would stop it."""
        left = _KEPT_BYTES
        with stream:
            while data := os.read(stream.fileno(), 1 << 16):
                self._said = (self._said + data)[-_TAIL_BYTES:]
                if output is not None and left > 0:
                    with suppress(OSError), open(output / f"{self.pid}.log", "ab") as log:
                        log.write(data[:left])
                        left -= len(data)
                        if left <= 0:
                            log.write(b"\n(it printed more)\n")

    def said(self) -> str:
        """Return the last lines that the worker printed."""
        return self._said.decode(errors="replace").strip()

    def run(self, task: tuple[Any, ...]) -> tuple[bool, Any]:
        self._pipe.send(task)
        ok, value = self._pipe.recv()
        return ok, value

    def end(self) -> int | None:
        self._pipe.close()
        self._alive.close()
        try:
            status = self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        self._drain.join(timeout=1)  # a process that a script left behind may hold its end open
        return status


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
