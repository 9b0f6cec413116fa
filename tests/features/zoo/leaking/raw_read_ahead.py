"""Reads the next tick's price."""


def feature(adapter, index, params={}, features={}):
    return [adapter[index + 1]["Price"]]
