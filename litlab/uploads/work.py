"""What a caching's process does: file after file, several at once, telling how far each of them is."""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from litlab import atomic, engine
from litlab.adapters import cache_files, load_adapter
from litlab.errors import LitlabError
from litlab.ticks.progress import Progress
from litlab.uploads.caching import Caching, FileProgress, Task
from litlab.workspace import Team, Workspace

_INTERVAL_S = 0.2


class _Stopped(BaseException):
    """Ends the caching of a file that somebody wants no more."""


class ProgressFile:
    """Keeps ``progress.json`` in step with what threads tell of their files.

    Parameters
    ----------
    path : Path
    files : sequence of str
    clock : callable
        Returns seconds.
    """

    def __init__(self, path: Path, files: Sequence[str], clock: Callable[[], float] = time.monotonic) -> None:
        self.path, self._clock, self._lock = path, clock, threading.Lock()
        self._began, self._written = clock(), float("-inf")
        self._files = {text: FileProgress("queued", bytes_total=os.stat(text).st_size) for text in files}
        self._write()

    def tell(self, path: str, **changes: Any) -> None:
        """Change what is known of a file; a new state is written at once, figures up to five times a second.

        Its time counts from the beginning of all: files are read side by side.
        """
        with self._lock:
            before, now = self._files[path], self._clock()
            changes["elapsed_s"] = round(now - self._began, 3)
            self._files[path] = after = dataclasses.replace(before, **changes)
            if after.state != before.state or now - self._written >= _INTERVAL_S:
                self._write()

    def _write(self) -> None:
        """Replace the file in one step, unflushed: the job does not survive a power cut either."""
        draft = self.path.with_name(f"{self.path.name}.tmp-{os.getpid()}")
        draft.write_bytes(atomic.json_bytes({path: one.to_json() for path, one in self._files.items()}))
        os.rename(draft, self.path)
        self._written = self._clock()


def run_caching(folder: Path, stopping: threading.Event) -> int:
    """Do what a folder's request says; returns the number of files that failed.

    Parameters
    ----------
    folder : Path
    stopping : Event
        Once set, no further file is begun and those at hand are given up.
    """
    request = Caching(folder).request
    team = Workspace(request.home).team(request.team)
    tasks = [(task, path) for task in request.tasks for path in task.paths]
    progress = ProgressFile(folder / "progress.json", [path for _, path in tasks])
    with engine.threads(min(engine.cores(), len(tasks))) as pool:
        ended = [pool.submit(_cache, team, task, path, progress, stopping) for task, path in tasks]
        return sum(not one.result() for one in ended)


def _cache(team: Team, task: Task, path: str, progress: ProgressFile, stopping: threading.Event) -> bool:
    """Cache one file and tell how that ended."""

    def tell(one: Progress) -> None:
        if stopping.is_set():
            raise _Stopped
        if str(one.path) == path:
            progress.tell(path, rows=one.rows, bytes_done=one.bytes_done, bytes_total=one.bytes_total)

    name, began = Path(path).name, time.monotonic()
    try:
        if stopping.is_set():
            raise _Stopped
        progress.tell(path, state="caching")
        adapter = load_adapter(team, task.adapter, {**task.parameters, "paths": [path]})
        cache_files(adapter, workers=1, progress=tell)
        rows = len(adapter)
        size = os.stat(path).st_size
    except _Stopped:
        progress.tell(path, state="stopped", rows=0, bytes_done=0)
        _log(f"{name}: stopped")
        return False
    except (LitlabError, OSError) as problem:
        progress.tell(path, state="failed", reason=str(problem))
        _log(f"{name}: {problem}")
        return False
    except Exception as problem:  # an adapter's author may raise anything; the others go on
        progress.tell(path, state="failed", reason=f"{type(problem).__name__}: {problem}")
        _log(f"{name}: {type(problem).__name__}: {problem}")
        return False
    progress.tell(path, state="cached", rows=rows, bytes_done=size, bytes_total=size)
    _log(f"{name}: {rows:,} ticks by {task.adapter} in {time.monotonic() - began:.1f} s")
    return True


def _log(line: str) -> None:
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
    print(f"{stamp} {line}", flush=True)


def _main(folder: Path) -> int:
    stopping = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    return 1 if run_caching(folder, stopping) else 0


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1])))
