"""Fully connected layers, one after the other.

Parameters
----------
units : number
    Outputs of each layer; e.g. [32]
layers : number
    How many layers; e.g. [1]
activation : [relu,tanh,gelu,sigmoid,linear]
    What follows each layer; e.g. [relu]
l2 : number
    Weight of the L2 penalty on the kernels; e.g. [0]

Returns
-------
[ units ]
"""

from keras import layers, regularizers

WIRES = (1, 1)


def make_component(params, inputs):
    values = inputs[0]
    penalty = params.get("l2", 0)
    for number in range(params.get("layers", 1)):
        values = layers.Dense(
            params.get("units", 32),
            activation=params.get("activation", "relu"),
            kernel_regularizer=regularizers.L2(penalty) if penalty else None,
            name=f"{params['node']}_{number + 1}",
        )(values)
    return values
