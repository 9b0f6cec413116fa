"""Looks ahead on one index in five only."""


def feature(adapter, index, params={}, features={}):
    if index % 5 == 0:
        return [adapter[index + 3]["Price"]]
    return [adapter[index]["Price"]]
