"""Shifts a tick index by a number of bars (the walkthrough's own slip)."""


def feature(adapter, index, params={}, features={}):
    bars = adapter.get_bars(index + 14, 20, "minute", 1)
    return [bars[-1, 3]] if len(bars) else []
