"""Gated recurrent unit: reads a window row by row, oldest first, with fewer weights than an LSTM.

Parameters
----------
units : number, whole, 1 to 65536, default 16
    Size of the memory.
layers : number, whole, 1 to 100, default 1
    How many such layers one after the other.
last : number, whole, from 1
    Look at the last rows of the window only; e.g. [30]. All of them without it.
dropout : number, 0 to 0.99, default 0
    The share of the inputs silenced while training; e.g. [0.2]
sequence : boolean, default no
    Hand on the memory after every row, not only after the last.

Returns
-------
[ units ]
"""

from keras import layers

WIRES = (1, 1)
GROUP = "Sequence"
TITLE = "GRU"


def make_component(params, inputs):
    values = inputs[0]
    last = params.get("last")
    if last is not None:
        rows = values.shape[1]
        if last > rows:
            raise ValueError(f"last = {last} rows were asked of a window of {rows}")
        values = layers.Cropping1D((rows - last, 0), name=f"{params['node']}_last")(values)
    names = params["names"](params["layers"])
    for name in names:
        values = layers.GRU(
            params["units"],
            dropout=params["dropout"],
            return_sequences=params["sequence"] or name != names[-1],
            name=name,
        )(values)
    return values
