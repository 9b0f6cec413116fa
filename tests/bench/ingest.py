"""Ingest: gzipped text into something random access can start from, each way in a process of its own.

Ours makes more of it than the peers do: rows are judged and accounted for, bars, pyramid and digests are
written, and all is synced to disk. The peers write what they read. What a way wrote is removed before its
next turn. The tape is made once and kept in the temporary folder, for as long as its code stays the same.
"""

from __future__ import annotations

import contextlib
import inspect
import itertools
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import xxhash
from isal import igzip

import litlab
from litlab.ticks import sample, tape

from .fresh import Fresh
from .measuring import Disagreement, Table, Way, table_of
from .place import real_place
from .turns import Turns

ROWS = 4_000_000
FILES = 4
CORES = 2
MOST_MB = 500
_BLOCK = 1 << 20
_CSV = {
    "time": "time",
    "price": "price",
    "volume": "volume",
    "conditions_column": "conditions",
    "types": {"sequence": "whole"},
}

# Every way below is made ready on a tiny file, so that imports and compilation are nobody's time.


def litlab_cache(paths: list[str], tiny: str, out: str, adapter: str) -> Callable[[], list[float]]:
    """Return our way: cache, bars, pyramid and digests, a thread a file."""
    parameters = _CSV if adapter == "csv" else {}
    project = litlab.Workspace(Path(out) / "home").create_project("bench", "bench")

    def work(given: list[str] = paths) -> list[float]:
        source = litlab.load_adapter(project.team, adapter, {"paths": given, **parameters})
        litlab.cache_files(source, workers=CORES)
        accounts = [one.manifest["account"] for one in source.store.files]
        return [sum(one["rows_in"] for one in accounts)]

    work([tiny])
    cache = project.team.folder("cache")
    return _after(work, lambda: shutil.rmtree(cache, ignore_errors=True))


def polars_ipc(paths: list[str], tiny: str, out: str, adapter: str) -> Callable[[], list[float]]:
    """Return polars' way: ``scan_csv`` of all files into one IPC file, on all cores."""
    del adapter
    import polars as pl

    target = Path(out) / "ticks.ipc"

    def work(given: list[str] = paths) -> list[float]:
        pl.scan_csv(given).sink_ipc(target)
        return [pl.scan_ipc(target).select(pl.len()).collect().item()]

    work([tiny])
    return _after(work, lambda: target.unlink(missing_ok=True))


def arrow_ipc(paths: list[str], tiny: str, out: str, adapter: str) -> Callable[[], list[float]]:
    """Return pyarrow's way: stream each file through its csv reader into an IPC file, on all cores."""
    del adapter
    return _arrow(paths, tiny, out, 1)


def arrow_ipc_threads(paths: list[str], tiny: str, out: str, adapter: str) -> Callable[[], list[float]]:
    """Return pyarrow's way with a thread a file around it, as an expert writes it."""
    del adapter
    return _arrow(paths, tiny, out, CORES)


def _arrow(paths: list[str], tiny: str, out: str, workers: int) -> Callable[[], list[float]]:
    def one(path: str) -> int:
        rows = 0
        with (
            pyarrow.csv.open_csv(path) as reader,
            pa.OSFile(str(Path(out) / f"{Path(path).name}.arrow"), "wb") as file,
            pa.ipc.new_file(file, reader.schema) as writer,
        ):
            for batch in reader:
                writer.write_batch(batch)
                rows += batch.num_rows
        return rows

    def work(given: list[str] = paths) -> list[float]:
        with ThreadPoolExecutor(workers) as pool:
            return [sum(pool.map(one, given))]

    def before() -> None:
        for path in Path(out).glob("*.arrow"):
            path.unlink()

    work([tiny])
    return _after(work, before)


