"""Computing one chunk: which ticks become samples, and what each feature makes of them.

1. The gate that comes first proposes candidates. 2. Every feature is computed in order on the samples that
survive; the rows it rejects are dropped from all before it. 3. A script's batch form is compared with its
plain form on a few samples and dropped if one bit differs. 4. The arrays go into one file and its digest
beside it: a chunk without a matching digest is computed again.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xxhash

from litlab import atomic
from litlab.adapters import GateBatchView, GateView, TradersBaseAdapter
from litlab.assets import hdf
from litlab.bars import gather
from litlab.builds.plan import Chunk, adapter_of, sidecar
from litlab.errors import ScriptFailed
from litlab.features import LoadedFeature, Rows, compute_rows, in_order, load_features
from litlab.features.compute import compute_one_by_one, run
from litlab.schemas import Schema
from litlab.scripts import line_in
from litlab.ticks.columns import REGULAR
from litlab.workspace import Workspace

Array = npt.NDArray[Any]
_COMPARED = 3  # samples a chunk on which a batch form must equal the plain form


@dataclasses.dataclass(frozen=True)
class Task:
    """What a worker process needs to compute a chunk: names and paths only."""

    home: str
    team: str
    schema: dict[str, Any]
    chunk: Chunk
    log: str


@dataclasses.dataclass(frozen=True)
class Done:
    """What a worker answers."""

    chunk: Chunk
    samples: int
    reused: bool
    pid: int


def is_complete(chunk: Chunk, digests: tuple[str, ...]) -> bool:
    """Tell whether the chunk's file is there, with the bytes it was written with, and of ticks like these.

    Its recipe names the files up to the one behind its own; a label that read further wrote down all.
    """
    try:
        about = json.loads(sidecar(chunk).read_text())
        same = about.get("ticks") in (None, list(digests))
        return bool(same and file_digest(Path(chunk.path)) == about["xxh3"])
    except (OSError, ValueError, KeyError):
        return False


def file_digest(path: Path) -> str:
    """Return the xxh3-128 of a file."""
    return xxhash.xxh3_128(path.read_bytes()).hexdigest()


def compute_chunk(task: Task) -> Done:
    """Compute one chunk unless it is there already; runs in a worker."""
    chunk = task.chunk
    team = Workspace(task.home).team(task.team)
    schema = Schema.from_json(task.schema)
    adapter = adapter_of(team, schema.data[chunk.data_set])
    if is_complete(chunk, adapter.store.digests):
        return Done(chunk, int(hdf.mapped(Path(chunk.path), "index").shape[0]), True, os.getpid())
    features = in_order(load_features(team, [*schema.features, *schema.labels]))
    log = _Log(Path(task.log))
    columns, notes, reach = _compute(adapter, schema, features, chunk)
    for note in notes:
        log.write("WARNING", note)
    path = Path(chunk.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.tmp-{os.getpid()}")
    draft.unlink(missing_ok=True)
    hdf.write(draft, columns)
    os.rename(draft, path)
    named = adapter.store.file_of(chunk.start) + 2  # files that the recipe names
    further = reach >= len(adapter.store)
    if named < len(adapter.store.files):
        further = reach > adapter.store.starts[named]
    ticks = list(adapter.store.digests) if further else None
    atomic.write_json(sidecar(chunk), {"xxh3": file_digest(path), "ticks": ticks})
    names = [feature.name for feature in features]
    needs = sorted({name for feature in features for name in feature.requires})
    log.write("INFO", f"{chunk.stop - chunk.start} samples at resolution of {schema.resolution}")
    log.write("INFO", f"Writing {len(columns['index'])} samples to {path.name}")
    log.write("INFO", f"Computed fields: {names} Dependencies: {needs}")
    return Done(chunk, len(columns["index"]), False, os.getpid())


def _compute(
    adapter: TradersBaseAdapter, schema: Schema, features: list[LoadedFeature], chunk: Chunk
) -> tuple[dict[str, Array], list[str], int]:
    """Return the chunk's arrays by dataset name, warnings for the log, and the end of all it read."""
    reach = chunk.stop
    notes: list[str] = []
    gates = [feature for feature in features if feature.is_gate]
    indices, as_of = _candidates(adapter, schema, gates, chunk, notes)
    reads = {False: np.stack([indices, indices + 1], 1), True: np.stack([indices, indices], 1)}
    kept: dict[str, Array] = {}
    labels = {feature.name for feature in features if feature.is_label}
    for feature in features:
        if feature.is_gate:
            continue  # decided by its candidates
        others = {name: values for name, values in kept.items() if feature.is_label or name not in labels}
        rows = _rows(adapter, indices, feature, others, notes)
        reach = max(reach, int(rows.reads[:, 1].max(initial=0)))
        spans = reads[feature.is_label]
        spans[:, 0] = np.minimum(spans[:, 0], rows.reads[:, 0])
        spans[:, 1] = np.maximum(spans[:, 1], rows.reads[:, 1])
        kept[feature.name] = rows.values
        if not rows.keep.all():
            keep = rows.keep
            indices, as_of = indices[keep], as_of[keep]
            reads = {label: span[keep] for label, span in reads.items()}
            kept = {name: values[keep] for name, values in kept.items()}
    store = adapter.store
    last_read = np.maximum(reads[True][:, 1], indices + 1) - 1
    columns: dict[str, Array] = {
        "index": indices,
        "as_of_ns": as_of,
        "session_day": adapter.clock.periods(gather(store, "timestamp", indices), "day", 1, "all")[1],
        "read_lo": reads[False][:, 0],
        "read_hi": reads[False][:, 1],
        "label_lo": reads[True][:, 0],
        "label_hi": reads[True][:, 1],
        "label_end_ns": gather(store, "timestamp", last_read),
    }
    columns.update({f"features/{name}": values.astype("<f4") for name, values in kept.items()})
    return columns, notes, reach


