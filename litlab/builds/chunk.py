"""Computing one chunk: which ticks become samples, and what each feature makes of them.

1. ``gates`` proposes the ticks. An older chunk of the same base (``stored``) hands over the features that
would come out the same. 2. Every other feature is computed in order on the samples that survive; the rows
it rejects are dropped from all. 3. On a few samples a script's batch form is compared with its plain form
and dropped if one bit differs; a plain form is asked twice and refused if it answers in two ways.
4. The arrays go into files of the chunk's own, and their digests beside them.
"""

from __future__ import annotations

import dataclasses
import errno
import logging
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.adapters import TradersBaseAdapter
from litlab.bars import gather
from litlab.builds import stored
from litlab.builds.gates import candidates, spread
from litlab.builds.log import BuildLog
from litlab.builds.plan import Chunk, adapter_of
from litlab.builds.stored import Made
from litlab.builds.watching import Limits, Watch, Watched, watching
from litlab.errors import BuildFailed, BuildNeedsSpace, NotDeterministic, ScriptFailed, ScriptOutOfMemory
from litlab.features import Rows, compute_rows, in_order, load_features
from litlab.features.compute import compute_one_by_one
from litlab.features.records import script_records
from litlab.schemas import Schema
from litlab.workspace import Workspace

Array = npt.NDArray[Any]
_COMPARED = 3  # samples a chunk on which forms are compared


@dataclasses.dataclass(frozen=True)
class Task:
    """What a worker process needs to compute a chunk: names, paths and limits only."""

    home: str
    team: str
    schema: dict[str, Any]
    chunk: Chunk
    log: str
    made_of: tuple[tuple[str, str], ...]
    limits: Limits


@dataclasses.dataclass(frozen=True)
class Done:
    """What a worker answers."""

    chunk: Chunk
    samples: int
    reused: bool
    taken_over: tuple[str, ...]
    pid: int


def compute_chunk(task: Task) -> Done:
    """Compute one chunk unless it is there already; runs in a worker."""
    log = BuildLog(Path(task.log))
    log.process(task.chunk.name, "running")
    try:
        with watching(log.processes, task.limits) as watch:
            done = _computed(task, log, watch)
    except ScriptFailed as problem:
        log.process(task.chunk.name, "failed")
        if isinstance(problem.__cause__, MemoryError):
            where = {name: problem.fields[name] for name in ("script", "line", "index")}
            raise ScriptOutOfMemory(**where, limit=task.limits.memory_bytes) from None
        raise
    except BaseException:
        log.process(task.chunk.name, "failed")
        raise
    log.process(task.chunk.name, "done")
    return done


def _computed(task: Task, log: BuildLog, watch: Watch | None) -> Done:
    chunk = task.chunk
    team = Workspace(task.home).team(task.team)
    schema = Schema.from_json(task.schema)
    adapter = adapter_of(team, schema.data[chunk.data_set])
    digests = adapter.digests
    if stored.is_complete(chunk, digests):
        samples = len(stored.samples_of(Path(chunk.path))["index"])
        return Done(chunk, samples, True, (), os.getpid())
    loaded = in_order(load_features(team, [*schema.features, *schema.labels]))
    if tuple((one.name, one.script.digest) for one in loaded) != task.made_of:
        raise BuildFailed(schema=schema.name, reason="a script was changed while it was being built")
    features = [Watched.of(feature, number, watch) for number, feature in enumerate(loaded)]
    with script_records(features, log.write):
        work = _Work(adapter, schema, features, chunk, watch)
        columns = work.columns()
    for note in work.notes:
        log.write("WARNING", note)
    count = len(columns["index"])
    log.write("INFO", f"{chunk.stop - chunk.start} samples at resolution of {schema.resolution}")
    log.write("INFO", f"Writing {count} samples to {Path(chunk.path).name}")
    with needing_space(schema.name, Path(chunk.path).parent.parent, work.bytes(columns)):
        stored.write(chunk, columns, work.made, list(digests) if work.further() else None)
    needs = sorted({name for feature in features for name in feature.requires})
    names = [feature.name for feature in features if feature.name not in work.taken_over]
    over = f" Taken over: {list(work.taken_over)}" if work.taken_over else ""
    log.write("INFO", f"Computed fields: {names} Dependencies: {needs}{over}")
    return Done(chunk, count, False, work.taken_over, os.getpid())


