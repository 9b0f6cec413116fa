"""Returns of the close over a number of bars. A sample with a price of 0 or less is rejected.

Parameters
----------
steps : number, whole, from 1, default 1
    Bars from the earlier close to the later one; e.g. [1]
kind : [log,simple], default log
    The logarithm of the ratio, [log], or the ratio less 1
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
[ return_{steps} ]
"""

from litlab.bars import BAR_COLUMNS
from litlab.features.indicators import returns
from litlab.features.rows import on_rows, past_bars, single


def feature(adapter, index, params={}, features={}):
    return single(feature_batch, adapter, index, params, features)


def feature_batch(adapter, indices, params, features):
    steps, count = params.get("steps", 1), params.get("count", 100)
    window, keep = past_bars(adapter, indices, params, count + steps)
    closes = window.values[keep, :, BAR_COLUMNS.index("close")]
    return on_rows(keep, returns(closes, steps, params.get("kind", "log") == "log"))
