"""Bars: open, high, low, close, trades, volume, mean and max size of every period that traded.

1. ``units`` says what a bar may be made of. 2. ``clock`` says which period a moment lies in: periods are
counted in elapsed time from exchange-local midnight or from the open, and a regular session's clock stops at
its close, so that the closing auction's prints form one bar labelled at the close. 3. ``kernel`` folds stored
runs into bars of time; ``thresholds`` cuts ticks into bars of so many trades, so much volume or money.
4. ``index`` keeps the bars of one unit of one store. 5. ``windows`` answers "the last 100 before index",
``partials`` what the bar holding an index was by then.
"""

from litlab.bars.clock import Clock
from litlab.bars.index import BarIndex
from litlab.bars.partials import fold_one
from litlab.bars.units import ANCHORS, BAR_COLUMNS, SCOPES, THRESHOLDS, UNITS, Size, check_period
from litlab.bars.windows import Window, check_window, gather, windows

__all__ = [
    "ANCHORS",
    "BAR_COLUMNS",
    "SCOPES",
    "THRESHOLDS",
    "UNITS",
    "BarIndex",
    "Clock",
    "Size",
    "Window",
    "check_period",
    "check_window",
    "fold_one",
    "gather",
    "windows",
]
