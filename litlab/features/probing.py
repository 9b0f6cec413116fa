"""Running a script once, watched: what it answers, which ticks it reads, which files it opens.

The script gets an open view, so that a read of the future is seen rather than prevented, and a module of its
own. The machine's clock and the shared random generators are set by the caller: a script that uses them
answers differently under another setting.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import random
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import numpy.typing as npt

import litlab
from litlab.adapters import BatchView, OpenView, TradersBaseAdapter
from litlab.features.feature import LoadedFeature
from litlab.features.output import as_table
from litlab.scripts import line_in, load_script

_LITLAB = os.path.dirname(litlab.__file__) + os.sep
_WATCHED = {"open", "mmap.__new__", "socket.__new__", "socket.connect", "subprocess.Popen", "os.system"}
_CLOCKS = ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns")
_watching: list[tuple[str, list[str]]] = []  # (script file, what it opened), of runs under way


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What one call came to.

    Attributes
    ----------
    values : (rows, cols) float64 or None
        None where the sample was rejected or the script failed.
    error : str
        What it raised, "" for nothing.
    line : int
        Where in the script, 0 for nowhere.
    read_lo, read_hi : int
        Half-open interval of ticks.
    opened : tuple of str
        Files, maps and sockets the script opened by itself.
    refused : str
        What it asked for that no feature may read at any index, "" for nothing.
    """

    values: npt.NDArray[np.float64] | None
    error: str
    line: int
    read_lo: int
    read_hi: int
    opened: tuple[str, ...] = ()
    refused: str = ""

    def same(self, other: Outcome) -> bool:
        """Tell whether the answers are equal bit for bit."""
        if self.values is None or other.values is None:
            return self.values is other.values and bool(self.error) == bool(other.error)
        return self.values.shape == other.values.shape and self.values.tobytes() == other.values.tobytes()

    def close(self, other: Outcome) -> bool:
        """Tell whether the answers differ by 4 units in the last place at most."""
        if self.values is None or other.values is None or self.values.shape != other.values.shape:
            return False
        one, two = self.values, other.values
        if not np.array_equal(np.isnan(one), np.isnan(two)):
            return False
        step = np.spacing(np.maximum(np.abs(one), np.abs(two)))
        return bool(np.all((np.abs(one - two) <= 4 * step) | np.isnan(one) | (one == two)))

    def told(self) -> str:
        """Return the answer in a few characters."""
        if self.error:
            return self.error
        if self.values is None:
            return "a rejected sample"
        return " ".join(repr(float(value)) for value in self.values.ravel()[-3:])


class ProbeView(OpenView):
    """Every tick may be read and is recorded, but not what was filled in after it had come.

    A gate may also ask whether its period has ended.
    """

    _knows_later = False
    as_of_ns: int | None = None

    def period_ended(self, unit: str, size: int = 1, sessions: str | None = None) -> bool:
        """Tell whether this is the last tick of a bar whose period has ended."""
        _, ends = self._adapter.period_ends(self._index, self._index + 1, unit, size, sessions)
        if len(ends):
            self.as_of_ns = int(ends[0])
        return bool(len(ends))


class ProbeBatchView(BatchView):
    """Whole windows of every row's future may be read and are recorded, but not what was filled in later."""

    def __init__(self, adapter: TradersBaseAdapter, indices: npt.NDArray[np.int64]) -> None:
        super().__init__(adapter, indices, label=True)
        self._knows_later = False


@dataclasses.dataclass(frozen=True)
class BatchOutcome:
    """What one call of ``feature_batch`` came to.

    Attributes
    ----------
    values : (n, rows, cols) float64
    keep : (n,) bool
    reads : (n, 2) int64
        Half-open interval of ticks of each row.
    error : str
        What it raised, "" for nothing; `values` and `keep` say nothing then.
    line : int
        Where in the script, 0 for nowhere.
    refused : str
        What it asked for that no batch may read, "" for nothing.
    """

    values: npt.NDArray[np.float64]
    keep: npt.NDArray[np.bool_]
    reads: npt.NDArray[np.int64]
    error: str = ""
    line: int = 0
    refused: str = ""

    def row(self, row: int) -> bytes | None:
        """Return a row's answer as bytes, None where it is rejected."""
        return self.values[row].tobytes() if self.keep[row] else None


