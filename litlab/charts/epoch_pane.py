"""One pane of the chart of epochs: the lines of one kind of figure, their marks, what they have to beat."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt
from bokeh.core.properties import value
from bokeh.core.property.descriptors import UnsetValueError
from bokeh.models import (
    BasicTicker,
    ColumnDataSource,
    HSpan,
    Line,
    LogScale,
    LogTicker,
    Range1d,
    Scatter,
    Text,
    VSpan,
)

from litlab.charts.panes import pane
from litlab.charts.tokens import FONT, Theme

Floats = npt.NDArray[np.float64]

# Okabe-Ito's without its yellow, then Brewer's: told apart on both grounds.
COLOURS = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#8C6BB1", "#A6761D", "#66A61E",
    "#7F7F7F",
) * 3  # fmt: skip
HUES = len(COLOURS) // 3  # behind them they come again, dashed, then dotted
_DASHES = ("solid", "dashed", "dotted")
_FEW = 60  # epochs in view: so few get a dot each
_NEAR = 8  # points at a line's end that may change while it grows
_REACH = 1.0  # how far beside the lines a baseline may lie, in their range, and still be drawn


# Pixels: a name above its line, a line of text, a letter, between names; a pane before the browser tells.
_ABOVE, _TALL, _WIDE, _APART = 3, 15, 6.5, 9.0
_WIDTH, _HEIGHT = 1_300, 200


@dataclasses.dataclass(frozen=True)
class Curve:
    """One line of the chart.

    Attributes
    ----------
    run, column : str
    colour : int
        A place in COLOURS, the same for all lines of a run.
    epochs, values : (n,) float64
        Ascending epochs; NaN is a gap.
    best : (epoch, value) or None
        Where the run's star stands on this line.
    raw : (epochs, values) or None
        What was smoothed: drawn faintly beneath.
    """

    run: str
    column: str
    colour: int
    epochs: Floats
    values: Floats
    best: tuple[float, float] | None = None
    raw: tuple[Floats, Floats] | None = None

    @property
    def kind(self) -> str:
        """The figure it is of, whichever the part.

        >>> Curve("a", "val_loss", 0, np.empty(0), np.empty(0)).kind
        'loss'
        """
        return self.column.removeprefix("val_")


class EpochPane:
    """The lines of one kind."""

    def __init__(self, kind: str, theme: Theme, x_range: Range1d, log: bool) -> None:
        self.kind, self.theme, self.log = kind, theme, log
        self.figure: Any = pane(theme, x_range, Range1d(0.1, 1), kind.replace("_", " "))
        if log:
            self.figure.y_scale = LogScale()
            self.figure.yaxis.ticker = self.figure.ygrid.ticker = LogTicker()
        else:
            self.figure.yaxis.ticker.desired_num_ticks = 5
        self.figure.xaxis.ticker = self.figure.xgrid.ticker = BasicTicker(min_interval=1)
        self.lines: list[tuple[Curve, ColumnDataSource]] = []
        self._raw: list[ColumnDataSource] = []
        self._dots = ColumnDataSource({"x": [], "y": [], "colour": [], "size": []})
        self._stars = ColumnDataSource({"x": [], "y": [], "colour": []})
        self._chosen = ColumnDataSource({"x": [], "y": [], "colour": []})
        self._at = ColumnDataSource({"x": []})
        self._rivals = ColumnDataSource({"y": []})
        self._names = ColumnDataSource({"x": [], "y": [], "text": [], "down": []})

    def add(self, curves: Sequence[Curve]) -> None:
        """Make what draws the lines, and the marks over them."""
        theme, figure = self.theme, self.figure
        figure.add_glyph(
            self._rivals, HSpan(y="y", line_color=theme.muted, line_dash="dashed"), level="underlay"
        )
        figure.add_glyph(self._at, VSpan(x="x", line_color=theme.accent, line_alpha=0.6))
        for curve in curves:
            if curve.raw is not None:
                self._raw.append(ColumnDataSource({"x": [], "y": []}))
                faint = Line(x="x", y="y", line_color=COLOURS[curve.colour], line_alpha=0.25)
                figure.add_glyph(self._raw[-1], faint)
        for curve in curves:
            source = ColumnDataSource({"x": [], "y": []})
            thin = self._is_thin(curve, curves)
            figure.add_glyph(
                source, Line(x="x", y="y", line_color=COLOURS[curve.colour], line_width=1.2 if thin else 2,
                             line_alpha=0.75 if thin else 1, line_dash=_DASHES[curve.colour // HUES]),
            )  # fmt: skip
            self.lines.append((curve, source))
        # One source for the dots of all lines: every glyph of its own is seven models more to send and build.
        figure.add_glyph(self._dots, Scatter(x="x", y="y", size="size", fill_color="colour", line_color=None))
        star = {"marker": "star", "size": 15, "fill_color": "colour", "line_color": theme.surface}
        figure.add_glyph(self._stars, Scatter(x="x", y="y", **star))
        ring = {"size": 13, "fill_color": None, "line_color": "colour", "line_width": 2.5}
        figure.add_glyph(self._chosen, Scatter(x="x", y="y", **ring))
        words = {
            "text_color": theme.muted,
            "text_font": value(FONT),
            "text_font_size": "11px",
            "y_offset": "down",
            "background_fill_color": theme.surface,
            "background_fill_alpha": 0.85,
        }
        figure.add_glyph(self._names, Text(x="x", y="y", text="text", **words))

    def _is_thin(self, curve: Curve, curves: Sequence[Curve]) -> bool:
        """Tell whether a line is training's and stands beside one of validation."""
        return not curve.column.startswith("val_") and any(one.column.startswith("val_") for one in curves)

    def draw(
        self,
        curves: Sequence[Curve],
        span: tuple[float, float],
        chosen: tuple[str, int] | None,
        baselines: Mapping[str, Mapping[str, float]],
    ) -> None:
        """Bring lines and marks up to what the curves are now."""
        self.lines = [(curve, source) for curve, (_, source) in zip(curves, self.lines, strict=True)]
        seen = [one.values for one in curves]
        for curve, source in self.lines:
            sync(source, curve.epochs, self._drawable(curve.values))
        beneath = [one.raw for one in curves if one.raw is not None]
        for (epochs, values), source in zip(beneath, self._raw, strict=True):
            sync(source, epochs, self._drawable(values))
            seen.append(values)
        self._draw_dots(curves, span)
        stars = [(*one.best, COLOURS[one.colour]) for one in curves if one.best is not None]
        _marks(self._stars, [one for one in stars if not self.log or one[1] > 0])
        _marks(self._chosen, [] if chosen is None else self._rings(curves, chosen))
        _told(self._at, {"x": [] if chosen is None else [chosen[1]]})
        low, high = self._room(seen)
        rivals = {
            name: value
            for curve in curves
            for name, value in baselines.get(curve.column, {}).items()
            if math.isfinite(value) and (value > 0 or not self.log)
        }  # fmt: skip
        bottom, top = low - _REACH * (high - low), high + _REACH * (high - low)
        near = {name: value for name, value in rivals.items() if bottom <= value <= top}
        start, stop = self._room([*seen, np.array(list(near.values()))])
        if rivals:  # their names stand above them
            stop = stop * (stop / start) ** 0.08 if self.log else stop + (stop - start) * 0.08
        self._draw_rivals(rivals, near, span, (start, stop))
        if (start, stop) != (self.figure.y_range.start, self.figure.y_range.end):
            self.figure.y_range.update(start=start, end=stop)

    def _drawable(self, values: Floats) -> Floats:
        return np.where(values > 0, values, np.nan) if self.log else values

    def _draw_dots(self, curves: Sequence[Curve], span: tuple[float, float]) -> None:
        """Give each epoch a dot where so few of every line are in view."""
        data: dict[str, list[Any]] = {name: [] for name in self._dots.data}
        inside = [(one.epochs >= span[0]) & (one.epochs <= span[1]) for one in curves]
        if max((int(one.sum()) for one in inside), default=0) <= _FEW:
            for curve, shown in zip(curves, inside, strict=True):
                shown &= np.isfinite(curve.values) & ((curve.values > 0) | (not self.log))
                data["x"] += curve.epochs[shown].tolist()
                data["y"] += curve.values[shown].tolist()
                data["colour"] += [COLOURS[curve.colour]] * int(shown.sum())
                data["size"] += [3 if self._is_thin(curve, curves) else 5] * int(shown.sum())
        _told(self._dots, data)

    def _rings(self, curves: Sequence[Curve], chosen: tuple[str, int]) -> list[tuple[float, float, str]]:
        found = []
        for one in curves:
            at = int(np.searchsorted(one.epochs, chosen[1]))
            if one.run == chosen[0] and at < len(one.epochs) and one.epochs[at] == chosen[1]:
                found.append((float(chosen[1]), float(one.values[at]), COLOURS[one.colour]))
        return [one for one in found if math.isfinite(one[1]) and (one[1] > 0 or not self.log)]

    def _draw_rivals(
        self, rivals: Mapping[str, float], near: Mapping[str, float], span: tuple[float, float],
        ends: tuple[float, float],
    ) -> None:  # fmt: skip
        """Draw dashed lines and name them; those that lie too far away are named at the edge, by an arrow."""
        named = sorted(rivals.items(), key=lambda one: one[1])
        _told(self._rivals, {"y": [height for name, height in named if name in near]})
        wide, tall = self._pixels()
        scale = math.log if self.log else float
        start, stop = scale(ends[0]), scale(ends[1])
        words: dict[str, list[Any]] = {"x": [], "y": [], "text": [], "down": []}
        feet = []
        for name, height in named:
            beyond = "" if name in near else " ↑ above" if height > ends[1] else " ↓ below"
            words["text"].append(f"{name.replace('_', ' ')} {height:.4f}{beyond}")
            words["y"].append(min(max(height, ends[0]), ends[1]))
            words["down"].append(_TALL if "above" in beyond else -_ABOVE)
            feet.append(tall * (stop - scale(words["y"][-1])) / (stop - start) + words["down"][-1])
        lefts = placed(words["text"], feet)
        words["x"] = [span[0] + (span[1] - span[0]) * left / wide for left in lefts]
        _told(self._names, words)

    def _pixels(self) -> tuple[int, int]:
        """Return the width and height of what is drawn into, as far as the browser has told them."""
        with suppress(UnsetValueError):
            return self.figure.inner_width or _WIDTH, self.figure.inner_height or _HEIGHT
        return _WIDTH, _HEIGHT

    def _room(self, values: Sequence[Floats]) -> tuple[float, float]:
        """Return the ends of the value axis, with a little air."""
        every = np.concatenate([*values, np.empty(0)])
        every = every[np.isfinite(every) & ((every > 0) | (not self.log))]
        if not len(every):
            return (0.1, 1.0)
        low, high = float(every.min()), float(every.max())
        if self.log:
            air = (high / low) ** 0.06 if high > low else 1.5
            return low / air, high * air
        air = (high - low) * 0.06 or abs(high) * 0.05 or 1.0
        return low - air, high + air

    def nearest(self, x: float, y: float) -> str | None:
        """Return the run whose line lies nearest to a point, up and down."""
        found: list[tuple[float, str]] = []
        for curve, _ in self.lines:
            if len(curve.epochs) and math.isfinite(float(value := np.interp(x, curve.epochs, curve.values))):
                far = abs(math.log(value / y)) if self.log and value > 0 and y > 0 else abs(value - y)
                beyond = max(x - curve.epochs[-1] - 0.5, 0.0) > 0
                found.append((math.inf if beyond else far, curve.run))
        return min(found)[1] if found else None


