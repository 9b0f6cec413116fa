"""Running a build: chunks over an executor, a log folder people can read, resume by digest."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

from litlab import atomic, engine, rehearsal
from litlab.assets import Asset
from litlab.builds import track, watching
from litlab.builds.cautions import cautions
from litlab.builds.chunk import Done, Task, compute_chunk, needing_space
from litlab.builds.log import BuildLog, BuildRecord
from litlab.builds.merge import merge
from litlab.builds.plan import Chunk, Plan, plan_build
from litlab.builds.reporting import rss_anon
from litlab.builds.watching import Limits
from litlab.engine import WorkerDied
from litlab.errors import LitlabError, ScriptOutOfMemory, ScriptTimeout
from litlab.features import in_order
from litlab.features.feature import is_ours
from litlab.schemas import Schema
from litlab.shown import Shown
from litlab.workspace import Team

_TRIES = 3
_QUICK_S = 5.0  # work that is over before as many processes would have started twice
_TICKS_PER_S = 25_000_000  # of one thread, shipped scripts


@dataclasses.dataclass(frozen=True)
class BuildResult(Shown):
    """What a build made.

    Attributes
    ----------
    asset : Asset
    chunks, reused : int
        All chunks, and those found complete from an earlier build.
    taken_over : int
        Features taken over from earlier builds, summed over the chunks that were computed.
    samples, purged : int
        Samples before the purge, and those it left out.
    seconds : float
    log : Path
        ``logs/<build>/``.
    cautions : sequence of str
        What is allowed and likely a mistake, one sentence each; they stand in the log, too.
    """

    asset: Asset
    chunks: int
    reused: int
    taken_over: int
    samples: int
    purged: int
    seconds: float
    log: Path
    cautions: Sequence[str] = ()


def run_build(
    team: Team,
    schema: Schema,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
    *,
    engine_name: str = "auto",
    sample_timeout_s: float | None = None,
    memory_limit: int | None = None,
    log: BuildLog | None = None,
) -> BuildResult:
    """Build a schema into ``assets/<schema>/queue/``.

    Chunks finished by an earlier build of the same recipe are used again, and so is every feature that an
    earlier build of the same samples has; killing it at any moment loses only what was under way. The result
    depends on neither `workers` nor `executor` nor `engine_name`.

    Parameters
    ----------
    workers : int, optional
        Own processes; as many as cores by default.
    executor : Executor, optional
        Anything of ``concurrent.futures`` that takes module-level functions; the engine is not used then.
    progress : callable, optional
        Called with chunks done and chunks in all.
    engine_name : str
        ``auto``, or one of ``litlab.engine.opened``. Own processes unless all is over within seconds anyway
        and every script comes with litlab: then threads.
    sample_timeout_s : float, optional
        How long a script may compute one sample (10 s by default) or be loaded (30 s). Limits of samples hold
        in own processes only.
    memory_limit : int, optional
        Bytes that a worker process may have; 4 GiB or its share of 4/5 of all memory by default.
    log : BuildLog, optional
        A folder made beforehand; the next number's by default.

    Raises
    ------
    BadSchema, BadScript, LookaheadError, ScriptFailed, BadOutput, NotDeterministic
        As the scripts deserve.
    ScriptTimeout, ScriptOutOfMemory, ScriptCrashed
        If a script breaks a limit or its process three times on the same chunk.
    BuildNeedsSpace
        If the disk is full; BuildFailed if nothing is left or a worker keeps dying by itself.
    """
    began = time.monotonic()
    with needing_space(schema.name, team.root, 1 << 20):
        with rehearsal.limited(sample_timeout_s, memory_limit):
            plan = plan_build(team, schema) if log is None else _planned(team, schema, log)
        home = team.folder("build") / schema.family
        with atomic.lock(home / ".lock", what=f"The build of {schema.name}", purpose="build"):
            for folder in {Path(chunk.path).parent for chunk in plan.chunks}:
                atomic.remove_drafts(folder)  # what a killed build was writing
            n = min(workers or engine.cores(), len(plan.chunks))
            limits = Limits.of(sample_timeout_s, memory_limit, n)
            run = _Run(plan, log or BuildLog.create(team, schema), limits, progress)
            name = _quickest(plan, n) if engine_name == "auto" else engine_name
            asset, done = run.whole(executor, name, n)
    return BuildResult(
        asset,
        len(done),
        sum(one.reused for one in done),
        sum(len(one.taken_over) for one in done),
        sum(one.samples for one in done),
        sum(asset.manifest["purged"].values()),
        time.monotonic() - began,
        run.log.folder,
        run.cautions,
    )


def _planned(team: Team, schema: Schema, log: BuildLog) -> Plan:
    """Return the plan; what is wrong with the schema is written where people look for the build."""
    try:
        return plan_build(team, schema)
    except BaseException as problem:
        log.fail(str(problem) or type(problem).__name__)
        raise


def _quickest(plan: Plan, workers: int) -> str:
    """Return the engine that is through first: processes cost two seconds, scripts of users the GIL."""
    ticks = sum(_ticks(chunk) for chunk in plan.chunks)
    quick = ticks / (_TICKS_PER_S * workers) < _QUICK_S
    return "threads" if quick and only_ours(plan) else "local"


def only_ours(plan: Plan) -> bool:
    """Tell whether every script comes with litlab and has a form that lets go of the GIL."""
    return all(
        is_ours(feature) and feature.hook("candidates" if feature.is_gate else "feature_batch") is not None
        for feature in plan.features
    )


def _ticks(chunk: Chunk) -> int:
    return chunk.stop - chunk.start


class _Run:
    """One build under way, with its log."""

    def __init__(
        self, plan: Plan, log: BuildLog, limits: Limits, progress: Callable[[int, int], None] | None
    ) -> None:
        self.plan, self.log, self.limits, self.progress = plan, log, limits, progress
        self.results: dict[int, Done] = {}
        self.tries = [0] * len(plan.chunks)
        self.cautions = cautions(plan)
        self.memory: dict[int, int] = {}  # the most of each process
        self.plain: set[str] = set()  # features whose fast form was found wrong

    def whole(self, executor: Executor | None, name: str, n: int) -> tuple[Asset, list[Done]]:
        """Compute all chunks and merge them, telling how it goes."""
        began = time.monotonic()
        with self.log.held():
            track.create(self.log.folder, [chunk.name for chunk in self.plan.chunks])
            self.record: BuildRecord = self.log.start(
                self.plan.schema,
                len(self.plan.chunks),
                ticks=sum(_ticks(chunk) for chunk in self.plan.chunks),
                order=tuple(feature.name for feature in in_order(self.plan.features)),
                engine=name if executor is None else type(executor).__name__,
                workers=n,
            )
            for told in self.cautions:
                self.log.write("WARNING", told)
            try:
                opened = engine.opened(name, n, self.log.processes)
                with opened if executor is None else nullcontext(executor) as pool:
                    self.record = dataclasses.replace(self.record, dashboard=engine.dashboard(pool))
                    self._chunks(pool, began)
                done = [self.results[number] for number in range(len(self.plan.chunks))]
                asset = merge(self.plan)
            except BaseException as problem:
                told = str(problem) or type(problem).__name__
                with suppress(OSError):  # the disk may be what is full
                    self._store(began, state="failed", reason=told)
                raise
            purged = sum(asset.manifest["purged"].values())
            counts = ", ".join(f"{asset.count(part):,} {part}" for part in asset.parts)
            there = sum(one.reused for one in done)
            self.log.write("INFO", f"{there} of {len(done)} chunks were there already")
            self.log.write("INFO", f"Asset {asset.digest}: {counts}, {purged:,} purged")
            self._store(began, state="complete", asset=asset.digest, purged=purged)
            watching.forget(self.log.processes)
        return asset, done

    def _store(self, began: float, **changes: Any) -> None:
        done = self.results.values()
        self.record = dataclasses.replace(
            self.record,
            done=len(self.results),
            samples=sum(one.samples for one in done),
            reused=sum(one.reused for one in done),
            ticks_done=sum(_ticks(one.chunk) for one in done),
            ticks_computed=sum(_ticks(one.chunk) for one in done if not one.reused),
            seconds=round(time.monotonic() - began, 3),
            rss_bytes=sum({**self.memory, os.getpid(): self._own()}.values()),
            **changes,
        )
        self.log.store(self.record)

    def _own(self) -> int:
        return max(self.memory.get(os.getpid(), 0), rss_anon(os.getpid()) or 0)

    def _chunks(self, pool: Executor, began: float) -> None:
        pending = {self._submit(pool, number): number for number in range(len(self.plan.chunks))}
        try:
            while pending:
                finished, _ = wait(pending, return_when=FIRST_COMPLETED)
                told = len(self.plain)
                for future in finished:
                    number = pending.pop(future)
                    if not self._took(future, number):
                        pending[self._submit(pool, number)] = number
                if len(self.plain) > told or not pending:
                    pending |= self._anew(pool)
                self._store(began)
                if self.progress:
                    self.progress(len(self.results), len(self.plan.chunks))
        except BaseException:
            for future in pending:
                future.cancel()
            wait(pending)  # what is under way is finished and kept
            raise

    def _anew(self, pool: Executor) -> dict[Future[Done], int]:
        """Submit the chunks again that used a fast form that was found wrong in another one.

        So that no asset is made of two forms of a script.
        """
        stale = [number for number, done in self.results.items() if not self.plain <= set(done.plain)]
        for number in stale:
            other = sorted(self.plain - set(self.results.pop(number).plain))
            self.tries[number] = 0
            self.log.write("INFO", f"{self.plan.chunks[number].name} is computed anew without: {other}")
            track.mark(self.log.folder, number, "queued")
        return {self._submit(pool, number): number for number in stale}

    def _submit(self, pool: Executor, number: int) -> Future[Done]:
        self.tries[number] += 1
        plan = self.plan
        task = Task(
            str(plan.team.workspace.home),
            plan.team.name,
            plan.schema.to_json(),
            plan.chunks[number],
            str(self.log.folder),
            tuple((one.name, one.script.digest) for one in in_order(plan.features)),
            self.limits,
            number,
            tuple(sorted(self.plain)),
        )
        return pool.submit(compute_chunk, task)

    def _took(self, future: Future[Done], number: int) -> bool:
        """Keep a chunk's result; False where it is to be tried again."""
        problem = future.exception()
        if problem is None:
            self.results[number] = done = future.result()
            self.plain |= set(done.plain)
            self.memory[done.pid] = max(self.memory.get(done.pid, 0), done.rss_bytes)
            track.mark(self.log.folder, number, "reused" if done.reused else "done")
            return True
        track.mark(self.log.folder, number, "failed")
        verdict = self._verdict(problem)
        chunk = self.plan.chunks[number]
        if verdict is None:
            raise problem
        if self.tries[number] == _TRIES:
            self.log.write("ERROR", f"{chunk.name}: {verdict}")
            raise verdict
        self.log.write("WARNING", f"{chunk.name} is tried again: {verdict}")
        return False

    def _verdict(self, problem: BaseException) -> LitlabError | None:
        """Return what is said of a chunk that may be tried again, None for an error that would come again."""
        died = engine.died(problem)
        if died is not None:
            return self._blame(died)
        return problem if isinstance(problem, (ScriptOutOfMemory, ScriptTimeout)) else None

    def _blame(self, died: WorkerDied) -> LitlabError:
        if died.pid is not None:
            self.log.died(died.pid)
        ordered = in_order(self.plan.features)
        name = self.plan.schema.name
        return watching.blame(died, self.log.processes, ordered, self.limits, name, _TRIES)
