"""Run every benchmark and print its table: median seconds of each way, and how many times ours they take.

The machines are shared and noisy: ratios count, seconds do not.
Usage: python -m tests.bench [TICKS | 'LSEG FILES']
"""

from __future__ import annotations

import glob
import gzip
import itertools
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.ipc
from rich.console import Console
from rich.table import Table

import litlab

REPEATS = 5


def median(work: Callable[[], object]) -> float:
    """Return the median wall time of REPEATS calls after one that warms up."""
    work()
    seconds = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def show(title: str, ways: dict[str, Callable[[], object]], scale: int, unit: str) -> None:
    """Time each way, ours first, and print it."""
    table = Table("way", f"{unit}/s", "× ours", title=title, title_justify="left")
    ours = 0.0
    for name, work in ways.items():
        took = median(work)
        ours = ours or took
        table.add_row(name, f"{scale / took:,.0f}", f"{took / ours:,.2f}")
    Console(width=100).print(table)


def main(wanted: str) -> None:
    """Run the tables on a sample tape of about so many ticks, or on raw LSEG files."""
    print(f"litlab {litlab.__version__}, numpy {np.__version__}, {platform.machine()}, medians of {REPEATS}")
    with tempfile.TemporaryDirectory() as folder:
        project = litlab.Workspace(folder).create_project("bench", "bench")
        if wanted.isdigit():
            days = max(3, int(wanted) // 100_000)
            tape = litlab.write_sample(Path(folder) / "raw", days=days, ticks_per_day=100_000)
            paths = [str(path) for path in tape.paths]
        else:
            paths = sorted(glob.glob(wanted))
        source = litlab.load_adapter(project.team, "lseg", {"paths": paths})
        _ingest(project, paths, Path(folder))
        litlab.cache_files(source)
        _bars(source)
        _get_bars(source)
        _build(project, source)


def _ingest(project: litlab.Project, paths: list[str], folder: Path) -> None:
    some = paths[:5]
    rows = sum(gzip.decompress(Path(path).read_bytes()).count(b"\n") - 1 for path in some)

    def ours() -> None:
        import shutil

        shutil.rmtree(project.team.folder("cache"))
        litlab.cache_files(litlab.load_adapter(project.team, "lseg", {"paths": some}))

    def arrow() -> None:
        for at, path in enumerate(some):
            table = pyarrow.csv.read_csv(path)
            with (
                pa.OSFile(str(folder / f"{at}.arrow"), "wb") as out,
                pa.ipc.new_file(out, table.schema) as writer,
            ):
                writer.write_table(table)

    def polars() -> None:
        for at, path in enumerate(some):
            pl.scan_csv(path).sink_ipc(folder / f"{at}.ipc")

    ways = {"litlab: cache, runs, pyramid, digests": ours, "pyarrow → IPC": arrow, "polars → IPC": polars}
    show("ingest csv.gz, 11 columns", ways, rows, "rows")


def _columns(source: object) -> dict[str, np.ndarray]:
    return source.window(0, len(source), ["timestamp", "price", "volume"])  # type: ignore[attr-defined, arg-type]


def _bars(source: object) -> None:
    from litlab.bars import BarIndex

    columns = _columns(source)
    stamp = columns["timestamp"].astype("datetime64[ns]")
    lazy = pl.DataFrame({"t": stamp, "p": columns["price"], "v": columns["volume"]})
    frame = pd.DataFrame({"p": columns["price"], "v": columns["volume"]}, index=pd.DatetimeIndex(stamp))
    price, volume = pl.col("p"), pl.col("v")
    wanted = [
        price.first().alias("o"),
        price.max().alias("h"),
        price.min().alias("l"),
        price.last().alias("c"),
    ]
    ways = {
        "litlab: from runs": lambda: BarIndex(source.store, source.clock, "minute", 1, "all"),  # type: ignore[attr-defined]
        "polars group_by_dynamic": lambda: lazy.group_by_dynamic("t", every="1m").agg(*wanted, volume.sum()),
        "pandas resample": lambda: (frame["p"].resample("1min").ohlc(), frame["v"].resample("1min").sum()),
    }
    show("ticks → one-minute bars", ways, len(stamp), "ticks")


def _get_bars(source: object) -> None:
    columns = _columns(source)
    n = len(columns["price"])
    some = np.random.default_rng(0).integers(n // 2, n, 200)
    frame = pd.DataFrame(
        {"p": columns["price"], "v": columns["volume"]}, index=pd.DatetimeIndex(columns["timestamp"])
    )

    def pandas(index: int) -> object:
        part = frame.iloc[max(0, index - 40_000) : index]
        return part["p"].resample("1min").ohlc().tail(100)

    ways = {
        "litlab: batch": lambda: source.get_bars_batch(some, 100, "minute"),  # type: ignore[attr-defined]
        "litlab: one by one": lambda: [source.get_bars(int(at), 100, "minute") for at in some],  # type: ignore[attr-defined]
        "pandas over the slice": lambda: [pandas(int(at)) for at in some],
    }
    show("get_bars(index, 100, minute)", ways, len(some), "calls")


def _build(project: litlab.Project, source: object) -> None:
    import shutil

    from litlab.engine import threads

    team = project.team
    minute = {"unit": "minute", "size": 1}
    litlab.save_feature(team, "gate", "per_unit", minute)
    litlab.save_feature(team, "bars", "unit_bar", {**minute, "count": 100})
    litlab.save_feature(team, "atr", "atr", {**minute, "rate": 14, "count": 100})
    litlab.save_feature(team, "up", "atr_up_next", {**minute, "rate": 14})
    data = litlab.DataSet("lseg", tuple(map(str, source.paths)))  # type: ignore[attr-defined]
    split = litlab.split_dates(source.bar_index("day", 1).date.tolist())  # type: ignore[attr-defined]
    schema = litlab.Schema("bench", project.name, (data,), ("gate", "bars", "atr"), ("up",), split)
    stamps = pd.DatetimeIndex(source.store.times(0, 20_000))  # type: ignore[attr-defined]
    ticks = len(source)  # type: ignore[arg-type]

    def ours() -> None:
        for kind in ("build", "assets"):
            shutil.rmtree(team.folder(kind) / "bench", ignore_errors=True)
        with threads(2) as pool:
            litlab.run_build(team, schema, executor=pool)

    def per_tick() -> None:
        # The source system's way, on 20,000 ticks: floor this tick and the next, tick by tick.
        for now, following in itertools.pairwise(stamps):
            now.floor("min") != following.floor("min")  # noqa: B015

    build, loop = median(ours), median(per_tick) * ticks / 20_000
    table = Table("way", "ticks/s", "× ours", title="build: bars, ATR, label at each minute's last tick")
    table.add_row("litlab: two threads, with the asset written and synced", f"{ticks / build:,.0f}", "1.00")
    table.add_row(
        "a pandas floor per tick, its gate alone (extrapolated)",
        f"{ticks / loop:,.0f}",
        f"{loop / build:,.0f}",
    )
    Console(width=100).print(table)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "2000000")
