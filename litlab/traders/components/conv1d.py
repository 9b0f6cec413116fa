"""Convolution over the rows of a window: the same small filter tried at every place.

Parameters
----------
filters : number
    Outputs at each place; e.g. [16]
kernel : number
    Rows that one filter spans; e.g. [9]
stride : number
    Rows from one place to the next; e.g. [1]
activation : [relu,tanh,gelu,sigmoid,linear]
    What follows; e.g. [relu]
last : number
    Look at the last rows of the window only; e.g. [30]. All of them without it.
layers : number
    How many such layers one after the other; e.g. [1]

Returns
-------
[ filters ]
"""

from keras import layers

WIRES = (1, 1)


def make_component(params, inputs):
    values = inputs[0]
    last = params.get("last")
    if last is not None:
        rows = values.shape[1]
        if last > rows:
            raise ValueError(f"last = {last} rows were asked of a window of {rows}")
        values = layers.Cropping1D((rows - last, 0), name=f"{params['node']}_last")(values)
    for number in range(params.get("layers", 1)):
        values = layers.Conv1D(
            params.get("filters", 16),
            params.get("kernel", 9),
            strides=params.get("stride", 1),
            activation=params.get("activation", "relu"),
            name=f"{params['node']}_{number + 1}",
        )(values)
    return values
