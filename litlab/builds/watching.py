"""Scripts under watch: what is being computed, for how long it may, with how much memory.

A script can loop for ever, take its process with it or eat all memory. Each worker process of a build notes
the feature and the index it is at in ``<pid>.at``, a mapped file of two numbers that outlives it, and
``<pid>.crash`` gets the stack at a fatal signal or when the time is over. Whoever finds the worker gone
reads there whom to blame. In threads and on Dask nothing is watched: one process computes many things.
"""

from __future__ import annotations

import copy
import dataclasses
import faulthandler
import functools
import mmap
import os
import re
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NoReturn

import numpy as np
import numpy.typing as npt
import psutil

from litlab import engine
from litlab.engine import WorkerDied
from litlab.errors import BadScript, BuildFailed, LitlabError, ScriptCrashed, ScriptTimeout
from litlab.features import LoadedFeature

_ROWS_A_SAMPLE = 100  # a batch may take this much less for a row than a sample by itself
_TICKS_A_SAMPLE = 100_000  # and candidates for a tick
_COMPILE_S = 60.0  # more for a function's first call in a chunk: numba may have to compile its kernels
_LOADING = -2  # in place of an index
_NOBODY = np.full(2, -1, np.int64).tobytes()  # the feature's number, the index


@dataclasses.dataclass(frozen=True)
class Limits:
    """What a script may take.

    Attributes
    ----------
    sample_s : float
        For one call of ``feature``; a batch of n rows gets n/100 times that, at least once. A function's
        first call in a chunk gets a minute more, for what is compiled then.
    memory_bytes : int
        For a worker process.
    """

    sample_s: float = 10.0
    memory_bytes: int = 4 << 30

    @classmethod
    def of(cls, sample_s: float | None, memory_bytes: int | None, workers: int) -> Limits:
        """Return limits with what is not given: 10 s, and 4 GiB or a worker's share of 4/5 of all memory."""
        share = psutil.virtual_memory().total * 4 // 5 // workers
        return cls(sample_s or cls.sample_s, memory_bytes or min(cls.memory_bytes, share))


class Watch:
    """Notes what this process computes and ends it when that takes too long."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.limit_s = limits.sample_s
        self._every = min(1.0, limits.sample_s / 4)  # arming costs a thread: not for every sample
        self._armed = 0.0
        path = folder / f"{os.getpid()}.at"
        path.write_bytes(_NOBODY)  # written, not only sized: a full disk shows here, not in a signal
        with path.open("r+b") as file:
            self._at = memoryview(mmap.mmap(file.fileno(), len(_NOBODY))).cast("q")
        self._crash: IO[str] = path.with_suffix(".crash").open("w")
        faulthandler.enable(self._crash)
        self._leave = os._exit
        os._exit = self._left
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        limit = limits.memory_bytes if hard < 0 else min(hard, limits.memory_bytes)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))

    def begin(self, feature: int, index: int, limit_s: float | None = None) -> None:
        """Note that a feature is computed at an index, for the limit of a sample or another at most."""
        self._at[0], self._at[1] = feature, index
        now = time.monotonic()
        if now > self._armed + self._every or limit_s is not None:
            limit = (limit_s or self.limit_s) + self._every
            self._armed = now if limit_s is None else 0.0
            faulthandler.dump_traceback_later(limit, exit=True, file=self._crash)

    def begin_loading(self, feature: int) -> None:
        """Note that a feature's script is loaded, for the limit of a function's first call at most."""
        self.begin(feature, _LOADING, self.limit_s + _COMPILE_S)

    def rest(self) -> None:
        """Note that no script is running."""
        faulthandler.cancel_dump_traceback_later()
        self._at[0] = -1
        self._armed = 0.0

    def _left(self, status: int) -> NoReturn:
        """End the process as ``os._exit`` does, and leave behind where it was called."""
        faulthandler.dump_traceback(self._crash, all_threads=False)
        self._leave(status)

    def close(self) -> None:
        """Let go of the files."""
        self.rest()
        os._exit = self._leave
        faulthandler.disable()
        self._crash.close()


@contextmanager
def watching(folder: Path, limits: Limits) -> Iterator[Watch | None]:
    """Give a watch where this process computes one thing at a time and may be ended, None elsewhere."""
    if not engine.is_worker():
        yield None
        return
    watch = Watch(folder, limits)
    try:
        yield watch
    finally:
        watch.close()


class Handed(dict[str, npt.NDArray[Any]]):
    """The features computed before, as a script gets them; it remembers what the script looked at.

    Attributes
    ----------
    seen : set
        Names that were looked up, there or not; None among them once the script went through all.
    """

    def __init__(self, others: dict[str, npt.NDArray[Any]], seen: set[str | None]) -> None:
        super().__init__(others)
        self.seen = seen

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        self.seen.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.seen.add(str(name))
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Return an earlier feature, or `default`."""
        self.seen.add(name)
        return super().get(name, default)


def _seeing_all(name: str) -> Callable[..., Any]:
    inner = getattr(dict, name)

    def method(self: Handed, *given: Any) -> Any:
        self.seen.add(None)
        return inner(self, *given)

    return method


