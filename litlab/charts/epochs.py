"""Curves over epochs: one pane for each kind of figure, a line for each run and column, all on one axis.

``loss`` and ``val_loss`` share a pane: validation's line is thick, training's thin. A line has its run's
colour, a star marks the run's best epoch, what needs no network is dashed. Lines arrive decimated; those that
only grew are patched and streamed, not sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from bokeh.events import DoubleTap, RangesUpdate, Tap
from bokeh.layouts import column
from bokeh.models import CrosshairTool, CustomJS, Div, Range1d, Span

from litlab.charts.epoch_pane import COLOURS, HUES, Curve, EpochPane
from litlab.charts.tokens import FONT, Theme, theme_named

__all__ = ["COLOURS", "MOST_LINES", "MOST_RUNS", "Curve", "EpochChart", "drawable"]

MOST_RUNS = MOST_LINES = 24  # lines in a pane: more are no longer told apart
MOST_PANES = 3
_SIGNS = "●╍┈"  # of a run in the legend: a line that is whole, dashed, dotted
_SAME = 0.1  # widths so alike are drawn alike: curves of a few points more or less are not sent for them

_READ = """
const at = Math.round(cb_obj.x), said = [];
for (let i = 0; i < sources.length; i++) {
  const x = sources[i].data.x, y = sources[i].data.y;
  let lo = 0, hi = x.length - 1;
  if (hi < 0 || at < x[0] - 0.5 || at > x[hi] + 0.5) continue;
  while (lo < hi) { const mid = (lo + hi + 1) >> 1; if (x[mid] <= at + 0.5) lo = mid; else hi = mid - 1; }
  const value = y[lo];
  const text = value == null || Number.isNaN(value) ? '–' : Number(value).toPrecision(5);
  said.push(`<span style="color:${colours[i]}">●</span> ${names[i]} ${text}`);
}
readout.text = said.length ? `epoch ${at.toLocaleString('en-US')} &ensp; ` + said.join(' &ensp; ') : hint;
"""
_HINT = "Point at the chart to read it; click an epoch to choose it"


def drawable(pairs: Sequence[tuple[str, str]]) -> tuple[list[tuple[str, str]], str]:
    """Return the lines that are drawn, and in words which are not.

    Validation's go before training's where a pane has more than MOST_LINES; MOST_PANES kinds are drawn.

    Parameters
    ----------
    pairs : sequence of (run, column)

    Examples
    --------
    >>> drawable([(f"run-{at}", "val_auc") for at in range(26)])[1]
    'Not drawn: 2 lines of auc (24 a pane at most)'
    """
    by_kind: dict[str, list[tuple[str, str]]] = {}
    for pair in pairs:
        by_kind.setdefault(pair[1].removeprefix("val_"), []).append(pair)
    drawn: set[tuple[str, str]] = set()
    left = []
    for at, (kind, every) in enumerate(by_kind.items()):
        if at >= MOST_PANES:
            left.append(f"{kind} ({MOST_PANES} panes at most)")
            continue
        mine = sorted(every, key=lambda pair: not pair[1].startswith("val_"))
        drawn.update(mine[:MOST_LINES])
        if (more := len(mine) - MOST_LINES) > 0:
            left.append(f"{more} line{'s' * (more > 1)} of {kind} ({MOST_LINES} a pane at most)")
    return [pair for pair in pairs if pair in drawn], f"Not drawn: {', '.join(left)}" if left else ""


class EpochChart:
    """Lines over epochs.

    Parameters
    ----------
    theme : Theme, optional
    moved : callable, optional
        Called after wheel, drag or double click led to another view, or the width changed; it calls ``show``.
    chosen : callable, optional
        Called with run and epoch when somebody clicks.

    Attributes
    ----------
    layout : bokeh model
        Stays the same; what stands in it changes.
    view : (float, float) or None
        The epochs in view; None follows all there are.
    width : int
        Pixels across, as the browser says.
    """

    def __init__(
        self,
        theme: Theme | None = None,
        moved: Callable[[], None] | None = None,
        chosen: Callable[[str, int], None] | None = None,
    ) -> None:
        self.theme = theme or theme_named("light")
        self.view: tuple[float, float] | None = None
        self.width = 1_300
        self._moved, self._chosen = moved, chosen
        self._set = (0.5, 5.5)
        self._range = Range1d(*self._set)
        self._legend, self._readout = (_words(self.theme) for _ in range(2))
        self._readout.text = _HINT
        self._panes: list[EpochPane] = []
        self._shape: object = None
        self.layout = column(self._legend, self._readout, sizing_mode="stretch_both", spacing=0)

    def show(
        self,
        curves: Sequence[Curve],
        *,
        log: bool = False,
        chosen: tuple[str, int] | None = None,
        baselines: Mapping[str, Mapping[str, float]] | None = None,
        note: str = "",
    ) -> None:
        """Draw curves, those that are ``drawable``.

        Parameters
        ----------
        curves : sequence of Curve
        log : bool
            Values on a logarithmic axis; those that are not above 0 are gaps then.
        chosen : (run, epoch), optional
        baselines : mapping, optional
            Column → name → value.
        note : str
            Stands there where no line is.
        """
        drawn = set(drawable([(one.run, one.column) for one in curves])[0])
        curves = [one for one in curves if (one.run, one.column) in drawn]
        kinds = list(dict.fromkeys(one.kind for one in curves))
        shape = (log, tuple((one.run, one.column, one.colour, one.raw is None) for one in curves))
        if shape != self._shape:
            self._shape = shape
            self._build(kinds, curves, log)
        if not curves and self._legend.text != escape(note):
            self._legend.text = escape(note)
        if self._readout.text != (hint := _HINT if curves else "") and "" in (self._readout.text, hint):
            self._readout.text = hint
        self._draw_range(curves)
        span = (self._range.start, self._range.end)
        for one in self._panes:
            mine = [curve for curve in curves if curve.kind == one.kind]
            one.draw(mine, span, chosen, baselines or {})

    def show_all(self) -> None:
        """Follow all epochs there are."""
        self.view = None
        if self._moved is not None:
            self._moved()

    # --- how it is made -----------------------------------------------------------------------------

    def _build(self, kinds: Sequence[str], curves: Sequence[Curve], log: bool) -> None:
        cross = Span(dimension="height", line_color=self.theme.muted, line_dash="dotted")
        self._panes = [EpochPane(kind, self.theme, self._range, log) for kind in kinds]
        for one in self._panes:
            one.add([curve for curve in curves if curve.kind == one.kind])
        figures = [one.figure for one in self._panes]
        point, leave = self._pointer(curves)
        for made, one in zip(figures, self._panes, strict=True):
            made.add_tools(CrosshairTool(overlay=cross))
            made.js_on_event("mousemove", point)
            made.js_on_event("mouseleave", leave)
            made.on_event(RangesUpdate, lambda event: self._went(event.x0, event.x1))
            made.on_event(DoubleTap, lambda _: self.show_all())
            made.on_event(Tap, lambda event, one=one: self._tapped(one, event))
            made.xaxis.visible = made is figures[-1]
        if figures:
            figures[0].on_change("inner_width", self._resized)
            figures[-1].xaxis.axis_label = "epoch"
        self._legend.text = self._legend_html(curves)
        self.layout.children = [self._legend, *figures, self._readout]

    def _pointer(self, curves: Sequence[Curve]) -> tuple[Any, Any]:
        """Return what the mouse's moving and leaving do to the readout, in the browser alone."""
        places = {(line.run, line.column): source for one in self._panes for line, source in one.lines}
        runs = {one.run for one in curves}
        given = {
            "sources": [places[one.run, one.column] for one in curves],
            "colours": [COLOURS[one.colour] for one in curves],
            "names": [escape(one.column if len(runs) == 1 else f"{one.run} {one.column}") for one in curves],
            "readout": self._readout, "hint": _HINT,
        }  # fmt: skip
        return (
            CustomJS(args=given, code=_READ),
            CustomJS(args={"readout": self._readout}, code=f"readout.text = {_HINT!r}"),
        )

    def _legend_html(self, curves: Sequence[Curve]) -> str:
        runs = {one.run: one.colour for one in curves}
        told = [
            f'<span style="color:{COLOURS[colour]}">{_SIGNS[colour // HUES]}</span> {escape(run)}'
            for run, colour in runs.items()
        ]
        columns = {one.column for one in curves}
        if any(one.colour >= HUES for one in curves):
            told.append("╍ dashed, ┈ dotted")
        if any(name.startswith("val_") and name.removeprefix("val_") in columns for name in columns):
            told.append("thick: validation, thin: training")
        if any(one.best for one in curves):
            told.append("★ best epoch on validation")
        return " &emsp; ".join(told)

    # --- what people do -----------------------------------------------------------------------------

    def _went(self, start: float | None, stop: float | None) -> None:
        if start is None or stop is None or not stop > start:
            return
        if (start, stop) in (self._set, self.view):  # what we asked for, coming back
            return
        self.view = (start, stop)
        if self._moved is not None:
            self._moved()

    def _resized(self, attr: str, old: object, new: object) -> None:
        width = int(str(new))
        if width > 50 and abs(width - self.width) > self.width * _SAME:
            self.width = width
            if self._moved is not None:
                self._moved()

    def _tapped(self, one: EpochPane, event: Any) -> None:
        run = one.nearest(event.x, event.y)
        if run is not None and self._chosen is not None:
            self._chosen(run, max(round(event.x), 1))

    def _draw_range(self, curves: Sequence[Curve]) -> None:
        last = max((one.epochs[-1] for one in curves if len(one.epochs)), default=1.0)
        if self.view is None:
            air = max(last * 0.01, 0.3)
            start, stop = 1 - air, max(last, 2.0) + air
            self._set = (start, stop)
            if self._set != (self._range.start, self._range.end):
                self._range.update(start=start, end=stop)


def _words(theme: Theme) -> Any:
    return Div(
        text="", height=20, sizing_mode="stretch_width", margin=(2, 16, 0, 72),
        styles={
            "font": f"12px/20px {FONT}", "color": theme.muted, "white-space": "nowrap",
            "font-variant-numeric": "tabular-nums", "overflow": "hidden", "text-overflow": "ellipsis",
        },
    )  # fmt: skip
