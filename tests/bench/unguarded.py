"""A build without enforcement and without read records, for the benchmark alone: litlab has no such switch.

Scripts get the adapter as it is, and every sample is said to have read its own tick.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.builds.chunk import Done, Task, compute_chunk
from litlab.features import compute

_GUARDED = compute.BatchView, compute._view
_changing = threading.Lock()
_bare: list[Task] = []  # chunks being computed unguarded in this process


class Bare:
    """The adapter, with what a view is asked for by those who call scripts."""

    violation = None

    def __init__(self, adapter: Any, indices: npt.NDArray[np.int64] | int, *, label: bool = False) -> None:
        del label
        self._adapter = adapter
        if isinstance(indices, np.ndarray):
            self.reads = np.stack([indices, indices + 1], 1)
        else:
            self.read_lo, self.read_hi = indices, indices + 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adapter, name)


def compute_unguarded(task: Task) -> Done:
    """Compute a chunk on bare adapters; runs in a worker, or in several threads of one process."""
    with _changing:
        _bare.append(task)
        compute.BatchView = Bare  # type: ignore[assignment,misc]
        compute._view = lambda adapter, index, _: Bare(adapter, index)  # type: ignore[assignment,return-value]
    try:
        return compute_chunk(task)
    finally:
        with _changing:
            _bare.remove(task)
            if not _bare:
                compute.BatchView, compute._view = _GUARDED  # type: ignore[misc]


class Unguarded(Executor):
    """Has another executor compute chunks unguarded."""

    def __init__(self, pool: Executor) -> None:
        self._pool = pool

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Submit a task; chunks are computed without guards."""
        return self._pool.submit(compute_unguarded if fn is compute_chunk else fn, *args, **kwargs)
