"""Learn a few numbers for each code: for columns that hold kinds, not amounts.

Parameters
----------
codes : number, whole, 1 to 10000000, default 64
    How many codes there are: they run from 0 to one less.
size : number, whole, 1 to 65536, default 4
    Numbers learned for each.

Returns
-------
[ values ]
"""

from keras import layers

WIRES = (1, 1)
GROUP = "Layers"


def make_component(params, inputs):
    values = layers.Embedding(params["codes"], params["size"], name=params["node"])(inputs[0])
    if len(values.shape) == 4:  # a window of several columns: their numbers go side by side
        rows, columns = inputs[0].shape[1:]
        values = layers.Reshape((rows, columns * params["size"]), name=f"{params['node']}_side")(values)
    return values
