"""Volume by the tick rule, of the last trades: bought above the last other price, sold below it.

At an equal price the sign before holds; until the first change among these trades it is unknown. It is a
guess at who was the aggressor, made of prices alone.

Parameters
----------
ticks : number, whole, from 1, default 1000
    How many trades; e.g. [1000]

Returns
-------
[ bought, sold, unknown, signed ]
"""

from litlab.features.indicators import signed_volume
from litlab.features.rows import on_rows, single


def feature(adapter, index, params={}, features={}):
    return single(feature_batch, adapter, index, params, features)


def feature_batch(adapter, indices, params, features):
    ticks = params.get("ticks", 1000)
    last, lengths = adapter.last_ticks_batch(indices, ticks, ("price", "volume", "eligibility"))
    keep = lengths == ticks
    found = signed_volume(*(last[name][keep] for name in ("price", "volume", "eligibility")))
    return on_rows(keep, found[:, None, :])
