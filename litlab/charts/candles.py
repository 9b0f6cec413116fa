"""Candles: first, last, low and high of a few pixels each, hollow where the price rose."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, Segment, VBar

from litlab.charts.panes import renew
from litlab.charts.tokens import DOWN, UP, Theme
from litlab.ticks.overview import Overview

_AIR = 0.25  # of a candle's width, between it and the next


class Candles:
    """Glyphs that show an overview as candles on an axis of tick indices.

    Parameters
    ----------
    pane : bokeh figure
    theme : Theme
        A rising candle is filled with its ground.
    """

    def __init__(self, pane: Any, theme: Theme) -> None:
        self._theme = theme
        self._source = ColumnDataSource(_columns())
        pane.add_glyph(self._source, Segment(x0="x", x1="x", y0="low", y1="high", line_color="line"))
        pane.add_glyph(
            self._source,
            VBar(x="x", width="width", top="top", bottom="bottom", fill_color="fill", line_color="line"),
        )

    def draw(self, view: Overview | None) -> None:
        """Show an overview; None shows nothing."""
        if view is None:
            renew(self._source, _columns())
            return
        rose = view.last >= view.first
        line = np.where(rose, UP, DOWN)
        self._source.data = {
            "x": (view.edges[1:] + view.edges[:-1]) / 2, "width": np.diff(view.edges) * (1 - _AIR),
            "low": view.low, "high": view.high,
            "top": np.maximum(view.first, view.last), "bottom": np.minimum(view.first, view.last),
            "line": line, "fill": np.where(rose, self._theme.surface, line),
        }  # fmt: skip


def _columns() -> dict[str, list[float]]:
    return {name: [] for name in ("x", "width", "low", "high", "top", "bottom", "line", "fill")}
