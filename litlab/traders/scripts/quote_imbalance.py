"""Imbalance of the last quote before the tick: (bid size - ask size) / (bid size + ask size), from -1 to 1.

A tick without a good quote before it on its own day has none, nor one whose quote gives no sizes. The data
need quotes: the adapter's parameter ``quotes``.

Returns
-------
[ imbalance ]
"""

import numpy as np

from litlab.features.rows import on_rows, single


def feature(adapter, index, params={}, features={}):
    return single(feature_batch, adapter, index, params, features)


def feature_batch(adapter, indices, params, features):
    imbalance = adapter.asof_quotes(indices)["imbalance"]
    keep = np.isfinite(imbalance)
    return on_rows(keep, imbalance[keep][:, None])
