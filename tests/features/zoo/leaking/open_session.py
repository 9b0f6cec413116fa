"""Whether the session ends within the data: the last timestamp there is."""


def feature(adapter, index, params={}, features={}):
    last = adapter[len(adapter) - 1]
    return [float(last["timestamp"] % 1_000_000)]
