"""Frames as data sets: a table from pandas, polars or DuckDB, kept as Parquet beside the team's raw files.

A frame lives in one process; an adapter must be rebuilt in another from a name and parameters. So the table
is written once, and the ``parquet`` adapter reads it like any other raw file.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from litlab.adapters.loading import load_adapter
from litlab.adapters.parquet import ParquetAdapter
from litlab.errors import BadParameter, EmptyFile
from litlab.records import check_name
from litlab.workspace import Team, Workspace


def from_arrow(
    team: str | Team, name: str, table: Any, workspace: Workspace | None = None, **parameters: Any
) -> ParquetAdapter:
    """Return a cached adapter over a table; a table of the same name is replaced.

    Parameters
    ----------
    team : str or Team
    name : str
        The data set's; it becomes ``raw/<name>.parquet``.
    table : object with ``__arrow_c_stream__``
        A pandas or polars DataFrame, a pyarrow Table or reader, a DuckDB relation: read once, in order.
    **parameters
        Those of the ``parquet`` adapter: ``time``, ``price``, ``volume``, ``zone``, ``calendar``, …

    Raises
    ------
    BadParameter
        For anything else; MissingColumn, NaiveTime, EmptyFile as for a Parquet file, which then is not kept.

    Examples
    --------
    >>> import tempfile, pandas as pd
    >>> times = pd.to_datetime(["2024-01-02 14:30:00", "2024-01-02 14:30:01"], utc=True)
    >>> frame = pd.DataFrame({"time": times, "price": [10.0, 10.5], "volume": [100, 200]})
    >>> with tempfile.TemporaryDirectory() as home:
    ...     team = Workspace(home).create_project("contoso", "volatility").team
    ...     adapter = from_arrow(team, "mine", frame)
    ...     adapter[1]["price"], len(adapter)
    (10.5, 2)
    """
    check_name(name, "data set")
    if not isinstance(team, Team):
        team = (workspace or Workspace()).team(team)
    if not hasattr(table, "__arrow_c_stream__"):
        wanted = "something with __arrow_c_stream__: a pandas, polars, pyarrow or DuckDB table"
        raise BadParameter(name="table", given=type(table).__name__, wanted=wanted)
    path = team.folder("raw") / f"{name}.parquet"
    draft = path.with_suffix(f".tmp-{os.getpid()}")
    try:
        _write(draft, table)
        # A table that cannot be read as ticks must not take the place of one that can.
        _check(_adapter(team, draft, parameters), path)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    adapter = _adapter(team, path, parameters)
    adapter.create_cache_file(path)
    return adapter


def _write(path: Path, table: Any) -> None:
    with pa.RecordBatchReader.from_stream(table) as reader, pq.ParquetWriter(path, reader.schema) as out:
        for batch in reader:
            out.write_batch(batch)


def _check(adapter: ParquetAdapter, path: Path) -> None:
    if not sum(batch.num_rows for batch in adapter.parse(adapter.paths[0])):
        raise EmptyFile(path=path)


def _adapter(team: Team, path: Path, parameters: dict[str, Any]) -> ParquetAdapter:
    found: ParquetAdapter = load_adapter(team, "parquet", {**parameters, "paths": [str(path)]})
    return found
