"""Label: which comes first, a price above, a price below, or the end of the horizon.

0 the lower barrier, 1 neither within the horizon, 2 the upper barrier. A bar that reaches both is decided by
its open where that lies at or beyond one; else by `both`. The whole horizon is read even where a barrier is
reached early, so that which samples exist does not depend on what happens. Where the average true range is 0
the sample is rejected.

The price at the sample is the last one known at its index. Bars are counted after the one that holds the
index; the sample is rejected where they are not all there.

Parameters
----------
horizon : number, whole, from 1, default 30
    How many bars ahead, counted in bars that traded; e.g. [30]
upper : number, from 0, default 2
    From the price at the sample up to the upper barrier; e.g. [2] average true ranges
lower : number, from 0, default 2
    From the price at the sample down to the lower barrier; e.g. [2] average true ranges
measured : [atr,ticks], default atr
    What barriers are measured in: average true ranges, [atr], or price ticks
rate : number, whole, from 1, default 14
    Bars that the average true range smooths over; e.g. [14]
both : [lower,drop], default lower
    What a bar is that reaches both from within: the [lower] barrier, or no sample
unit : [second,minute,hour,day], default minute
    The unit of a bar; e.g. 1-[minute] bars
size : number, whole, from 1, default 1
    Units in each bar; e.g. [1]-minute bars

Returns
-------
[ label ]
"""

import numpy as np

from litlab.features.indicators import WARM_UP, first_barrier, window_atr
from litlab.features.indicators.outcomes import BOTH, LOWER
from litlab.features.rows import ahead, on_rows, past_bars, single

LABEL = True


def feature(adapter, index, params={}, features={}):
    return single(feature_batch, adapter, index, params, features)


def feature_batch(adapter, indices, params, features):
    seen = ahead(adapter, indices, params, params.get("horizon", 30))
    unit, full = _unit(adapter, indices, params)
    inside = full[seen.keep]
    keep, entry, unit = seen.keep & full, seen.entry[inside], unit[seen.keep & full]
    lower, upper = entry - params.get("lower", 2) * unit, entry + params.get("upper", 2) * unit
    first = first_barrier(seen.bars[inside], lower, upper)
    if params.get("both", "lower") == "drop":
        classes = np.where(first == BOTH, np.nan, first)  # a row that is not finite is rejected
    else:
        classes = np.where(first == BOTH, LOWER, first).astype(float)
    return on_rows(keep, classes[:, None])


def _unit(adapter, indices, params):
    if params.get("measured", "atr") == "ticks":
        return np.full(len(indices), adapter.tick_size), np.ones(len(indices), bool)
    rate = params.get("rate", 14)
    window, _ = past_bars(adapter, indices, {**params, "current": "partial"}, 1 + WARM_UP * rate)
    unit = window_atr(window, rate, 1)[:, 0]
    return unit, unit > 0
