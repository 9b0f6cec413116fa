"""Sum the rows of a window up, all of them or a few at a time.

Parameters
----------
by : [average,maximum], default average
    The mean over the rows, or the largest value.
size : number, whole, from 1
    Rows summed up in one; e.g. [2]. All of them without it, and no rows are left.

Returns
-------
[ values ]
"""

from keras import layers

WIRES = (1, 1)
GROUP = "Windows"
ALL = {"average": layers.GlobalAveragePooling1D, "maximum": layers.GlobalMaxPooling1D}
FEW = {"average": layers.AveragePooling1D, "maximum": layers.MaxPooling1D}


def make_component(params, inputs):
    if "size" in params:
        return FEW[params["by"]](params["size"], name=params["node"])(inputs[0])
    return ALL[params["by"]](name=params["node"])(inputs[0])
