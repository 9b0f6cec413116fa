"""Growth: what a data set takes on disk, what reading it takes in memory, and our figures by size."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import rich.table

import litlab
from litlab.ticks.columns import CANONICAL

from .fresh import fresh
from .measuring import Table, human
from .place import COLUMNS, Place

_MANY = 200


def tables(place: Place) -> Iterator[Table]:
    """Yield the memory of a process that reads all over the data set, and bytes a tick on disk."""
    table = Table("disk and memory")
    versions = [file.path for file in place.adapter.store.files]
    sizes = {path: path.stat().st_size for version in versions for path in version.iterdir()}
    canonical = sum(size for path, size in sizes.items() if path.stem in CANONICAL)
    table.limit("on disk, all files", sum(sizes.values()) / place.ticks, "bytes a tick")
    table.limit("on disk, canonical columns", canonical / place.ticks, "bytes a tick")
    workspace = str(place.project.team.workspace.home)
    paths = [str(path) for path in place.adapter.paths]
    if place.tiny:  # a new interpreter takes longer than all of this
        answer = read_all_over(workspace, place.adapter.name, paths)()
    else:
        told = fresh(f"{__name__}:read_all_over", workspace, place.adapter.name, paths)
        answer = told.answer
        table.limit("peak RssAnon: windows, overviews, bars, get_bars", told.anonymous_bytes / 1e6, "MB")
    table.limit("RssAnon after opening", answer["opened"] / 1e6, "MB")
    table.limit("opening the data set", answer["open_s"], "s")
    yield table


def read_all_over(workspace: str, adapter: str, paths: list[str]) -> Callable[[], dict[str, float]]:
    """Return the work of a fresh process: open, then windows, overviews and bars from all over."""
    import os

    from .fresh import anonymous_bytes

    team = litlab.Workspace(workspace).team("bench")

    def work() -> dict[str, float]:
        began = time.perf_counter()
        source = litlab.load_adapter(team, adapter, {"paths": paths})
        store = source.store
        open_s, opened = time.perf_counter() - began, anonymous_bytes(os.getpid())
        size = min(180_000, len(store))
        rng = np.random.default_rng(0)
        for start in rng.integers(0, len(store) - size + 1, _MANY).tolist():
            store.window(start, start + size, COLUMNS)
            store.overview(start, start + size, 2000)
        store.overview(0, len(store), 2000)
        source.bar_index("second", 1)
        source.get_bars_batch(rng.integers(0, len(store), 1000), 100, "minute")
        return {"open_s": open_s, "opened": opened}

    return work


def pivot(figures: Iterable[dict[str, Any]]) -> rich.table.Table | None:
    """Return our figures with a column for every size; None for a single size."""
    ours = [one for one in figures if one["ticks"] and _ours(one)]
    sizes = sorted({one["ticks"] for one in ours})
    if len(sizes) < 2:
        return None
    drawn = rich.table.Table(title="growth", title_justify="left", title_style="bold", min_width=100)
    drawn.add_column("figure")
    for ticks in sizes:
        drawn.add_column(f"{human(ticks)} ticks", justify="right")
    rows: dict[tuple[str, str], dict[int, str]] = {}
    for one in ours:
        rows.setdefault((one["table"], one["way"]), {})[one["ticks"]] = f"{human(one['value'])} {one['unit']}"
    for (table, way), values in rows.items():
        drawn.add_row(f"{table}: {way.removeprefix('litlab: ')}", *(values.get(ticks, "") for ticks in sizes))
    return drawn


def _ours(one: dict[str, Any]) -> bool:
    return one["value"] is not None and (one["way"].startswith("litlab") or one["times_ours"] is None)
