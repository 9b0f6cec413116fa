"""What a column of many files is: one kind and one type for the whole store."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from litlab.errors import MixedColumn
from litlab.ticks.columns import NS, TIMESTAMP
from litlab.ticks.files import CachedFile

NOT_A_TIME = np.iinfo(np.int64).min  # what numpy's NaT is as a number


@dataclasses.dataclass(frozen=True)
class Kind:
    """What a column holds in all files of a store.

    Attributes
    ----------
    kind : str
        "text", "time" (int64 ns UTC), "clock" (int64 ns since midnight) or "" for numbers.
    dtype : dtype
        What `TickStore.column` returns: one type for the whole store, whatever the range.
    nullable : bool
        Whether some file has nulls in it, or has no such column.
    """

    kind: str
    dtype: np.dtype[Any]
    nullable: bool

    @property
    def null(self) -> Any:
        """What stands for a null: NaN, None, NaT's number in times, 0 in other whole numbers."""
        if self.dtype.kind == "f":
            return np.nan
        return {"text": None, "time": NOT_A_TIME}.get(self.kind, 0)


def kind_of(name: str, files: Sequence[CachedFile]) -> Kind | None:
    """Return what a column holds in all files together; None if no file has it.

    Raises
    ------
    MixedColumn
        If it is text in one file and a number, a time or a time of day in another.
    """
    having = [(one, about) for one in files if (about := one.about(name))]
    if not having:
        return None
    kinds = ["time" if name == TIMESTAMP else about.get("kind", "") for _, about in having]
    for (one, _), kind in zip(having, kinds, strict=True):
        if kind != kinds[0]:
            mixed = {"first": having[0][0].raw, "kind": kinds[0] or "numbers"}
            raise MixedColumn(column=name, **mixed, second=one.raw, other=kind or "numbers")
    nullable = len(having) < len(files) or any("nulls" in about for _, about in having)
    numbers = np.result_type(*(np.dtype(about["dtype"]) for _, about in having))
    return Kind(kinds[0], np.dtype(object) if kinds[0] == "text" else numbers, nullable)


def iso(time_ns: int) -> str:
    """Return a time as ISO 8601 in UTC with all nine digits.

    >>> iso(1_463_597_875_626_078_700)
    '2016-05-18T18:57:55.626078700Z'
    """
    seconds, rest = divmod(time_ns, NS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
