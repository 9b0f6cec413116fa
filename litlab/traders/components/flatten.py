"""Turn a window of rows and columns into one vector.

Returns
-------
[ values ]
"""

from keras import layers

WIRES = (1, 1)
GROUP = "Layers"


def make_component(params, inputs):
    return layers.Flatten(name=params["node"])(inputs[0])
