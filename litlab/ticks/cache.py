"""Writing a raw file's cache: a version directory of flat columns, runs, pyramid and a manifest.

1. Batches come in (RecordBatches with canonical and vendor columns). 2. Each column goes to its own
growing ``.npy``; text becomes codes and a vocabulary, nulls are kept. 3. Runs and the pyramid are made from
the columns just written. 4. Digests and the row account go into ``manifest.json``; the directory is renamed
to its content digest and ``CURRENT`` flipped.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from litlab import atomic
from litlab.errors import EmptyFile
from litlab.records import digest_of
from litlab.ticks import overview
from litlab.ticks.columns import CANONICAL, FLAGS, LATE, TIMESTAMP, VOLUME
from litlab.ticks.runs import write_runs
from litlab.ticks.stored import StoredColumn

FORMAT = 1


@dataclasses.dataclass
class RowAccount:
    """Where every physical row of a raw file went: ``rows_in = kept + filtered + rejected``.

    A format whose row makes several ticks (a bar) says how many in ``ticks_per_row``.
    """

    rows_in: int = 0
    kept: int = 0
    filtered: int = 0
    rejected: int = 0
    blank: int = 0
    ticks_per_row: int = 1
    rejects: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    unknown_codes: dict[str, int] = dataclasses.field(default_factory=dict)


def write_cache(
    home: Path,
    raw: Path,
    batches: Iterable[pa.RecordBatch],
    account: RowAccount,
    about: dict[str, Any],
    aliases: dict[str, str],
    progress: Callable[[int], None] | None = None,
) -> Path:
    """Write the cache of one raw file under `home` and make it current.

    Parameters
    ----------
    home : Path
        The raw file's cache folder: one directory per version, and ``CURRENT``.
    batches : iterable of RecordBatch
        Canonical columns ``timestamp`` (timestamp[ns] or int64), ``price``, ``volume``, ``session``,
        ``eligibility``, and vendor columns under their own names, in index order.
    account : RowAccount
        Filled by the reader while `batches` is consumed.
    about : dict
        Adapter, parameters, zone, what else the manifest shall say.
    aliases : dict
        Vendor name → canonical column holding the same values, for ``record``.
    progress : callable, optional
        Called with the rows kept so far.

    Returns
    -------
    Path
        The version directory.

    Raises
    ------
    EmptyFile
        If no row was kept.
    """
    home.mkdir(parents=True, exist_ok=True)
    with atomic.lock(home / ".lock", what=f"The cache of {raw.name}", purpose="cache"):
        atomic.remove_drafts(home)
        draft = home / "version.tmp-draft"
        draft.mkdir()
        try:
            final = _write_version(home, draft, raw, batches, account, about, aliases, progress)
        finally:
            atomic.remove_drafts(home)
        atomic.point(home, final.name)
    return final


def _write_version(
    home: Path,
    draft: Path,
    raw: Path,
    batches: Iterable[pa.RecordBatch],
    account: RowAccount,
    about: dict[str, Any],
    aliases: dict[str, str],
    progress: Callable[[int], None] | None,
) -> Path:
    columns: dict[str, StoredColumn] = {}
    clock = np.int64(np.iinfo(np.int64).min)
    kept = late = 0
    try:
        for batch in batches:
            if not batch.num_rows:
                continue
            batch, clock, lates = _ordered(batch, clock)
            late += lates
            columns = columns or _open_columns(draft, batch.schema)
            for name, column in columns.items():
                column.append(batch.column(name))
            kept += batch.num_rows
            if progress:
                progress(kept)
    except BaseException:
        for column in columns.values():
            column.out.discard()
        raise
    if not kept:
        raise EmptyFile(path=raw)
    account.kept = kept // account.ticks_per_row
    described = {name: column.close() for name, column in columns.items()}
    mapped = {name: np.load(draft / described[name]["file"], mmap_mode="r") for name in CANONICAL}
    write_runs(draft, mapped)
    overview.write_pyramid(draft, mapped)
    files = {path.name: _digest(path) for path in sorted(draft.iterdir())}
    manifest = {
        **about,
        "format": FORMAT,
        "raw": {"name": raw.name, "size_bytes": raw.stat().st_size, "mtime_ns": raw.stat().st_mtime_ns},
        "rows": kept,
        "late": late,
        "account": dataclasses.asdict(account),
        "first_time_ns": int(mapped[TIMESTAMP][0]),
        "last_time_ns": int(mapped[TIMESTAMP][-1]),
        "columns": described,
        "order": list(described),
        "aliases": aliases,
        "files": files,
        "digest": digest_of({"files": files, "words": {k: v.get("words") for k, v in described.items()}})[
            :32
        ],
    }
    final = home / str(manifest["digest"])
    if not final.is_dir():
        with atomic.new_folder(final) as folder:
            for path in sorted(draft.iterdir()):
                path.rename(folder / path.name)
            atomic.write_json(folder / "manifest.json", manifest)
    else:  # equal content of a file that was touched: only what the manifest says of the raw file is new
        atomic.write_json(final / "manifest.json", manifest)
    return final


def _open_columns(draft: Path, schema: pa.Schema) -> dict[str, StoredColumn]:
    kinds = zip(schema.names, schema.types, strict=True)
    return {name: StoredColumn(draft, _file_name(at, name), kind) for at, (name, kind) in enumerate(kinds)}


def _ordered(batch: pa.RecordBatch, clock: np.int64) -> tuple[pa.RecordBatch, np.int64, int]:
    """Make the timestamp non-decreasing by running maximum and flag the rows that came late."""
    stamp = batch.column(TIMESTAMP)
    own = np.asarray(stamp.cast(pa.int64()) if not pa.types.is_int64(stamp.type) else stamp)
    running = np.maximum.accumulate(np.maximum(own, clock))
    late = running != own
    arrays = {name: batch.column(name) for name in batch.schema.names}
    arrays[TIMESTAMP] = pa.array(running)
    given = np.asarray(arrays[FLAGS]) if FLAGS in arrays else np.uint8(0)
    arrays[FLAGS] = pa.array(late.astype(np.uint8) * np.uint8(LATE) | given)
    volume = arrays[VOLUME]
    if not pa.types.is_floating(volume.type):
        arrays[VOLUME] = pc.cast(volume, pa.int64())
    return pa.RecordBatch.from_pydict(arrays), running[-1], int(late.sum())


def _file_name(at: int, name: str) -> str:
    return f"{name}.npy" if name in CANONICAL else f"vendor{at:02d}.npy"


def _digest(path: Path) -> str:
    state = xxhash.xxh3_128()
    with open(path, "rb") as file:
        while block := file.read(1 << 22):
            state.update(block)
    return state.hexdigest()
