"""What happens in the process of a workbench: one piece of work within limits, and what it leaves behind.

A watchdog of faulthandler writes the stack and ends the process when the time is over, whatever holds the
interpreter; memory is limited by the system. What is printed goes to a file, its first 64 kB.
"""

from __future__ import annotations

import contextlib
import faulthandler
import io
import os
import resource
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any
from unittest import mock

PRINTED_BYTES = 64 << 10
COMPILE_S = 60.0  # that numba may take for a script's kernels, once; not counted as the script's own time
EXIT = "Exit "  # how the crash file of a script that called os._exit begins
_NUMBA = f"{os.sep}numba{os.sep}core{os.sep}"


def ready() -> int:
    """Load what every script needs, and return the process's id."""
    import litlab.features.indicators  # noqa: F401

    return os.getpid()


class _Printed(io.TextIOBase):
    """A stream that keeps the first bytes in a file, which outlives the process."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._left = file, PRINTED_BYTES

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self._left > 0:
            data = text.encode("utf-8", "replace")[: self._left]
            self._file.write(data)
            self._left -= len(data)
            if not self._left:
                self._file.write(b"\n(it printed more)\n")
        return len(text)


_told: list[Path] = []  # where progress is written while work is under way


def tell(done: int, total: int) -> None:
    """Say from within the work how far it has come."""
    for path in _told:
        path.write_bytes(struct.pack("qq", done, total))


def guarded(
    folder: str, limit_s: float, memory_bytes: int, work: Callable[..., Any], args: tuple[Any, ...]
) -> tuple[Any, bool]:
    """Do the work within the limits; tell whether it left no thread behind."""
    home = Path(folder)
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes if hard < 0 else min(hard, memory_bytes), hard))
    before = threading.active_count()
    leave = os._exit

    with (
        (home / "crash").open("w") as crash,
        (home / "printed").open("wb", buffering=0) as file,
        contextlib.ExitStack() as stack,
    ):

        def told_exit(status: int) -> None:
            crash.write(f"{EXIT}{status}\n")
            crash.flush()
            faulthandler.dump_traceback(crash, all_threads=False)
            leave(status)

        stream = _Printed(file)
        stack.enter_context(contextlib.redirect_stdout(stream))
        stack.enter_context(contextlib.redirect_stderr(stream))
        stack.enter_context(mock.patch.object(os, "_exit", told_exit))
        _told.append(home / "told")
        stack.callback(_told.clear)
        faulthandler.enable(crash)
        stack.callback(faulthandler.disable)
        stack.enter_context(_watchdog(limit_s, crash))
        value = work(*args)
    return value, threading.active_count() <= before


@contextlib.contextmanager
def _watchdog(limit_s: float, crash: IO[str]) -> Iterator[None]:
    """End the process when the time is over; while numba compiles it stands still, for a minute at most."""
    done = threading.Event()
    main = threading.get_ident()

    def extend() -> None:
        every = limit_s / 8
        left = COMPILE_S
        while left > 0 and not done.wait(every):
            frame = sys._current_frames().get(main)
            while frame is not None and _NUMBA not in frame.f_code.co_filename:
                frame = frame.f_back
            if frame is not None:
                left -= every
                faulthandler.dump_traceback_later(limit_s, exit=True, file=crash)

    faulthandler.dump_traceback_later(limit_s, exit=True, file=crash)
    thread = threading.Thread(target=extend, daemon=True, name="watchdog")
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        faulthandler.cancel_dump_traceback_later()
