"""Relative strength index, Wilder's: gains against losses of the close, 0 to 100.

100 without a loss, 0 without a gain, 50 where the price did not move at all.

Parameters
----------
rate : number, whole, from 1, default 14
    Changes to smooth over; e.g. [14]
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
[ rsi_{rate} ]
"""

from litlab.bars import BAR_COLUMNS
from litlab.features.indicators import WARM_UP, rsi
from litlab.features.rows import on_rows, past_bars, single


def feature(adapter, index, params={}, features={}):
    return single(feature_batch, adapter, index, params, features)


def feature_batch(adapter, indices, params, features):
    rate, count = params.get("rate", 14), params.get("count", 100)
    window, keep = past_bars(adapter, indices, params, count + WARM_UP * rate)
    return on_rows(keep, rsi(window.values[keep, :, BAR_COLUMNS.index("close")], rate, count))
