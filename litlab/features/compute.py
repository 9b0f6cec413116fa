"""Computing features: one sample at a time, or many rows at once, with what each of them read.

``compute_sample`` is behind Test in the app, a build's fallback, deployment and what-if. A script that has
``feature_batch`` may be computed row-aligned instead; a build compares the two on sampled rows.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from litlab.adapters.batch_views import BatchView
from litlab.adapters.views import GateView, OpenView, View
from litlab.errors import BadOutput, LookaheadError, ScriptFailed
from litlab.features.feature import LoadedFeature
from litlab.features.order import in_order
from litlab.features.output import as_table
from litlab.scripts import line_in
from litlab.shown import Shown

if TYPE_CHECKING:
    from litlab.adapters import TradersBaseAdapter


@dataclasses.dataclass(frozen=True)
class Sample(Shown):
    """What the features of one index came to.

    Attributes
    ----------
    index, as_of_ns : int
        The tick, and the moment the sample stands for: the end of a gate's period, else the tick's time.
    values : dict of str to (rows, cols) float64
        By feature, gates left out.
    read_lo, read_hi, label_lo, label_hi : int
        Half-open tick intervals that inputs and labels read; a label that reads nothing has an empty one.
    """

    index: int
    as_of_ns: int
    values: dict[str, npt.NDArray[np.float64]]
    read_lo: int
    read_hi: int
    label_lo: int
    label_hi: int


@dataclasses.dataclass(frozen=True)
class Rows:
    """One feature at many indices: values (n, rows, cols) float64, keep (n,) bool, reads (n, 2) int64."""

    values: npt.NDArray[np.float64]
    keep: npt.NDArray[np.bool_]
    reads: npt.NDArray[np.int64]


def compute_sample(
    adapter: TradersBaseAdapter, index: int, features: Sequence[LoadedFeature]
) -> Sample | None:
    """Compute features at one index; None where one of them rejects the sample.

    A rejection ends the sample: nothing after it is computed and nothing before it is kept.

    Parameters
    ----------
    adapter : TradersBaseAdapter
    index : int
    features : sequence of LoadedFeature
        In any order; they are computed in ``in_order``.

    Raises
    ------
    LookaheadError, ScriptFailed, BadOutput
        Naming the script and the line.
    """
    values: dict[str, npt.NDArray[np.float64]] = {}
    inputs: dict[str, npt.NDArray[np.float64]] = {}
    reads, label_reads = [index, index + 1], [index, index]
    as_of_ns = int(adapter.store.times(index, index + 1)[0])
    for feature in in_order(features):
        view = _view(adapter, index, feature)
        table = run(feature, view, index, values if feature.is_label else inputs)
        if table is None:
            return None
        if isinstance(view, GateView):
            as_of_ns = max(as_of_ns, view.as_of_ns or as_of_ns)
            continue
        values[feature.name] = table
        span = label_reads if feature.is_label else reads
        if not feature.is_label:
            inputs[feature.name] = table
        span[:] = min(span[0], view.read_lo), max(span[1], view.read_hi)
    return Sample(index, as_of_ns, values, *reads, *label_reads)


def _view(adapter: TradersBaseAdapter, index: int, feature: LoadedFeature) -> View | OpenView:
    if feature.is_gate:
        return GateView(adapter, index)
    return OpenView(adapter, index) if feature.is_label else View(adapter, index)


def run(
    feature: LoadedFeature, view: View | OpenView, index: int, others: dict[str, npt.NDArray[np.float64]]
) -> npt.NDArray[np.float64] | None:
    """Call one script on a view; return its table, None where it rejects the sample."""
    script = feature.script
    try:
        result = feature.function(view, index, dict(feature.params), dict(others))
    except LookaheadError as problem:
        raise _named(problem, feature, index) from None
    except BaseException as problem:  # a user's script may raise anything
        if not of_script(problem, feature):
            raise
        if view.violation is None:
            reason = f"{type(problem).__name__}: {problem}"
            line = line_in(script.path, problem)
            raise ScriptFailed(script=script.path.name, line=line, index=index, reason=reason) from problem
    table = None if view.violation is not None else as_table(result, feature.columns, script.name, index)
    if table is not None and isinstance(view, GateView):
        view.check_kept()
    if view.violation is not None:  # the script caught the refusal: that changes nothing
        raise _named(view.violation, feature, index)
    return table


def of_script(problem: BaseException, feature: LoadedFeature) -> bool:
    """Tell whether a script raised it, and no person who stops the program: its first thread hears that."""
    if not isinstance(problem, KeyboardInterrupt) or feature.alone:
        return True
    return threading.current_thread() is not threading.main_thread()


def compute_rows(
    adapter: TradersBaseAdapter,
    indices: npt.NDArray[np.int64],
    feature: LoadedFeature,
    others: dict[str, npt.NDArray[np.float64]],
) -> Rows:
    """Compute one feature at many indices through its ``feature_batch``, or one by one without.

    Parameters
    ----------
    indices : (n,) int64
    others : dict of str to (n, rows, cols) float64
        The features computed before, at the same indices.
    """
    batch = feature.hook("feature_batch")
    if batch is None:
        return compute_one_by_one(adapter, indices, feature, others)
    script = feature.script
    view = BatchView(adapter, indices, label=feature.is_label)
    try:
        values, keep = batch(view, indices, dict(feature.params), dict(others))
        values, keep = np.asarray(values, np.float64), np.asarray(keep, bool)
    except LookaheadError as problem:
        raise _named(problem, feature, problem.fields["index"]) from None
    except BaseException as problem:  # a user's script may raise anything
        if not of_script(problem, feature):
            raise
        if view.violation is None:
            reason = f"{type(problem).__name__}: {problem}"
            at = int(indices[0]) if len(indices) else -1
            line = line_in(script.path, problem)
            raise ScriptFailed(script=script.path.name, line=line, index=at, reason=reason) from problem
    if view.violation is not None:  # the script caught the refusal: that changes nothing
        raise _named(view.violation, feature, view.violation.fields["index"])
    wanted = f"({len(indices)}, rows, {len(feature.columns) or 'cols'}) and keep ({len(indices)},)"
    columns = len(feature.columns) or values.shape[-1]
    if (
        values.ndim != 3
        or len(values) != len(indices)
        or values.shape[2] != columns
        or keep.shape != (len(indices),)
    ):
        given = f"shapes {values.shape} and {keep.shape}"
        raise BadOutput(
            script=script.name, given=given, index=int(indices[0]) if len(indices) else -1, wanted=wanted
        )
    return Rows(values, keep, view.reads)


def compute_one_by_one(
    adapter: TradersBaseAdapter,
    indices: npt.NDArray[np.int64],
    feature: LoadedFeature,
    others: dict[str, npt.NDArray[np.float64]],
) -> Rows:
    """Compute one feature at many indices through its ``feature`` alone."""
    keep = np.zeros(len(indices), bool)
    reads = np.stack([indices, indices + 1], 1)
    tables: dict[int, npt.NDArray[np.float64]] = {}
    for row, index in enumerate(indices.tolist()):
        view = _view(adapter, index, feature)
        table = run(feature, view, index, {name: values[row] for name, values in others.items()})
        reads[row] = view.read_lo, view.read_hi
        if table is not None:
            tables[row], keep[row] = table, True
    shape = next(iter(tables.values())).shape if tables else (1, max(len(feature.columns), 1))
    values = np.full((len(indices), *shape), np.nan)
    for row, table in tables.items():
        if table.shape != shape:
            given = f"shape {table.shape}"
            raise BadOutput(
                script=feature.script.name, given=given, index=int(indices[row]), wanted=f"{shape} as before"
            )
        values[row] = table
    return Rows(values, keep, reads)


def _named(problem: LookaheadError, feature: LoadedFeature, index: Any) -> LookaheadError:
    code = getattr(feature.script.module.feature, "__code__", None)
    line = line_in(feature.script.path, problem) or (code.co_firstlineno if code else 0)
    return LookaheadError(
        script=feature.script.path.name, line=line, index=index, read=problem.fields["read"]
    )
