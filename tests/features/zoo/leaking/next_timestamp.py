"""The next tick's time."""


def feature(adapter, index, params={}, features={}):
    times = adapter.window(index, index + 2, ["timestamp"])["timestamp"]
    return [float(times[1] % 60_000_000_000)]
