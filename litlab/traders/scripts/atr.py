"""Average true range, Wilder's: how far the price moves in a bar, smoothed.

Parameters
----------
rate : number, whole, from 1
    Bars to smooth over; e.g. [14]
count : number, whole, from 1
    How many values; e.g. [100]
unit : [second,minute,hour,day]
    The unit of a bar; e.g. 100 1-[minute] bars
size : number, whole, from 1
    Units in each bar; e.g. 100 [1]-minute bars
current : [partial,exclude]
    Whether the last bar is the one still being traded, built of the trades so far: [partial]

Returns
-------
[ atr ]
"""

import numpy as np

from litlab.features.indicators import WARM_UP, window_atr


def feature(adapter, index, params={}, features={}):
    values, keep = feature_batch(adapter, np.array([index]), params, features)
    return values[0] if keep[0] else []


def feature_batch(adapter, indices, params, features):
    rate, count = params.get("rate", 14), params.get("count", 100)
    bars = count + WARM_UP * rate
    window = adapter.bars(
        indices,
        bars,
        params.get("unit", "minute"),
        params.get("size", 1),
        current=params.get("current", "partial"),
    )
    return window_atr(window, rate, count)[:, :, None], window.lengths == bars
