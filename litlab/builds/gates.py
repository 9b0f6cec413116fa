"""Which ticks of a chunk become samples, before any feature is computed."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from litlab.adapters import GateBatchView, GateView, TradersBaseAdapter
from litlab.bars import gather
from litlab.builds.plan import Chunk
from litlab.errors import GateMisses, NotDeterministic, ScriptFailed
from litlab.features import LoadedFeature
from litlab.features.batches import drawing
from litlab.features.compute import of_script, run
from litlab.features.feature import is_ours
from litlab.schemas import Schema
from litlab.scripts import line_in
from litlab.ticks.columns import REGULAR

Indices = npt.NDArray[np.int64]
_COMPARED = 3  # ticks a chunk on which ``candidates`` must equal ``feature``, with their neighbours
_MISSED = 24  # ticks a chunk that it did not propose, of each kind
_UNKNOWN = np.iinfo(np.int64).min


@dataclasses.dataclass(frozen=True)
class Kept:
    """Ticks that a gate keeps, ascending, and the moments they stand for, _UNKNOWN where it did not ask."""

    indices: Indices
    as_of_ns: Indices

    @classmethod
    def of(cls, indices: Indices, moments: dict[int, int]) -> Kept:
        """Return ticks with the moments that a view has noted for some of them."""
        known = np.fromiter(moments, np.int64, len(moments))
        order = np.argsort(known)
        stamps = np.fromiter(moments.values(), np.int64, len(moments))[order]
        known = known[order]
        at = np.searchsorted(known, indices)
        here = at < len(known)
        here[here] = known[at[here]] == indices[here]
        as_of = np.full(len(indices), _UNKNOWN)
        as_of[here] = stamps[at[here]]
        return cls(indices, as_of)

    def among(self, indices: Indices) -> Kept:
        """Return those of them that are in `indices`."""
        keep = np.isin(self.indices, indices, assume_unique=True)
        return Kept(self.indices[keep], self.as_of_ns[keep])

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Kept)
            and np.array_equal(self.indices, other.indices)
            and np.array_equal(self.as_of_ns, other.as_of_ns)
        )

    __hash__ = None  # type: ignore[assignment]


def candidates(
    adapter: TradersBaseAdapter,
    schema: Schema,
    gates: Sequence[LoadedFeature],
    chunk: Chunk,
    notes: list[str],
    plain: set[str] | None = None,
) -> tuple[Indices, Indices]:
    """Return the ticks of a chunk that every gate keeps, and the moments they stand for, both (n,) int64.

    Parameters
    ----------
    notes : list of str
        Gets a line for a gate whose ``candidates`` are not used.
    plain : set of str, optional
        Gates whose ``candidates`` are not to be used; gets those that turn out wrong.

    Raises
    ------
    GateMisses
        If the ``candidates`` of a gate leave a tick out that its ``feature`` keeps.
    """
    plain = set() if plain is None else plain
    first = chunk.start + -(chunk.start - chunk.file_start) % schema.resolution

    def every() -> Indices:
        return np.arange(first, chunk.stop, schema.resolution, dtype=np.int64)

    indices: Indices | None = None  # a gate that proposes needs no list of millions
    moments: list[Kept] = []
    for gate in gates:
        kept = None if gate.name in plain else _proposed(adapter, gate, chunk)
        if kept is None and gate.name not in plain and gate.hook("candidates") is not None:
            plain.add(gate.name)
            notes.append(f"{gate.name}: candidates differ from feature; they are not used")
        if kept is None:
            kept = _asked(adapter, gate, every() if indices is None else indices, check=True)
        elif indices is not None or schema.resolution > 1:
            kept = kept.among(every() if indices is None else indices)
        indices = kept.indices
        moments.append(kept)
    indices = every() if indices is None else indices
    if schema.sessions == "regular" and adapter.calendar:
        indices = indices[gather(adapter.store, "session", indices) == REGULAR]
    as_of = gather(adapter.store, "timestamp", indices).astype(np.int64)
    for kept in moments:  # a sample is not before all that its gates were told; _UNKNOWN is the least number
        as_of = np.maximum(as_of, kept.as_of_ns[np.searchsorted(kept.indices, indices)])
    return indices, as_of


def _proposed(adapter: TradersBaseAdapter, gate: LoadedFeature, chunk: Chunk) -> Kept | None:
    """Return what a gate's ``candidates`` propose; None without or where ``feature`` says otherwise."""
    propose = gate.hook("candidates")
    if propose is None:
        return None
    view = GateBatchView(adapter, chunk.start, chunk.stop)
    try:
        found = np.asarray(propose(view, chunk.start, chunk.stop, dict(gate.params)), np.int64).reshape(-1)
        if (np.diff(found) <= 0).any():
            found = np.unique(found)
    except BaseException as problem:  # a user's script may raise anything
        if not of_script(problem, gate):
            raise
        path, reason = gate.script.path, f"{type(problem).__name__}: {problem}"
        line = line_in(path, problem)
        raise ScriptFailed(script=path.name, line=line, index=chunk.start, reason=reason) from problem
    kept = Kept.of(found[(found >= chunk.start) & (found < chunk.stop)], view.as_of)
    picked = found[spread(len(found), _COMPARED)]
    picked = np.unique(np.concatenate([picked, picked - 1, [chunk.start]]))
    picked = picked[(picked >= chunk.start) & (picked < chunk.stop)]
    if _asked(adapter, gate, picked) != kept.among(picked):
        return None
    if not is_ours(gate):
        _check_missed(adapter, gate, chunk, kept, view)
    return kept


