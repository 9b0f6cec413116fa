"""The share of odd lots among the next fifty ticks."""


def feature(adapter, index, params={}, features={}):
    return [float(adapter.search("ODD", index + 1, index + 51).mean())]
