"""Two files beside each other: the same hours of another file, below the chart and in step with it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import panel as pn

from litlab.charts import TickChart, times
from litlab.charts.tokens import Theme
from litlab.ticks.sessions import local_midnights


class Compare:
    """A second chart that shows what the first one's hours looked like in another file.

    Attributes
    ----------
    panel : Viewable
        Hidden until a file is chosen.
    number : int or None
        The file shown.
    """

    def __init__(self, adapter: Any, theme: Theme) -> None:
        self.adapter, self.theme = adapter, theme
        self.number: int | None = None
        self.chart: TickChart | None = None
        self.panel: Any = pn.Column(sizing_mode="stretch_both", margin=0, visible=False)

    @property
    def files(self) -> list[str]:
        """Names of the files, in the order of time."""
        return [Path(one.raw).name for one in self.adapter.store.files]

    def open(self, number: int | None, main: TickChart) -> None:
        """Show a file below the chart, None hides it."""
        self.number = number
        first = self.chart is None and number is not None
        if first:
            self.chart = TickChart(self.adapter, main.index, theme=self.theme)
        self.follow(main)
        if first and self.chart is not None:  # drawn before the browser hears of it
            self.panel.append(pn.pane.Bokeh(self.chart.layout, sizing_mode="stretch_both", margin=0))
        self.panel.visible = number is not None

    def follow(self, main: TickChart) -> None:
        """Show the same hours as the first chart, marked by the same search."""
        if self.chart is None or self.number is None:
            return
        store, zone = self.adapter.store, self.adapter.zone
        begin, end = self._span(self.number)
        here = store.file_of(main.sight.start)
        mine, other = (
            times.day(int(store.times(at, at + 1)[0]), zone) for at in (self._span(here)[0], begin)
        )
        first, last = (
            _shifted(int(store.times(at, at + 1)[0]), other - mine, zone)
            for at in (main.sight.start, main.sight.stop - 1)
        )
        start = min(max(store.index_at(first - 1) + 1, begin), end - 1)
        stop = min(max(store.index_at(last) + 1, start + 1), end)
        self.chart.tokens, self.chart.hours = main.tokens, main.hours
        self.chart.index = start
        self.chart.show(start, stop)
        name = self.files[self.number].partition(".csv")[0]
        self.chart.price.yaxis.axis_label = name if len(name) <= 20 else f"…{name[-19:]}"

    def _span(self, number: int) -> tuple[int, int]:
        """Return (first tick of a file, first of the next)."""
        starts = self.adapter.store.starts
        return int(starts[number]), int(starts[number + 1])


def _shifted(time_ns: int, by: timedelta, zone: str) -> int:
    """Return the moment with the same clock some days earlier or later."""
    night = int(local_midnights(zone, time_ns, time_ns)[0])
    noon = night + (by.days * 24 + 12) * 3600 * 10**9  # an hour of summer time leaves it on its date
    return time_ns - night + int(local_midnights(zone, noon, noon)[0])
