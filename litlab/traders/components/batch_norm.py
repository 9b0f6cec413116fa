"""Bring each column to mean 0 and deviation 1 over the batch, then scale it by learned weights.

What is predicted with are running averages over the training batches.

Parameters
----------
momentum : number, 0 to 1, default 0.99
    How slowly the running averages follow.
epsilon : number, from 0, default 0.001
    Added to the variance, so that a constant column stays finite.

Returns
-------
[ values ]
"""

from keras import layers

WIRES = (1, 1)
GROUP = "Steadying"


def make_component(params, inputs):
    return layers.BatchNormalization(
        momentum=params["momentum"], epsilon=params["epsilon"], name=params["node"]
    )(inputs[0])