@contextmanager
def needing_space(schema: str, folder: Path, needed: int) -> Iterator[None]:
    """Turn a full disk into the error that says how many bytes are needed.

    Raises
    ------
    BuildNeedsSpace
    """
    try:
        yield
    except (OSError, RuntimeError) as problem:
        if isinstance(problem, BuildNeedsSpace) or not _is_full(problem):
            raise
        free = shutil.disk_usage(folder).free
        raise BuildNeedsSpace(folder=folder, schema=schema, needed=needed, free=free) from None


def _is_full(problem: OSError | RuntimeError) -> bool:
    """Tell whether a disk or a quota is full; HDF5 says so in the text of a RuntimeError when it closes."""
    full = (errno.ENOSPC, errno.EDQUOT)
    return getattr(problem, "errno", None) in full or any(f"errno = {one}," in str(problem) for one in full)


class _Work:
    """One chunk being computed.

    Attributes
    ----------
    made : list of Made
        The features so far, in computing order, at the samples that are left.
    taken_over : tuple of str
        Those of them that an older build had.
    notes : list of str
        Warnings for the log.
    """

    def __init__(
        self,
        adapter: TradersBaseAdapter,
        schema: Schema,
        features: Sequence[Watched],
        chunk: Chunk,
        watch: Watch | None,
    ) -> None:
        self.adapter, self.schema, self.chunk, self.watch = adapter, schema, chunk, watch
        self.notes: list[str] = []
        self.made: list[Made] = []
        self._reach = chunk.stop  # of what was read for the samples that were rejected, too
        self._gates = [feature for feature in features if feature.is_gate]
        self._features = [feature for feature in features if not feature.is_gate]
        self._donor = stored.donor_of(chunk, self._features, adapter.digests)
        self.taken_over = tuple(self._donor.made) if self._donor else ()
        if self._donor:
            self._indices, self._as_of = self._donor.columns["index"], self._donor.columns["as_of_ns"]
        else:
            self._indices, self._as_of = candidates(adapter, schema, self._gates, chunk, self.notes)
            if watch is not None:
                watch.rest()
        if self._donor:  # all at once: each of them is at the samples that all of them left
            self.made = [*self._donor.made.values()]
        for feature in self._features:
            if feature.name not in self.taken_over:
                self._compute(feature)
        place = {feature.name: at for at, feature in enumerate(self._features)}
        self.made.sort(key=lambda one: place[one.name])

    def _compute(self, feature: Watched) -> None:
        rows, form = self._exact_rows(feature)
        seen = feature.seen.get(form, set())
        with np.errstate(over="ignore"):  # what float32 cannot hold is infinite, and counted by the audit
            values = rows.values.astype("<f4")
        told = None if None in seen else sorted(str(name) for name in seen)
        made = Made(
            feature.name, feature.about(), feature.is_label, int((~rows.keep).sum()), told,
            list(values.shape[1:]), values, rows.reads, rows.values,
        )  # fmt: skip
        self.made.append(made)
        if not rows.keep.all():
            keep = rows.keep
            self._indices, self._as_of = self._indices[keep], self._as_of[keep]
            self.made = [one.kept(keep) for one in self.made]

    def _exact_rows(self, feature: Watched) -> tuple[Rows, str]:
        """Return a feature at all samples; what it looks at of an older build is computed first.

        Chunks hold float32, scripts hand each other float64.
        """
        before = self._features[: self._features.index(feature)]
        names = {one.name for one in before if feature.is_label or not one.is_label}
        self._make_exact(name for name in feature.requires if name in names)
        while True:
            others = {one.name: one.handed() for one in self.made if one.name in names}
            rows, form = self._rows(feature, others)
            if self.watch is not None:
                self.watch.rest()
            self._reach = max(self._reach, int(rows.reads[:, 1].max(initial=0)))
            seen = feature.seen.get(form, set())
            rounded = [one.name for one in self.made if one.name in names and one.exact is None]
            looked = [name for name in rounded if name in seen or None in seen]
            if not looked:
                return rows, form
            self._make_exact(looked)

    def _make_exact(self, names: Iterable[str]) -> None:
        features = {feature.name: feature for feature in self._features}
        for name in names:
            for one in self.made:
                if one.name == name and one.exact is None:
                    one.exact = self._exact_rows(features[name])[0].values

    def _rows(self, feature: Watched, others: dict[str, Array]) -> tuple[Rows, str]:
        """Return a feature at all samples, and the name of the function that made it."""
        indices = self._indices
        picked = spread(len(indices), _COMPARED)
        some = {name: values[picked] for name, values in others.items()}
        if feature.hook("feature_batch") is not None:
            rows = compute_rows(self.adapter, indices, feature, others)
            plain = compute_one_by_one(self.adapter, indices[picked], feature, some)
            if _same(plain, rows, picked):
                return rows, "feature_batch"
            self.notes.append(
                f"{feature.name}: feature_batch differs from feature; the batch form is not used"
            )
        rows = compute_one_by_one(self.adapter, indices, feature, others)
        for at in picked.tolist():
            one = {name: values[at : at + 1] for name, values in others.items()}
            again = compute_one_by_one(self.adapter, indices[at : at + 1], feature, one)
            if not _same(again, rows, np.array([at])):
                raise NotDeterministic(script=feature.script.path.name, index=int(indices[at]))
        return rows, "feature"

    def columns(self) -> dict[str, Array]:
        """Return the sample columns, (n,) each."""
        indices, store = self._indices, self.adapter.store
        reads = _spans(np.stack([indices, indices + 1], 1), [one for one in self.made if not one.label])
        future = _spans(np.stack([indices, indices], 1), [one for one in self.made if one.label])
        last = np.maximum(future[:, 1], indices + 1) - 1
        return {
            "index": indices,
            "as_of_ns": self._as_of,
            "session_day": self.adapter.clock.dates(gather(store, "timestamp", indices)),
            "read_lo": reads[:, 0],
            "read_hi": reads[:, 1],
            "label_lo": future[:, 0],
            "label_hi": future[:, 1],
            "read_lo_ns": gather(store, "timestamp", reads[:, 0]),
            # What a label reads of the past was known by then: its answer lies behind its tick.
            "label_lo_ns": gather(store, "timestamp", indices),
            "label_end_ns": gather(store, "timestamp", last),
        }

    def further(self) -> bool:
        """Tell whether something was read behind the files that the recipe names."""
        store, named = self.adapter.store, self.chunk.named
        reach = self._reach
        if self._donor is not None and self._donor.ticks is not None:
            return True
        return reach > store.starts[named] if named < len(store.files) else reach >= len(store)

    def bytes(self, columns: dict[str, Array]) -> int:
        """Return how much there is to write."""
        new = [one for one in self.made if one.source is None]
        return sum(array.nbytes for array in columns.values()) + sum(
            one.values.nbytes + one.reads.nbytes + 8192 for one in new
        )


def _spans(start: npt.NDArray[np.int64], made: Sequence[Made]) -> npt.NDArray[np.int64]:
    for one in made:
        start[:, 0] = np.minimum(start[:, 0], one.reads[:, 0])
        start[:, 1] = np.maximum(start[:, 1], one.reads[:, 1])
    return start


def _same(plain: Rows, rows: Rows, picked: npt.NDArray[np.int64]) -> bool:
    """Tell whether rows computed by themselves are bit for bit those among many."""
    if not np.array_equal(plain.keep, rows.keep[picked]):
        return False
    if not plain.keep.any():
        return True
    among = rows.values[picked][plain.keep]
    return plain.values.shape[1:] == among.shape[1:] and (
        plain.values[plain.keep].tobytes() == np.ascontiguousarray(among).tobytes()
    )


logging.getLogger("litlab").addHandler(logging.NullHandler())
