"""Work in a process of its own: wall and CPU seconds of the work, peak anonymous memory.

``python -m tests.bench.fresh tests.bench.ingest:duckdb '[…]'`` calls a function that makes ready (imports,
warms up) and returns the work; only the work is timed. The parent looks at RssAnon of the process and its
descendants every 5 ms: mapped pages are the system's.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import json
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_EVERY_S = 0.005
_FAMILY_EVERY = 40


@dataclasses.dataclass(frozen=True)
class Fresh:
    """What a process of its own told; ``all_s`` is its whole life, start-up included."""

    all_s: float
    wall_s: float
    cpu_s: float
    anonymous_bytes: int
    answer: Any


def fresh(target: str, *arguments: Any) -> Fresh:
    """Run ``module:function`` of this package in a new interpreter, and its child processes with it."""
    command = [sys.executable, "-m", f"{__package__}.fresh", target, json.dumps(arguments)]
    # As people run it: what Python compiles of a module is kept.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=kept) as process:
        peak, looked = 0, 0
        while process.poll() is None:
            if looked % _FAMILY_EVERY == 0:  # finding descendants takes longer than asking them
                family = _family(process.pid)
            looked += 1
            peak = max(peak, sum(map(anonymous_bytes, family)))
            time.sleep(_EVERY_S)
        assert process.stdout
        told = process.stdout.read()
    taken = time.perf_counter() - began
    if process.returncode:
        raise RuntimeError(f"{target} ended with {process.returncode}")
    return Fresh(all_s=taken, anonymous_bytes=peak, **json.loads(told.splitlines()[-1]))


def idle() -> Callable[[], None]:
    """Return no work: what a fresh process takes by itself."""
    return lambda: None


def anonymous_bytes(pid: int) -> int:
    """Return RssAnon of a process; 0 once it is gone."""
    with contextlib.suppress(OSError):
        if found := re.search(r"RssAnon:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text()):
            return int(found[1]) * 1024
    return 0


def _family(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    found = [pid]
    with contextlib.suppress(OSError):
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in children.read_text().split():
                found += _family(int(child))
    return found


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _main(target: str, arguments: str) -> None:
    module, _, name = target.partition(":")
    work = getattr(importlib.import_module(module), name)(*json.loads(arguments))
    began, used = time.perf_counter(), _cpu_s()
    answer = work()
    wall, cpu = time.perf_counter() - began, _cpu_s() - used
    print(json.dumps({"wall_s": wall, "cpu_s": cpu, "answer": answer}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
