"""Run benchmarks and print their tables: ``python -m tests.bench --help``."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import glob
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from rich.console import Console

import litlab

from . import (
    assets,
    bars,
    browser,
    build,
    canvas,
    designer,
    get_bars,
    growth,
    ingest,
    monitor,
    overview,
    training,
    windows,
)
from .measuring import Table
from .place import Place, real_place, synthetic_place

SIZED = {
    "windows": windows.tables,
    "bars": bars.tables,
    "get_bars": get_bars.tables,
    "overview": overview.tables,
    "growth": growth.tables,
    "build": build.tables,
    "assets": assets.tables,
}
# They look at no ticks: they run once, whatever the sizes asked for. They need a browser or TensorFlow.
FREE = {
    "training": training.tables,
    "canvas": canvas.tables,
    "designer": designer.tables,
    "monitor": monitor.tables,
}
THEMES = {**SIZED, "browser": browser.tables, **FREE}
FEW_TICKS = 10_000
NAMES = ("ingest", *THEMES)
PEERS = ("numpy", "pandas", "pyarrow", "polars", "duckdb", "tsdownsample", "holoviews", "datashader")


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"themes, all by default: {', '.join(NAMES)}")
    parser.add_argument("--ticks", nargs="+", type=float, default=[5e6, 50e6, 200e6], metavar="N")
    parser.add_argument("--raw", metavar="GLOB", help="real LSEG files instead of synthetic ticks")
    parser.add_argument("--rows", type=float, default=ingest.ROWS, help="rows of the ingest")
    parser.add_argument("--rounds", type=int, default=5, help="timed rounds after the warm-up")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here too")
    parser.add_argument("--scratch", type=Path, help="where to put data; a temporary folder by default")
    parser.add_argument("--keep", action="store_true", help="leave the data in --scratch for the next run")
    found = parser.parse_args(given)
    if unknown := set(found.names) - set(NAMES):
        parser.error(f"there is no theme {', '.join(sorted(unknown))}; known: {', '.join(NAMES)}")
    if found.keep and not found.scratch:
        parser.error("--keep needs --scratch")
    found.names = found.names or list(NAMES)
    return found


def measured(asked: argparse.Namespace, scratch: Path) -> Iterator[tuple[str, int | None, Table]]:
    """Yield theme, ticks and table of everything asked for; data of one size at a time lies on disk."""
    raw = sorted(glob.glob(asked.raw)) if asked.raw else None
    if asked.raw and not raw:
        raise SystemExit(f"no file is called {asked.raw}")
    if "ingest" in asked.names:
        with _folder(scratch / "ingest", asked.keep) as home:
            for table in ingest.tables(home, asked.rounds, int(asked.rows), raw):
                yield "ingest", None, table
    sizes = sorted(map(int, asked.ticks)) if set(asked.names) & (set(THEMES) - set(FREE)) else []
    for ticks in [0] if raw and sizes else sizes:
        with _folder(scratch / (f"{ticks}" if ticks else "real"), asked.keep) as home:
            place = real_place(home, raw, asked.rounds) if raw else synthetic_place(home, ticks, asked.rounds)
            yield from _themes([name for name in asked.names if name not in FREE], place)
    if set(asked.names) & set(FREE):
        with _folder(scratch / "free", asked.keep) as home:
            place = synthetic_place(home, FEW_TICKS, asked.rounds)
            yield from ((theme, None, one) for theme, _, one in _themes(asked.names, place, FREE))


def _themes(
    names: list[str], place: Place, known: Mapping[str, Any] = THEMES
) -> Iterator[tuple[str, int | None, Table]]:
    try:
        for theme, tables in known.items():
            if theme in names:
                for table in tables(place):
                    yield theme, place.ticks, table
    finally:
        place.close()


@contextlib.contextmanager
def _folder(path: Path, keep: bool) -> Iterator[Path]:
    """Give a folder that goes when its work is done, unless it is kept."""
    path.mkdir(parents=True, exist_ok=True)
    try:
        yield path
    finally:
        if not keep:
            shutil.rmtree(path, ignore_errors=True)


def machine() -> dict[str, Any]:
    """Return what the figures were taken on and with."""
    versions = {}
    for name in PEERS:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = None
    cores = len(os.sched_getaffinity(0))
    return {"machine": platform.machine(), "cores": cores, "litlab": litlab.__version__, **versions}


def main(given: list[str] | None = None) -> None:
    """Run what the command line asks for."""
    asked = _arguments(given)
    console = Console(width=None if Console().is_terminal else 120)
    about = {**machine(), "rounds": asked.rounds}
    console.print(", ".join(f"{name} {value}" for name, value in about.items() if value is not None))
    figures: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as temporary:
        for theme, ticks, table in measured(asked, asked.scratch or Path(temporary)):
            console.print(f"\n{theme}" + (f", {ticks:,} ticks" if ticks else ""), style="dim")
            console.print(table.drawn())
            head = {"theme": theme, "ticks": ticks, "table": table.title}
            figures += [{**head, **dataclasses.asdict(row)} for row in table.rows]
            if asked.json:  # after every table: a run that is cut short leaves what it has measured
                asked.json.write_text(json.dumps({**about, "figures": figures}, indent=1) + "\n")
    if grown := growth.pivot(figures):
        console.print()
        console.print(grown)


if __name__ == "__main__":
    main()
