"""Running a script once, watched: what it answers, which ticks it reads, which files it opens.

The script gets an open view, so that a read of the future is seen rather than prevented, and a module of its
own. The machine's clock and the shared random generators are set by the caller: a script that uses them
answers differently under another setting.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import os
import sys
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.adapters import BatchView, OpenView, TradersBaseAdapter
from litlab.adapters.views import STILL_GOING
from litlab.bars.units import UNITS
from litlab.errors import ScriptTimeout
from litlab.features.feature import LoadedFeature
from litlab.features.output import as_table
from litlab.features.probing_clock import Asked, setting
from litlab.features.probing_opens import Opened, apart, listening
from litlab.features.sentry import free
from litlab.scripts import Script, line_in, load_script

__all__ = [
    "BatchOutcome",
    "Outcome",
    "at_load",
    "call_limit",
    "fresh",
    "loaded",
    "setting",
    "watch",
    "watch_all",
    "watch_batch",
]

CALL_S = 90.0  # that one call may take
_limit = [CALL_S]
_at_load: weakref.WeakKeyDictionary[ModuleType, tuple[Opened, ...]] = weakref.WeakKeyDictionary()


def call_limit(seconds: float) -> None:
    """Let one call take so long, from now on."""
    _limit[0] = seconds


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
    opened : tuple of Opened
        Files, maps and sockets the script opened by itself, its loading included.
    refused : str
        What it asked for that no feature may read at any index, "" for nothing.
    clock : str
        The clock it asked, "" for none.
    """

    values: npt.NDArray[np.float64] | None
    error: str
    line: int
    read_lo: int
    read_hi: int
    opened: tuple[Opened, ...] = ()
    refused: str = ""
    clock: str = ""

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
    going_on = ""  # a period that it was told has not ended

    def period_ended(self, unit: str, size: int = 1, sessions: str | None = None) -> bool:
        """Tell whether this is the last tick of a bar whose period has ended."""
        _, ends = self._adapter.period_ends(self._index, self._index + 1, unit, size, sessions)
        if len(ends):
            self.as_of_ns = max(self.as_of_ns or int(ends[0]), int(ends[0]))
        elif unit in UNITS:
            self.going_on = f"{size} {unit}"
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
    opened : tuple of Opened
        What the script opened by itself, its loading included.
    """

    values: npt.NDArray[np.float64]
    keep: npt.NDArray[np.bool_]
    reads: npt.NDArray[np.int64]
    error: str = ""
    line: int = 0
    refused: str = ""
    opened: tuple[Opened, ...] = ()

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
    given = dict(feature.params)
    ran = _run(once, -1, lambda: hook(view, indices, given, others))
    values: Any = np.zeros((len(indices), 1, 1))
    keep: Any = np.zeros(len(indices), bool)
    error, line = ran.error, ran.line
    try:
        if not error:
            values, keep = ran.value
            values, keep = np.asarray(values, np.float64), np.asarray(keep, bool)
            if values.ndim != 3 or len(values) != len(indices) or keep.shape != (len(indices),):
                error = f"it returns the shapes {values.shape} and {keep.shape}"
    except (TypeError, ValueError) as problem:  # no pair of arrays
        error = f"{type(problem).__name__}: {problem}"[:200]
    refused = str(view.violation.fields["read"]) if view.violation else ""
    return BatchOutcome(values, keep, view.reads, error, line, refused, ran.opened)


def fresh(feature: LoadedFeature) -> LoadedFeature:
    """Return the feature with its script loaded once more: nothing it remembers is left.

    Nor do the modules beside it that it imports: they are loaded once more too.
    """
    for name in _beside(feature.script.source):
        sys.modules.pop(name, None)
    return dataclasses.replace(feature, script=loaded(feature.script.path))


def loaded(path: Path) -> Script:
    """Load a script, watched; ``at_load`` tells afterwards what it opened."""
    with listening(path) as opened:
        script = apart(lambda: load_script(path), path, -1, _limit[0])
    if opened:
        _at_load[script.module] = tuple(opened)
    return script


def at_load(feature: LoadedFeature) -> tuple[Opened, ...]:
    """Return what a script opened as it was loaded, where that was watched."""
    return _at_load.get(feature.script.module, ())


@functools.cache
def _installed() -> tuple[str, ...]:
    return (*free(), *(one for one in sys.path if one.endswith("site-packages")))


def _beside(source: str) -> list[str]:
    """Return the modules that a source imports, and theirs, which belong to no installation."""
    roots = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            roots |= {one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            roots.add(node.module.partition(".")[0])
    return [
        name
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in roots
        and (file := getattr(module, "__file__", None))
        and not os.path.abspath(file).startswith(_installed())
    ]


@dataclasses.dataclass
class _Ran:
    """What became of one call."""

    value: Any = None
    error: str = ""
    line: int = 0
    opened: tuple[Opened, ...] = ()
    clock: str = ""


def _run(feature: LoadedFeature, index: int, work: Callable[[], Any], hears_clock: bool = False) -> _Ran:
    """Do ``work()``, a call of a loaded script, and see what it does."""
    path, ran, asked = feature.script.path, _Ran(), Asked(str(feature.script.path))

    def call() -> Any:
        if not hears_clock:
            return work()
        with asked:
            return work()

    with listening(path) as opened:
        try:
            ran.value = apart(call, path, index, _limit[0])
        except ScriptTimeout:
            raise
        except BaseException as problem:  # a user's script may raise anything
            if isinstance(problem, KeyboardInterrupt) and not line_in(path, problem):
                raise  # a person's
            ran.error, ran.line = f"{type(problem).__name__}: {problem}"[:200], line_in(path, problem)
    every = (*at_load(feature), *opened)
    ran.opened, ran.clock = tuple(dict.fromkeys(every)), asked.what
    return ran


def watch(
    feature: LoadedFeature,
    adapter: TradersBaseAdapter,
    index: int,
    others: dict[str, npt.NDArray[np.float64]] | None = None,
    hears_clock: bool = False,
) -> Outcome:
    """Call the script's ``feature`` at one index of an adapter and see what it does."""
    view = ProbeView(adapter, index)
    function, params, inputs = feature.function, dict(feature.params), dict(others or {})
    columns, name = feature.columns, feature.script.name
    ran = _run(
        feature,
        index,
        lambda: as_table(function(view, index, params, inputs), columns, name, index),
        hears_clock,
    )
    refused = str(view.violation.fields["read"]) if view.violation else ""
    if ran.value is not None and view.going_on:
        refused = refused or STILL_GOING.format(view.going_on)
    return Outcome(ran.value, ran.error, ran.line, view.read_lo, view.read_hi, ran.opened, refused, ran.clock)


def watch_all(
    feature: LoadedFeature,
    adapter: TradersBaseAdapter,
    indices: Sequence[int],
    others: Sequence[dict[str, npt.NDArray[np.float64]]],
) -> list[Outcome]:
    """Call one and the same module at several indices, in their order."""
    once = fresh(feature)
    return [watch(once, adapter, index, given) for index, given in zip(indices, others, strict=True)]
