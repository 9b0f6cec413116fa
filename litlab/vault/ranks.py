"""Rank correlation within sessions: does the forecast put a day's samples in their order?"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class SessionRanks:
    """Spearman's rank correlation of each session; mean and SD over them, NaN without any."""

    mean: float
    sd: float
    days: tuple[int, ...]
    values: tuple[float, ...]


def rank_correlation(truth: Array, said: Array, session_day: Array) -> SessionRanks:
    """Return Spearman's correlation within each session of three samples or more; ties get mean ranks.

    Examples
    --------
    >>> import numpy as np
    >>> rank_correlation(np.array([1, 2, 3]), np.array([1, 9, 10]), np.array([5, 5, 5])).mean
    1.0
    """
    found = []
    for day in np.unique(session_day):
        rows = session_day == day
        one, two = mid_ranks(np.asarray(truth)[rows]), mid_ranks(np.asarray(said)[rows])
        if len(one) > 2 and one.std() > 0 and two.std() > 0:
            value = float(
                np.clip(((one - one.mean()) * (two - two.mean())).mean() / one.std() / two.std(), -1, 1)
            )
            found.append((int(day), round(value, 15)))
    values = np.array([value for _, value in found])
    return SessionRanks(
        mean=float(values.mean()) if len(values) else float("nan"),
        sd=float(values.std(ddof=1)) if len(values) > 1 else float("nan"),
        days=tuple(day for day, _ in found),
        values=tuple(values.tolist()),
    )


def mid_ranks(values: Array) -> Floats:
    """Return ranks from 1, equal values their mean.

    >>> import numpy as np
    >>> mid_ranks(np.array([3.0, 1.0, 3.0]))
    array([2.5, 1. , 2.5])
    """
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2.0)[inverse], np.float64)
