"""The bar being traded, complete."""


def feature(adapter, index, params={}, features={}):
    bars = adapter.get_bars(index, 5, "minute", 1, prevent_lookahead_bias=False)
    return [bars[-1, 3]] if len(bars) else []
