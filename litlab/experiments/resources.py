"""What a training takes of the machine: processor, memory, graphics card; written by the training itself.

``sampling`` runs a thread beside the training that appends a line to ``resources.csv`` in the run's folder,
every two seconds at first and at most once a minute later on: some 3,000 lines a day. So it is known of runs
that nobody looked at, too.
"""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from litlab import atomic

FILE = "resources.csv"
# Seconds since 1970 UTC; percent of one core; resident bytes; of the card: percent busy, bytes in use.
COLUMNS = ("time_s", "cpu_percent", "rss_bytes", "gpu_percent", "gpu_bytes")

FIRST_S, MOST_S = 2.0, 60.0
_GROWS = 500  # the pause is a 500th of the time since the start, between those two
_GPU_S = 5.0  # asking nvidia-smi costs some 50 ms of another process
_PROGRAM = "nvidia-smi"
_QUERY = ("--query-gpu=utilization.gpu,memory.used", "--format=csv,noheader,nounits")
_PATIENCE_S = 5.0  # a card may take seconds to wake; the thread waits, never the training
_END_S = 0.5  # what a training's end waits for a line under way; the thread ends with its process
_TRIES = 3  # answers missed one after the other: then nobody is asked again


@contextmanager
def sampling(folder: Path, device: str = "cpu") -> Iterator[None]:
    """Note what this process takes, in `folder`, until the block ends.

    Parameters
    ----------
    folder : Path
        The run's.
    device : str
        The graphics card is asked about unless it is ``cpu``.
    """
    over = threading.Event()
    work = threading.Thread(target=_sample, args=(folder / FILE, device, over), name="resources", daemon=True)
    work.start()
    try:
        yield
    finally:
        over.set()
        work.join(_END_S)


def _sample(path: Path, device: str, over: threading.Event) -> None:
    sampler = Sampler(device)
    pause = FIRST_S
    while not over.wait(pause):
        try:
            if not path.exists():
                atomic.append_line(path, ",".join(COLUMNS))
            line = sampler.line()
            if not over.is_set():  # asking a slow card may have outlasted the training
                atomic.append_line(path, line)
        except (OSError, psutil.Error):  # a full disk must not end the training for this
            return
        pause = min(max((time.monotonic() - sampler.began) / _GROWS, FIRST_S), MOST_S)


class Sampler:
    """One process's use of the machine, from look to look."""

    def __init__(self, device: str = "cpu") -> None:
        self.began = self._at = time.monotonic()
        self._process = psutil.Process()
        self._busy = self._busy_s()
        self._card = None if device == "cpu" else card_of(device)
        self._missed = 0
        self._gpu = (math.nan, math.nan)
        self._gpu_at = -_GPU_S

    def _busy_s(self) -> float:
        spent = self._process.cpu_times()
        return float(spent.user + spent.system)

    def line(self) -> str:
        """Return what was taken since the last call, as a line of the file; NaN is unknown."""
        now, busy = time.monotonic(), self._busy_s()
        percent = 100 * (busy - self._busy) / max(now - self._at, 1e-9)
        self._at, self._busy = now, busy
        if self._card is not None and now - self._gpu_at >= _GPU_S:
            self._gpu_at = now
            self._gpu = ask_card(self._card)
            self._missed = self._missed + 1 if all(map(math.isnan, self._gpu)) else 0
            if self._missed == _TRIES or shutil.which(_PROGRAM) is None:
                self._card = None
        load, used = self._gpu
        rss = self._process.memory_info().rss
        return f"{time.time():.1f},{percent:.1f},{rss},{load:.0f},{used:.0f}"


def card_of(device: str) -> str:
    """Return what nvidia-smi calls a device: its number, or the name that CUDA_VISIBLE_DEVICES gives it.

    >>> card_of("gpu:3")
    '3'
    """
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "").partition(",")[0].strip()
    named = device.partition(":")[2] or visible
    return named if named.isdecimal() or named.startswith("GPU-") else "0"


def ask_card(card: str) -> tuple[float, float]:
    """Return a graphics card's (percent busy, bytes in use); NaN for what nvidia-smi does not say.

    Parameters
    ----------
    card : str
        Its number, or its UUID.
    """
    told = _ask(*_QUERY, "-i", card).partition("\n")[0].split(",")
    load, used = map(_number, told) if len(told) == 2 else (math.nan, math.nan)
    return load, used * 2**20


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:  # "[N/A]", of a part of a card; "[Not Supported]", "ERR!"
        return math.nan


def _ask(*arguments: str) -> str:
    program = shutil.which(_PROGRAM)
    if program is None:
        return ""
    try:
        done = subprocess.run(
            [program, *arguments], capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
