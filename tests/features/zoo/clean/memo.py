"""Keeps what it has computed by index: the answer does not depend on other calls."""

KNOWN = {}


def feature(adapter, index, params={}, features={}):
    if index not in KNOWN:
        KNOWN[index] = adapter[index]["Volume"]
    return [float(KNOWN[index])]
