"""What lies over and under the ticks: hours, silences, matches, the ticks a feature read, the one chosen."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, Scatter, Span, VSpan, VStrip

from litlab.charts.panes import renew
from litlab.charts.sight import Sight
from litlab.charts.tokens import HITS, Theme

_FEW = 400  # silences drawn: more of them are a pattern, not marks


class Marks:
    """Marks on the price pane and the panes below it.

    Parameters
    ----------
    panes : sequence of bokeh figure
        The price pane first.
    theme : Theme
    """

    def __init__(self, panes: list[Any], theme: Theme) -> None:
        price = panes[0]
        self._strips, self._read, self._ahead = (ColumnDataSource({"x0": [], "x1": []}) for _ in range(3))
        self._days, self._silences = (ColumnDataSource({"x": []}) for _ in range(2))
        self._hits = [ColumnDataSource({"x": [], "y": []}) for _ in HITS]
        self._foot = [ColumnDataSource({"x": [], "y": [], "alpha": []}) for _ in HITS]
        self._chosen = ColumnDataSource({"x": [], "y": []})
        self._lines = []
        for one in panes:
            one.add_glyph(
                self._strips,
                VStrip(x0="x0", x1="x1", fill_color=theme.muted, fill_alpha=0.09, line_color=None),
                level="underlay",
            )
            one.add_glyph(
                self._read,
                VStrip(x0="x0", x1="x1", fill_color=theme.accent, fill_alpha=0.12, line_color=theme.accent,
                       line_alpha=0.5),
                level="underlay",
            )  # fmt: skip
            one.add_glyph(
                self._ahead,
                VStrip(x0="x0", x1="x1", fill_alpha=0, line_color=theme.accent, line_alpha=0.5,
                       hatch_pattern="right_diagonal_line", hatch_color=theme.accent, hatch_alpha=0.45),
                level="underlay",
            )  # fmt: skip
            one.add_glyph(self._days, VSpan(x="x", line_color=theme.hairline))
            one.add_glyph(self._silences, VSpan(x="x", line_color=theme.warning, line_dash="dotted"))
            line = Span(dimension="height", location=0, line_color=theme.accent, line_alpha=0.8)
            one.add_layout(line)
            self._lines.append(line)
        self._dots = []
        for hits, foot, colour in zip(self._hits, self._foot, HITS, strict=True):
            dots = Scatter(x="x", y="y", size=6, fill_color=colour, line_color=theme.outline)
            self._dots.append(dots)
            price.add_glyph(hits, dots)
            price.add_glyph(
                foot,
                Scatter(x="x", y="y", size=7, marker="triangle", fill_color=colour, fill_alpha="alpha",
                        line_color=theme.outline, line_alpha="alpha"),
            )  # fmt: skip
        price.add_glyph(
            self._chosen,
            Scatter(x="x", y="y", size=11, fill_color=None, line_color=theme.accent, line_width=2.5),
        )

    def also(self, pane: Any, theme: Theme) -> None:
        """Mark the dates and the tick chosen in one more pane."""
        pane.add_glyph(self._days, VSpan(x="x", line_color=theme.hairline))
        line = Span(
            dimension="height", location=self._lines[0].location, line_color=theme.accent, line_alpha=0.8
        )
        pane.add_layout(line)
        self._lines.append(line)

    def choose(self, index: int, price: float) -> None:
        """Mark the tick chosen."""
        self._chosen.data = {"x": [index], "y": [price]}
        for line in self._lines:
            line.location = index

    def read(self, start: int, stop: int, index: int) -> None:
        """Mark the ticks that a feature read, hatched behind the tick `index`; none for an empty stretch."""
        now = min(max(index + 1, start), stop)
        for source, left, right in ((self._read, start, now), (self._ahead, now, stop)):
            some = right > left
            renew(source, {"x0": [left] * some, "x1": [right] * some})

    def draw(self, seen: Sight, days: list[int], size: int, hours: bool) -> None:
        """Mark what is in view.

        Parameters
        ----------
        seen : Sight
        days : list of int
            First ticks of the dates in view.
        size : int
            Pixels of a point.
        hours : bool
            Whether what lies outside of the regular session is shaded, and silences are marked.
        """
        renew(self._days, {"x": np.array(days, float)})
        strips = seen.strips if hours else seen.strips[:0]
        renew(self._strips, {"x0": strips[:, 0].astype(float), "x1": strips[:, 1].astype(float)})
        silences = seen.silences if hours and len(seen.silences) <= _FEW else seen.silences[:0]
        renew(self._silences, {"x": silences.astype(float) - 0.5})
        index = np.arange(seen.start, seen.stop, dtype=float) if seen.hit else np.empty(0)
        middle = (seen.edges[1:] + seen.edges[:-1]) / 2
        for at, (hits, foot, dots) in enumerate(zip(self._hits, self._foot, self._dots, strict=True)):
            dots.size = size + 2
            hit = seen.hit[at] if at < len(seen.hit) else np.empty(0, bool)
            price = seen.price[hit] if len(hit) else np.empty(0)
            renew(hits, {"x": index[hit] if len(hit) else index[:0], "y": price})
            share = seen.share[at] if seen.candles is not None and at < len(seen.share) else np.empty(0)
            some = np.flatnonzero(share)
            level = seen.low + (seen.high - seen.low) * (0.012 + 0.025 * at)
            renew(foot, {"x": middle[some], "y": np.full(len(some), level), "alpha": np.sqrt(share[some])})
