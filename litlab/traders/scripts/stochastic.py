"""Stochastic oscillator: where the close lies between the lowest low and the highest high, 0 to 100.

50 where all prices of a window are equal.

Parameters
----------
rate : number, whole, from 1, default 14
    Bars of which low and high are taken; e.g. [14]
slow : number, whole, from 1, default 3
    Bars that K is averaged over; e.g. [3], and 1 for the fast oscillator
smooth : number, whole, from 1, default 3
    Values of K that D averages; e.g. [3]
count : number, whole, from 1, default 100
    How many values; e.g. [100]
unit : [second,minute,hour,day], default minute
    The unit of a bar; e.g. 1-[minute] bars
size : number, whole, from 1, default 1
    Units in each bar; e.g. [1]-minute bars
current : [partial,exclude], default partial
    Whether the last bar is the one still being traded, built of the trades so far: [partial]

Returns
-------
[ k, d ]
"""

from litlab.features.indicators import stochastic
from litlab.features.rows import on_rows, past_bars, single


def feature(adapter, index, params={}, features={}):
    return single(feature_batch, adapter, index, params, features)


def feature_batch(adapter, indices, params, features):
    rate, slow, smooth = params.get("rate", 14), params.get("slow", 3), params.get("smooth", 3)
    count = params.get("count", 100)
    window, keep = past_bars(adapter, indices, params, count + rate + slow + smooth - 3)
    return on_rows(keep, stochastic(window.values[keep], rate, slow, smooth, count))
