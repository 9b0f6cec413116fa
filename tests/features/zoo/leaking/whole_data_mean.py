"""Compares the price with the mean of all data."""


def feature(adapter, index, params={}, features={}):
    prices = adapter.window(0, len(adapter), ["price"])["price"]
    return [prices[min(index, len(prices) - 1)] - prices.mean()]
