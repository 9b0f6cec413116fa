"""A feature's values in a chart of ticks: at their bars' times, over the prices or in a strip of their own.

Values that lie where the prices lie that they were made of are drawn over them: a moving average, a band. One
of the other columns (an index from 0 to 100, a volume) has a pane of its own between price and volume.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from bokeh.models import ColumnDataSource, GlyphRenderer, Range1d, Scatter, Step

from litlab.charts.panes import pane
from litlab.charts.ticks import TickChart

# Okabe-Ito's, without those that mean up, down, selection and hit.
COLOURS = ("#CC79A7", "#E69F00", "#56B4E9", "#009E73")
STRIP_COLOUR = "#8A63D2"  # of none of the lines over the prices
STRIP_HEIGHT = 88
_FEW = 60  # rows: so few get a mark each
Line = tuple[ColumnDataSource, tuple[GlyphRenderer, ...]]
_AIR = 0.25  # how far outside of the prices, in their range, a value may lie and still look like a price


def price_like(values: npt.NDArray[np.float64], prices: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Tell of each column whether its values lie where the prices lie.

    Parameters
    ----------
    values : (rows, cols) float64
    prices : (n,) float64
        Of the ticks that the values stand for.

    Returns
    -------
    like : (cols,) bool

    Examples
    --------
    >>> price_like(np.array([[100.2, 61.0], [100.4, 100.1]]), np.array([100.0, 101.0])).tolist()
    [True, False]
    """
    low, high = float(prices.min()), float(prices.max())
    air = max((high - low) * _AIR, abs(high) * 1e-4)
    known = np.isfinite(values)
    inside = (values >= low - air) & (values <= high + air)
    return np.asarray((inside | ~known).all(axis=0) & known.any(axis=0), bool)


class DrawnValues:
    """Values over a tick chart.

    Parameters
    ----------
    chart : TickChart
        Gets a strip below its prices, hidden while there is nothing to show in it.

    Attributes
    ----------
    over : tuple of str
        The columns drawn over the prices, in their colours' order.
    beside : str
        The column in the strip, "" for none.
    """

    def __init__(self, chart: TickChart) -> None:
        self.chart = chart
        self.over: tuple[str, ...] = ()
        self.beside = ""
        self.strip = pane(chart.theme, chart.price.x_range, Range1d(0, 1), "")
        self.strip.height, self.strip.sizing_mode, self.strip.visible = STRIP_HEIGHT, "stretch_width", False
        self.strip.xaxis.visible = False
        self.strip.yaxis.ticker.desired_num_ticks = 3
        self.strip.xgrid.ticker = chart.price.xgrid[0].ticker
        chart.follow(self.strip)
        chart._marks.also(self.strip, chart.theme)
        layout = chart.layout
        layout.children = [*layout.children[:-1], self.strip, layout.children[-1]]
        self._lines: list[Line] = []
        self._own: Line | None = None

    def show(
        self,
        values: npt.NDArray[np.float64],
        spans: npt.NDArray[np.int64],
        columns: Sequence[str],
        reads: tuple[int, int],
        beside: str = "",
    ) -> None:
        """Draw values at the ticks they stand for.

        Parameters
        ----------
        values : (rows, cols) float64
        spans : (rows, 2) int64
            The ticks [from, to) of each row.
        columns : sequence of str
        reads : (int, int)
            The ticks [from, to) that they were made of: what lies where their prices lie is drawn over them.
        beside : str
            Which of the columns that are no prices stands in the strip; the first by default.
        """
        self.clear_values()
        like = price_like(values, np.asarray(self.chart.store.column("price", *reads), np.float64))
        over = [at for at in range(len(columns)) if like[at]][: len(COLOURS)]
        rest = [at for at in range(len(columns)) if at not in over]
        for place, at in enumerate(over):
            if place == len(self._lines):  # made when there is something to show in it
                self._lines.append(_line(self.chart.price, COLOURS[place]))
            _fill(self._lines[place], values[:, at], spans)
        self.over = tuple(columns[at] for at in over)
        if not rest:
            return
        at = next((one for one in rest if columns[one] == beside), rest[0])
        self.beside = columns[at]
        self._own = self._own or _line(self.strip, STRIP_COLOUR)
        _fill(self._own, values[:, at], spans)
        known = values[:, at][np.isfinite(values[:, at])]
        least, most = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
        air = (most - least) * 0.1 or abs(most) * 0.1 or 1.0
        self.strip.y_range.update(start=least - air, end=most + air)
        self.strip.yaxis.axis_label = self.beside if len(self.beside) < 15 else self.beside[:13] + "…"
        self.strip.visible = True

    def clear_values(self) -> None:
        """Take the values away."""
        self.over, self.beside, self.strip.visible = (), "", False
        for source, _ in (*self._lines, *([self._own] if self._own else ())):
            source.data = {"x": [], "y": []}


def _line(figure: object, colour: str) -> Line:
    source = ColumnDataSource({"x": [], "y": []})
    step = figure.add_glyph(  # type: ignore[attr-defined]
        source, Step(x="x", y="y", mode="after", line_color=colour, line_width=2)
    )
    dots = figure.add_glyph(  # type: ignore[attr-defined]
        source, Scatter(x="x", y="y", size=6, fill_color=colour, line_color=None)
    )
    return source, (step, dots)


def _fill(
    line: Line,
    values: npt.NDArray[np.float64],
    spans: npt.NDArray[np.int64],
) -> None:
    """Draw a step for each row, from its first tick to the next one's, the last one to its end."""
    source, (_, dots) = line
    dots.visible = len(values) <= _FEW
    x = np.concatenate([spans[:, 0], spans[-1:, 1] - 1]).astype(float)
    source.data = {"x": x, "y": np.concatenate([values, values[-1:]])}