def _candidates(
    adapter: TradersBaseAdapter,
    schema: Schema,
    gates: list[LoadedFeature],
    chunk: Chunk,
    notes: list[str],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the ticks that every gate keeps, and the moments they stand for."""
    indices = np.arange(chunk.start, chunk.stop, dtype=np.int64)
    if schema.resolution > 1:
        indices = indices[(indices - chunk.file_start) % schema.resolution == 0]
    as_of: dict[int, int] = {}
    for gate in gates:
        proposed = _proposed(adapter, gate, chunk, notes)
        if proposed is None:
            proposed = _asked(adapter, gate, indices)
        indices = indices[np.isin(indices, np.fromiter(proposed, np.int64, len(proposed)))]
        as_of |= {index: moment for index, moment in proposed.items() if moment is not None}
    if schema.sessions == "regular" and adapter.calendar:
        indices = indices[gather(adapter.store, "session", indices) == REGULAR]
    times = gather(adapter.store, "timestamp", indices).astype(np.int64)
    moments = [as_of.get(index, stamp) for index, stamp in zip(indices.tolist(), times.tolist(), strict=True)]
    return indices, np.array(moments, np.int64)


def _proposed(
    adapter: TradersBaseAdapter, gate: LoadedFeature, chunk: Chunk, notes: list[str]
) -> dict[int, int | None] | None:
    """Return what a gate's ``candidates`` propose and the moments; None without or if ``feature`` differs."""
    propose = gate.hook("candidates")
    if propose is None:
        return None
    view = GateBatchView(adapter, chunk.start, chunk.stop)
    try:
        found = np.unique(np.asarray(propose(view, chunk.start, chunk.stop, dict(gate.params)), np.int64))
    except (Exception, SystemExit) as problem:  # a user's script may raise anything
        path, reason = gate.script.path, f"{type(problem).__name__}: {problem}"
        line = line_in(path, problem)
        raise ScriptFailed(script=path.name, line=line, index=chunk.start, reason=reason) from problem
    proposed = {index: view.as_of.get(index) for index in found.tolist()}
    picked = found[np.unique(np.linspace(0, len(found) - 1, _COMPARED).astype(int))] if len(found) else found
    picked = np.unique(np.concatenate([picked, picked - 1, [chunk.start]]))
    picked = picked[(picked >= chunk.start) & (picked < chunk.stop)]
    if _asked(adapter, gate, picked) == {at: proposed[at] for at in picked.tolist() if at in proposed}:
        return proposed
    notes.append(f"{gate.name}: candidates differ from feature; they are not used")
    return None


def _asked(
    adapter: TradersBaseAdapter, gate: LoadedFeature, indices: npt.NDArray[np.int64]
) -> dict[int, int | None]:
    """Return the ticks that a gate's ``feature`` keeps, and the moments they stand for where it asked."""
    kept: dict[int, int | None] = {}
    for index in indices.tolist():
        view = GateView(adapter, index)
        if run(gate, view, index, {}) is not None:
            kept[index] = view.as_of_ns
    return kept


def _rows(
    adapter: TradersBaseAdapter,
    indices: npt.NDArray[np.int64],
    feature: LoadedFeature,
    others: dict[str, Array],
    notes: list[str],
) -> Rows:
    rows = compute_rows(adapter, indices, feature, others)
    if feature.hook("feature_batch") is None or not len(indices):
        return rows
    picked = np.unique(np.linspace(0, len(indices) - 1, _COMPARED).astype(int))
    plain = compute_one_by_one(
        adapter, indices[picked], feature, {name: a[picked] for name, a in others.items()}
    )
    same = np.array_equal(plain.keep, rows.keep[picked])
    if same and plain.keep.any():
        same = (
            plain.values[plain.keep].tobytes()
            == np.ascontiguousarray(rows.values[picked][plain.keep]).tobytes()
        )
    if same:
        return rows
    notes.append(f"{feature.name}: feature_batch differs from feature; the batch form is not used")
    return compute_one_by_one(adapter, indices, feature, others)


class _Log:
    """The build's shared log: time, pid, level, module, message; one write a line."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, level: str, message: str) -> None:
        now = time.time()
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}"
        atomic.append_line(self.path, f"{stamp} {os.getpid()} {level} chunk - compute_chunk: {message}")


logging.getLogger("litlab").addHandler(logging.NullHandler())
