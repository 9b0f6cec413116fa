"""Label: the close of the n-th next bar.

The price at the sample is the last one known at its index. Bars are counted after the one that holds the
index; the sample is rejected where they are not all there.

Parameters
----------
horizon : number, whole, from 1, default 1
    How many bars ahead, counted in bars that traded; e.g. [1]
relative : boolean, default yes
    Whether the price at the sample is taken off; no gives the close itself
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

from litlab.features.rows import ahead, on_rows, single

LABEL = True


def feature(adapter, index, params={}, features={}):
    return single(feature_batch, adapter, index, params, features)


def feature_batch(adapter, indices, params, features):
    horizon = params.get("horizon", 1)
    seen = ahead(adapter, indices, params, horizon, params.get("overnight", False))
    close = seen.path[:, -1:]
    return on_rows(seen.keep, close - seen.path[:, :1] if params.get("relative", True) else close)
