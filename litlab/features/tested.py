"""Testing a script at one tick: in a process of its own, within limits, with all that a person wants to see.

What a script returns has no times. ``_Heard`` listens to which bars or ticks it asked for: rows that are as
many as those, or their last ones, stand at those.
"""

from __future__ import annotations

import copy
import dataclasses
import functools
import threading
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab import rehearsal
from litlab.adapters import TradersBaseAdapter
from litlab.adapters.current import current_adapter
from litlab.bars.index import BarIndex
from litlab.errors import BadParameter
from litlab.features.compute import compute_sample
from litlab.features.feature import Feature, LoadedFeature, load_features
from litlab.features.order import in_order
from litlab.features.records import script_records
from litlab.features.workbench import Workbench
from litlab.scripts import find_script, list_scripts, rehearsed
from litlab.shown import Shown
from litlab.sources import outline
from litlab.workspace import Project, Team

TIMEOUT_S = 10.0
OPENING_S = 300.0


@dataclasses.dataclass(frozen=True)
class Tested(Shown):
    """What a script came to at one tick.

    Attributes
    ----------
    script : str
    params : dict
        Checked against the form, defaults filled in.
    index, as_of_ns : int
        The tick, and the moment the sample stands for.
    values : (rows, cols) float64 or None
        None where the sample is rejected, and for a gate.
    columns : tuple of str
        One for each column of `values`.
    rejected_by : str
        The script, or the feature it reads, that left the sample out; "" where there is one.
    reads : (int, int)
        The ticks that were read, half-open, those of the features it reads among them.
    reads_ns : (int, int)
        How long before the tick, and behind it, the first and last of them came.
    spans : (rows, 2) int64 or None
        The ticks [from, to) that each row stands for; None where nothing tells.
    seconds : float
        That it took, without loading.
    printed : str
        What the script printed and logged, the first 64 kB.
    is_label, is_gate : bool
    """

    script: str
    params: dict[str, Any]
    index: int
    as_of_ns: int
    values: npt.NDArray[np.float64] | None
    columns: tuple[str, ...]
    rejected_by: str
    reads: tuple[int, int]
    reads_ns: tuple[int, int]
    spans: npt.NDArray[np.int64] | None
    seconds: float
    printed: str
    is_label: bool
    is_gate: bool


def test_feature(
    project: Project,
    script: str,
    params: Mapping[str, Any],
    index: int,
    timeout_s: float = TIMEOUT_S,  # noqa: PT028 - it is no test of pytest
    bench: Workbench | None = None,  # noqa: PT028
) -> Tested:
    """Compute a script with its parameters at one tick of a project's data, saved or not.

    Parameters
    ----------
    project : Project
    script : str
        A script's name, as in ``save_feature``.
    params : mapping
        What its form wants; features that it reads are the team's saved ones.
    index : int
    timeout_s : float
        It is ended then.
    bench : Workbench, optional
        The process; by default one that all tests of this process share, started with the first.

    Raises
    ------
    UnknownName, BadParameter, BadScript
        Before anything is run.
    NotOpened
        Where the data take too long: nothing of that is the script's.
    ScriptFailed, LookaheadError, BadOutput, ScriptTimeout, ScriptEnded, ScriptOutOfMemory
        With script, line and index; what was printed before stands in the error's field ``printed``.
    """
    path = find_script(project.team, "scripts", script)
    checked = outline(path).read_params(params)
    known = rehearsed(path, timeout_s)
    every = list_scripts(project.team, "scripts").values()
    bench = bench or shared_bench()
    open_data(project, bench, script)
    ran = bench.run(
        _test, project, script, checked, int(index), known,
        script=script, index=int(index), limit_s=timeout_s, scripts=every,
    )  # fmt: skip
    found: Tested = dataclasses.replace(ran.value, printed=ran.printed)
    return found


test_feature.__test__ = False  # type: ignore[attr-defined]  # its name would make it a test of whoever imports it

_starting = threading.Lock()


def shared_bench() -> Workbench:
    """Return the process that this process's tests share; started where it is not yet."""
    with _starting:
        return _shared()


@functools.cache
def _shared() -> Workbench:
    return Workbench(spare=True)


def open_data(project: Project, bench: Workbench | None = None, script: str = "") -> None:
    """Open a project's data in the process for tests, so that no script is charged for it.

    Raises
    ------
    NotOpened
        Where that takes more than five minutes.
    """
    (bench or shared_bench()).open(
        _open, project, what=f"the data of {project}", script=script, limit_s=OPENING_S
    )


# --- in the process --------------------------------------------------------------------------------


def _open(project: Project) -> None:
    adapter = current_adapter(project)
    if adapter is not None and len(adapter):
        at = len(adapter) - 1
        adapter.bars([at], 3, "minute", current="partial")
        adapter.get_bars(at, 3, "minute", current="partial")


