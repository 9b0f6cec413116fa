"""Computing one chunk: which ticks become samples, and what each feature makes of them.

1. ``gates`` proposes the ticks. An older chunk of the same base (``stored``) hands over the features that
would come out the same. 2. Every other feature is computed by ``block``, a stretch of samples at a time.
3. Each stretch goes into files of the chunk's own as it is made, and their digests beside them at the end:
memory holds a stretch, however many samples there are.
"""

from __future__ import annotations

import dataclasses
import errno
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from litlab import rehearsal
from litlab.adapters import TradersBaseAdapter
from litlab.builds import stored, track
from litlab.builds.block import Block, FormsDiffer, Known
from litlab.builds.donors import donor_of
from litlab.builds.gates import candidates, spread
from litlab.builds.log import BuildLog
from litlab.builds.plan import Chunk, adapter_of
from litlab.builds.reporting import rss_anon
from litlab.builds.watching import Limits, Watch, Watched, watching
from litlab.errors import BuildFailed, BuildNeedsSpace, ScriptFailed, ScriptOutOfMemory
from litlab.features import LoadedFeature, in_order, load_features
from litlab.features.records import script_records
from litlab.schemas import Schema
from litlab.workspace import Team, Workspace

_COMPARED = 3  # samples a chunk on which forms are compared
_BLOCK = 1024  # samples computed at a time


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
    number: int
    plain: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Done:
    """What a worker answers."""

    chunk: Chunk
    samples: int
    reused: bool
    taken_over: tuple[str, ...]
    pid: int
    plain: tuple[str, ...] = ()
    rss_bytes: int = 0


def compute_chunk(task: Task) -> Done:
    """Compute one chunk unless it is there already; runs in a worker."""
    log = BuildLog(Path(task.log))
    log.process(task.chunk.name, "running")
    track.mark(log.folder, task.number, "running")
    try:
        with watching(log.processes, task.limits) as watch:
            done = dataclasses.replace(_computed(task, log, watch), rss_bytes=rss_anon(os.getpid()) or 0)
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
    if stored.is_complete(chunk, digests, task.plain):
        samples = len(stored.samples_of(Path(chunk.path))["index"])
        return Done(chunk, samples, True, (), os.getpid(), tuple(stored.facts_of(chunk)["plain"]))
    loaded = in_order(_loaded(team, task, watch))
    if tuple((one.name, one.script.digest) for one in loaded) != task.made_of:
        raise BuildFailed(schema=schema.name, reason="a script was changed while it was being built")
    features = [Watched.of(feature, number, watch) for number, feature in enumerate(loaded)]
    with script_records(features, log.write):
        work = _Work(adapter, schema, features, chunk, watch, task.plain)
        with needing_space(schema.name, Path(chunk.path).parents[1], work.bytes):
            work.run()
    for note in work.notes:
        log.write("WARNING", note)
    count = work.samples
    log.write("INFO", f"{chunk.stop - chunk.start} samples at resolution of {schema.resolution}")
    log.write("INFO", f"Writing {count} samples to {Path(chunk.path).name}")
    needs = sorted({name for feature in features for name in feature.requires})
    names = [feature.name for feature in features if feature.name not in work.taken_over]
    over = f" Taken over: {list(work.taken_over)}" if work.taken_over else ""
    log.write("INFO", f"Computed fields: {names} Dependencies: {needs}{over}")
    return Done(chunk, count, False, work.taken_over, os.getpid(), work.plain)


def _loaded(team: Team, task: Task, watch: Watch | None) -> list[LoadedFeature]:
    """Load the features, under watch: that a script could be loaded before says little of the next time."""
    rehearsal.trust(digest for _, digest in task.made_of)
    loaded = []
    for number, (name, _) in enumerate(task.made_of):
        if watch is not None:
            watch.begin_loading(number)
        loaded += load_features(team, [name])
    if watch is not None:
        watch.rest()
    return loaded


