"""One column of an earlier feature, less its mean and divided by its standard deviation.

Both are taken over the rows of that sample alone, so nothing is learned from other samples. 0 where all rows
are equal.

Parameters
----------
other : feature
    The feature to standardise
column : number, whole, from 0, default 0
    Which of its columns, counted from [0]

Returns
-------
[ {other}_standardised ]
"""

import numpy as np

from litlab.errors import BadParameter
from litlab.features.indicators import standardise
from litlab.features.rows import on_rows, single


def feature(adapter, index, params={}, features={}):
    return single(feature_batch, adapter, index, params, features)


def feature_batch(adapter, indices, params, features):
    table, column = features[params["other"]], params.get("column", 0)
    if column >= table.shape[2]:
        raise BadParameter(
            name="column", given=column, wanted=f"{params['other']} has {table.shape[2]} columns"
        )
    return on_rows(np.ones(len(indices), bool), standardise(table[:, :, column]))