def loaded_with_needs(team: Team, script: str, params: Mapping[str, Any]) -> list[LoadedFeature]:
    """Return a script as a feature of its own name, last, behind the saved features that it reads.

    Raises
    ------
    UnknownName
        If one of those is not saved.
    """
    wanted = LoadedFeature.load(team, Feature(script, script, dict(params)))
    needed: dict[str, LoadedFeature] = {}
    asked = list(wanted.requires)
    while asked:
        name = asked.pop()
        if name not in needed:
            (needed[name],) = load_features(team, [name])
            asked.extend(needed[name].requires)
    own = script
    while own in needed:  # a saved feature may be called as the script is
        own += " (tested)"
    wanted = dataclasses.replace(wanted, feature=dataclasses.replace(wanted.feature, name=own))
    return [*in_order(list(needed.values())), wanted]


def _test(project: Project, script: str, params: dict[str, Any], index: int, known: str) -> Tested:
    rehearsal.trust([known])
    adapter = current_adapter(project)
    if adapter is None or not 0 <= index < len(adapter):
        there = 0 if adapter is None else len(adapter)
        raise BadParameter(name="index", given=index, wanted=f"the project has {there:,} cached ticks")
    features = loaded_with_needs(project.team, script, params)
    wanted = features[-1]
    heard = _Heard(adapter, index)
    begun = time.perf_counter()
    with script_records(features, lambda level, text: print(f"{level} {text}"), limit=1_000):
        sample = compute_sample(heard.adapter, index, features)
    seconds = time.perf_counter() - begun
    values, rejected_by, reads = None, "", (index, index + 1)
    if sample is None:
        rejected_by = _who_rejects(adapter, index, features)
    else:
        values = sample.values.get(wanted.name)
        label = wanted.is_label
        reads = (sample.label_lo, sample.label_hi) if label else (sample.read_lo, sample.read_hi)
        reads = min(reads[0], index), max(reads[1], index + 1)
    now, first, last = (int(adapter.store.times(at, at + 1)[0]) for at in (index, reads[0], reads[1] - 1))
    return Tested(
        script, wanted.params, index, now if sample is None else sample.as_of_ns, values,
        _columns(wanted, values), rejected_by, reads, (first - now, last - now),
        None if values is None else heard.spans(len(values)), seconds, "", wanted.is_label, wanted.is_gate,
    )  # fmt: skip


def _columns(wanted: LoadedFeature, values: npt.NDArray[np.float64] | None) -> tuple[str, ...]:
    width = 0 if values is None else values.shape[1]
    return wanted.columns or tuple(f"column {number + 1}" for number in range(width))


def _who_rejects(adapter: TradersBaseAdapter, index: int, features: list[LoadedFeature]) -> str:
    """Return the name of the first feature that leaves the sample out."""
    for count, feature in enumerate(features, 1):
        if compute_sample(adapter, index, features[:count]) is None:
            return feature.name
    return features[-1].name


class _Heard:
    """An adapter that remembers which bars and ticks it was asked for around one tick."""

    def __init__(self, adapter: TradersBaseAdapter, index: int) -> None:
        self._index, self._own = index, adapter
        heard: Any = copy.copy(adapter)
        self.adapter = heard
        self.asked: list[tuple[bool, npt.NDArray[np.int64]]] = []  # of the future?, ticks of each row
        heard.bars, heard.read_bars, heard.window = self._bars, self._read_bars, self._window

    def spans(self, rows: int) -> npt.NDArray[np.int64] | None:
        """Return the ticks [from, to) of each of so many rows, (rows, 2) int64, None where nothing tells."""
        if rows == 1:
            return np.array([[self._index, self._index + 1]])
        exact = [found for _, found in self.asked if len(found) == rows]
        if exact:
            return exact[-1]
        longer = [(ahead, found) for ahead, found in self.asked if len(found) > rows]
        if not longer:
            return None
        ahead, found = longer[-1]
        return found[:rows] if ahead else found[-rows:]

    def _bars(self, indices: npt.ArrayLike, count: int, unit: str, size: Any = 1, **options: Any) -> Any:
        window = self._own.bars(indices, count, unit, size, **options)
        if len(window.lengths) == 1 and isinstance(window.bars, BarIndex):
            at = np.arange(window.lo[0], window.lo[0] + window.lengths[0])
            ticks = np.stack([window.bars.enter[at], window.bars.leave[at]], 1)
            if options.get("current") == "partial":
                ticks = np.minimum(ticks, self._index + 1)
            self.asked.append((bool(options.get("future")), ticks))
        return window

    def _read_bars(
        self, index: int, count: int, unit: str, size: Any = 1, future: bool = False, guarded: bool = True,
        current: str = "exclude", sessions: str | None = None, anchor: str = "midnight",
    ) -> Any:  # fmt: skip
        self._bars(
            [index], count, unit, size, future=future, prevent_lookahead_bias=guarded, current=current,
            sessions=sessions, anchor=anchor,
        )  # fmt: skip
        return self._own.read_bars(index, count, unit, size, future, guarded, current, sessions, anchor)

    def _window(self, start: int, stop: int, columns: Any) -> Any:
        at = np.arange(start, stop)
        self.asked.append((start > self._index, np.stack([at, at + 1], 1)))
        return self._own.window(start, stop, columns)
