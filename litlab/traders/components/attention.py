"""Multi-head attention: every row looks at all rows, and takes most from those that matter to it.

One wire: the window looks at itself. Two wires: the rows of the first look at those of the second.

Parameters
----------
heads : number, whole, 1 to 256, default 2
    How many looks, side by side.
size : number, whole, 1 to 65536, default 16
    Numbers that one look compares rows by.
dropout : number, 0 to 0.99, default 0
    The share of the looks silenced while training; e.g. [0.1]
causal : boolean, default no
    A row looks at itself and older ones only.

Returns
-------
[ values ]
"""

from keras import layers

WIRES = (1, 2)
GROUP = "Sequence"
TITLE = "Multi-head attention"


def make_component(params, inputs):
    layer = layers.MultiHeadAttention(
        params["heads"], params["size"], dropout=params["dropout"], name=params["node"]
    )
    if params["causal"]:
        return layer(inputs[0], inputs[-1], use_causal_mask=True)
    return layer(inputs[0], inputs[-1])
