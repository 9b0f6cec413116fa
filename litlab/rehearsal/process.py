"""The rehearsal seen from outside: a process is started, listened to, ended, and what it told is read."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

DONE = "loaded\n"  # what the process tells at last
MEMORY = "out of memory, line "
_PRINTED = 1 << 20  # bytes that a script may print while it is loaded
_IMPORTS_S = 120.0  # what it imports has time of its own: TensorFlow takes ten seconds on a busy machine


class Rehearsal:
    """One script, loaded by a process that may be ended."""

    def __init__(self, path: Path, source: str, seconds: float, memory_bytes: int) -> None:
        self.path, self.source = path, source
        self.seconds, self.memory_bytes = seconds, memory_bytes

    def verdict(self) -> tuple[str, int]:
        """Return why the script cannot be loaded and the line, ("", 0) where it can."""
        status, printed, told = self._run(trace=False)
        found = re.search(rf'File "{re.escape(str(self.path))}", line (\d+)', told)
        line = int(found[1]) if found else 0
        if printed > _PRINTED:
            return f"it prints more than {_PRINTED:,} bytes while it is loaded", line
        if MEMORY in told:
            line = int(told.split(MEMORY)[1].split()[0])
            return f"it needs more than {self.memory_bytes:,} bytes of memory to be loaded", line
        if "Timeout (" in told:
            return f"it was still being loaded after {self.seconds:g} s", line
        if told.endswith(DONE):
            return "", 0
        fatal = re.search(r"Fatal Python error: (.*)", told)
        how = fatal[1] if fatal else _ended(status)
        return f"it ends its process when it is loaded ({how})", line or self._last_line()

    def _last_line(self) -> int:
        """Load it once more and return the last line that was begun; 0 where it gets through this time."""
        told = self._run(trace=True)[2]
        lines = re.findall(r"^at (\d+)$", told, re.MULTILINE)
        return 0 if told.endswith(DONE) or not lines else int(lines[-1])

    def _run(self, trace: bool) -> tuple[int, int, str]:
        """Return the exit status, the bytes that were printed, and what the process told."""
        with tempfile.TemporaryFile("w+") as told, tempfile.TemporaryFile("w+b") as source:
            source.write(self.source.encode())
            source.seek(0)
            limits = [str(self.seconds), str(self.memory_bytes), str(told.fileno()), str(int(trace))]
            process = subprocess.Popen(
                [sys.executable, "-m", "litlab.rehearsal.child", str(self.path), *limits],
                stdin=source,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=[told.fileno()],
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
            try:
                printed = self._listen(process)
            finally:
                with suppress(ProcessLookupError):  # and what it has started
                    os.killpg(process.pid, signal.SIGKILL)
                status = process.wait()
                if process.stdout is not None:
                    process.stdout.close()
            told.seek(0)
            return status, printed, told.read()

    def _listen(self, process: subprocess.Popen[bytes]) -> int:
        """Take what it prints until it ends, prints too much or takes too long; return how much it was."""
        assert process.stdout is not None
        printed, until = 0, time.monotonic() + self.seconds + _IMPORTS_S
        ready = select.poll()  # select() knows no file beyond the 1,024th
        ready.register(process.stdout, select.POLLIN)
        while time.monotonic() < until:
            if ready.poll(50):
                data = os.read(process.stdout.fileno(), 1 << 16)
                printed += len(data)
                if printed > _PRINTED:
                    process.send_signal(signal.SIGABRT)  # its stack is told
                    with suppress(subprocess.TimeoutExpired):
                        process.wait(timeout=2)
                    break
                if not data:
                    with suppress(subprocess.TimeoutExpired):
                        process.wait(timeout=max(until - time.monotonic(), 0))
                    break
            elif process.poll() is not None:
                break
        return printed


def _ended(status: int) -> str:
    return f"exit status {status}" if status >= 0 else signal.Signals(-status).name
