"""On-balance volume: volume added where the close rose and taken off where it fell.

It counts from 0 at the bar before the first value, so that it does not depend on how much history is loaded.

Parameters
----------
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
[ obv ]
"""

from litlab.features.indicators import on_balance
from litlab.features.rows import on_rows, past_bars, single


def feature(adapter, index, params={}, features={}):
    return single(feature_batch, adapter, index, params, features)


def feature_batch(adapter, indices, params, features):
    window, keep = past_bars(adapter, indices, params, params.get("count", 100) + 1)
    return on_rows(keep, on_balance(window.values[keep]))
