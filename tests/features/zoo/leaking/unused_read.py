"""Reads ahead and does not use it."""


def feature(adapter, index, params={}, features={}):
    adapter.window(index, index + 5, ["price"])
    return [adapter[index]["Price"]]
