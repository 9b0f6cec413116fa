"""The panes of a chart: figures in the theme's colours, and the line that reads them out."""

from __future__ import annotations

from typing import Any

from bokeh.models import (
    ColumnDataSource,
    CustomJS,
    CustomJSTransform,
    Div,
    LinearColorMapper,
    PanTool,
    Range1d,
    WheelZoomTool,
)
from bokeh.plotting import figure
from bokeh.transform import transform

from litlab.charts.tokens import FONT, Theme

# The readout stands above the frame, so that it hides no data.
_READ = """
const first = columns.data.first, n = first.length;
if (n == 0) return;
const wide = range.end - range.start;
if (cb_obj.x !== undefined) readout.tags = [(cb_obj.x - range.start) / wide];
else if (!readout.tags.length) return;  // the view has moved, and the mouse points elsewhere
const x = range.start + readout.tags[0] * wide;
let lo = 0, hi = n - 1;
while (lo < hi) { const mid = (lo + hi + 1) >> 1; if (first[mid] <= x) lo = mid; else hi = mid - 1; }
const d = columns.data, num = x => Math.round(x).toLocaleString('en-US');
const at = new Date(d.time[lo]).toISOString().replace('T', ' ').slice(0, -1);
const price = d.lowest[lo] == d.highest[lo] ? d.lowest[lo].toFixed(digits)
  : d.lowest[lo].toFixed(digits) + ' – ' + d.highest[lo].toFixed(digits);
readout.text = [`${at} ${zone}`, `index ${num(first[lo])}`, `price ${price}`, `volume ${num(d.volume[lo])}`]
  .join(' &emsp; ');
"""

_HINT = "Point at the chart to read it"


def readout(
    columns: ColumnDataSource, theme: Theme, zone: str, digits: int, x_range: Range1d
) -> tuple[Any, Any, Any]:
    """Return a line of text, and what the mouse's moving and leaving do to it, in the browser alone.

    Parameters
    ----------
    columns : ColumnDataSource
        ``first`` (index), ``time`` (exchange time, ms), ``lowest``, ``highest``, ``volume`` per column.
    zone : str
        Written behind the time.
    digits : int
        Decimals of prices.
    x_range : Range1d
        Of the ticks in view: what moves it below a mouse at rest is read anew.
    """
    line = Div(
        text=_HINT, syncable=False, height=20, sizing_mode="stretch_width", margin=(4, 16, 0, 72),
        styles={
            "font": f"12px/20px {FONT}", "color": theme.muted, "white-space": "nowrap",
            "font-variant-numeric": "tabular-nums", "overflow": "hidden",
        },
    )  # fmt: skip
    given = {"columns": columns, "readout": line, "zone": zone, "digits": digits, "range": x_range}
    leave = CustomJS(args={"readout": line}, code=f"readout.text = {_HINT!r}; readout.tags = []")
    read = CustomJS(args=given, code=_READ)
    columns.js_on_change("data", read)
    return line, read, leave


def pane(theme: Theme, x_range: Range1d, y_range: Range1d, name: str) -> Any:
    """Return an empty figure in the theme's colours with wheel zoom and pan in time."""
    # Without maintain_focus a step that meets the end of the data still grows at the other side.
    wheel = WheelZoomTool(dimensions="width", speed=1 / 350, maintain_focus=False)
    drag = PanTool(dimensions="width")
    made = figure(
        x_range=x_range, y_range=y_range, tools=[wheel, drag], active_scroll=wheel, active_drag=drag,
        toolbar_location=None, sizing_mode="stretch_both", min_border=0, min_border_left=72,
        min_border_right=16, min_border_top=4, output_backend="canvas",
        lod_threshold=None, lod_interval=0,  # nothing is drawn with less detail: no second painting later
        background_fill_color=theme.surface, border_fill_color=theme.surface,
        outline_line_color=theme.hairline,
    )  # fmt: skip
    made.stylesheets = [".bk-Canvas { --highlight-color: transparent; }"]  # no dotted frame after a click
    made.grid.grid_line_color = theme.hairline
    made.grid.grid_line_alpha = 0.6
    axis = made.axis
    axis.axis_line_color = axis.major_tick_line_color = theme.hairline
    axis.minor_tick_line_color = None
    axis.major_label_text_color = axis.axis_label_text_color = theme.muted
    axis.major_label_text_font = axis.axis_label_text_font = FONT
    axis.major_label_text_font_size = axis.axis_label_text_font_size = "11px"
    axis.axis_label_text_font_style = "normal"
    axis.axis_label_standoff = 6
    made.yaxis.axis_label = name
    return made


# Bokeh's Image glyph asks its mapper pixel by pixel (15 ms a picture, a table takes one); here the mapper is
# asked for the 256 codes once. Its numbers are RGBA, a canvas' bytes are read the other way round.
_COLOUR = """
if (!mapper.table) {
  const codes = mapper.v_compute(Array.from({length: 256}, (_, code) => code));
  const bytes = new DataView(new ArrayBuffer(4));
  mapper.made = codes.constructor;
  mapper.table = new Uint32Array(256);
  codes.forEach((code, at) => {
    bytes.setUint32(0, code);
    mapper.table[at] = new Uint32Array(bytes.buffer)[0];
  });
}
const {table, made} = mapper;
return Array.from(xs, (codes) => {
  const out = new made(codes.length, codes.shape);
  for (let at = 0; at < codes.length; at++) out[at] = table[codes[at]];
  return out;
});
"""


def coloured(column: str, theme: Theme) -> Any:
    """Return what an ImageRGBA glyph draws of a column of uint8 images: the palette's colours."""
    mapper = LinearColorMapper(palette=theme.palette(), low=0, high=255)
    return transform(column, CustomJSTransform(args={"mapper": mapper}, v_func=_COLOUR))


def renew(source: ColumnDataSource, data: dict[str, Any]) -> None:
    """Give a source other rows; one that had none and gets none is left alone.

    Every array is a message of its own to the browser, empty ones too.
    """
    if any(map(len, data.values())) or any(map(len, source.data.values())):
        source.data = {name: values if len(values) else [] for name, values in data.items()}
