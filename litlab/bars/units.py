"""What a bar is made of and how long it may be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

from litlab.errors import BadParameter, UnknownName

BAR_COLUMNS = ("open", "high", "low", "close", "trades", "volume", "mean_size", "max_size")
OPEN, HIGH, LOW, CLOSE, TRADES, BAR_VOLUME, MEAN_SIZE, MAX_SIZE = range(8)

UNITS: dict[str, int] = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
THRESHOLDS = ("tick", "volume", "value")
SCOPES = ("regular", "all")
ANCHORS = ("midnight", "session")
PER_DAY = "per_day"
_MOST_DAYS = 366

Size: TypeAlias = float | Mapping[str, float]


def check_period(unit: str, size: Size) -> tuple[str, Size]:
    """Return unit and size if they name a kind of bar.

    Parameters
    ----------
    unit : str
        One of UNITS or THRESHOLDS.
    size : number or mapping
        Whole units of time; for "tick" a whole number of trades, for "volume" and "value" any number above 0;
        ``{"per_day": n}`` for a threshold that makes about n bars a day (see ``thresholds``).

    Raises
    ------
    UnknownName
        For another unit, with the nearest right one; BadParameter for another size.

    Examples
    --------
    >>> check_period("minute", 2.0), check_period("value", 2.5), check_period("volume", {"per_day": 50})
    (('minute', 2), ('value', 2.5), ('volume', {'per_day': 50.0}))
    >>> check_period("minutes", 1)
    Traceback (most recent call last):
    litlab.errors.UnknownName: There is no unit called 'minutes'. Did you mean 'minute'? Known: ...
    """
    if unit not in UNITS and unit not in THRESHOLDS:
        raise UnknownName(kind="unit", given=str(unit), known=[*UNITS, *THRESHOLDS])
    if isinstance(size, Mapping):
        if unit not in THRESHOLDS or set(size) != {PER_DAY} or not _positive(size[PER_DAY]):
            wanted = '{"per_day": n} with n above 0 belongs to the units tick, volume and value'
            raise BadParameter(name="size", given=size, wanted=wanted)
        return unit, {PER_DAY: float(size[PER_DAY])}
    if not _positive(size):
        raise BadParameter(name="size", given=size, wanted="it must be a number above 0")
    if unit in ("volume", "value"):
        return unit, float(size)
    if int(size) != size:
        raise BadParameter(name="size", given=size, wanted="it must be a whole number of units, 1 or more")
    if unit in UNITS and size > _MOST_DAYS * UNITS["day"] // UNITS[unit]:
        raise BadParameter(name="size", given=size, wanted=f"a bar lasts {_MOST_DAYS} days at the most")
    return unit, int(size)


def _positive(size: object) -> bool:
    return (
        not isinstance(size, bool)
        and isinstance(size, int | float | np.number)
        and 0 < float(size) < math.inf
    )
