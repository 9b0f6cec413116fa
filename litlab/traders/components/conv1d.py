"""Convolution over the rows of a window: the same small filter tried at every place.

Parameters
----------
filters : number, whole, 1 to 65536, default 16
    Outputs at each place.
kernel : number, whole, from 1, default 9
    Rows that one filter spans.
stride : number, whole, from 1, default 1
    Rows from one place to the next.
padding : [valid,same,causal], default valid
    What happens at the ends: valid drops places where the filter hangs over, same and causal keep them.
activation : [relu,tanh,gelu,silu,elu,sigmoid,linear], default relu
    What follows.
last : number, whole, from 1
    Look at the last rows of the window only; e.g. [30]. All of them without it.
layers : number, whole, 1 to 100, default 1
    How many such layers one after the other.

Returns
-------
[ filters ]
"""

from keras import layers

WIRES = (1, 1)
GROUP = "Windows"
TITLE = "Conv1D"


def make_component(params, inputs):
    values = inputs[0]
    last = params.get("last")
    if last is not None:
        rows = values.shape[1]
        if last > rows:
            raise ValueError(f"last = {last} rows were asked of a window of {rows}")
        values = layers.Cropping1D((rows - last, 0), name=f"{params['node']}_last")(values)
    for name in params["names"](params["layers"]):
        values = layers.Conv1D(
            params["filters"],
            params["kernel"],
            strides=params["stride"],
            padding=params["padding"],
            activation=params["activation"],
            name=name,
        )(values)
    return values
