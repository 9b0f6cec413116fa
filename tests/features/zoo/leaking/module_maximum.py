"""Keeps the highest price of any call: another order of calls, another answer."""

HIGHEST = [0.0]


def feature(adapter, index, params={}, features={}):
    HIGHEST[0] = max(HIGHEST[0], adapter[index]["Price"])
    return [HIGHEST[0]]
