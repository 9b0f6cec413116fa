"""future=True without LABEL = True."""


def feature(adapter, index, params={}, features={}):
    bars = adapter.get_bars(index, 1, "minute", 1, future=True)
    return [bars[0, 3]] if len(bars) else []
