"""Loading a script in a process of its own first, where it may loop, print, eat memory or end as it likes.

A script is run as a whole when it is loaded, wherever that is: in a build, in a notebook, in the process that
serves everybody's pages. 1. ``plain`` tells whether it can do any harm then: one that holds nothing but
imports, functions, classes and plain values cannot. 2. Any other is run by ``process`` in a process with
limits, whose side is ``child``; what becomes of it is BadScript with the line. 3. What has passed is
remembered by its digest, and ``trust`` hands that on to worker processes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from litlab.errors import BadScript
from litlab.rehearsal.plain import is_plain
from litlab.rehearsal.process import Rehearsal

__all__ = ["LOAD_BYTES", "LOAD_S", "is_plain", "limited", "rehearse", "trust"]

LOAD_S, LOAD_BYTES = 30.0, 4 << 30

_limits: ContextVar[tuple[float, int]] = ContextVar("_limits", default=(LOAD_S, LOAD_BYTES))
_passed: set[str] = set()


@contextmanager
def limited(seconds: float | None = None, memory_bytes: int | None = None) -> Iterator[None]:
    """Let scripts be loaded under other limits than LOAD_S and LOAD_BYTES while the block runs."""
    token = _limits.set((seconds or LOAD_S, memory_bytes or LOAD_BYTES))
    try:
        yield
    finally:
        _limits.reset(token)


def trust(digests: Iterable[str]) -> None:
    """Remember scripts that another process has rehearsed."""
    _passed.update(digests)


def rehearse(path: Path, source: str, tree: ast.Module, digest: str) -> None:
    """Load a script in a process of its own, unless it is plain or has passed before.

    Raises
    ------
    BadScript
        If it takes too long or too much memory, prints more than a megabyte, or ends the process.
    """
    if digest in _passed:
        return
    if not is_plain(tree):
        reason, line = Rehearsal(path, source, *_limits.get()).verdict()
        if reason:
            raise BadScript(path=path, line=line, reason=reason)
    _passed.add(digest)
