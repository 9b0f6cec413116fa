"""Bring the values of each row to mean 0 and deviation 1, then scale them by learned weights.

Parameters
----------
epsilon : number, from 0, default 0.001
    Added to the variance, so that a constant row stays finite.

Returns
-------
[ values ]
"""

from keras import layers

WIRES = (1, 1)
GROUP = "Steadying"


def make_component(params, inputs):
    return layers.LayerNormalization(epsilon=params["epsilon"], name=params["node"])(inputs[0])
