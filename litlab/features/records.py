"""What scripts say through ``logging``, handed to whoever computes them, a few records for each call site.

A script in a loop over a million samples says the same a million times: the first records of each line of
code are passed on, the rest is counted and told at the end.
"""

from __future__ import annotations

import collections
import contextlib
import logging
import threading
from collections.abc import Callable, Iterable, Iterator

from litlab.features.feature import LoadedFeature

_LONGEST = 2_000  # characters of one message
_lowered = threading.Lock()


class _Records(logging.Handler):
    """Passes records of some source files on, made in the thread that made the handler."""

    def __init__(self, files: dict[str, str], write: Callable[[str, str], None], limit: int) -> None:
        super().__init__(logging.INFO)
        self._files, self._write, self._limit = files, write, limit
        self._thread = threading.get_ident()
        self.seen: collections.Counter[tuple[str, int, str]] = collections.Counter()

    def emit(self, record: logging.LogRecord) -> None:
        name = self._files.get(record.pathname)
        if name is None or record.thread != self._thread:
            return
        site = (name, record.lineno, record.levelname)
        self.seen[site] += 1
        if self.seen[site] <= self._limit:
            self._write(record.levelname, f"{name}, line {record.lineno}: {_message(record)}")

    def tell_rest(self) -> None:
        """Say how many records of each call site were left out."""
        for (name, line, level), count in self.seen.items():
            if count > self._limit:
                self._write(level, f"{name}, line {line}: {count - self._limit:,} more records like these")


def _message(record: logging.LogRecord) -> str:
    try:
        text = record.getMessage()
    except Exception as problem:  # a user's message may not fit its arguments
        text = f"{record.msg} ({type(problem).__name__}: {problem})"
    line = " ".join(text.split()).encode("utf-8", "replace").decode()
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}… ({len(line):,} characters)"


@contextlib.contextmanager
def script_records(
    features: Iterable[LoadedFeature], write: Callable[[str, str], None], limit: int = 10
) -> Iterator[None]:
    """Hand what the features' scripts log to `write` while the block runs.

    Parameters
    ----------
    features : iterable of LoadedFeature
        Records come from their source files and the thread that runs the block; levels from INFO up, from
        any logger that passes on to the root.
    write : callable
        Called with the level's name and one line, which begins with the script and the line of code.
    limit : int
        Records for each call site; how many more there were is said at the end.
    """
    files = {str(feature.script.path): feature.script.path.name for feature in features}
    handler = _Records(files, write, limit)
    root = logging.getLogger()
    with _lowered:
        _open(root, handler)
    try:
        yield
    finally:
        with _lowered:
            _close(root, handler)
        handler.tell_rest()


_level: list[int] = []  # the root's own level, while any block runs


def _open(root: logging.Logger, handler: _Records) -> None:
    if not _level:
        _level.append(root.level)
        root.setLevel(min(root.level, logging.INFO))
    root.addHandler(handler)


def _close(root: logging.Logger, handler: _Records) -> None:
    root.removeHandler(handler)
    if not any(isinstance(other, _Records) for other in root.handlers):
        root.setLevel(_level.pop())
