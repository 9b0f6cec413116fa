"""Label: 1 where the next bar's true range exceeds today's average true range, else 0.

For Wilder's smoothing this is the event "the average true range goes up". The level predicts its own
label even on independent trades, so 0.5 is not the score of knowing nothing here.

Parameters
----------
rate : number, whole, from 1
    Bars to smooth over; e.g. [14]
unit : [second,minute,hour,day]
    The unit of a bar; e.g. 1-[minute] bars
size : number, whole, from 1
    Units in each bar; e.g. [1]-minute bars
ties : [down,drop]
    What equal ranges are: [down] makes them 0, drop rejects the sample

Returns
-------
[ label ]
"""

import numpy as np

from litlab.features.indicators import WARM_UP, true_range, window_atr

LABEL = True
TIE = 1e-6  # price ticks


def feature(adapter, index, params={}, features={}):
    values, keep = feature_batch(adapter, np.array([index]), params, features)
    return values[0] if keep[0] else []


def feature_batch(adapter, indices, params, features):
    rate, unit, size = params.get("rate", 14), params.get("unit", "minute"), params.get("size", 1)
    count = 1 + WARM_UP * rate
    past = adapter.bars(indices, count, unit, size, prevent_lookahead_bias=False)
    both = adapter.bars(indices, 2, unit, size, future=True, prevent_lookahead_bias=False)
    # The bar holding the index is the last of the past and the first of the future, or there is none.
    keep = (past.lengths == count) & (both.lengths == 2)
    keep &= (past.lo + count - 1 == both.lo) & (both.date[:, 0] == both.date[:, 1])
    level = np.where(keep, window_atr(past, rate, 1)[:, 0], 0.0)
    following = true_range(both.values[:, 1], both.date[:, 1], both.values[:, 0], both.date[:, 0])
    margin = TIE * adapter.tick_size
    if params.get("ties", "down") == "drop":
        keep &= np.abs(following - level) > margin
    return np.where(following > level + margin, 1.0, 0.0)[:, None, None], keep
