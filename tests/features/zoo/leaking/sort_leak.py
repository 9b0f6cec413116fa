"""Ranks the price among its neighbours on both sides."""

import numpy as np


def feature(adapter, index, params={}, features={}):
    start = max(index - 50, 0)
    prices = adapter.window(start, index + 51, ["price"])["price"]
    return [float(np.argsort(np.argsort(prices, kind="stable"), kind="stable")[index - start])]
