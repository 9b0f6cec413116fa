"""The share of odd lots among the last hundred ticks."""


def feature(adapter, index, params={}, features={}):
    return [adapter.search("ODD", max(index - 99, 0), index + 1).mean()]
