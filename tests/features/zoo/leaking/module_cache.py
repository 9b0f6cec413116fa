"""Remembers, in its module, a mean over the data seen by any earlier call."""

SEEN = {}


def feature(adapter, index, params={}, features={}):
    SEEN[index] = adapter[index]["Price"]
    return [sum(SEEN.values()) / len(SEEN)]
