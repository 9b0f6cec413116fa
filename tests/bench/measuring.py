"""Racing ways of doing one thing: turn by turn, answers compared first, medians, ratios, marks.

A ratio, "× ours", says how many times our time a way takes for the same work: above 1 the peer is slower,
and of a limit (a bare copy, a bare read) it is the share of the limit that we reach.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import rich.table
from rich.text import Text

NOT_INSTALLED = "not installed"


class Disagreement(AssertionError):
    """Two ways answer differently: their times cannot be compared."""


@dataclasses.dataclass(frozen=True)
class Way:
    """One way of doing what a table is about.

    Attributes
    ----------
    work : callable
        Takes the round's number, 0 for the warm-up: a seed for places that were not visited before.
    scale : float
        How much one call does, in the table's unit.
    least : float
        The mark: so many times our time at least; None where the way is only shown.
    seen : callable
        Makes the answer an array that is compared with ours; None for a limit, which answers nothing.
    needs : str
        The peer's module; a way whose peer is not installed is left out, and the table says so.
    before : callable
        What must be done before each call and is not part of it.
    """

    name: str
    work: Callable[[int], Any]
    scale: float
    least: float | None = None
    seen: Callable[[Any], Any] | None = None
    needs: str = "numpy"
    before: Callable[[], object] | None = None

    @property
    def there(self) -> bool:
        """Tell whether what the way needs is installed."""
        return importlib.util.find_spec(self.needs) is not None


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of a table; `reached` is None where there is no mark."""

    way: str
    value: float | None
    unit: str
    times_ours: float | None = None
    mark: str = ""
    reached: bool | None = None


@dataclasses.dataclass
class Table:
    """What was measured of one thing, ours first."""

    title: str
    rows: list[Row] = dataclasses.field(default_factory=list)

    def row(self, way: str) -> Row:
        """Return the row of a way."""
        return next(row for row in self.rows if row.way == way)

    def seconds(self, way: str) -> float:
        """Return the seconds that one unit took a way."""
        return 1.0 / (self.row(way).value or np.nan)

    def limit(self, way: str, value: float, unit: str, most: float | None = None) -> None:
        """Add a figure of its own, with the most it may be."""
        mark = f"≤ {most:,g}" if most is not None else ""
        self.rows.append(Row(way, value, unit, None, mark, None if most is None else value <= most))

    def drawn(self) -> rich.table.Table:
        """Return the table as rich prints it."""
        table = rich.table.Table(title=self.title, title_justify="left", title_style="bold", min_width=100)
        for name in ("way", "rate", "× ours", "mark", "reached"):
            table.add_column(name, justify="left" if name == "way" else "right")
        for row in self.rows:
            rate = f"{human(row.value)} {row.unit}" if row.value is not None else NOT_INSTALLED
            ratio = f"{row.times_ours:,.3g}" if row.times_ours is not None else ""
            reached = {None: Text(""), True: Text("yes", "green"), False: Text("no", "red")}[row.reached]
            table.add_row(row.way, rate, ratio, row.mark, reached)
        return table


def human(value: float) -> str:
    """Return a number with three digits and k, M or G.

    >>> human(1_234_567), human(0.0456), human(180_000), human(999.9)
    ('1.23 M', '0.0456', '180 k', '1 k')
    """
    for size, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= size * 0.9995:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def race(title: str, unit: str, ways: Sequence[Way], rounds: int, bytes_each: float = 0.0) -> Table:
    """Let the ways take turns, ours first, and return medians over `rounds` after a warm-up.

    Parameters
    ----------
    unit : str
        What ``Way.scale`` counts; rates are per second.
    bytes_each : float
        Bytes that one unit moves, where the bandwidth is of interest.

    Raises
    ------
    Disagreement
        If a way that does the same amount of work as ours answers something else.
    """
    there = [way for way in ways if way.there]
    _compare(title, there)
    seconds: dict[str, list[float]] = {way.name: [] for way in there}
    for number in range(1, rounds + 1):
        for way in there:
            if way.before:
                way.before()
            began = time.perf_counter()
            way.work(number)
            seconds[way.name].append(time.perf_counter() - began)
    rates = {way.name: way.scale / statistics.median(seconds[way.name]) for way in there}
    return table_of(title, f"{unit}/s", ways, rates, bytes_each)


def table_of(
    title: str, unit: str, ways: Sequence[Way], rates: dict[str, float], bytes_each: float = 0.0
) -> Table:
    """Return the table of rates that were measured, ours first; a way without a rate is not installed."""
    ours = rates[ways[0].name]
    table = Table(title)
    for way in ways:
        rate = rates.get(way.name)
        mark = f"≥ {round(way.least, 3):,g}" if way.least is not None else ""
        if rate is None:
            table.rows.append(Row(way.name, None, unit, None, mark))
            continue
        ratio = ours / rate
        moved = f"{unit}, {rate * bytes_each / 1e9:.1f} GB/s" if bytes_each else unit
        reached = None if way.least is None else ratio >= way.least
        table.rows.append(Row(way.name, rate, moved, ratio, mark, reached))
    return table


def _compare(title: str, ways: Sequence[Way]) -> None:
    """Warm every way up, and compare the answers of those that do the same work."""
    wanted: dict[float, tuple[str, Any]] = {}
    for way in ways:
        if way.before:
            way.before()
        found = way.work(0)
        if way.seen is None:
            continue
        answer = np.asarray(way.seen(found), float)
        first, expected = wanted.setdefault(way.scale, (way.name, answer))
        if answer.shape != expected.shape or not np.allclose(answer, expected, rtol=1e-12, equal_nan=True):
            raise Disagreement(f"{title}: {way.name} and {first} answer differently")
