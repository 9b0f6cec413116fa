"""An exponential mean of the last bars, by pandas."""

import pandas as pd


def feature(adapter, index, params={}, features={}):
    bars = adapter.get_bars(index, 30, "minute", 1)
    return [float(pd.Series(bars[:, 3]).ewm(span=10).mean().iloc[-1])] if len(bars) == 30 else []
