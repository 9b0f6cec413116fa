"""Shuffled batches of an asset, beside the same array in memory and h5py's fancy indexing."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from litlab.assets import Asset, write_asset
from litlab.assets.asset import PARTS, SAMPLE_COLUMNS

from .measuring import Table, Way, race
from .place import Place

SAMPLES, ROWS, COLUMNS, SIZE = 100_000, 100, 8, 512
FEW = 20  # batches of h5py
OURS, MEMORY, OURS_FEW = "litlab: Asset.batches", "the limit: the array in memory", "litlab, few batches"
MOST_MB = 600


def tables(place: Place) -> Iterator[Table]:
    """Yield batches of an asset whose size does not depend on the place's ticks."""
    folder = place.folder / "asset"
    asset = _made(folder, place.few(SAMPLES))
    try:
        yield _batches(asset, place.rounds)
    finally:
        shutil.rmtree(folder)


def _made(folder: Path, count: int) -> Asset:
    columns = [f"c{at}" for at in range(COLUMNS)]
    features = {"bars": {"rows": ROWS, "columns": columns, "label": False}}

    def part(many: int) -> dict[str, Any]:
        values = np.random.default_rng(1).standard_normal((many, ROWS, COLUMNS), np.float32)
        own = {name: np.zeros(many, dtype) for name, dtype in SAMPLE_COLUMNS.items()}
        return {"arrays": {"bars": values}, **own}

    counts = dict(zip(PARTS, (count, 0, 0), strict=True))
    return write_asset(folder, {name: part(many) for name, many in counts.items()}, features, {"schema": "x"})


def _batches(asset: Asset, rounds: int) -> Table:
    count, held = asset.count("train"), np.array(asset.array("train", "bars"))
    many, few = count // SIZE, max(1, min(FEW, count // SIZE // 4))
    resident: list[int] = []
    with h5py.File(asset.path / "train.bars.h5") as file:
        stored = file["values"]

        def ours(number: int, most: int = many) -> float:
            found = asset.batches("train", SIZE, seed=1, epoch=number)
            total = sum(float(found[at]["bars"][0, 0, 0]) for at in range(most))
            if number == 0:  # the warm-up: to ask takes as long as ten batches
                resident.append(_resident(asset.path / "train.bars.h5"))
            return total

        def memory(number: int) -> float:
            order = asset.order("train", 1, number)
            return sum(float(held[order[at * SIZE : (at + 1) * SIZE]][0, 0, 0]) for at in range(many))

        def fancy(number: int) -> float:  # h5py wants them sorted; the first asked for is looked up again
            order, total = asset.order("train", 1, number), 0.0
            for at in range(few):
                rows = order[at * SIZE : (at + 1) * SIZE]
                total += float(stored[np.sort(rows)][np.searchsorted(np.sort(rows), rows[0]), 0, 0])
            return total

        ways = [
            Way(OURS, ours, many * SIZE, None, np.asarray),
            Way(MEMORY, memory, many * SIZE, 0.7, np.asarray),
            Way("h5py: fancy indexing", fancy, few * SIZE, 20.0),
            Way(OURS_FEW, lambda number: ours(number, few), few * SIZE, None),
        ]
        table = race(f"shuffled batches of {SIZE}", "samples", ways, rounds, ROWS * COLUMNS * 4)
    table.limit("litlab: mapped pages held", max(resident) / 1e6, "MB", MOST_MB)
    return table


def _resident(path: Path) -> int:
    """Return how many bytes of a mapped file count as this process's memory."""
    text = Path("/proc/self/smaps").read_text()
    found = re.findall(rf"{re.escape(str(path))}\n(?:\w+:.*\n)*?Rss: +(\d+) kB", text)
    return sum(map(int, found)) * 1024
