"""A pandas resample whose last bar is complete."""

import pandas as pd


def feature(adapter, index, params={}, features={}):
    part = adapter.window(max(index - 500, 0), index + 500, ["timestamp", "price"])
    series = pd.Series(part["price"], pd.to_datetime(part["timestamp"]))
    bars = series.resample("1min").last().dropna()
    now = pd.to_datetime(adapter.window(index, index + 1, ["timestamp"])["timestamp"][0])
    return [float(bars.loc[: now.ceil("min")].iloc[-1])]
