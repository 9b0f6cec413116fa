"""Put several results side by side: columns of windows of equal length, or plain vectors.

Returns
-------
[ values ]
"""

from keras import layers

WIRES = (2, None)
GROUP = "Joining"


def make_component(params, inputs):
    return layers.Concatenate(axis=-1, name=params["node"])(inputs)
