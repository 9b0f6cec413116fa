"""Label: realised volatility of the next bars: the root of the sum of their squared log returns.

The first return is the one from the price at the sample. A sample with a price of 0 or less is rejected.

The price at the sample is the last one known at its index. Bars are counted after the one that holds the
index; the sample is rejected where they are not all there.

Parameters
----------
horizon : number, whole, from 1, default 10
    How many bars ahead, counted in bars that traded; e.g. [10]
measure : [volatility,variance], default volatility
    The root of the sum, [volatility], or the sum itself
unit : [second,minute,hour,day], default minute
    The unit of a bar; e.g. 1-[minute] bars
size : number, whole, from 1, default 1
    Units in each bar; e.g. [1]-minute bars

Returns
-------
[ label ]
"""

import numpy as np

from litlab.features.indicators import realised_variance
from litlab.features.rows import ahead, on_rows, single

LABEL = True


def feature(adapter, index, params={}, features={}):
    return single(feature_batch, adapter, index, params, features)


def feature_batch(adapter, indices, params, features):
    horizon = params.get("horizon", 10)
    seen = ahead(adapter, indices, params, horizon)
    path = seen.path
    one_day = np.zeros(path.shape, np.int64)  # the horizon stays within the session
    found = realised_variance(path, one_day, [horizon], 1, overnight=False)
    return on_rows(seen.keep, found if params.get("measure", "volatility") == "variance" else np.sqrt(found))
