"""The Experiments page over many long runs: first paint, updates, memory.

Runs are written as a training writes them, and grow while they are watched: an epoch a second each, in eight
of them. *Server* is the work of the page's own process, measured around the page without a browser; *browser*
is a real Chromium on a real server, watched for two minutes, or LITLAB_BENCH_MINUTES of them. MLflow's UI
needs a server and a database of its own and shows no such page, so no peer runs beside it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from litlab.workspace import Project, Workspace
from tests.pretended_runs import COLUMNS, csv_lines, learning, pretend

from .browser import Seat, _serving
from .measuring import Row, Table
from .place import Place

RUNS, EPOCHS, METRICS, DRAWN = 100, 10_000, 20, 8
PAINTS = 5
MINUTES = float(os.environ.get("LITLAB_BENCH_MINUTES", "2"))


def tables(place: Place) -> Iterator[Table]:
    """Yield what was measured; smaller where the place is tiny."""
    runs, epochs = (12, 300) if place.tiny else (RUNS, EPOCHS)
    home = place.folder / "monitored"
    try:
        project = write_runs(home, runs, epochs)
        yield _server(project, runs, epochs, place.rounds)
        yield from _browser(project, runs, epochs, 0.1 if place.tiny else MINUTES)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def write_runs(home: Path, runs: int, epochs: int) -> Project:
    """Write so many runs of so many epochs, 20 metrics each."""
    columns = (*COLUMNS, *(f"metric_{at}" for at in range(METRICS + 1 - len(COLUMNS))))
    project = Workspace(home).create_project("bench", "monitored")
    text = ",".join(columns) + "\n" + csv_lines(learning(epochs, 7, columns))
    for at in range(runs):
        run = pretend(project, f"run-{at:03d}", 0, state="paused", planned=2 * epochs, seed=at % 9)
        run.perf.write_text(text)
    return project


def drawn(runs: int) -> str:
    """Return the page's address for the runs that are drawn."""
    return ",".join(f"run-{at:03d}" for at in range(min(runs, DRAWN)))


def _grow(project: Project, runs: int) -> None:
    """Append an epoch to every run that is drawn."""
    folder = project.folder("train") / project.name
    for name in drawn(runs).split(","):
        path = folder / name / "perf.csv"
        with path.open("rb+") as out:
            out.seek(-2_000, os.SEEK_END)
            last = out.read().rstrip(b"\n").rpartition(b"\n")[2]
            number, _, rest = last.partition(b",")
            out.write(b"%d,%b\n" % (int(number) + 1, rest))


def _server(project: Project, runs: int, epochs: int, rounds: int) -> Table:
    from litlab.apps.experiments import Experiments, monitor_of
    from litlab.apps.request import Request

    table = Table(f"monitor, server: {runs} runs × {epochs:,} epochs × {METRICS} metrics, {DRAWN} drawn")
    opening, behind, again, updates, idle = [], [], [], [], []
    for _ in range(rounds):
        monitor_of.cache_clear()  # nothing is known of the runs
        began = time.perf_counter()
        page = Experiments(project, Request({"run": drawn(runs)}))
        opening.append(time.perf_counter() - began)
        while page.monitor.behind:
            page.refresh()
        behind.append(time.perf_counter() - began)
        began = time.perf_counter()
        Experiments(project, Request({"run": drawn(runs)}))
        again.append(time.perf_counter() - began)
        for _ in range(10):
            _grow(project, runs)
            began = time.perf_counter()
            page.refresh()
            updates.append(time.perf_counter() - began)
            began = time.perf_counter()
            page.refresh()
            idle.append(time.perf_counter() - began)
        del page
        gc.collect()
    table.limit("page made, all but sparklines, median", _ms(opening), "ms", 1000)
    table.limit("every run read, sparklines and best epochs, median", _ms(behind), "ms")
    table.limit("the next page made, all runs known, median", _ms(again), "ms", 1000)
    table.limit("a look with an epoch more in 8 runs, median", _ms(updates), "ms", 100)
    table.limit("the same, most", 1e3 * max(updates), "ms", 100)
    table.limit("a look without news, median", _ms(idle), "ms")
    return table


