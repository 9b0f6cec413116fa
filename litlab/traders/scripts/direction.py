"""Label: whether the close of the n-th next bar lies below or above the price at the sample.

With ties = class: 0 down, 1 within the threshold, 2 up. With ties = drop: 0 down, 1 up, and samples within
the threshold are rejected.

The price at the sample is the last one known at its index. Bars are counted after the one that holds the
index; the sample is rejected where they are not all there.

Parameters
----------
horizon : number, whole, from 1, default 1
    How many bars ahead, counted in bars that traded; e.g. [1]
ties : [class,drop], default class
    What a move within the threshold is: a [class] of its own, or no sample
threshold : number, from 0, default 0
    Price ticks that count as no move; e.g. [0]
unit : [second,minute,hour,day], default minute
    The unit of a bar; e.g. 1-[minute] bars
size : number, whole, from 1, default 1
    Units in each bar; e.g. [1]-minute bars
overnight : boolean, default no
    Whether the horizon may leave the session; where it does and may not, the sample is rejected

Returns
-------
[ label ]
"""

import numpy as np

from litlab.features.rows import ahead, on_rows, single

LABEL = True

TIE = 1e-6  # price ticks


def feature(adapter, index, params={}, features={}):
    return single(feature_batch, adapter, index, params, features)


def feature_batch(adapter, indices, params, features):
    horizon = params.get("horizon", 1)
    seen = ahead(adapter, indices, params, horizon, params.get("overnight", False))
    move = seen.path[:, -1] - seen.path[:, 0]
    margin = (params.get("threshold", 0) + TIE) * adapter.tick_size
    side = np.sign(move) * (np.abs(move) > margin)
    if params.get("ties", "class") == "drop":
        classes = np.where(side == 0, np.nan, (side + 1) / 2)  # a row that is not finite is rejected
    else:
        classes = side + 1
    return on_rows(seen.keep, classes[:, None])
