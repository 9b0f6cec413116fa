"""Realised volatility: the root of the sum of squared log returns of bars, not annualised.

A sample with a price of 0 or less is rejected.

Parameters
----------
windows : list, whole, from 1, default 10, 30
    Returns in each sum, a column for each; e.g. [10, 30]
measure : [volatility,variance], default volatility
    The root of the sum, [volatility], or the sum itself
overnight : boolean, default no
    Whether the step between two sessions counts as a return
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
[ rv_{windows} ]
"""

import numpy as np

from litlab.bars import BAR_COLUMNS
from litlab.features.indicators import realised_variance
from litlab.features.rows import on_rows, past_bars, single


def feature(adapter, index, params={}, features={}):
    return single(feature_batch, adapter, index, params, features)


def feature_batch(adapter, indices, params, features):
    windows, count = params.get("windows", [10, 30]), params.get("count", 100)
    window, keep = past_bars(adapter, indices, params, count + max(windows))
    closes = window.values[keep, :, BAR_COLUMNS.index("close")]
    overnight = params.get("overnight", False)
    found = realised_variance(closes, window.date[keep], windows, count, overnight)
    return on_rows(keep, found if params.get("measure", "volatility") == "variance" else np.sqrt(found))
