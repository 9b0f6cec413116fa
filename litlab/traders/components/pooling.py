"""Sum each column of a window up in one number.

Parameters
----------
by : [average,maximum]
    The mean over all rows, or the largest value; e.g. [average]

Returns
-------
[ values ]
"""

from keras import layers

WIRES = (1, 1)
LAYERS = {"average": layers.GlobalAveragePooling1D, "maximum": layers.GlobalMaxPooling1D}


def make_component(params, inputs):
    return LAYERS[params.get("by", "average")](name=params["node"])(inputs[0])
