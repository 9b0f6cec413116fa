"""Bars as delimited text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from litlab import atomic
from litlab.bars.units import BAR_COLUMNS, TRADES

if TYPE_CHECKING:
    from litlab.bars.index import BarIndex

CSV_COLUMNS = ("start_ns", *BAR_COLUMNS)


def write_bars(path: Path, bars: BarIndex) -> None:
    """Write all bars of an index as CSV under CSV_COLUMNS, oldest first; an older file is replaced at once.

    ``start_ns`` is when the bar begins, int ns UTC. Prices and sizes are the shortest decimals that read back
    as the same float64; trades are whole numbers.
    """
    lines = [",".join(CSV_COLUMNS)]
    for start, row in zip(bars.start_ns.tolist(), bars.values.tolist(), strict=True):
        row[TRADES] = int(row[TRADES])
        lines.append(f"{start},{','.join(map(repr, row))}")
    atomic.write_bytes(Path(path), ("\n".join(lines) + "\n").encode())
