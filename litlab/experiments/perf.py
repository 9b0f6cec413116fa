"""perf.csv: a run's append-only table, a row per finished epoch."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

from litlab import atomic

# What perf.csv holds of an epoch. `loss` is the training part's with penalties, as the optimizer saw it;
# `val_loss` is the validation part's without: log-loss for a sigmoid output, mean squared error else.
# Metrics that the canvas names come behind these.
COLUMNS = ("epoch", "loss", "val_loss", "val_auc", "seconds", "learning_rate")


def best_of(rows: list[dict[str, float]]) -> int | None:
    """Return the number of the row's epoch with the least ``val_loss``, None without rows.

    Rows without one, of somebody's own ``fit``, go by their ``loss``.

    >>> best_of([{"epoch": 1, "val_loss": 0.6}, {"epoch": 2, "val_loss": 0.5}, {"epoch": 3, "val_loss": 0.5}])
    2
    """
    losses = [row.get("val_loss", row.get("loss", math.nan)) for row in rows]
    known = [(loss, row["epoch"]) for loss, row in zip(losses, rows, strict=True) if math.isfinite(loss)]
    if not known:
        return int(rows[-1]["epoch"]) if rows else None
    return int(min(known)[1])


def read_epochs(path: Path) -> list[dict[str, float]]:
    """Return perf.csv's complete rows as numbers."""
    lines = atomic.read_lines(path)
    reader = csv.DictReader(io.StringIO("\n".join(lines)))
    return [{name: float(value) for name, value in row.items()} for row in reader]


def drop_epochs(path: Path, last: int) -> None:
    """Take the rows of all epochs behind `last` out of a perf.csv: their checkpoints are gone."""
    lines = atomic.read_lines(path)[: last + 1] if last else []
    atomic.write_bytes(path, "".join(f"{line}\n" for line in lines).encode())
