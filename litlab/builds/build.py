"""Running a build: chunks over an executor, a log folder people can read, resume by digest."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from concurrent.futures import Executor, as_completed
from pathlib import Path

from litlab import atomic, engine
from litlab.assets import Asset
from litlab.builds.chunk import Done, Task, compute_chunk
from litlab.builds.merge import merge
from litlab.builds.plan import Plan, plan_build
from litlab.engine import WorkerDied
from litlab.errors import BuildFailed
from litlab.schemas import Schema
from litlab.workspace import Team

_TRIES = 3


@dataclasses.dataclass(frozen=True)
class BuildResult:
    """What a build made.

    Attributes
    ----------
    asset : Asset
    chunks, reused : int
        All chunks, and those found complete from an earlier build.
    samples, purged : int
        Samples before the purge, and those it left out.
    seconds : float
    log : Path
        ``logs/<build>/``.
    """

    asset: Asset
    chunks: int
    reused: int
    samples: int
    purged: int
    seconds: float
    log: Path


def run_build(
    team: Team,
    schema: Schema,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> BuildResult:
    """Build a schema into ``assets/<schema>/queue/``.

    Chunks finished by an earlier build of the same recipe are used again; killing it at any moment loses
    only what was under way. The result does not depend on `workers` or `executor`.

    Parameters
    ----------
    workers : int, optional
        Own processes; as many as cores by default.
    executor : Executor, optional
        Anything of ``concurrent.futures`` that takes module-level functions, instead of own processes.
    progress : callable, optional
        Called with chunks done and chunks in all.

    Raises
    ------
    BadSchema, LookaheadError, ScriptFailed, BadOutput
        As the scripts deserve; BuildFailed if a worker keeps dying or nothing is left.
    """
    began = time.monotonic()
    plan = plan_build(team, schema)
    guard = team.folder("build") / schema.name / ".lock"
    with atomic.lock(guard, what=f"The build of {schema.name}", purpose="build"):
        for folder in {Path(chunk.path).parent for chunk in plan.chunks}:
            atomic.remove_drafts(folder)  # what a killed build was writing
        log = _open_log(team, schema)
        try:
            done = _run_chunks(plan, log, workers, executor, progress)
            asset = merge(plan)
        except BaseException as problem:
            atomic.write_bytes(log / "status.txt", f"failed: {problem}\n".encode())
            raise
        atomic.write_bytes(log / "status.txt", b"complete\n")
    purged = sum(asset.manifest["purged"].values())
    samples = sum(one.samples for one in done)
    reused = sum(one.reused for one in done)
    return BuildResult(asset, len(done), reused, samples, purged, time.monotonic() - began, log)


def _open_log(team: Team, schema: Schema) -> Path:
    folder = team.folder("logs")
    number = max((int(path.name) for path in folder.iterdir() if path.name.isdigit()), default=0) + 1
    while True:
        log = folder / str(number)
        try:
            log.mkdir()
            break
        except FileExistsError:  # another schema's build began at the same moment
            number += 1
    schema.save(log / f"{schema.name}.json")
    atomic.write_json(log / "pids.json", {})
    atomic.write_bytes(log / "status.txt", b"running\n")
    return log


def _run_chunks(
    plan: Plan,
    log: Path,
    workers: int | None,
    executor: Executor | None,
    progress: Callable[[int, int], None] | None,
) -> list[Done]:
    own = executor is None
    pool = executor or engine.processes(min(workers or engine.cores(), len(plan.chunks)))
    body = plan.schema.to_json()
    home, team = str(plan.team.workspace.home), plan.team.name
    tasks = {
        chunk.start if len(plan.schema.data) == 1 else (chunk.data_set, chunk.start): Task(
            home, team, body, chunk, str(log / "workflow.log")
        )
        for chunk in plan.chunks
    }
    pending = {pool.submit(compute_chunk, task): (key, 1) for key, task in tasks.items()}
    results: dict[object, Done] = {}
    try:
        while pending:
            future = next(as_completed(pending))
            key, tries = pending.pop(future)
            try:
                results[key] = future.result()
            except WorkerDied as problem:
                if tries == _TRIES:
                    chunk = tasks[key].chunk
                    reason = f"{problem}, {tries} times, on the ticks {chunk.start} to {chunk.stop - 1}"
                    raise BuildFailed(schema=plan.schema.name, reason=reason) from None
                pending[pool.submit(compute_chunk, tasks[key])] = (key, tries + 1)
            if progress:
                progress(len(results), len(tasks))
    finally:
        if own:
            pool.shutdown(wait=True, cancel_futures=True)
    pids = sorted({done.pid for done in results.values()})
    atomic.write_json(log / "pids.json", {str(pid): "done" for pid in pids})
    return [results[key] for key in tasks]
