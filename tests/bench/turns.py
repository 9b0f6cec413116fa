"""A way in a process of its own that lives through all rounds: it starts once, and is told each turn.

``python -m tests.bench.turns tests.bench.ingest:polars_ipc '[…]'`` makes ready, then does the work once for
every line it is sent. A work's attribute ``before``, where it has one, is called ahead of each turn and is
not part of it. RssAnon is looked at every 5 ms of a turn.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from .fresh import ROOT, Fresh, _cpu_s, anonymous_bytes

_EVERY_S = 0.005


class Turns:
    """A process that does a work again and again; to be closed.

    Parameters
    ----------
    target : str
        ``module:function`` of this package: makes ready and returns the work.
    arguments
        Of the function.
    """

    def __init__(self, target: str, *arguments: Any) -> None:
        self._target = target
        command = [sys.executable, "-m", __name__, target, json.dumps(arguments)]
        # Where nothing may be written beside the sources, each start would compile all modules anew.
        kept = {"PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "litlab-bench" / "pycache")}
        there = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**there, **kept}
        )
        self._peak, self._busy = 0, threading.Event()
        threading.Thread(target=self._look, daemon=True).start()
        self._told()  # it is ready

    def turn(self) -> Fresh:
        """Let it do the work once; ``anonymous_bytes`` is its most in any turn so far."""
        assert self._process.stdin
        self._busy.set()
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        began = time.perf_counter()
        told = self._told()
        self._busy.clear()
        return Fresh(all_s=time.perf_counter() - began, anonymous_bytes=self._peak, **told)

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()

    def _told(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._target} ended with {self._process.wait()}")
        return json.loads(line)

    def _look(self) -> None:
        while self._process.poll() is None:
            self._busy.wait(1.0)
            if self._busy.is_set():
                self._peak = max(self._peak, anonymous_bytes(self._process.pid))
                time.sleep(_EVERY_S)


def _main(target: str, arguments: str) -> None:
    module, _, name = target.partition(":")
    work = getattr(importlib.import_module(module), name)(*json.loads(arguments))
    print("{}", flush=True)
    for _ in sys.stdin:
        getattr(work, "before", lambda: None)()
        began, used = time.perf_counter(), _cpu_s()
        answer = work()
        wall, cpu = time.perf_counter() - began, _cpu_s() - used
        print(json.dumps({"wall_s": wall, "cpu_s": cpu, "answer": answer}), flush=True)


if __name__ == "__main__":
    _main(*sys.argv[1:])
