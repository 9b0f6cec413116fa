"""Bars of equal time: open, high, low, close, trades, volume, mean and largest trade.

Parameters
----------
count : number, whole, from 1
    How many bars; e.g. [100] 1-minute bars
unit : [second,minute,hour,day]
    The unit of a bar; e.g. 100 1-[minute] bars
size : number, whole, from 1
    Units in each bar; e.g. 100 [1]-minute bars
current : [partial,exclude]
    Whether the last row is the bar still being traded, built of the trades so far: [partial]. At the last
    trade of a minute "exclude" is one bar stale.

Returns
-------
[ open, high, low, close, trades, volume, mean_size, max_size ]
"""

import numpy as np


def _arguments(params):
    options = (params.get("count", 100), params.get("unit", "minute"), params.get("size", 1))
    return options, params.get("current", "partial")


def feature(adapter, index, params={}, features={}):
    (count, unit, size), current = _arguments(params)
    bars = adapter.get_bars(index, count, unit, size, current=current)
    return bars if len(bars) == count else []


def feature_batch(adapter, indices, params, features):
    (count, unit, size), current = _arguments(params)
    values, lengths, _ = adapter.get_bars_batch(indices, count, unit, size, current=current)
    return values, np.asarray(lengths == count)
