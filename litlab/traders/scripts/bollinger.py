"""Bollinger's bands: a mean, the bands around it, and where the price lies between them.

percent_b is 0 on the lower band and 1 on the upper one, and 0.5 where the bands have no width.

Parameters
----------
rate : number, whole, from 1, default 20
    Bars to average over; e.g. [20]
width : number, from 0, default 2
    Standard deviations from the middle to a band; e.g. [2]
count : number, whole, from 1, default 100
    How many values; e.g. [100]
column : [open,high,low,close], default close
    Which price of a bar; e.g. [close]
unit : [second,minute,hour,day], default minute
    The unit of a bar; e.g. 1-[minute] bars
size : number, whole, from 1, default 1
    Units in each bar; e.g. [1]-minute bars
current : [partial,exclude], default partial
    Whether the last bar is the one still being traded, built of the trades so far: [partial]

Returns
-------
[ middle, upper, lower, percent_b ]
"""

from litlab.bars import BAR_COLUMNS
from litlab.features.indicators import bollinger
from litlab.features.rows import on_rows, past_bars, single


def feature(adapter, index, params={}, features={}):
    return single(feature_batch, adapter, index, params, features)


def feature_batch(adapter, indices, params, features):
    rate, count = params.get("rate", 20), params.get("count", 100)
    window, keep = past_bars(adapter, indices, params, count + rate - 1)
    values = window.values[keep, :, BAR_COLUMNS.index(params.get("column", "close"))]
    return on_rows(keep, bollinger(values, rate, params.get("width", 2)))
