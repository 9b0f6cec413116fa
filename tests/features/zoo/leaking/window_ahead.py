"""A window that ends ten ticks too late."""


def feature(adapter, index, params={}, features={}):
    prices = adapter.window(max(index - 10, 0), index + 11, ["price"])["price"]
    return [prices.mean()]