def _ms(seconds: list[float]) -> float:
    return 1e3 * statistics.median(seconds)


def _browser(project: Project, runs: int, epochs: int, minutes: float) -> Iterator[Table]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None or importlib.util.find_spec("playwright") is None:
        yield Table("monitor in a browser", [Row("chromium and playwright", None, "")])
        return
    from playwright.sync_api import sync_playwright

    command = [sys.executable, "-m", "litlab.apps", "--workspace", str(project.team.workspace.home)]
    with sync_playwright() as playwright, _serving(command) as (process, origin):
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield _watched(
                project, chromium, process, f"{origin}/experiments?run={drawn(runs)}", runs, minutes
            )
        finally:
            chromium.close()


def _watched(
    project: Project, chromium: Any, process: subprocess.Popen[str], url: str, runs: int, minutes: float
) -> Table:
    table = Table(f"monitor, browser: {runs} runs, {DRAWN} drawn and growing for {minutes:g} min")
    Seat.at(chromium, url).close()  # the process warm, the browser's cache empty
    plain, painted = [], []
    empty = url.partition("?")[0].replace("experiments", "assets")
    for _ in range(PAINTS):  # by turns: what else runs here slows both
        for address, times in ((empty, plain), (url, painted)):
            seat = Seat.at(chromium, address)
            times.append(seat.painted_ms)
            seat.close()
    table.limit("first paint, median", statistics.median(painted), "ms", 1000)
    table.limit("first paint, the least", min(painted), "ms")
    table.limit("first paint of an empty page, Assets, median", statistics.median(plain), "ms")
    seat = Seat.at(chromium, url)
    seat.page.wait_for_timeout(5_000)  # all runs are read by then
    seen, before = _Memory(process, minutes), seat.received
    with _growing(project, runs):
        delays = seat.page.evaluate(_LONG_TASKS, minutes * 60_000)
        seen.sample()
    table.limit("longest task of the page's thread while it updates", delays["longest"], "ms", 100)
    table.limit("frames later than 100 ms", delays["late"], "")
    table.limit("websocket, before it is deflated", (seat.received - before) / minutes / 60e3, "kB/s")
    table.limit(f"server memory after {seen.after_s:g} s", seen.first / 1e6, "MB")
    table.limit("server memory, at the end", seen.last / 1e6, "MB", 1.05 * seen.first / 1e6)
    seat.close()
    return table


_LONG_TASKS = """ms => new Promise(resolve => {
  const told = {longest: 0, late: 0};
  const observer = new PerformanceObserver(list => {
    for (const one of list.getEntries()) told.longest = Math.max(told.longest, one.duration);
  });
  observer.observe({entryTypes: ['longtask']});
  const began = performance.now();
  let last = began;
  const look = now => {
    if (now - last > 100) told.late++;
    last = now;
    if (now - began > ms) { observer.disconnect(); resolve(told); } else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""


class _Memory:
    """The server's memory: first after a minute, or a tenth of the time, last when it is asked for."""

    def __init__(self, process: subprocess.Popen[str], minutes: float) -> None:
        self._process = psutil.Process(process.pid)
        self.first = self.last = self._now()
        self.after_s = min(60.0, minutes * 6)
        timer = threading.Timer(self.after_s, self._mark)
        timer.daemon = True
        timer.start()

    def _now(self) -> int:
        return int(self._process.memory_info().rss)

    def _mark(self) -> None:
        with contextlib.suppress(psutil.Error):
            self.first = self._now()

    def sample(self) -> None:
        self.last = self._now()


@contextlib.contextmanager
def _growing(project: Project, runs: int) -> Iterator[None]:
    over = threading.Event()

    def work() -> None:
        while not over.wait(1.0):
            _grow(project, runs)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(5)
