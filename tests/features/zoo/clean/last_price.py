"""The tick's own price."""


def feature(adapter, index, params={}, features={}):
    return [adapter[index]["Price"]]
