"""Small hand-made tapes: ticks as plain tuples, files and adapters made of them.

A test names its ticks, so that every expected number can be worked out beside it.
"""

from __future__ import annotations

import csv
import gzip
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from litlab.adapters import Adapter, cache_files, load_adapter
from litlab.workspace import Team, Workspace

NS = 1_000_000_000
NEW_YORK = ZoneInfo("America/New_York")
LSEG_HEADER = "#RIC,Domain,Date-Time,GMT Offset,Type,Ex/Cntrb.ID,Price,Volume,Qualifiers,Seq. No.,Exch Time"


class Tick(NamedTuple):
    """One trade: when it arrived, at what price, how much, and its sale condition ("" for none)."""

    time_ns: int
    price: float
    size: float = 100
    code: str = ""


def ns(text: str) -> int:
    """Return New York local time as int64 ns UTC: ``ns("2013-10-07 09:30:00.5")``."""
    whole, _, rest = text.partition(".")
    moment = datetime.fromisoformat(whole).replace(tzinfo=NEW_YORK)
    return int(moment.timestamp()) * NS + int((rest or "0").ljust(9, "0"))


def minutes(day: str, count: int, start: str = "09:30", price: float = 100.0) -> list[Tick]:
    """Return two ticks in each of `count` minutes from `start`, at prices that rise by a cent a tick."""
    first = ns(f"{day} {start}:00")
    return [
        Tick(first + (at // 2) * 60 * NS + (at % 2) * 30 * NS, round(price + at / 100, 2), 100 + at)
        for at in range(2 * count)
    ]


def write_ticks(path: Path, ticks: list[Tick]) -> Path:
    """Write ticks as a CSV file with int nanoseconds."""
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["time", "price", "volume", "code"])
        out.writerows((one.time_ns, repr(float(one.price)), one.size, one.code) for one in ticks)
    return path


class Given(Adapter):
    """Files that are given as columns: dicts of column name → values, times in int64 ns."""

    name = "given"

    def __init__(self, folder: Path, files: tuple[dict, ...], aliases: dict[str, str]):
        paths = [folder / f"part{at}.raw" for at in range(len(files))]
        for path in paths:
            path.write_bytes(b"raw")
        super().__init__({"paths": [str(path) for path in paths]}, folder / "cache")
        self._files, self._aliases = dict(zip(paths, files, strict=True)), aliases

    @property
    def aliases(self):
        return self._aliases

    def parse(self, path: Path):
        given = self._files[path]
        rows = len(given["timestamp"])
        given = {"session": np.zeros(rows, np.int8), "eligibility": np.full(rows, 7, np.uint8), **given}
        self.account.rows_in += rows
        yield pa.RecordBatch.from_pydict({name: pa.array(values) for name, values in given.items()})


def stored(folder: Path, *files: dict, aliases: dict[str, str] | None = None):
    """Return the store of files that are given as columns, session and eligibility filled in."""
    adapter = Given(folder, files, aliases or {})
    for path in adapter.paths:
        adapter.create_cache_file(path)
    return adapter.store


PARAMETERS = {"calendar": "XNYS", "conditions_column": "code", "time_unit": "ns"}


def tape(team: Team, folder: Path, *files: list[Tick], **parameters):
    """Write each list of ticks as a file, cache them and return the adapter over all."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [str(write_ticks(folder / f"part{at}.csv", ticks)) for at, ticks in enumerate(files)]
    adapter = load_adapter(team, "csv", {"paths": paths, **PARAMETERS, **parameters})
    cache_files(adapter, workers=1)
    return adapter


def new_team(home: Path) -> Team:
    """Return a fresh workspace's team."""
    return Workspace(home).create_project("contoso", "volatility").team


def write_script(team: Team, name: str, source: str) -> Path:
    """Put a feature script into the team's folder."""
    path = team.folder("scripts") / f"{name}.py"
    path.write_text(source)
    return path


def lseg_row(
    time: str = "2013-10-07T14:00:00.000000000Z", price="13.90", volume="100", qualifiers="", kind="Trade"
) -> str:
    """Return one row of the LSEG layout."""
    return f"BAC.N,Market Price,{time},-4,{kind},NYS,{price},{volume},{qualifiers},1,10:00:00.000000000"


def write_lseg(path: Path, rows: list[str] | bytes) -> Path:
    """Write rows under the LSEG header; gzip where the name says so."""
    body = rows if isinstance(rows, bytes) else "".join(f"{row}\n" for row in rows).encode()
    data = LSEG_HEADER.encode() + b"\n" + body
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path
