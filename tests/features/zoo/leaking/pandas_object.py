"""A Series over more than the past, sliced by label."""

import pandas as pd


def feature(adapter, index, params={}, features={}):
    start = max(index - 5, 0)
    prices = adapter.window(start, index + 6, ["price"])["price"]
    return [
        float(
            pd.Series(prices, range(start, start + len(prices)))
            .rolling(11, center=True, min_periods=1)
            .mean()[index]
        )
    ]