def _check_missed(
    adapter: TradersBaseAdapter, gate: LoadedFeature, chunk: Chunk, kept: Kept, view: GateBatchView
) -> None:
    """Ask ``feature`` about ticks that were not proposed: ends of periods that were looked up, and any.

    Raises
    ------
    GateMisses
    """
    random = drawing(gate.name, np.array([chunk.start, chunk.stop, *kept.indices[:1000]]))
    ends = np.fromiter(view.as_of, np.int64, len(view.as_of))
    ends = np.setdiff1d(ends[(ends >= chunk.start) & (ends < chunk.stop)], kept.indices)
    some = random.choice(ends, min(_MISSED, len(ends)), replace=False)
    any_ = random.integers(chunk.start, chunk.stop, _MISSED)
    picked = np.setdiff1d(np.union1d(some, any_), kept.indices)
    missed = _asked(adapter, gate, picked).indices
    if len(missed):
        line = gate.script.source[: max(gate.script.source.find("def candidates"), 0)].count("\n") + 1
        raise GateMisses(script=gate.script.path.name, line=line, index=int(missed[0]))


def _asked(adapter: TradersBaseAdapter, gate: LoadedFeature, indices: Indices, check: bool = False) -> Kept:
    """Return the ticks that a gate's ``feature`` keeps; `check` asks about some of them twice."""
    kept: list[int] = []
    moments: dict[int, int] = {}
    for index in indices.tolist():
        view = GateView(adapter, index)
        if run(gate, view, index, {}) is not None:
            kept.append(index)
            if view.as_of_ns is not None:
                moments[index] = view.as_of_ns
    found = Kept.of(np.array(kept, np.int64), moments)
    if check:
        picked = indices[spread(len(indices), _COMPARED)]
        for index in picked.tolist():
            one = np.array([index])
            if _asked(adapter, gate, one) != found.among(one):
                raise NotDeterministic(script=gate.script.path.name, index=index)
    return found


def spread(count: int, wanted: int) -> npt.NDArray[np.int64]:
    """Return up to `wanted` places among `count`, first and last among them.

    >>> spread(10, 3).tolist(), spread(1, 3).tolist(), spread(0, 3).tolist()
    ([0, 4, 9], [0], [])
    """
    return np.unique(np.linspace(0, count - 1, wanted).astype(np.int64)) if count else np.empty(0, np.int64)
