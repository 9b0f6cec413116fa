"""Answers laid out for people, in tables that fit 80 columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from litlab.bars import BarIndex
    from litlab.ticks.housekeeping import CacheFolder
    from litlab.ticks.inspection import Info

NS = 1_000_000_000
_LAST_BARS = 20
_PREFIXES = "kMGT"
_TOKENS = 8  # of a text column; all of them are in the JSON object


def bytes_of(count: int) -> str:
    """Return a number of bytes as people say it.

    >>> bytes_of(900), bytes_of(17_300_958)
    ('900 B', '17.3 MB')
    """
    if count < 1000:
        return f"{count} B"
    power = min(int(math.log10(count)) // 3, len(_PREFIXES))
    return f"{count / 1000**power:.1f} {_PREFIXES[power - 1]}B"


def local(time_ns: int, zone: str, format: str = "%Y-%m-%d %H:%M:%S") -> str:
    """Return a time as a clock in `zone` shows it.

    >>> local(1_381_132_800 * NS, "America/New_York")
    '2013-10-07 04:00:00'
    """
    return f"{datetime.fromtimestamp(time_ns // NS, ZoneInfo(zone)):{format}}"


def show_info(info: Info, zone: str, console: Console | None = None) -> None:
    """Print what is in a data set."""
    console = console or Console()
    table = _grid()
    table.add_row("ticks", f"{info.ticks:,}", f"in {len(info.files)} files")
    first, last = (local(time, zone) for time in (info.first_time_ns, info.last_time_ns))
    table.add_row("span", first, f"to {last}")
    parts = ("kept", "filtered", "rejected", "blank")
    told = ", ".join(f"{count:,} {name}" for name in parts if (count := getattr(info, name)))
    table.add_row("times in", "", zone)
    table.add_row("rows read", f"{info.rows_in:,}", told)
    table.add_row("repeated rows", f"{info.duplicates:,}", "equal to one of the same time; kept")
    table.add_row("out of order", f"{info.out_of_order:,}", "late by their own time; kept, flagged")
    table.add_row("corrected later", f"{info.corrected:,}", "by the vendor's word; kept, flagged")
    _add_counts(table, "session", info.sessions, "ticks")
    _add_counts(table, "may move", info.eligibility, "ticks")
    _add_counts(table, "volume", info.volume, "")
    _add_counts(table, "outside bars", info.volume_outside_bars or {}, "volume in minutes with no bar")
    _add_counts(table, "nulls", info.nulls, "rows")
    _add_counts(table, "unknown code", info.unknown_codes, "rows; taken for ordinary trades")
    table.add_row("price outliers", f"{info.outliers:,}", "jump away and come back")
    for one in info.outlier_examples[:5]:
        where = f"{one['index']:,} at {local(one['time_ns'], zone)}, neighbours at {one['median']:g}"
        table.add_row(
            "  index", f"{one['price']:g}", where if one["moves_bars"] else f"{where}; moves no bar"
        )
    for one in info.gaps:
        table.add_row("silence", f"{one['length_s']:,.3f} s", f"from {local(one['start_ns'], zone)}")
    for day in info.days_without_ticks[:10]:
        table.add_row("no tick on", day, "a session of the calendar")
    for name, tokens in info.qualifiers.items():
        for token, count in list(tokens.items())[:_TOKENS] if len(tokens) > 1 else ():
            table.add_row(escape(name), f"{count:,}", escape(token))
    for one in info.rejects[:5]:
        table.add_row("rejected", f"line {one['line']:,}", escape(f"{one['file']}: {one['reason']}"))
    if info.uses_hindsight:
        table.add_row("uses hindsight", "yes", "rows are not in the order in which they came")
    console.print(table)
    console.print(_files(info))


def _add_counts(table: Table, name: str, counts: dict[str, Any], what: str) -> None:
    for key, count in counts.items():
        if not count and name != "outside bars":
            continue
        shown = f"{count:,.6g}" if isinstance(count, float) and count % 1 else f"{int(count):,}"
        table.add_row(escape(f"{name} {key}".replace("_", " ")), shown, what)


def _files(info: Info) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("file", overflow="fold")
    for name in ("rows", "repeated", "late", "on disk", "digest"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in info.files:
        counts = (f"{one[name]:,}" for name in ("rows", "duplicates", "out_of_order"))
        table.add_row(escape(one["name"]), *counts, bytes_of(one["bytes"]), one["digest"][:8])
    return table


def cache_row(cache: CacheFolder) -> dict[str, Any]:
    """Return what ``litlab info`` says of one cache."""
    from litlab.ticks.housekeeping import bytes_on_disk

    manifest = cache.manifest
    return {
        "file": str(cache.raw or cache.name),
        "state": cache.state,
        "adapter": cache.adapter,
        "rows": manifest.get("rows"),
        "first_time_ns": manifest.get("first_time_ns"),
        "last_time_ns": manifest.get("last_time_ns"),
        "digest": cache.digest,
        "format": manifest.get("format"),
        "bytes": bytes_on_disk(cache.home),
    }


def show_caches(rows: Sequence[dict[str, Any]], console: Console | None = None) -> None:
    """Print a workspace's caches."""
    console = console or Console()
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("file", overflow="fold")
    for name in ("state", "adapter", "rows", "first day", "on disk"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in rows:
        first = one["first_time_ns"]
        count = "–" if one["rows"] is None else f"{one['rows']:,}"
        counts = (count, "–" if first is None else local(first, "UTC", "%Y-%m-%d"))
        name = one["file"].rpartition("/")[2]
        table.add_row(escape(name), one["state"], one["adapter"], *counts, bytes_of(one["bytes"]))
    console.print(table)
    console.print(f"{len(rows):,} caches, {bytes_of(sum(one['bytes'] for one in rows))}", highlight=False)


def show_bars(bars: BarIndex, zone: str, console: Console | None = None) -> None:
    """Print the last bars of an index."""
    from litlab.bars.units import BAR_COLUMNS, TRADES

    console = console or Console()
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    for name in ("start", *BAR_COLUMNS):
        table.add_column(name.replace("_", " "), justify="right")
    starts = bars.start_ns[-_LAST_BARS:].tolist()
    for start, row in zip(starts, bars.values[-_LAST_BARS:].tolist(), strict=True):
        cells = [f"{value:.0f}" if at >= TRADES else f"{value:g}" for at, value in enumerate(row)]
        table.add_row(local(start, zone, "%y-%m-%d %H:%M:%S"), *cells)
    console.print(table)
    shown = f"{len(bars):,} bars, times in {zone}; --csv FILE writes them all"
    console.print(shown, highlight=False)


def _grid() -> Table:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for style, justify in (("dim", "left"), ("", "right"), ("dim", "left")):
        table.add_column(style=style, justify=justify)  # type: ignore[arg-type]
    return table
