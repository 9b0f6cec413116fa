"""Add results of equal shape: the way around a block of layers (a residual connection).

Returns
-------
[ values ]
"""

from keras import layers

WIRES = (2, None)
GROUP = "Joining"


def make_component(params, inputs):
    return layers.Add(name=params["node"])(inputs)
