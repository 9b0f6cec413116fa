"""Dividing samples into train, validation and test by date, and purging what reaches across.

One instant T a border, from an exchange-local date, for all instruments. A sample belongs to the part its
``as_of`` lies in. It is purged where its label reads at or behind the next border: training and validation
samples need their label's end before T, so that nothing held out has answered a question asked in training.
Inputs may read back across a border: what lies before ``as_of`` was known then.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from litlab.errors import BadSchema
from litlab.schemas.schema import Split

TRAIN, VALIDATION, TEST, PURGED = 0, 1, 2, -1


@dataclasses.dataclass(frozen=True)
class Division:
    """Which part each sample belongs to, (n,) int8 (PURGED for none), and how many were purged."""

    part: npt.NDArray[np.int8]
    purged: int


def border_ns(day: str, zone: str) -> int:
    """Return the UTC instant at which an exchange-local date begins, int ns.

    >>> border_ns("2024-01-02", "America/New_York")
    1704171600000000000
    """
    return (
        int(datetime.combine(date.fromisoformat(day), datetime.min.time(), ZoneInfo(zone)).timestamp())
        * 10**9
    )


def divide(
    split: Split, zone: str, as_of_ns: npt.NDArray[np.int64], label_end_ns: npt.NDArray[np.int64]
) -> Division:
    """Divide samples.

    Parameters
    ----------
    as_of_ns : (n,) int64
        The moment each sample stands for.
    label_end_ns : (n,) int64
        The time of the last tick its labels read.

    Returns
    -------
    Division
    """
    borders = np.array([border_ns(split.validation, zone), border_ns(split.test, zone)])
    part = np.searchsorted(borders, as_of_ns, "right").astype(np.int8)
    following = np.append(borders, np.iinfo(np.int64).max)[part]
    across = label_end_ns >= following
    part[across] = PURGED
    return Division(part, int(across.sum()))


def split_dates(days: Sequence[int], validation: float = 0.12, test: float = 0.2) -> Split:
    """Return a date split with these shares of the sessions, at least one each, held out.

    Parameters
    ----------
    days : sequence of int
        Session dates, days since 1970-01-01.

    Raises
    ------
    BadSchema
        If there are fewer than three sessions.

    Examples
    --------
    >>> split_dates(range(20000, 20010))
    Split(kind='date', validation='2024-10-11', test='2024-10-12')
    """
    ordered = sorted(set(days))
    if len(ordered) < 3:
        reason = f"train, validation and test need a session each, and the data hold {len(ordered)} in all"
        raise BadSchema(name="date split", reason=reason)
    last = max(1, round(test * len(ordered)))
    middle = max(1, round(validation * len(ordered)))
    first = min(len(ordered) - last - middle, len(ordered) - 2)
    dates = [str(date(1970, 1, 1) + timedelta(days=int(ordered[at]))) for at in (first, first + middle)]
    return Split("date", dates[0], dates[1])
