"""Moving average convergence and divergence: a fast exponential mean of the close less a slow one.

The signal is the exponential mean of that distance, the histogram what lies between the two.

Parameters
----------
fast : number, whole, from 1, default 12
    Bars of the fast mean, fewer than the slow one's; e.g. [12]
slow : number, whole, from 2, default 26
    Bars of the slow mean; e.g. [26]
signal : number, whole, from 1, default 9
    Bars of the signal; e.g. [9]
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
[ macd, signal, histogram ]
"""

from litlab.bars import BAR_COLUMNS
from litlab.errors import BadParameter
from litlab.features.indicators import WARM_UP, macd
from litlab.features.rows import on_rows, past_bars, single


def feature(adapter, index, params={}, features={}):
    return single(feature_batch, adapter, index, params, features)


def feature_batch(adapter, indices, params, features):
    fast, slow, signal = params.get("fast", 12), params.get("slow", 26), params.get("signal", 9)
    if fast >= slow:
        raise BadParameter(name="fast", given=fast, wanted=f"it must be less than slow = {slow}")
    count = params.get("count", 100)
    window, keep = past_bars(adapter, indices, params, count + WARM_UP * max(slow, signal))
    values = window.values[keep, :, BAR_COLUMNS.index("close")]
    return on_rows(keep, macd(values, fast, slow, signal, count))