def watch_batch(
    feature: LoadedFeature,
    adapter: TradersBaseAdapter,
    indices: npt.NDArray[np.int64],
    others: dict[str, npt.NDArray[np.float64]],
) -> BatchOutcome:
    """Call the script's ``feature_batch`` in a fresh module and see what it does."""
    view = ProbeBatchView(adapter, indices)
    once = fresh(feature)
    hook: Any = once.hook("feature_batch")
    values: Any = np.zeros((len(indices), 1, 1))
    keep: Any = np.zeros(len(indices), bool)
    error, line = "", 0
    try:
        values, keep = hook(view, indices, dict(feature.params), others)
        values, keep = np.asarray(values, np.float64), np.asarray(keep, bool)
        if values.ndim != 3 or len(values) != len(indices) or keep.shape != (len(indices),):
            error = f"it returns the shapes {values.shape} and {keep.shape}"
    except (Exception, SystemExit) as problem:  # a user's script may raise anything
        error, line = f"{type(problem).__name__}: {problem}"[:200], line_in(feature.script.path, problem)
    refused = str(view.violation.fields["read"]) if view.violation else ""
    return BatchOutcome(values, keep, view.reads, error, line, refused)


def fresh(feature: LoadedFeature) -> LoadedFeature:
    """Return the feature with its script loaded once more: nothing it remembers is left."""
    return dataclasses.replace(feature, script=load_script(feature.script.path))


def watch(
    feature: LoadedFeature,
    adapter: TradersBaseAdapter,
    index: int,
    others: dict[str, npt.NDArray[np.float64]] | None = None,
) -> Outcome:
    """Call the script's ``feature`` at one index of an adapter and see what it does."""
    view = ProbeView(adapter, index)
    path = feature.script.path
    values, error, line = None, "", 0
    with _files(path) as opened:
        try:
            result = feature.script.module.feature(view, index, dict(feature.params), dict(others or {}))
            values = as_table(result, feature.columns, feature.script.name, index)
        except (Exception, SystemExit) as problem:  # a user's script may raise anything
            error, line = f"{type(problem).__name__}: {problem}"[:200], line_in(path, problem)
    refused = str(view.violation.fields["read"]) if view.violation else ""
    return Outcome(values, error, line, view.read_lo, view.read_hi, tuple(dict.fromkeys(opened)), refused)


def watch_all(
    feature: LoadedFeature,
    adapter: TradersBaseAdapter,
    indices: Sequence[int],
    others: Sequence[dict[str, npt.NDArray[np.float64]]],
) -> list[Outcome]:
    """Call one and the same module at several indices, in their order."""
    once = fresh(feature)
    return [watch(once, adapter, index, given) for index, given in zip(indices, others, strict=True)]


@contextlib.contextmanager
def setting(seed: int) -> Iterator[None]:
    """Set the shared random generators and the clock; both are as before afterwards."""
    plain, array = random.getstate(), np.random.get_state()  # noqa: NPY002 - the script may use the shared one
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    shift = seed * 86_413
    clocks = {name: getattr(time, name) for name in _CLOCKS}

    def moved(name: str) -> Any:
        step = shift * 10**9 if name.endswith("_ns") else shift
        return lambda: clocks[name]() + step

    try:
        with contextlib.ExitStack() as stack:
            for name in _CLOCKS:
                stack.enter_context(mock.patch.object(time, name, moved(name)))
            yield
    finally:
        random.setstate(plain)
        np.random.set_state(array)  # noqa: NPY002


@contextlib.contextmanager
def _files(script: Path) -> Iterator[list[str]]:
    """Collect what the script opens while the block runs."""
    _install()
    opened: list[str] = []
    _watching.append((str(script), opened))
    try:
        yield opened
    finally:
        _watching.pop()


_installed: list[bool] = []


def _install() -> None:
    if not _installed:
        _installed.append(True)
        sys.addaudithook(_hook)  # cannot be taken back: it looks only while a script runs


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if not _watching or event not in _WATCHED:
        return
    script, opened = _watching[-1]
    frame = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if file == script:
            opened.append(str(args[0]) if event == "open" else event)
            return
        if file.startswith((_LITLAB, "<frozen importlib")):  # litlab's own reads, and imports
            return
        frame = frame.f_back  # type: ignore[assignment]
