"""Builds: 100 one-minute bars, ATR and a label at each minute's last tick, against a call per tick.

The source system calls Python for every tick; its gate alone, a pandas floor of this tick's time and the
next one's, is timed on a hundredth of the ticks. Scripts that have only ``feature`` are built from the first
file, however many there are.
"""

from __future__ import annotations

import itertools
import os
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import litlab
from litlab import engine
from litlab.workspace import Team

from .build_scripts import EXTRA, one_build, save_features
from .fresh import fresh
from .measuring import Row, Table, Way, race
from .place import Place
from .unguarded import Unguarded

WORKERS = 2
LEAST = 1000.0
MOST_OF_ALONE, MOST_GUARDED, MOST_DASK = 1.3, 1.15, 1.5
LEAST_PLAIN = {"plain": 50.0, "pandas": 8.0}
TICKS_PER_S = {200_000_000: 60e6}  # ticks → the mark, warm
ONE_SHOT_S = {50_000_000: 6.0}  # ticks → the mark
MOST_MB = 1000
_PART, _AT_LEAST = 100, 20_000  # the source system's way is timed on ticks / _PART
_BUFFER = 8 << 20


def tables(place: Place) -> Iterator[Table]:
    """Yield warm builds beside other ways, then one build with everything that it takes."""
    with engine.threads(WORKERS) if place.tiny else engine.processes(WORKERS) as pool:
        yield _warm(place, pool)
        yield _variants(place, pool)
        for kind in ("plain",) if place.tiny else LEAST_PLAIN:
            yield _plain(place, kind)
    if not place.tiny:
        yield _one_shot(place)


def _schema(place: Place, kind: str = "shipped", files: int | None = None) -> Any:
    features, labels = save_features(place.project.team, kind)
    paths = tuple(map(str, place.adapter.paths[:files]))
    data = litlab.DataSet(place.adapter.name, paths)
    source = litlab.load_adapter(place.project.team, place.adapter.name, {"paths": list(paths)})
    split = litlab.split_dates(source.bar_index("day", 1).date.tolist())
    schema = litlab.Schema("bench", place.project.name, (data,), features, labels, split)
    schema.save(place.project.team.folder("schemas") / "bench.json")
    return schema


def _forget(team: Team) -> None:
    for kind in ("build", "assets"):
        shutil.rmtree(team.folder(kind) / "bench", ignore_errors=True)