for _name in (
    "__iter__", "__len__", "__eq__", "__or__", "__ror__", "__repr__", "keys", "values", "items", "copy",
    "pop",
):  # fmt: skip
    setattr(Handed, _name, _seeing_all(_name))


@dataclasses.dataclass(frozen=True)
class Watched(LoadedFeature):
    """A feature whose script is watched, and handed copies of everything it could change.

    Attributes
    ----------
    number : int
        Its place in the computing order, by which the watch names it.
    watch : Watch or None
    seen : dict of str to set
        Function → the earlier features that it looked at; see ``Handed``.
    """

    number: int = -1
    watch: Watch | None = None
    seen: dict[str, set[str | None]] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, feature: LoadedFeature, number: int, watch: Watch | None) -> Watched:
        """Return a loaded feature under watch."""
        return cls(feature.feature, feature.script, feature.params, number, watch)

    # Asked for every sample, and always the same.
    @functools.cached_property
    def columns(self) -> tuple[str, ...]:
        """The declared output columns, () where the docstring says none."""
        return super().columns

    @functools.cached_property
    def is_label(self) -> bool:
        """Tell whether the script says LABEL = True."""
        return super().is_label

    @property
    def alone(self) -> bool:
        """Tell whether it is computed in a process of a build's own."""
        return self.watch is not None

    @functools.cached_property
    def is_gate(self) -> bool:
        """Tell whether the script says GATE = True."""
        return super().is_gate

    @property
    def function(self) -> Callable[..., Any]:
        """The script's ``feature``, watched."""
        return self._call

    def _call(self, view: Any, index: int, params: dict[str, Any], others: dict[str, Any]) -> Any:
        if self.watch is not None:
            self.watch.begin(self.number, index, None if "feature" in self.seen else self._first_s(1.0))
        handed = Handed(others, self.seen.setdefault("feature", set()))
        return self.script.module.feature(view, index, _own(params), handed)

    def hook(self, name: str) -> Callable[..., Any] | None:
        """Return an optional function of the script, watched; None without."""
        found = super().hook(name)
        if found is None or name not in ("feature_batch", "candidates"):
            return found

        def batch(view: Any, indices: npt.NDArray[np.int64], params: dict[str, Any], others: Any) -> Any:
            first = int(indices[0]) if len(indices) else -1
            handed = Handed(others, self.seen.setdefault(name, set()))
            with self._noted(first, len(indices) / _ROWS_A_SAMPLE):
                return found(view, indices.copy(), _own(params), handed)

        def candidates(view: Any, start: int, stop: int, params: dict[str, Any]) -> Any:
            with self._noted(start, (stop - start) / _TICKS_A_SAMPLE):
                return found(view, start, stop, _own(params))

        return batch if name == "feature_batch" else candidates

    def _first_s(self, share: float) -> float:
        return (self.watch.limit_s * max(share, 1.0) if self.watch else 0.0) + _COMPILE_S

    @contextmanager
    def _noted(self, index: int, share: float) -> Iterator[None]:
        if self.watch is not None:
            self.watch.begin(self.number, index, self._first_s(share))
        try:
            yield
        finally:
            if self.watch is not None:
                self.watch.rest()


def _own(params: dict[str, Any]) -> dict[str, Any]:
    """Return parameters that a script may change without changing the next sample's."""
    mutable = any(isinstance(value, (list, dict)) for value in params.values())
    return copy.deepcopy(params) if mutable else params  # a dict of the call's own already


def blame(
    problem: WorkerDied, folder: Path, features: list[LoadedFeature], limits: Limits, schema: str, tries: int
) -> LitlabError:
    """Return whose fault a worker's death was, by what it left behind.

    Parameters
    ----------
    features : list of LoadedFeature
        In computing order.
    """
    try:
        feature, index = np.fromfile(folder / f"{problem.pid}.at", np.int64).tolist()
        stack = (folder / f"{problem.pid}.crash").read_text(errors="replace")
    except (OSError, ValueError):
        feature, index, stack = -1, -1, ""
    if feature < 0:
        return BuildFailed(schema=schema, reason=f"{problem}, {tries} times")
    path = features[feature].script.path
    found = re.search(rf'File "{re.escape(str(path))}", line (\d+)', stack)
    fatal = re.match(r"Fatal Python error: (.*)", stack)
    how = fatal[1] if fatal else _told(problem.status)
    if index == _LOADING:
        slow = f"it was still being loaded after {limits.sample_s + _COMPILE_S:g} s"
        reason = slow if stack.startswith("Timeout") else f"it ends its process when it is loaded ({how})"
        return BadScript(path=path, line=int(found[1]) if found else 0, reason=reason)
    where = {"script": path.name, "line": int(found[1]) if found else "?", "index": index}
    if stack.startswith("Timeout"):
        return ScriptTimeout(**where, limit=limits.sample_s)
    return ScriptCrashed(**where, how=how, tries=tries)


def _told(status: int | None) -> str:
    if status is None or status >= 0:
        return f"exit status {status}"
    more = ", which the system does where memory is short" if -status == signal.SIGKILL else ""
    return f"{signal.Signals(-status).name}{more}"


def forget(folder: Path) -> None:
    """Remove what watches left; for when all workers are gone or at rest."""
    for pattern in ("*.at", "*.crash"):
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)
