"""The rows of the Experiments page's grid: the epochs of the runs drawn, side by side by their number."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from litlab.apps import experiment_details as details
from litlab.apps.virtual import Row, VirtualTable
from litlab.experiments.growing import GrowingTable
from litlab.experiments.monitoring import Monitor
from litlab.experiments.watched import epochs_of

_SAMPLED = 200  # values of a column by which its decimals are chosen


class Places:
    """Which run's which row stands where, without a list of them.

    Parameters
    ----------
    counts : sequence of int
        Rows of each run.

    Examples
    --------
    >>> places = Places([2, 1, 3])
    >>> [places[at] for at in range(len(places))]
    [(0, 0), (1, 0), (2, 0), (0, 1), (2, 1), (2, 2)]
    >>> places.find(2, 1)
    4
    """

    def __init__(self, counts: Sequence[int]) -> None:
        self.counts = tuple(counts)
        steps = [0, *sorted(set(self.counts))]
        # Between two steps the same runs go on: (first row there, first place, who).
        self._parts: list[tuple[int, int, list[int]]] = []
        place = 0
        for low, high in itertools.pairwise(steps):
            who = [at for at, count in enumerate(self.counts) if count > low]
            self._parts.append((low, place, who))
            place += (high - low) * len(who)
        self._starts = [one[1] for one in self._parts]

    def __len__(self) -> int:
        return sum(self.counts)

    def __getitem__(self, place: int) -> tuple[int, int]:
        """Return (run, row)."""
        low, first, who = self._parts[bisect.bisect_right(self._starts, place) - 1]
        return who[(place - first) % len(who)], low + (place - first) // len(who)

    def find(self, run: int, row: int) -> int:
        """Return where a run's row stands."""
        lows = [one[0] for one in self._parts]
        low, first, who = self._parts[bisect.bisect_right(lows, row) - 1]
        return first + (row - low) * len(who) + who.index(run)


class EpochGrid:
    """The grid.

    Parameters
    ----------
    monitor : Monitor
    handle : callable
        Of the table: a click on a row chooses ``run/epoch``.

    Attributes
    ----------
    panel : VirtualTable
    """

    def __init__(self, monitor: Monitor, handle: Callable[[str, str], None]) -> None:
        self.monitor = monitor
        self.panel = VirtualTable("Epochs", handle, follows=True)
        self.names: list[str] = []
        self._places = Places([])

    def draw(
        self, colours: Mapping[str, int], chosen: tuple[str, int] | None, links: Mapping[tuple[str, int], str]
    ) -> None:
        """Show the epochs of runs.

        Parameters
        ----------
        colours : mapping of str to int
            The runs, in their order, and their colours.
        chosen : (run, epoch), optional
        links : mapping
            (run, epoch) → HTML of what the vault holds of it.
        """
        self.names = list(colours)
        tables = [self.monitor.open(name) for name in self.names]
        columns = self.monitor.columns(self.names)
        several = len(tables) > 1
        self._places = places = Places([len(one) for one in tables])
        digits = {one: _digits(tables, one) for one in columns}
        best = {name: self.monitor.fact(name).best_epoch for name in self.names}

        def make(start: int, stop: int) -> list[Row]:
            return [row(place) for place in range(start, min(stop, len(places)))]

        def row(place: int) -> Row:
            run, at = places[place]
            name, table = self.names[run], tables[run]
            epoch = int(epochs_of(table)[at])
            values = [
                details.number(float(table[one][at]), digits[one]) if one in table.columns else "–"
                for one in columns
            ]
            key = (name, epoch)
            made = details.EpochRow(
                name, epoch, values, colours[name], best[name] == epoch, chosen == key, links.get(key, "")
            )
            return details.epoch_row(made, several)

        head, widths = details.grid_head(columns, several)
        self.panel.tell(head, widths, len(places), make)

    def show(self, run: str, epoch: int) -> None:
        """Bring an epoch into sight."""
        if run not in self.names:
            return
        at = self.names.index(run)
        row = int(np.searchsorted(epochs_of(self.monitor.open(run)), epoch))
        if row < self._places.counts[at]:
            self.panel.show(self._places.find(at, row))


def _digits(tables: Sequence[GrowingTable], column: str) -> int:
    """Return how many decimals a column has, of values evenly taken."""
    some = [
        one[column][:: max(len(one) // _SAMPLED, 1)] for one in tables if column in one.columns and len(one)
    ]
    return details.decimals(np.concatenate([*some, np.empty(0)]))