def placed(texts: Sequence[str], feet: Sequence[float]) -> list[float]:
    """Return how far right each label begins, in pixels, so that none covers another.

    Parameters
    ----------
    texts : sequence of str
    feet : sequence of float
        Pixels from the pane's top to each one's foot.

    Examples
    --------
    >>> placed(["one 1.0", "two 1.1", "three 2.0"], [40.0, 36.0, 10.0])
    [8.0, 62.5, 8.0]
    """
    taken: list[tuple[float, float, float]] = []  # left, right, foot
    for text, foot in zip(texts, feet, strict=True):
        wide, left = _WIDE * len(text), 8.0
        for other in sorted(one for one in taken if abs(one[2] - foot) < _TALL):
            if left < other[1] and other[0] < left + wide:
                left = other[1] + _APART
        taken.append((left, left + wide, foot))
    return [left for left, _, _ in taken]


def sync(source: ColumnDataSource, x: Floats, y: Floats) -> None:
    """Bring a line's source up to (x, y): what is new is streamed, what changed near its end is patched.

    Anything else is sent whole.

    >>> source = ColumnDataSource({"x": np.array([1.0, 2.0]), "y": np.array([5.0, 6.0])})
    >>> sync(source, np.array([1.0, 2.0, 3.0]), np.array([5.0, 6.5, 7.0]))
    >>> source.data["y"].tolist()
    [5.0, 6.5, 7.0]
    """
    old_x, old_y = np.asarray(source.data["x"], np.float64), np.asarray(source.data["y"], np.float64)
    count = len(old_x)
    if count and len(x) >= count:
        same = (x[:count] == old_x) & ((y[:count] == old_y) | (np.isnan(y[:count]) & np.isnan(old_y)))
        first = count if same.all() else int(same.argmin())
        if first >= count - _NEAR:
            if first < count:
                part = slice(first, count)
                source.patch({"x": [(part, x[part].tolist())], "y": [(part, y[part].tolist())]})
            if len(x) > count:
                source.stream({"x": x[count:], "y": y[count:]})
            return
    if not (count == len(x) == 0):
        source.data = {"x": np.array(x), "y": np.array(y)}


def _marks(source: ColumnDataSource, marks: Sequence[tuple[float, float, str]]) -> None:
    _told(source, {name: [one[at] for one in marks] for at, name in enumerate(("x", "y", "colour"))})


def _told(source: ColumnDataSource, data: Mapping[str, list[Any]]) -> None:
    """Give a source other data where they are other ones: the browser paints all of the chart again."""
    if dict(source.data) != data:
        source.data = dict(data)
