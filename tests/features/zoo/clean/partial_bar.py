"""The bar being traded, of the ticks so far."""


def feature(adapter, index, params={}, features={}):
    bars = adapter.get_bars(index, 3, "minute", 1, current="partial")
    return bars if len(bars) == 3 else []
