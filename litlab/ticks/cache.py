"""Writing a raw file's cache: a version directory of flat columns, runs, pyramid and a manifest.

1. Batches come in, with canonical and vendor columns; ``order`` gives them their clock. 2. Each
column goes to its own growing ``.npy``; text becomes codes and a vocabulary, nulls are kept. Ticks in order
of event are sorted then. 3. Runs and the pyramid are made from the columns just written, rejected rows are
put into ``quarantine``. 4. ``version`` gives the draft digests, a manifest and its name, and ``CURRENT`` is
flipped. The raw file must be the same before and after: else nothing of it is kept.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from litlab.errors import EmptyFile, NoUsableRow
from litlab.ticks.account import RowAccount
from litlab.ticks.columns import TIMESTAMP, VOLUME
from litlab.ticks.npy import mapped
from litlab.ticks.order import Order, sort_by_time
from litlab.ticks.progress import Progress, Reporter
from litlab.ticks.quarantine import write_quarantine
from litlab.ticks.raw import unchanged
from litlab.ticks.stored import StoredColumn
from litlab.ticks.version import FORMAT, STANDARD, new_draft, publish, write_derived

__all__ = ["FORMAT", "RowAccount", "Source", "write_cache"]


@dataclasses.dataclass(frozen=True)
class Source:
    """One raw file as its adapter hands it over.

    Attributes
    ----------
    path : Path
        The raw file.
    batches : iterable of RecordBatch
        Canonical columns ``timestamp`` (timestamp[ns] or int64), ``price``, ``volume``, ``session``,
        ``eligibility``, or those of QUOTED, and vendor columns under their own names, in index order (or,
        `by_event`, with event times in any order).
    account : RowAccount
        Filled by the reader while `batches` is consumed.
    about : dict
        Adapter, parameters, zone, what else the manifest shall say.
    aliases : dict
        Vendor name → canonical column holding the same values, for ``record``.
    by_event : bool
        Sort by timestamp.
    max_disorder_s : float
        How far a time of receipt may lie behind the latest one before it.
    may_be_empty : bool
        Whether a file may hold no row: then a batch without rows says what columns there are.
    """

    path: Path
    batches: Iterable[pa.RecordBatch]
    account: RowAccount
    about: dict[str, Any]
    aliases: dict[str, str]
    by_event: bool
    max_disorder_s: float
    may_be_empty: bool = False


def write_cache(home: Path, source: Source, progress: Callable[[Progress], None] | None = None) -> Path:
    """Write the cache of one raw file under `home` and make it current.

    Parameters
    ----------
    home : Path
        The raw file's cache folder: one directory per version, and ``CURRENT``.
    source : Source
    progress : callable, optional
        Told how far it has come, at most ten times a second.

    Returns
    -------
    Path
        The version directory.

    Raises
    ------
    EmptyFile
        If no row was kept and one must be; TooMuchDisorder if one comes too late.
    FileChanged
        If the raw file is another one at the end; NoSpaceLeft if the disk is full; Locked. Whatever is
        raised, an older cache is as it was and nothing is left of the new one.
    """
    with new_draft(home, source.path, "cache") as draft:
        with unchanged(source.path) as raw:
            report = Reporter(source.path, raw.size_bytes, progress)
            order = Order(source.path, source.by_event, source.max_disorder_s)
            columns = _write_columns(draft, source, order, report)
            quarantine = write_quarantine(draft, source.account)
        if source.by_event and order.late:
            sort_by_time(draft, columns)
        write_derived(draft, columns)
        times = mapped(draft / columns[TIMESTAMP]["file"])
        manifest = {
            **source.about,
            "raw": raw.about(),
            "rows": order.rows,
            "late": order.late,
            "disorder_ns": order.latest_ns,
            "account": source.account.about(),
            "quarantine": quarantine,
            "first_time_ns": int(times[0]) if len(times) else None,
            "last_time_ns": int(times[-1]) if len(times) else None,
            "columns": columns,
            "order": list(columns),
            "aliases": source.aliases,
        }
        final = publish(home, draft, manifest)
    report.finish(order.rows)
    return final


def _write_columns(draft: Path, source: Source, order: Order, report: Reporter) -> dict[str, dict[str, Any]]:
    """Write all batches and return what the manifest says of each column."""
    columns: dict[str, StoredColumn] = {}
    try:
        for batch in source.batches:
            if not batch.num_rows and not source.may_be_empty:
                continue
            batch = order.place(_whole_sizes(batch))
            columns = columns or _open_columns(draft, batch.schema)
            for name, column in columns.items():
                column.append(batch.column(name))
            report.update(order.rows, source.account.bytes_read)
        if not columns or not (order.rows or source.may_be_empty):
            raise _empty(source)
        source.account.kept = order.rows // source.account.ticks_per_row
        return {name: column.close() for name, column in columns.items()}
    finally:
        for column in columns.values():
            column.discard()


def _empty(source: Source) -> EmptyFile:
    account = source.account
    if not account.rejects:
        return EmptyFile(path=source.path)
    return NoUsableRow(path=source.path, rows=account.rows_in, **account.rejects[0])


def _open_columns(draft: Path, schema: pa.Schema) -> dict[str, StoredColumn]:
    kinds = zip(schema.names, schema.types, strict=True)
    return {name: StoredColumn(draft, _file_name(at, name), kind) for at, (name, kind) in enumerate(kinds)}


def _whole_sizes(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the batch with sizes as int64 unless they are fractions; quotes have none."""
    if VOLUME not in batch.schema.names:
        return batch
    volume = batch.column(VOLUME)
    if pa.types.is_floating(volume.type) or pa.types.is_int64(volume.type):
        return batch
    at = batch.schema.get_field_index(VOLUME)
    return batch.set_column(at, VOLUME, pc.cast(volume, pa.int64()))


def _file_name(at: int, name: str) -> str:
    return f"{name}.npy" if name in STANDARD else f"vendor{at:02d}.npy"
