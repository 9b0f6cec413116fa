"""Long short-term memory: reads a window row by row, oldest first.

Parameters
----------
units : number
    Size of the memory; e.g. [16]
layers : number
    How many such layers one after the other; e.g. [1]
last : number
    Look at the last rows of the window only; e.g. [30]. All of them without it.

Returns
-------
[ units ]
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
    count = params.get("layers", 1)
    for number in range(count):
        values = layers.LSTM(
            params.get("units", 16),
            return_sequences=number + 1 < count,
            name=f"{params['node']}_{number + 1}",
        )(values)
    return values
