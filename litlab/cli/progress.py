"""Progress on the error stream: where that is no terminal, only the last state is printed."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from litlab.ticks.progress import Progress


class ProgressBars:
    """A bar for every step, counted in whatever the step counts: use it in a ``with``."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        counts = TextColumn("{task.completed:.0f}/{task.total:.0f}")
        name = TextColumn("[bold]{task.description:<10}")
        self._bars = Progress(name, BarColumn(), counts, TimeElapsedColumn(), console=Console(stderr=True))
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Any:
        self._bars.start()
        return self._show

    def __exit__(self, *problem: object) -> None:
        self._bars.stop()

    def _show(self, step: str, done: int, total: int) -> None:
        if step not in self._tasks:
            self._tasks[step] = self._bars.add_task(step, total=total)
        task = self._tasks[step]
        known = self._bars.tasks[task].total or 0
        if total == 1 and done == 1 and known > 1:  # the step is over, whatever it counted in
            done = total = int(known)
        self._bars.update(task, completed=done, total=max(total, known if done == 0 else total))


class IngestBar:
    """One bar over all raw files being cached: bytes, rows, rows per second, time left; use it in a ``with``.

    Files are read side by side, so their figures are added up. Nothing is shown before one is begun.

    Parameters
    ----------
    paths : list of Path
        All that are to be read.
    """

    def __init__(self, paths: list[Path]) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, TextColumn
        from rich.progress import Progress as Bars

        figures = TextColumn("{task.fields[figures]}")
        self._bars = Bars(
            TextColumn("[bold]cache"), BarColumn(24), DownloadColumn(), figures, console=Console(stderr=True)
        )
        self._paths = paths
        self._task: Any = None
        self._files: dict[Path, Progress] = {}
        self._lock = threading.Lock()
        self._began = time.monotonic()

    def __enter__(self) -> IngestBar:
        self._bars.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the terminal."""
        self._bars.stop()

    def __call__(self, progress: Progress) -> None:
        """Show how far a file has come; files may be told of from several threads."""
        with self._lock:
            if self._task is None:
                size = sum(path.stat().st_size for path in self._paths)
                self._task = self._bars.add_task("cache", total=size, figures="")
            self._files[progress.path] = progress
            rows = sum(one.rows for one in self._files.values())
            done = sum(one.bytes_done for one in self._files.values())
            elapsed = time.monotonic() - self._began
            total = self._bars.tasks[self._task].total or 0
            left = f", {elapsed * (total - done) / done:.0f} s left" if 0 < done < total else ""
            figures = f"{rows:,} rows, {rows / elapsed:,.0f}/s{left}"
            self._bars.update(self._task, completed=done, figures=figures)
