"""How large a canvas may be: a slip of the pen should not take the machine's memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


@dataclasses.dataclass(frozen=True)
class Limits:
    """What a canvas may come to.

    Attributes
    ----------
    parameters : int
        Numbers that all layers together learn; 100 million are 400 MB, and three times that in training.
    values : int
        Numbers that one wire carries for one sample.
    nodes : int
    file_bytes : int
        Of a canvas file.
    """

    parameters: int = 100_000_000
    values: int = 10_000_000
    nodes: int = 2_000
    file_bytes: int = 4 << 20


_DEFAULT = Limits()
_limits: ContextVar[Limits] = ContextVar("_limits", default=_DEFAULT)


def current() -> Limits:
    """Return the limits that hold here."""
    return _limits.get()


@contextmanager
def limits(**changes: int) -> Iterator[Limits]:
    """Let canvases be larger, or smaller, while the block runs: for a script that needs more.

    Examples
    --------
    >>> with limits(parameters=10):
    ...     current().parameters
    10
    """
    token = _limits.set(dataclasses.replace(_limits.get(), **changes))
    try:
        yield _limits.get()
    finally:
        _limits.reset(token)
