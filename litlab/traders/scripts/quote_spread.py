"""Spread of the last quote before the tick: ask less bid.

A tick without a good quote before it on its own day (a side is lacking, or the quote is crossed) has none.
The data need quotes: the adapter's parameter ``quotes``.

Parameters
----------
measure : [price,ticks,share], default price
    In money, in smallest price steps, or as a share of the mid price: [share]

Returns
-------
[ spread ]
"""

import numpy as np

from litlab.features.rows import on_rows, single


def feature(adapter, index, params={}, features={}):
    return single(feature_batch, adapter, index, params, features)


def feature_batch(adapter, indices, params, features):
    quotes = adapter.asof_quotes(indices)
    keep = np.isfinite(quotes["spread"])
    units = {"price": 1.0, "ticks": adapter.tick_size, "share": quotes["mid"]}
    found = quotes["spread"] / units[params.get("measure", "price")]
    return on_rows(keep, found[keep][:, None])
