"""Volume-weighted average price of bars, each standing for (high + low + close) / 3.

With reset = session and a rate of at least the bars of a session (390 1-minute bars in New York) this is the
session's average so far.

Parameters
----------
rate : number, whole, from 1, default 390
    Bars to average over, at most, e.g. [390]
reset : [session,never], default session
    Whether bars of earlier sessions are left out: [session]
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
[ vwap ]
"""

from litlab.features.indicators import vwap
from litlab.features.rows import on_rows, past_bars, single


def feature(adapter, index, params={}, features={}):
    return single(feature_batch, adapter, index, params, features)


def feature_batch(adapter, indices, params, features):
    rate, count = params.get("rate", 390), params.get("count", 100)
    window, keep = past_bars(adapter, indices, params, count + rate - 1)
    by_day = params.get("reset", "session") == "session"
    return on_rows(keep, vwap(window.values[keep], window.date[keep], rate, count, by_day))
