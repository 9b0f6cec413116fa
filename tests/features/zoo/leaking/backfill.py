"""Fills what is not eligible with the next eligible price."""

import pandas as pd


def feature(adapter, index, params={}, features={}):
    part = adapter.window(max(index - 3, 0), index + 200, ["price", "eligibility"])
    prices = pd.Series(part["price"]).where((part["eligibility"] & 1) == 1).bfill()
    return [float(prices.iloc[min(index, 3)])]
