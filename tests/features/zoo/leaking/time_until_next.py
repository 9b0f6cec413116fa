"""How long until the next tick comes."""


def feature(adapter, index, params={}, features={}):
    times = adapter.window(index, index + 2, ["timestamp"])["timestamp"]
    return [float(times[1] - times[0])]
