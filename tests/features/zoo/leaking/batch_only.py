"""The plain form is clean, the batch form is not: a bar ahead for every row."""

import numpy as np


def feature(adapter, index, params={}, features={}):
    bars = adapter.get_bars(index, 1, "minute", 1)
    return [bars[-1, 3]] if len(bars) else []


def feature_batch(adapter, indices, params, features):
    values, lengths, _ = adapter.get_bars_batch(indices, 1, "minute", 1, future=True)
    return np.ascontiguousarray(values[:, -1:, 3:4]), lengths == 1
