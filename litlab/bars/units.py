"""What a bar is made of and how long it may be."""

from __future__ import annotations

from litlab.errors import BadParameter, UnknownName

BAR_COLUMNS = ("open", "high", "low", "close", "trades", "volume", "mean_size", "max_size")
OPEN, HIGH, LOW, CLOSE, TRADES, BAR_VOLUME, MEAN_SIZE, MAX_SIZE = range(8)

UNITS: dict[str, int] = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
SCOPES = ("regular", "all")


def check_period(unit: str, size: int) -> tuple[str, int]:
    """Return unit and size if they name a period.

    Raises
    ------
    UnknownName
        For another unit, with the nearest right one; BadParameter for a size that is no positive integer.

    Examples
    --------
    >>> check_period("minutes", 1)
    Traceback (most recent call last):
    litlab.errors.UnknownName: There is no unit called 'minutes'. Did you mean 'minute'? Known: ...
    """
    if unit not in UNITS:
        raise UnknownName(kind="unit", given=str(unit), known=UNITS)
    if isinstance(size, bool) or int(size) != size or size < 1:
        raise BadParameter(name="size", given=size, wanted="it must be a whole number of units, 1 or more")
    return unit, int(size)
