"""Where a theme runs: one data set cached by litlab, and the peers' own copies of it, made when wanted."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import litlab
from litlab.workspace import Project

from . import synthetic

COLUMNS = ("timestamp", "price", "volume")
_ROWS = 1 << 20


@dataclasses.dataclass
class Place:
    """A data set and what is asked of it.

    Attributes
    ----------
    folder : Path
        For files of the peers.
    adapter : Adapter
        Cached.
    rounds : int
        Timed rounds of every race.
    real : bool
        Real ticks: prints move bars as the eligibility table says, of which the peers know nothing, so their
        answers are not compared with ours.
    tiny : bool
        A smoke test: less of everything.
    """

    folder: Path
    project: Project
    adapter: Any
    rounds: int
    real: bool = False
    tiny: bool = False

    @property
    def ticks(self) -> int:
        """Number of ticks."""
        return len(self.adapter)

    def few(self, many: int) -> int:
        """Return how often to do something: `many`, or next to nothing in a smoke test."""
        return max(2, many // 50) if self.tiny else many

    def maps(self, number: int) -> dict[str, np.ndarray]:
        """Return file `number`'s columns, memory-mapped: what a peer may read without a copy."""
        store = self.adapter.store
        names = (*COLUMNS, "session", "eligibility")
        folder = store.files[number].path
        return {name: np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in names}

    @functools.cached_property
    def first_file(self) -> dict[str, np.ndarray]:
        """The first file's columns."""
        return self.maps(0)

    @functools.cached_property
    def arrow(self) -> list[pa.Table]:
        """COLUMNS of every file as Arrow tables over the mapped pages."""
        tables = []
        for number in range(len(self.adapter.store.files)):
            columns = {
                name: pa.array(values) for name, values in self.maps(number).items() if name in COLUMNS
            }
            columns["timestamp"] = columns["timestamp"].view(pa.timestamp("ns"))
            tables.append(pa.table(columns))
        return tables

    @functools.cached_property
    def frames(self) -> list[Any]:
        """COLUMNS of every file as polars frames over the same pages."""
        import polars as pl

        return [pl.from_arrow(table) for table in self.arrow]

    @functools.cached_property
    def database(self) -> Any:
        """A DuckDB connection to a database file whose table ``ticks`` holds COLUMNS, in order."""
        import duckdb

        database = duckdb.connect(str(self.folder / "ticks.duckdb"))
        if database.execute("SHOW TABLES").fetchall():
            return database
        ticks = pa.RecordBatchReader.from_batches(self.arrow[0].schema, self._batches())
        database.register("incoming", ticks)
        database.execute("CREATE TABLE ticks AS SELECT * FROM incoming")
        database.unregister("incoming")
        database.execute("CHECKPOINT")
        return database

    def _batches(self) -> Iterator[pa.RecordBatch]:
        for table in self.arrow:
            yield from table.to_batches(max_chunksize=_ROWS)

    def close(self) -> None:
        """Let the database and all maps go; they come back when they are wanted."""
        if "database" in self.__dict__:
            self.__dict__.pop("database").close()
        for name in ("arrow", "frames", "first_file"):
            self.__dict__.pop(name, None)
        source = self.adapter
        self.adapter = type(source)({**source.parameters, "paths": source.paths}, source.cache)


def synthetic_place(home: Path, ticks: int, rounds: int, tiny: bool = False) -> Place:
    """Cache `ticks` synthetic ticks under `home`, where they are not cached yet, and return their place."""
    project = _project(home)
    plugin = project.team.folder("adapters") / f"{synthetic.SyntheticAdapter.name}.py"
    if not plugin.exists():
        plugin.write_text(Path(synthetic.__file__).read_text("utf-8"), "utf-8")
    sizes = {"per_session": 4000, "per_file": max(1, ticks // 2)} if tiny else {}
    paths = synthetic.write_recipes(home / "raw", ticks, **sizes) if not (home / "raw").exists() else None
    paths = paths or sorted(map(str, (home / "raw").iterdir()))
    adapter = litlab.load_adapter(project.team, synthetic.SyntheticAdapter.name, {"paths": paths})
    litlab.cache_files(adapter)
    return Place(home, project, adapter, rounds, tiny=tiny)


def real_place(home: Path, paths: list[str], rounds: int) -> Place:
    """Cache raw LSEG files under `home` and return their place."""
    project = _project(home)
    adapter = litlab.load_adapter(project.team, "lseg", {"paths": paths})
    litlab.cache_files(adapter)
    return Place(home, project, adapter, rounds, real=True)


def _project(home: Path) -> Project:
    workspace = litlab.Workspace(home / "home")
    found = workspace.home / "bench"
    return (
        workspace.project("bench", "bench") if found.exists() else workspace.create_project("bench", "bench")
    )
