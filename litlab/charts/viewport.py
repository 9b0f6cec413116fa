"""Which ticks a chart shows, as browser and server agree on it.

The wheel moves the range in the browser. The view it leads to is asked for at once, and the next one when the
answer is there: however fast the wheel turns, the server draws the newest view and no queue of old ones.
(Bokeh's RangesUpdate comes a frame and ``lod_timeout`` later, and once for every frame.)

The answer is mostly there before the old picture could be stretched and shown, so a first step of the wheel
waits for it: one painting instead of two. What takes longer than _PATIENCE_MS is bridged by stretching, and
so is all that follows on a view before there was time to rest. A drag moves its picture at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bokeh.models import ColumnDataSource, CustomJS, Range1d

_LOST_MS = 2_000  # an answer that has not come by then does not come
_PATIENCE_MS = 90

_ASK = """
const same = (data) => data.start[0] === range.start && data.stop[0] === range.end;
const paint = (now) => {
  for (const one of panes) one.setv({hold_render: !now}, {sync: false});
};
const show = () => {
  clearTimeout(asked.held);
  if (asked.held) paint(true);
  asked.held = null;
};
const hold = () => {
  asked.held = setTimeout(show, patience);
  paint(false);
};
const ask = () => {
  const since = performance.now() - (asked.since ?? -Infinity);
  const waiting = asked.data.serial[0] !== answer.data.serial[0];
  if (!waiting) show();
  if ((waiting && since < lost) || same(answer.data)) return;
  if (range.start == null || range.end == null || !(range.end > range.start)) return;
  const before = answer.data.stop[0] - answer.data.start[0];
  const zoomed = Math.abs((range.end - range.start) / before - 1) > 1e-9;
  if (zoomed && !waiting && cb_obj === range) hold();
  asked.since = performance.now();
  asked.data = {start: [range.start], stop: [range.end], serial: [asked.data.serial[0] + 1]};
};
if (!asked.soon) {  // start and end change one after the other, and with an answer all else does
  asked.soon = true;
  queueMicrotask(() => { asked.soon = false; ask(); });
}
"""


class Viewport:
    """The range of ticks in view, and what follows when people move it.

    Parameters
    ----------
    total : int
        Ticks there are.
    moved : callable
        Called with the ticks' (start, stop) that wheel or drag led to; it may call ``settle``.

    Attributes
    ----------
    range : Range1d
        For all figures that show the same ticks.
    """

    def __init__(self, total: int, moved: Callable[[float, float], None]) -> None:
        self.range = Range1d(0, total, bounds=(0, total))
        self._moved = moved
        none = {"start": [0.0], "stop": [float(total)], "serial": [0]}
        self._asked, self._answer = (ColumnDataSource(dict(none)) for _ in range(2))
        self._ask_js = CustomJS(
            args={
                "range": self.range, "asked": self._asked, "answer": self._answer, "lost": _LOST_MS,
                "patience": _PATIENCE_MS, "panes": [],
            },
            code=_ASK,
        )  # fmt: skip
        self.range.js_on_change("start", self._ask_js)
        self.range.js_on_change("end", self._ask_js)
        self._answer.js_on_change("data", self._ask_js)
        self._asked.on_change("data", self._ask)

    def add(self, pane: Any) -> None:
        """Have a figure on the range wait with the others for the picture of a view."""
        args = self._ask_js.args
        self._ask_js.args = {**args, "panes": [*args["panes"], pane]}

    def _ask(self, attr: str, old: object, new: dict[str, list[float]]) -> None:
        del attr, old
        start, stop = new["start"][0], new["stop"][0]
        try:
            self._moved(start, stop)
        finally:
            if self._answer.data["serial"] != new["serial"]:
                self.settle(self.range.start, self.range.end)

    def settle(self, start: float, stop: float) -> None:
        """Show [start, stop), and let the browser ask for the next view."""
        if (start, stop) != (self.range.start, self.range.end):
            self.range.update(start=start, end=stop)
        serial = list(self._asked.data["serial"])
        self._answer.data = {"start": [start], "stop": [stop], "serial": serial}
