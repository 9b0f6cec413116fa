"""Asks numpy for the present."""

import numpy as np


def feature(adapter, index, params={}, features={}):
    return [float(np.datetime64("now").astype("datetime64[Y]").astype(int))]
