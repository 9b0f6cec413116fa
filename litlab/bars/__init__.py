"""Bars: open, high, low, close, trades, volume, mean and max size of every period that traded.

1. ``units`` says how long a period is. 2. ``clock`` says which period a moment lies in: periods are
counted from exchange-local midnight in elapsed time, and a regular session's clock stops at its close, so
that the closing auction's prints form one bar labelled at the close. 3. ``kernel`` folds runs into bars.
4. ``index`` keeps the bars of one unit of one store. 5. ``windows`` answers "the last 100 before index".
"""

from litlab.bars.clock import Clock
from litlab.bars.index import BarIndex
from litlab.bars.units import BAR_COLUMNS, SCOPES, UNITS, check_period
from litlab.bars.windows import Window, gather, windows

__all__ = [
    "BAR_COLUMNS",
    "SCOPES",
    "UNITS",
    "BarIndex",
    "Clock",
    "Window",
    "check_period",
    "gather",
    "windows",
]
