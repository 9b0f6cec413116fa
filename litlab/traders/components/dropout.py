"""Silence a random share of the values while training, so that the network relies on no single one.

Parameters
----------
rate : number
    The share silenced; e.g. [0.2]

Returns
-------
[ values ]
"""

from keras import layers

WIRES = (1, 1)


def make_component(params, inputs):
    return layers.Dropout(params.get("rate", 0.2), name=params["node"])(inputs[0])
