"""Builds: 100 one-minute bars, ATR and a label at each minute's last tick, against a call per tick.

The source system calls Python for every tick; its gate alone, a pandas floor of this tick's time and the
next one's, is timed on a hundredth of the ticks.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from typing import Any

import pandas as pd

import litlab
from litlab import engine
from litlab.workspace import Team

from .fresh import fresh
from .measuring import Table, Way, race
from .place import Place

WORKERS = 2
LEAST = 1000.0
ONE_SHOT_S = {50_000_000: 6.0}  # ticks → the mark
MOST_MB = 1000
_PART, _AT_LEAST = 100, 20_000  # the source system's way is timed on ticks / _PART
_MINUTE: dict[str, Any] = {"unit": "minute", "size": 1}


def tables(place: Place) -> Iterator[Table]:
    """Yield warm builds beside the source system's way, then one build with everything that it takes."""
    schema = _schema(place)
    with engine.threads(WORKERS) if place.tiny else engine.processes(WORKERS) as pool:
        yield _warm(place, schema, pool)
    if not place.tiny:
        yield _one_shot(place)


def _schema(place: Place) -> Any:
    team = place.project.team
    if not (team.folder("features") / "gate.json").exists():
        litlab.save_feature(team, "gate", "per_unit", _MINUTE)
        litlab.save_feature(team, "bars", "unit_bar", {**_MINUTE, "count": 100})
        litlab.save_feature(team, "atr", "atr", {**_MINUTE, "rate": 14, "count": 100})
        litlab.save_feature(team, "up", "atr_up_next", {**_MINUTE, "rate": 14})
    data = litlab.DataSet(place.adapter.name, tuple(map(str, place.adapter.paths)))
    split = litlab.split_dates(place.adapter.bar_index("day", 1).date.tolist())
    schema = litlab.Schema("bench", place.project.name, (data,), ("gate", "bars", "atr"), ("up",), split)
    schema.save(team.folder("schemas") / "bench.json")
    return schema


def _forget(team: Team) -> None:
    for kind in ("build", "assets"):
        shutil.rmtree(team.folder(kind) / "bench", ignore_errors=True)


def _warm(place: Place, schema: Any, pool: Executor) -> Table:
    team, ticks = place.project.team, place.ticks
    some = min(ticks, max(ticks // _PART, _AT_LEAST))
    stamps = pd.DatetimeIndex(place.adapter.store.times(0, some))

    def per_tick(_: int) -> None:
        for now, following in itertools.pairwise(stamps):
            now.floor("min") != following.floor("min")  # noqa: B015

    ways = [
        Way(
            f"litlab: {WORKERS} warm workers, asset written and synced",
            lambda _: litlab.run_build(team, schema, executor=pool),
            ticks,
            before=lambda: _forget(team),
        ),
        Way(f"a pandas floor per tick, its gate alone, of 1 tick in {ticks // some}", per_tick, some, LEAST),
    ]
    return race("build: bars, ATR, label at each minute's last tick", "ticks", ways, place.rounds)


def _one_shot(place: Place) -> Table:
    team = place.project.team
    _forget(team)
    told = fresh(f"{__name__}:one_build", str(team.workspace.home), team.name)
    table = Table(f"build, one shot, {WORKERS} workers")
    table.limit("start to end, interpreter's start-up included", told.all_s, "s", ONE_SHOT_S.get(place.ticks))
    table.limit("peak RssAnon of all processes", told.anonymous_bytes / 1e6, "MB", MOST_MB)
    table.limit("samples", told.answer, "")
    return table


def one_build(home: str, team: str) -> Callable[[], int]:
    """Return the work of a fresh process: the build, with processes of its own."""
    found = litlab.Workspace(home).team(team)
    schema = litlab.Schema.load(found.folder("schemas") / "bench.json")
    return lambda: litlab.run_build(found, schema, workers=WORKERS).samples
