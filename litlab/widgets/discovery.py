"""The chart of ticks in a notebook: one widget, its picture sent as bytes, drawn by the browser.

Python works out what a view looks like (``litlab.charts.sight``) and sends it as binary buffers; the browser
draws, and sends back where wheel, drag and SHIFT-click lead. The traits are the only state.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets

from litlab.charts import times
from litlab.charts.hits import read_tokens
from litlab.charts.sight import look
from litlab.charts.ticks import MIN_TICKS
from litlab.charts.tokens import DARK, HITS, LIGHT
from litlab.errors import LitlabError

_STATIC = Path(__file__).parent / "static"


class TickView(anywidget.AnyWidget):  # type: ignore[misc]  # anywidget is not followed by mypy here
    """Ticks around an index: wheel zooms, drag pans, SHIFT-click selects, Shuffle jumps.

    Parameters
    ----------
    adapter : Adapter
        Cached.
    index : int, optional
        The middle of the data by default.
    ticks : int
        How many are in view at first.

    Attributes
    ----------
    index : int
        The tick selected; changes with a SHIFT-click.
    view : (int, int)
        The ticks in view, half-open; set it to go elsewhere.
    search : str
        As in Discovery: up to three tokens, /…/ for a regular expression.
    record : str
        The selected tick as JSON, under the vendor's names.
    picture : dict
        What is drawn: ``kind`` (points, image, candles), buffers, labels.
    """

    _esm = _STATIC / "discovery.js"
    _css = _STATIC / "discovery.css"

    index = traitlets.Int(0).tag(sync=True)
    view = traitlets.Tuple(traitlets.Int(), traitlets.Int(), default_value=(0, 1)).tag(sync=True)
    size = traitlets.Tuple(traitlets.Int(), traitlets.Int(), default_value=(800, 300)).tag(sync=True)
    search = traitlets.Unicode("").tag(sync=True)
    record = traitlets.Unicode("").tag(sync=True)
    problem = traitlets.Unicode("").tag(sync=True)
    picture = traitlets.Dict().tag(sync=True)
    palettes = traitlets.Dict().tag(sync=True)

    def __init__(self, adapter: Any, index: int | None = None, ticks: int = 20_000) -> None:
        self.adapter = adapter
        total = len(adapter)
        at = total // 2 if index is None else min(max(index, 0), total - 1)
        start = min(max(at - ticks // 2, 0), max(total - ticks, 0))
        palettes = {theme.name: {"image": theme.palette(), "point": theme.point} for theme in (LIGHT, DARK)}
        super().__init__(index=at, view=(start, min(start + ticks, total)), palettes=palettes)
        self._draw()
        self._select()

    @traitlets.validate("view")
    def _bounded(self, proposal: Any) -> tuple[int, int]:
        """Keep a view within the data, and no narrower than ten ticks."""
        start, stop = proposal["value"]
        total = len(self.adapter)
        count = min(max(stop - start, MIN_TICKS), total)
        start = min(max(start, 0), total - count)
        return start, start + count

    @traitlets.observe("view", "size", "search")
    def _changed(self, change: Any) -> None:
        del change
        self._draw()

    @traitlets.observe("index")
    def _selected(self, change: Any) -> None:
        del change
        self._select()

    def _select(self) -> None:
        at = min(max(self.index, 0), len(self.adapter) - 1)
        self.record = json.dumps(self.adapter[at], ensure_ascii=False, indent=2)

    def _draw(self) -> None:
        """Work the view out and send it."""
        start, stop = self.view
        width, height = (max(one, 50) for one in self.size)
        try:
            tokens = read_tokens(self.search)
            seen = look(self.adapter.store, start, stop, width, height, tokens)
        except LitlabError as problem:
            self.problem = str(problem)
            return
        zone = self.adapter.zone
        labels = times.axis_labels(self.adapter.store, zone, start, stop, width)
        self.problem = ""
        drawn = _drawn(seen)
        kind = next(name for name in ("image", "candles", "price") if name in drawn)
        self.picture = {
            "start": start, "stop": stop, "total": len(self.adapter), "low": seen.low, "high": seen.high,
            "kind": "points" if kind == "price" else kind,
            "labels": [[int(at), text] for at, text in labels.items()],
            "zone": times.city(zone), "colours": list(HITS),
            "share": [f"{hits / (stop - start):.1%}" for hits in seen.hits or ()],
            "edges": (seen.edges - start).astype(np.float32).tobytes(),
            "volume": seen.volume.astype(np.float32).tobytes(),
            **drawn,
        }  # fmt: skip


def _drawn(seen: Any) -> dict[str, Any]:
    """Return the buffers of what is drawn: codes, prices with matches, or candles."""
    if seen.image is not None:
        return {"image": seen.image.tobytes(), "shape": list(seen.image.shape)}
    if seen.candles is not None:
        columns = ("first", "last", "low", "high")
        rows = np.array([getattr(seen.candles, name) for name in columns], np.float64)
        return {
            "candles": rows.tobytes(),
            "bounds": (seen.candles.edges - seen.start).astype(np.float32).tobytes(),
        }
    codes = np.zeros(len(seen.price), np.uint8)
    for place, hit in reversed(list(enumerate(seen.hit, 1))):
        codes[hit] = place
    return {"price": seen.price.tobytes(), "codes": codes.tobytes()}
