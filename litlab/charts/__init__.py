"""Figures of ticks, drawn alike in apps and notebooks.

1. ``tokens`` holds the colours of both themes. 2. ``sight`` works out what a span of ticks looks like at so
many pixels: points while few, one density image else, an envelope for very many. 3. ``times`` labels an axis
of tick indices with exchange time. 4. ``panes`` are figures in a theme's colours. 5. ``ticks`` puts it all
together in a chart that follows wheel, drag and click.
"""

from litlab.charts.ticks import TickChart, tick_chart

__all__ = ["TickChart", "tick_chart"]
