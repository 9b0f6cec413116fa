"""What lies over and under the ticks: hours, silences, matches, the ticks a feature read, the one chosen."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, GlyphRenderer, Scatter, Span, VSpan, VStrip

from litlab.charts.panes import renew
from litlab.charts.sight import Sight
from litlab.charts.tokens import HITS, Theme

_FEW = 400  # silences drawn: more of them are a pattern, not marks


class Marks:
    """Marks on the price pane and the panes below it.

    What a search or a feature marks is made when there is one: a page without opens sooner.

    Parameters
    ----------
    panes : sequence of bokeh figure
        The price pane first.
    theme : Theme
    """

    def __init__(self, panes: list[Any], theme: Theme) -> None:
        price = panes[0]
        self._panes, self._theme = panes, theme
        self._strips, self._read, self._ahead = (ColumnDataSource({"x0": [], "x1": []}) for _ in range(3))
        self._reads_shown = False
        self._days, self._silences = (ColumnDataSource({"x": []}) for _ in range(2))
        self._hits: list[tuple[ColumnDataSource, ColumnDataSource, Scatter]] = []
        self._chosen = ColumnDataSource({"x": [], "y": []})
        self._lines = []
        for one in panes:
            one.add_glyph(
                self._strips,
                VStrip(x0="x0", x1="x1", fill_color=theme.muted, fill_alpha=0.09, line_color=None),
                level="underlay",
            )
            one.add_glyph(self._days, VSpan(x="x", line_color=theme.hairline))
            one.add_glyph(self._silences, VSpan(x="x", line_color=theme.warning, line_dash="dotted"))
            line = Span(dimension="height", location=0, line_color=theme.accent, line_alpha=0.8)
            one.add_layout(line)
            self._lines.append(line)
        self._ring = price.add_glyph(
            self._chosen,
            Scatter(x="x", y="y", size=11, fill_color=None, line_color=theme.accent, line_width=2.5),
        )

    def _show_reads(self) -> None:
        """Make what shows the ticks read, and those read after the one chosen."""
        self._reads_shown = True
        colour = self._theme.accent
        for one in self._panes:
            one.add_glyph(
                self._read,
                VStrip(
                    x0="x0", x1="x1", fill_color=colour, fill_alpha=0.12, line_color=colour, line_alpha=0.5
                ),
                level="underlay",
            )
            one.add_glyph(
                self._ahead,
                VStrip(x0="x0", x1="x1", fill_alpha=0, line_color=colour, line_alpha=0.5,
                       hatch_pattern="right_diagonal_line", hatch_color=colour, hatch_alpha=0.45),
                level="underlay",
            )  # fmt: skip

    def _make_hits(self, colour: str) -> tuple[ColumnDataSource, ColumnDataSource, Scatter]:
        """Make what shows a token's matches: dots, or triangles at the foot; the ring stays on top."""
        hits, foot = ColumnDataSource({"x": [], "y": []}), ColumnDataSource({"x": [], "y": [], "alpha": []})
        dots = Scatter(x="x", y="y", size=6, fill_color=colour, line_color=self._theme.outline)
        triangles = Scatter(
            x="x", y="y", size=7, marker="triangle", fill_color=colour, fill_alpha="alpha",
            line_color=self._theme.outline, line_alpha="alpha",
        )  # fmt: skip
        price = self._panes[0]
        made = [GlyphRenderer(data_source=hits, glyph=dots), GlyphRenderer(data_source=foot, glyph=triangles)]
        price.renderers = [*(one for one in price.renderers if one is not self._ring), *made, self._ring]
        return hits, foot, dots

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
        """Mark the ticks that a feature read, hatched after the tick `index`; none for an empty stretch."""
        now = min(max(index + 1, start), stop)
        if stop > start and not self._reads_shown:
            self._show_reads()
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
        for colour in HITS[len(self._hits) : max(len(seen.hit), len(seen.share))]:
            self._hits.append(self._make_hits(colour))
        for at, (hits, foot, dots) in enumerate(self._hits):
            dots.size = size + 2
            hit = seen.hit[at] if at < len(seen.hit) else np.empty(0, bool)
            price = seen.price[hit] if len(hit) else np.empty(0)
            renew(hits, {"x": index[hit] if len(hit) else index[:0], "y": price})
            share = seen.share[at] if seen.candles is not None and at < len(seen.share) else np.empty(0)
            some = np.flatnonzero(share)
            level = seen.low + (seen.high - seen.low) * (0.012 + 0.025 * at)
            renew(foot, {"x": middle[some], "y": np.full(len(some), level), "alpha": np.sqrt(share[some])})
