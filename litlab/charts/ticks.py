"""The tick chart: price over volume on an axis of tick indices, labelled with exchange time.

One image or some points per view, worked out again (``sight.look``) after every wheel step or drag. The wheel
goes from ten ticks to the whole data set and no further. In a notebook without a server the first view
stands still; ``TickChart.show`` draws another.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from bokeh.events import DoubleTap, Tap
from bokeh.layouts import column
from bokeh.models import (
    ColumnDataSource,
    CrosshairTool,
    FixedTicker,
    ImageRGBA,
    NumeralTickFormatter,
    Range1d,
    Scatter,
    Span,
    Step,
    VBar,
)

from litlab.charts import times
from litlab.charts.candles import Candles
from litlab.charts.hits import Token, read_tokens
from litlab.charts.marks import Marks
from litlab.charts.panes import coloured, pane, readout, renew
from litlab.charts.sight import Sight, look
from litlab.charts.tokens import Theme, theme_named
from litlab.charts.viewport import Viewport
from litlab.errors import BadParameter

MIN_TICKS = 10
SPAN = 20_000
REACH_PX = 12  # how far from a tick a click may be


class TickChart:
    """A chart of one data set's ticks.

    Parameters
    ----------
    adapter : Adapter
    index : int
        The tick it opens around.
    ticks : int
        How many are in view at first.
    theme : Theme
    width, height : int
        Pixels of the price pane before the browser says better.

    Attributes
    ----------
    layout : bokeh model
        Price pane above volume pane.
    sight : Sight
        What is drawn.
    index : int
        The selected tick.
    tokens : tuple of Token
        What is searched for.
    hours : bool
        Whether what lies outside of the regular session is shaded and silences in it are marked.
    together : callable
        Returns a context; all that changes in it may be sent to the browser as one message.
    on_view, on_select : callable
        Called after a view was drawn, and with the index a SHIFT-click chose.
    """

    def __init__(
        self,
        adapter: Any,
        index: int,
        ticks: int = SPAN,
        theme: Theme | None = None,
        width: int = 1000,
        height: int = 420,
    ) -> None:
        self.adapter, self.store, self.zone = adapter, adapter.store, adapter.zone
        self.theme = theme or theme_named("light")
        self.tokens: tuple[Token, ...] = ()
        self.hours = True
        self.index = index
        self.size = (width, height)
        self._measured = (0, 0)
        self.digits = _decimals(getattr(adapter, "tick_size", 0.01))
        self.together: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext
        self.on_view: Callable[[], None] = _nothing
        self.on_select: Callable[[int], None] = _nothing
        self.sight: Sight
        self._sources()
        self._price_pane()
        self._volume_pane()
        self._link()
        self.layout = column(self._readout, self.price, self.volume, sizing_mode="stretch_both", spacing=0)
        self.go(index, ticks)

    # --- what people do -----------------------------------------------------------------------------

    def go(self, index: int, ticks: int | None = None) -> None:
        """Select a tick and show it in the middle of as many ticks as are in view (or of `ticks`)."""
        self.select(index)
        count = min(ticks or self.sight.count, len(self.store))
        start = min(max(self.index - count // 2, 0), len(self.store) - count)
        self.show(start, start + count)

    def select(self, index: int) -> None:
        """Mark a tick."""
        self.index = min(max(int(index), 0), len(self.store) - 1)
        price = float(self.store.column("price", self.index, self.index + 1)[0])
        self._marks.choose(self.index, price)

    def search(self, text: str) -> None:
        """Mark the ticks whose text columns hold one of up to three tokens; "" marks none.

        Tokens are separated by commas; one between slashes is a regular expression (``hits.read_tokens``).
        What is wrong with them is raised, and the search before stays.
        """
        before, self.tokens = self.tokens, read_tokens(text)
        try:
            self.show(self.sight.start, self.sight.stop)
        except BadParameter:
            self.tokens = before
            raise

    def shade(self, hours: bool) -> None:
        """Shade what lies outside of the regular session, or do not."""
        self.hours = hours
        self.show(self.range.start, self.range.end)

    def mark_read(self, start: int, stop: int) -> None:
        """Mark the ticks that a feature read, [start, stop), those behind the chosen one hatched."""
        self._marks.read(start, stop, self.index)

    def show(self, start: float, stop: float) -> None:
        """Draw the ticks in [start, stop), cut to the data."""
        total = len(self.store)
        lo = min(max(int(np.floor(start)), 0), max(total - 1, 0))
        hi = max(min(int(np.ceil(stop)), total), lo + 1)
        self.sight = look(self.store, lo, hi, *self.size, self.tokens)
        with self.together():
            self._draw(max(float(start), 0.0), min(float(stop), float(total)))
            self.on_view()

    def nearest(self, x: float, y: float) -> int:
        """Return the tick nearest to a point of the plane, in pixels, among those within reach."""
        seen, (width, height) = self.sight, self.size
        per_pixel = seen.count / width
        reach = max(int(REACH_PX * per_pixel), 1)
        lo = min(max(int(x) - reach, seen.start), seen.stop - 1)
        hi = max(min(int(x) + reach + 1, seen.stop), lo + 1)
        price = np.asarray(self.store.column("price", lo, hi), float)
        across = (np.arange(lo, hi) - x) / per_pixel
        up = (price - y) * height / (seen.high - seen.low)
        return int(lo + np.argmin(across**2 + up**2))

    # --- how it is drawn ----------------------------------------------------------------------------

    def _sources(self) -> None:
        self._image = ColumnDataSource({"image": [], "x": [], "y": [], "dw": [], "dh": []})
        self._points = ColumnDataSource({"x": [], "y": []})
        self._columns = ColumnDataSource(
            {name: [] for name in ("first", "x", "width", "volume", "lowest", "highest", "time")}
        )

    def _price_pane(self) -> None:
        theme = self.theme
        self._viewport = Viewport(len(self.store), self._moved)
        self.price = pane(theme, self.range, Range1d(0, 1), "Price")
        self.price.yaxis.ticker.min_interval = getattr(self.adapter, "tick_size", 0.01)
        self.price.yaxis.formatter = NumeralTickFormatter(format="0,0." + "0" * self.digits)
        self.price.add_glyph(
            self._image, ImageRGBA(image=coloured("image", theme), x="x", y="y", dw="dw", dh="dh")
        )
        self.price.add_glyph(
            self._points, Step(x="x", y="y", mode="after", line_color=theme.point, line_alpha=0.35)
        )
        self._dots = Scatter(x="x", y="y", size=4, fill_color=theme.point, line_color=None)
        self.price.add_glyph(self._points, self._dots)
        self._candles = Candles(self.price, theme)
        self.price.xaxis.visible = False

    def _volume_pane(self) -> None:
        self.volume = pane(self.theme, self.range, Range1d(0, 1), "Volume")
        self.volume.height, self.volume.sizing_mode = 124, "stretch_width"
        self.volume.yaxis.formatter = NumeralTickFormatter(format="0.[0]a")
        self.volume.yaxis.ticker.desired_num_ticks = 3
        self.volume.xaxis.major_tick_line_color = self.theme.muted
        self.volume.add_glyph(
            self._columns,
            VBar(x="x", top="volume", width="width", fill_color=self.theme.volume, line_color=None),
        )
        self._ticker = FixedTicker(ticks=[])
        self.volume.xaxis.ticker = self.volume.xgrid.ticker = self.price.xgrid.ticker = self._ticker

    def _link(self) -> None:
        self._readout, point, leave = readout(
            self._columns, self.theme, times.city(self.zone), self.digits, self.range
        )
        cross = Span(dimension="height", line_color=self.theme.muted, line_dash="dotted")
        self._marks = Marks([self.price, self.volume], self.theme)
        self._cross, self._pointed = cross, (point, leave)
        for one in (self.price, self.volume):
            self.follow(one)
        self.price.on_event(Tap, self._tapped)
        self.price.on_change("inner_width", self._resized)
        self.price.on_change("inner_height", self._resized)

    def follow(self, figure: Any) -> None:
        """Make a figure on the chart's range of ticks take part in crosshair, readout, wheel and drag."""
        self._viewport.add(figure)
        figure.add_tools(CrosshairTool(overlay=self._cross))
        point, leave = self._pointed
        figure.js_on_event("mousemove", point)
        figure.js_on_event("mouseleave", leave)
        figure.on_event(DoubleTap, lambda _: self.go(self.index, SPAN))

    @property
    def range(self) -> Range1d:
        """The range of ticks in view, for figures that show the same."""
        return self._viewport.range

    def _moved(self, start: float, stop: float) -> None:
        """Draw where the wheel or a drag has led, no closer than MIN_TICKS."""
        least = min(MIN_TICKS, len(self.store))
        if stop - start < least:  # Range1d.min_interval does not hold without maintain_focus
            start = min(max((start + stop - least) / 2, 0.0), float(len(self.store) - least))
            stop = start + least
        self.show(start, stop)

    def _resized(self, attr: str, old: object, new: object) -> None:
        """Draw again at the size the browser gave the pane."""
        if attr == "inner_width":
            self._measured = (int(str(new)), self._measured[1])
        else:
            self._measured = (self._measured[0], int(str(new)))
        size = self._measured
        if min(size) > 50 and size != self.size:
            self.size = size
            self.show(self.range.start, self.range.end)

    def _tapped(self, event: Any) -> None:
        if (event.modifiers or {}).get("shift"):
            self.select(self.nearest(event.x, event.y))
            self.on_select(self.index)

    def _draw(self, left: float, right: float) -> None:
        seen = self.sight
        self._draw_price(seen)
        edges = seen.edges
        first = edges[:-1]
        stamps = self._column_times(first)
        each = len(first) == seen.count  # a column is a tick: its bar stands below its point
        self._columns.data = {
            "first": first.astype(float), "x": first.astype(float) if each else (edges[1:] + first) / 2,
            "width": np.diff(edges) * 0.9, "volume": seen.volume, "lowest": seen.lowest,
            "highest": seen.highest, "time": stamps,
        }  # fmt: skip
        labels = times.axis_labels(self.store, self.zone, seen.start, seen.stop, self.size[0])
        self._ticker.ticks = list(labels)
        self.volume.xaxis.major_label_overrides = labels
        starts = times.day_starts(self.store, self.zone, seen.start, seen.stop)
        self._marks.draw(seen, list(starts), self._dots.size, self.hours)
        self._viewport.settle(left, right)
        self.price.y_range.update(start=seen.low, end=seen.high)
        self.volume.y_range.update(start=0, end=float(seen.volume.max()) * 1.08 or 1.0)

    def _draw_price(self, seen: Sight) -> None:
        none: dict[str, Any] = {"x": [], "y": []}
        self._candles.draw(seen.candles)
        if seen.image is not None:
            self._image.data = {
                "image": [seen.image], "x": [seen.start], "y": [seen.low], "dw": [seen.count],
                "dh": [seen.high - seen.low],
            }  # fmt: skip
            renew(self._points, none)
            return
        renew(self._image, {"image": [], "x": [], "y": [], "dw": [], "dh": []})
        if seen.candles is not None:
            renew(self._points, none)
            return
        index = np.arange(seen.start, seen.stop, dtype=float)
        self._dots.size = 8 if seen.count <= 150 else 5 if seen.count <= 900 else 3
        self._points.data = {"x": index, "y": seen.price}

    def _column_times(self, first: Any) -> Any:
        """Return exchange time at each column's first tick, (c,) float64 ms, for the readout alone."""
        stamps = self.store.times_at(first)
        return times.local_ns(stamps, self.zone) / 1e6


def tick_chart(adapter: Any, index: int, ticks: int = SPAN, theme: str = "light") -> Any:
    """Return a Bokeh layout of the ticks around an index, for ``bokeh.io.show`` or a notebook.

    Parameters
    ----------
    adapter : Adapter
    index : int
    ticks : int
        How many are in view.
    theme : {"light", "dark"}
    """
    layout = TickChart(adapter, index, ticks, theme_named(theme)).layout
    layout.update(sizing_mode="stretch_width", height=560)
    return layout


def _decimals(tick_size: float) -> int:
    """Return how many decimals a price of this step has.

    >>> _decimals(0.01), _decimals(0.25), _decimals(1.0)
    (2, 2, 0)
    """
    text = f"{tick_size:.8f}".rstrip("0")
    return len(text.partition(".")[2])


def _nothing(*_: object) -> None:
    return None