def _per_tick(place: Place) -> tuple[int, Callable[[int], None]]:
    """Return a number of ticks, and the source system's way with them."""
    some = min(place.ticks, max(place.ticks // _PART, _AT_LEAST))
    stamps = pd.DatetimeIndex(place.adapter.store.times(0, some))

    def work(_: int) -> None:
        for now, following in itertools.pairwise(stamps):
            now.floor("min") != following.floor("min")  # noqa: B015

    return some, work


def _warm(place: Place, pool: Executor) -> Table:
    team, ticks, schema = place.project.team, place.ticks, _schema(place)
    some, per_tick = _per_tick(place)
    ways = [
        Way(
            f"litlab: {WORKERS} warm workers, asset written and synced",
            lambda _: litlab.run_build(team, schema, executor=pool),
            ticks,
            before=lambda: _forget(team),
        ),
        Way(f"a pandas floor per tick, its gate alone, of 1 tick in {ticks // some}", per_tick, some, LEAST),
    ]
    table = race("build: bars, ATR, label at each minute's last tick", "ticks", ways, place.rounds)
    ours = table.rows[0]
    rate = ours.value or 0.0
    if least := TICKS_PER_S.get(ticks):
        table.rows[0] = Row(ours.way, rate, ours.unit, 1.0, f"≥ {least:,g}", rate >= least)
    asset = litlab.open_asset(team, "bench", "queue")
    size = sum(path.stat().st_size for path in asset.path.glob("*.h5"))
    limit = ticks / min(_written(team.root / "limit.tmp", size) for _ in range(place.rounds))
    way = f"limit: allocate, write and sync the asset's {size / 1e6:,.0f} MB, nothing else"
    table.rows.append(Row(way, limit, ours.unit, rate / limit))
    return table


def _written(path: Path, size: int) -> float:
    """Return the seconds that it takes to write so many bytes to a new file and sync it."""
    data = np.random.default_rng(0).integers(0, 256, min(size, _BUFFER), np.uint8)
    began = time.perf_counter()
    try:
        handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_TRUNC)
        os.posix_fallocate(handle, 0, size)
        for at in range(0, size, len(data)):
            os.pwrite(handle, data[: size - at], at)
        os.fsync(handle)
        os.close(handle)
        return time.perf_counter() - began
    finally:
        path.unlink(missing_ok=True)


def _variants(place: Place, pool: Executor) -> Table:
    """Compare what else a build may be: guarded or not, by Dask, alone or added."""
    team, schema = place.project.team, _schema(place)
    change = litlab.Schema.from_json
    about = schema.to_json()
    alone = change({**about, "features": ["gate", EXTRA]})
    both = change({**about, "features": [*about["features"], EXTRA]})
    # name → what is there before, what is timed, who computes
    todo: dict[str, tuple[Any, Any, Executor]] = {
        "guarded, reads recorded": (None, schema, pool),
        "unguarded": (None, schema, Unguarded(pool)),
        "one feature alone": (None, alone, pool),
        "the same feature added": (schema, both, pool),
    }
    seconds = _turns(team, todo, place.rounds)
    table = Table("builds compared, warm workers")
    for name, taken in seconds.items():
        table.rows.append(Row(name, taken, "s"))
    limit = table.limit
    limit("guarded ÷ unguarded", seconds["guarded, reads recorded"] / seconds["unguarded"], "", MOST_GUARDED)
    limit(
        "added ÷ alone", seconds["the same feature added"] / seconds["one feature alone"], "", MOST_OF_ALONE
    )
    if not place.tiny:
        with engine.dask("dask-local", WORKERS) as cluster:
            ways = {"own processes": (None, schema, pool), "a Dask cluster": (None, schema, cluster)}
            found = _turns(team, ways, place.rounds)
        table.rows.append(Row("a Dask cluster, its start left out", found["a Dask cluster"], "s"))
        limit("Dask ÷ own processes", found["a Dask cluster"] / found["own processes"], "", MOST_DASK)
    return table


def _turns(team: Team, todo: dict[str, tuple[Any, Any, Executor]], rounds: int) -> dict[str, float]:
    """Return the median seconds of builds that take turns, after a round that warms up."""
    seconds: dict[str, list[float]] = {name: [] for name in todo}
    for _ in range(rounds + 1):
        for name, (before, schema, pool) in todo.items():
            _forget(team)
            if before is not None:
                litlab.run_build(team, before, executor=pool)
            began = time.perf_counter()
            litlab.run_build(team, schema, executor=pool)
            seconds[name].append(time.perf_counter() - began)
    return {name: float(np.median(taken[1:])) for name, taken in seconds.items()}


def _plain(place: Place, kind: str) -> Table:
    """Scripts of people's own, which have ``feature`` and nothing else, behind a gate with ``candidates``."""
    team = place.project.team
    schema = _schema(place, kind, files=1)
    some, per_tick = _per_tick(place)
    ticks = len(litlab.load_adapter(team, place.adapter.name, {"paths": list(schema.data[0].paths)}))
    # Per process: the work of a build is shared by the workers, and so is the mark.
    workers = 1 if kind == "pandas" else WORKERS
    with engine.threads(1) if place.tiny else engine.processes(workers) as own:
        ways = [
            Way(
                f"litlab: scripts that have only feature, {kind}, {workers} workers",
                lambda _: litlab.run_build(team, schema, executor=own),
                ticks,
                before=lambda: _forget(team),
            ),
            Way("a pandas floor per tick, its gate alone", per_tick, some, LEAST_PLAIN[kind]),
        ]
        return race(f"build of {kind} scripts, first file", "ticks", ways, min(place.rounds, 3))


def _one_shot(place: Place) -> Table:
    team = place.project.team
    _schema(place)
    for _ in range(2):  # the first one leaves what Python and numba compile once and for all
        _forget(team)
        told = fresh(f"{one_build.__module__}:one_build", str(team.workspace.home), team.name, WORKERS)
    table = Table(f"build, one shot, {WORKERS} workers")
    table.limit("start to end, interpreter's start-up included", told.all_s, "s", ONE_SHOT_S.get(place.ticks))
    table.limit("peak RssAnon of all processes", told.anonymous_bytes / 1e6, "MB", MOST_MB)
    table.limit("samples", told.answer, "")
    return table
