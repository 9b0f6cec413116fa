"""Silence a random share of the values while training, so that the network relies on no single one.

Parameters
----------
rate : number, 0 to 0.99, default 0.2
    The share silenced.

Returns
-------
[ values ]
"""

from keras import layers

WIRES = (1, 1)
GROUP = "Steadying"


def make_component(params, inputs):
    return layers.Dropout(params["rate"], name=params["node"])(inputs[0])