def duckdb_table(paths: list[str], tiny: str, out: str, adapter: str) -> Callable[[], list[float]]:
    """Return DuckDB's way: ``read_csv`` of all files into a table of a database file, on all cores."""
    del adapter
    import duckdb

    database = duckdb.connect(str(Path(out) / "ticks.duckdb"))

    def work(given: list[str] = paths) -> list[float]:
        database.execute("CREATE OR REPLACE TABLE ticks AS SELECT * FROM read_csv(?)", [given])
        database.execute("CHECKPOINT")
        return [database.execute("SELECT count(*) FROM ticks").fetchone()[0]]

    def before() -> None:
        database.execute("DROP TABLE IF EXISTS ticks")
        database.execute("CHECKPOINT")

    work([tiny])
    return _after(work, before)


def _after(work: Callable[..., list[float]], before: Callable[[], None]) -> Callable[..., list[float]]:
    """Return a work that is done after `before`, which is not part of it."""
    work.before = before  # type: ignore[attr-defined]
    return work


def inflate(paths: list[str], tiny: str, out: str, adapter: str) -> Callable[[], list[float]]:
    """Return the limit: inflating alone, with the fastest library there is, a thread a file."""
    del tiny, out, adapter

    def one(path: str) -> None:
        with igzip.open(path, "rb") as file:
            while file.read(_BLOCK):
                pass

    def work() -> list[float]:
        with ThreadPoolExecutor(CORES) as pool:
            list(pool.map(one, paths))
        return []

    return work


def ways(rows: float, wall: dict[str, float]) -> list[Way]:
    """Return the ways with their marks; the work is done in ``turns``."""
    named: list[tuple[Any, str, str]] = [
        (litlab_cache, "litlab: cache, bars, pyramid, digests", "numpy"),
        (arrow_ipc, "pyarrow.csv → IPC", "numpy"),
        (arrow_ipc_threads, "pyarrow.csv → IPC, a thread a file", "numpy"),
        (polars_ipc, "polars scan_csv → sink_ipc", "polars"),
        (duckdb_table, "DuckDB read_csv → table", "duckdb"),
        (inflate, "the limit: isal inflates", "numpy"),
    ]
    return [Way(name, way, rows, wall.get(way.__name__), needs=needs) for way, name, needs in named]


def tables(scratch: Path, rounds: int, rows: int = ROWS, raw: list[str] | None = None) -> Iterator[Table]:
    """Yield wall, CPU and memory of both layouts, or of real LSEG files."""
    wall, cpu = {"arrow_ipc": 1.0, "polars_ipc": 1.0, "duckdb_table": 1.5}, {"polars_ipc": 1.3}
    if raw:
        yield from _measured("LSEG, real", "lseg", raw, scratch, rounds, wall, {})
        return
    lseg, six = _kept(rows)
    yield from _measured("LSEG, 11 columns", "lseg", lseg, scratch, rounds, wall, {})
    yield from _measured("csv, 6 columns", "csv", six, scratch, rounds, {"duckdb_table": 1.5}, cpu)


def _measured(
    title: str,
    adapter: str,
    paths: list[str],
    scratch: Path,
    rounds: int,
    wall: dict[str, float],
    cpu: dict[str, float],
) -> Iterator[Table]:
    rows = float(sum(_lines(path) for path in paths)) - len(paths)
    tiny = str(_head(paths[0], scratch / f"tiny.{adapter}.csv.gz"))
    there = [way for way in ways(rows, wall) if way.there]
    found: dict[str, list[Fresh]] = {way.name: [] for way in there}
    with contextlib.ExitStack() as ending:
        turns = {}
        for way in there:
            out = scratch / "out" / way.work.__name__
            out.mkdir(parents=True)
            ending.callback(shutil.rmtree, out)
            target = f"{__package__}.ingest:{way.work.__name__}"
            turns[way.name] = one = Turns(target, paths, tiny, str(out), adapter)
            ending.callback(one.close)
            _say(f"{title}: {way.name} is ready")
        for number in range(rounds + 1):
            for name, one in turns.items():
                told = one.turn()
                _say(
                    f"{title}, round {number} of {rounds}: {name} {told.wall_s:.2f} s, CPU {told.cpu_s:.2f} s"
                )
                if told.answer and told.answer != [rows]:
                    raise Disagreement(f"{title}: {name} read {told.answer} rows of {rows}")
                if number:
                    found[name].append(told)
    for what, marks, of in (
        ("rows/s", wall, lambda one: one.wall_s),
        ("rows per CPU second", cpu, lambda one: one.cpu_s),
    ):
        rates = {name: rows / statistics.median(map(of, each)) for name, each in found.items()}
        yield table_of(
            f"ingest {title}, {len(paths)} files, {rows:,.0f} rows", what, ways(rows, marks), rates
        )
    memory = Table(f"ingest {title}: peak RssAnon of the process")
    for at, (name, each) in enumerate(found.items()):
        most = max(one.anonymous_bytes for one in each) / 1e6
        memory.limit(name, most, "MB", None if at else MOST_MB)
    yield memory


