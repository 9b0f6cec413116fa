"""Ticks → bars: the fold itself, from columns in memory to whole bars of one minute or one second.

All ways make the same eight columns (open, high, low, close, trades, volume, mean and largest size); the
limit reads the fold's 26 bytes a tick and does nothing with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from litlab.bars import Clock
from litlab.bars.folding import fold_columns
from litlab.ticks.columns import ALL_OK

from .measuring import Table, Way, race
from .place import Place

BYTES = 8 + 8 + 8 + 1 + 1  # timestamp, price, volume, session, eligibility
MARKS = {"minute": (2.5, 0.5), "second": (6.0, None)}  # × polars, share of the read bandwidth


def tables(place: Place) -> Iterator[Table]:
    """Yield one-minute and one-second bars."""
    for unit, (least, share) in MARKS.items():
        yield _table(place, unit, least, share)


def fold(columns: dict[str, np.ndarray], clock: Clock, unit: str) -> np.ndarray:
    """Return the bars (m, 8) of ticks in memory, as litlab makes them while it caches."""
    return fold_columns(columns, clock, unit)[1]


def _table(place: Place, unit: str, least: float, share: float | None) -> Table:
    # Eligible all: the peers know no eligibility, and the fold reads as many bytes either way.
    columns = dict(place.first_file)
    ticks = len(columns["price"])
    columns["eligibility"] = np.full(ticks, ALL_OK, np.uint8)
    clock = place.adapter.clock
    read = np.ones(max(BYTES * ticks // 8, 1))
    frame, panda = place.frames[0], pandas_frame(columns)

    def every_file(_: int) -> int:
        return sum(len(fold(place.maps(n), clock, unit)) for n in range(len(place.adapter.store.files)))

    ways = [
        Way("litlab: one file, one fold", lambda _: fold(columns, clock, unit), ticks, seen=np.asarray),
        Way("litlab: all files, mapped", every_file, place.ticks),
        Way("polars group_by_dynamic", lambda _: polars_bars(frame, unit), ticks, least, _plain, "polars"),
        Way(
            "DuckDB time_bucket",
            lambda _: _duckdb(place.database, unit, ticks),
            ticks,
            None,
            _plain,
            "duckdb",
        ),
        Way("pandas resample", lambda _: pandas_bars(panda, unit), ticks, None, np.asarray),
        Way("the limit: numpy sums as many bytes, one core", lambda _: read.sum(), ticks, share),
    ]
    return race(f"ticks → one-{unit} bars", "ticks", ways, place.rounds, BYTES)


def polars_bars(frame: Any, unit: str) -> Any:
    import polars as pl

    price, volume = pl.col("price"), pl.col("volume")
    made = [
        price.first().alias("open"),
        price.max().alias("high"),
        price.min().alias("low"),
        price.last().alias("close"),
        pl.len().alias("trades"),
        volume.sum().alias("volume"),
        volume.mean().alias("mean_size"),
        volume.max().alias("max_size"),
    ]
    return frame.group_by_dynamic("timestamp", every=f"1{unit[0]}").agg(made).drop("timestamp")


def _plain(found: Any) -> np.ndarray:
    """Return a peer's table as (m, 8)."""
    return np.column_stack([np.asarray(column, float) for column in _columns(found)])


def _columns(found: Any) -> list[Any]:
    return list(found.values()) if isinstance(found, dict) else found.get_columns()


def _duckdb(database: Any, unit: str, ticks: int) -> dict[str, np.ndarray]:
    found = database.execute(
        f"""SELECT time_bucket(INTERVAL '1 {unit}', timestamp) AS start, arg_min(price, rowid), max(price),
        min(price), arg_max(price, rowid), count(*), sum(volume), avg(volume), max(volume)
        FROM ticks WHERE rowid < {ticks} GROUP BY start ORDER BY start"""
    ).fetchnumpy()
    found.pop("start")
    return dict(found)


def pandas_frame(columns: dict[str, np.ndarray]) -> Any:
    import pandas as pd

    index = pd.DatetimeIndex(np.asarray(columns["timestamp"]).view("M8[ns]"))
    return pd.DataFrame({name: np.asarray(columns[name]) for name in ("price", "volume")}, index, copy=False)


def pandas_bars(frame: Any, unit: str) -> np.ndarray:
    every = frame.resample({"minute": "1min", "second": "1s"}[unit])
    price, size = every["price"].ohlc(), every["volume"].agg(["count", "sum", "mean", "max"])
    there = size["count"].to_numpy() > 0  # pandas makes a row of every empty period too
    return np.column_stack([price.to_numpy(), size.to_numpy()])[there]
