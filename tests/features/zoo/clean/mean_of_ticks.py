"""The mean of the last fifty prices."""


def feature(adapter, index, params={}, features={}):
    return [adapter.window(max(index - 49, 0), index + 1, ["price"])["price"].mean()]
