"""What a look at a file proposes, and what it looks at: the first lines, split at one delimiter."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from litlab.adapters.pipeline import date_in_name
from litlab.adapters.times import day_of, names_zone
from litlab.errors import NoDateInName

TIMES = ("time", "timestamp", "datetime", "date-time", "date", "ts", "ts_event", "t")
_CLOCK = re.compile(r"\d\d:\d\d:\d\d(\.\d{1,9})?")
_DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y",
    "%d-%b-%Y", "%d %b %Y",
)  # fmt: skip
_UNITS = ((10**11, "s"), (10**14, "ms"), (10**17, "us"))


@dataclasses.dataclass(frozen=True)
class Guess:
    """One proposal.

    Attributes
    ----------
    adapter : str
    parameters : dict
        What must differ from the adapter's defaults.
    confidence : float
        From 0 to 1.
    reasons : tuple of str
    """

    adapter: str
    parameters: dict[str, Any]
    confidence: float
    reasons: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Sample:
    """The first lines of a file, split at one delimiter; names and rows as if the first were a header."""

    path: Path
    delimiter: str
    lines: list[list[str]]

    @property
    def head(self) -> list[str]:
        return [cell.strip().lower() for cell in self.lines[0]]

    @property
    def rows(self) -> list[list[str]]:
        width = len(self.lines[0])
        return [cells for cells in self.lines[1:] if len(cells) == width]

    def column(self, name: str) -> list[str]:
        at = self.head.index(name)
        return [cells[at] for cells in self.rows if cells[at]]

    def share(self, fits: Callable[[list[str]], bool]) -> float:
        """Return the share of lines that have a format's shape."""
        return sum(map(fits, self.lines)) / len(self.lines)

    @property
    def dated(self) -> bool:
        try:
            date_in_name(self.path, "")
        except NoDateInName:
            return False
        return True


def timed(values: list[str], parameters: dict[str, Any], reasons: list[str]) -> None:
    """Add the unit or the zone that times need."""
    if values and all(map(is_count, values)):
        size = max(map(int, values))
        parameters["time_unit"] = next((unit for limit, unit in _UNITS if size < limit), "ns")
        reasons.append(f"times are numbers of the size of {parameters['time_unit']} since 1970")
    elif values and not all(map(names_zone, values)):
        parameters["zone"] = "UTC"
        reasons.append("times name no zone: UTC is assumed, give the right one")


def day_and_clock(sample: Sample) -> tuple[str, str, str] | None:
    """Return the columns of the date and of the time of day, and how dates are written; None without both.

    A date that could be of two forms in every row (07/10/2013) is of none: a wrong guess moves months.
    """
    filled = {name: sample.column(name) for name in sample.head if name}
    clock = next((name for name, cells in filled.items() if cells and all(map(_CLOCK.fullmatch, cells))), "")
    if not clock:
        return None
    for name, cells in filled.items():
        forms = [form for form in _DATES if cells and all(day_of(cell, form) for cell in cells)]
        if len(forms) == 1 and name != clock:
            return name, clock, forms[0]
    return None


def is_count(text: str) -> bool:
    """Tell whether a cell is a whole number that int64 may hold."""
    return text.isdecimal() and len(text) < 20


def first_of(names: list[str], known: tuple[str, ...]) -> str:
    """Return the first of `known` that is among `names`, "" where none is."""
    return next((name for name in known if name in names), "")