@contextmanager
def needing_space(schema: str, folder: Path, needed: int | Callable[[], int]) -> Iterator[None]:
    """Turn a full disk into the error that says how many bytes are needed; a function is asked then.

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
        wanted = needed() if callable(needed) else needed
        raise BuildNeedsSpace(folder=folder, schema=schema, needed=wanted, free=free) from None


def _is_full(problem: OSError | RuntimeError) -> bool:
    """Tell whether a disk or a quota is full; HDF5 says so in the text of a RuntimeError when it closes."""
    full = (errno.ENOSPC, errno.EDQUOT)
    return getattr(problem, "errno", None) in full or any(f"errno = {one}," in str(problem) for one in full)


class _Work:
    """One chunk being computed, stretch by stretch.

    Attributes
    ----------
    taken_over : tuple of str
        Features that an older build had.
    notes : list of str
        Warnings for the log.
    samples : int
        Those that are left.
    """

    def __init__(
        self,
        adapter: TradersBaseAdapter,
        schema: Schema,
        features: Sequence[Watched],
        chunk: Chunk,
        watch: Watch | None,
        plain: Sequence[str],
    ) -> None:
        self.chunk, self.samples = chunk, 0
        self.notes: list[str] = []
        gates = [feature for feature in features if feature.is_gate]
        self._known = Known(adapter, [feature for feature in features if not feature.is_gate], watch)
        self._known.plain.update(plain)
        self._donor = donor_of(chunk, self._known.features, adapter.digests, plain)
        self._over = list(self._donor.made.values()) if self._donor else []
        self.taken_over = tuple(one.name for one in self._over)
        self._writing = stored.Writing(chunk, self._over)
        if self._donor:
            self._known.plain |= self._donor.plain
            self._indices, self._as_of = self._donor.columns["index"], self._donor.columns["as_of_ns"]
        else:
            self._indices, self._as_of = candidates(
                adapter, schema, gates, chunk, self.notes, self._known.plain
            )
            if watch is not None:
                watch.rest()

    @property
    def plain(self) -> tuple[str, ...]:
        """Features and gates whose fast form was not used."""
        return tuple(sorted(self._known.plain))

    def run(self) -> None:
        """Compute and write everything; once more where a script's batch form turns out to be another."""
        while True:
            with stored.Writing(self.chunk, self._over) as self._writing:
                try:
                    self._write()
                    return
                except FormsDiffer as problem:
                    self._known.plain.add(problem.feature)
                    self.notes.append(
                        f"{problem.feature}: feature_batch differs from feature; the batch form is not used"
                    )

    def _write(self) -> None:
        known, writing, count = self._known, self._writing, len(self._indices)
        known.reach = self.chunk.stop
        compared = spread(count, _COMPARED)
        for start in range(0, max(count, 1), _BLOCK):
            stop = min(start + _BLOCK, count)
            block = Block(
                known,
                self._indices[start:stop],
                self._as_of[start:stop],
                [one.among(start, stop) for one in self._over],
                compared[(compared >= start) & (compared < stop)] - start,
            )
            writing.append(block.columns(), block.made, block.kept + start)
        seen = {feature.name: _told(known.seen(feature)) for feature in known.features}
        order = [feature.name for feature in known.features]
        ticks = list(known.adapter.digests) if self._further() else None
        writing.finish(seen, order, ticks, known.plain)
        self.samples = writing.samples

    def _further(self) -> bool:
        """Tell whether something was read behind the files that the recipe names."""
        store, named = self._known.adapter.store, self.chunk.named
        reach = self._known.reach
        if self._donor is not None and self._donor.ticks is not None:
            return True
        return reach > store.starts[named] if named < len(store.files) else reach >= len(store)

    def bytes(self) -> int:
        """Return about how much there is to write, by what was written so far."""
        done = max(self._writing.samples, 1)
        return self._writing.bytes * max(len(self._indices), done) // done + 8192 * len(self._known.features)


def _told(seen: set[str | None]) -> list[str] | None:
    return None if None in seen else sorted(str(name) for name in seen)


logging.getLogger("litlab").addHandler(logging.NullHandler())
