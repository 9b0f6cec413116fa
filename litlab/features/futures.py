"""Other futures: what may come behind a tick without anything up to it being different."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.ticks.columns import ALL_OK, ELIGIBILITY, PRICE, TIMESTAMP, VOLUME

Columns = Mapping[str, npt.NDArray[Any]]


def _scaled(columns: Columns, by: float) -> None:
    columns[PRICE][:] *= by
    columns[VOLUME][:] = np.maximum(columns[VOLUME] * by * by, 1)


def _up(columns: Columns) -> None:
    _scaled(columns, 1.5)


def _down(columns: Columns) -> None:
    _scaled(columns, 0.5)


def _noise(columns: Columns) -> None:
    generator = np.random.default_rng(7)
    rows = len(columns[PRICE])
    order = generator.permutation(rows)
    for name, values in columns.items():
        if name != TIMESTAMP:
            values[:] = values[order]
    columns[PRICE][:] *= generator.uniform(0.8, 1.25, rows)
    columns[ELIGIBILITY][:] = generator.choice(np.array([0, ALL_OK], np.uint8), rows)


def _stretched(columns: Columns, by: float) -> None:
    times = columns[TIMESTAMP]
    since = np.diff(times, prepend=times[:1])  # the gap to the tick before the cut stays as it is
    times[:] = times[0] + np.cumsum((since * by).astype(np.int64))


def _slower(columns: Columns) -> None:
    times = columns[TIMESTAMP]
    times += 20 * 1_000_000_000
    _stretched(columns, 3.0)


def _faster(columns: Columns) -> None:
    _stretched(columns, 1 / 3)


def _silent(columns: Columns) -> None:
    columns[TIMESTAMP][:] += 3600 * 1_000_000_000


# Name → how it changes the ticks behind the cut, and how many of them there are at most.
FUTURES: dict[str, tuple[Callable[[Columns], None], int]] = {
    "up": (_up, 20_000),
    "down": (_down, 20_000),
    "noise": (_noise, 20_000),
    "slower": (_slower, 20_000),
    "faster": (_faster, 20_000),
    "an hour of silence": (_silent, 5),
}