def _kept(rows: int) -> tuple[list[str], list[str]]:
    """Return the tape's files in both layouts, made where they are not kept from an earlier run."""
    code = b"".join(Path(inspect.getfile(one)).read_bytes() for one in (sample, tape, csv_files))
    home = Path(tempfile.gettempdir()) / "litlab-bench" / f"ingest-{rows}-{xxhash.xxh3_64(code).hexdigest()}"
    layouts = [home / "lseg", home / "csv"]
    if not home.exists():
        _say(f"making {rows:,} rows in {home}, once")
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home.parent) as draft:
            lseg = lseg_files(Path(draft) / "lseg", rows)
            _say("the same with six columns")
            csv_files(Path(draft) / "csv", lseg, Path(draft))
            shutil.copytree(draft, f"{draft}.whole")
        Path(f"{draft}.whole").rename(home)
    lseg_paths, six = (sorted(map(str, folder.glob("*.csv.gz"))) for folder in layouts)
    return lseg_paths, six


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def lseg_files(folder: Path, rows: int) -> list[str]:
    """Return the sample tape's files in LSEG's 11 columns, about `rows` rows."""
    made = litlab.write_sample(folder, days=FILES, ticks_per_day=max(1000, rows // FILES))
    return [str(path) for path in made.paths]


def csv_files(folder: Path, lseg: list[str], scratch: Path) -> list[str]:
    """Return the same trades as csv.gz of six columns: time, price, volume, conditions, venue, sequence."""
    folder.mkdir(exist_ok=True)
    place = real_place(scratch / "source", lseg, 1)
    store, starts, paths = place.adapter.store, place.adapter.store.starts.tolist(), []
    for number, (start, stop) in enumerate(itertools.pairwise(starts)):
        path = folder / f"{number}.csv.gz"
        if not path.exists():
            columns = store.window(start, stop, ["timestamp", "price", "volume", "Ex/Cntrb.ID", "Seq. No."])
            letters = np.array(["@", "@F", "@I", "@TI"], object)
            text = {
                "time": columns["timestamp"].astype("datetime64[ns]"),
                "price": columns["price"],
                "volume": columns["volume"],
                "conditions": letters[columns["volume"] % len(letters)],
                "venue": columns["Ex/Cntrb.ID"],
                "sequence": columns["Seq. No."],
            }
            _write_csv(path, pa.table(text))
        paths.append(str(path))
    shutil.rmtree(scratch / "source")
    return paths


def _write_csv(path: Path, table: pa.Table) -> None:
    times = table.column("time").cast(pa.timestamp("ns", "UTC"))
    table = table.set_column(0, "time", times)
    with igzip.open(path, "wb", compresslevel=2) as file:
        pyarrow.csv.write_csv(table, file, pyarrow.csv.WriteOptions(quoting_style="needed"))


def _lines(path: str) -> int:
    with igzip.open(path, "rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(_BLOCK), b""))


def _head(path: str, out: Path) -> Path:
    """Write the first thousand lines of a file to another, gzipped."""
    with igzip.open(path, "rb") as file, igzip.open(out, "wb") as tiny:
        for _ in range(1000):
            tiny.write(file.readline())
    return out
