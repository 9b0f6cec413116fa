"""Fully connected layers, one after the other.

Parameters
----------
units : number, whole, 1 to 65536, default 32
    Outputs of each layer.
layers : number, whole, 1 to 100, default 1
    How many layers.
activation : [relu,tanh,gelu,silu,elu,sigmoid,softmax,linear], default relu
    What follows each layer.
l2 : number, from 0, default 0
    Weight of the L2 penalty on the kernels; e.g. [0.001]

Returns
-------
[ units ]
"""

from keras import layers, regularizers

WIRES = (1, 1)
GROUP = "Layers"


def make_component(params, inputs):
    values = inputs[0]
    for name in params["names"](params["layers"]):
        values = layers.Dense(
            params["units"],
            activation=params["activation"],
            kernel_regularizer=regularizers.L2(params["l2"]) if params["l2"] else None,
            name=name,
        )(values)
    return values
