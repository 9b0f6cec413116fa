"""Ten complete bars."""


def feature(adapter, index, params={}, features={}):
    bars = adapter.get_bars(index, 10, "minute", 1)
    return bars if len(bars) == 10 else []
