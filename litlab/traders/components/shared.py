"""Use the layers of another node once more, with the same weights, on something of the same shape.

Parameters
----------
of : text
    The id of the other node; e.g. [conv]

Returns
-------
[ values ]
"""

WIRES = (1, None)
GROUP = "Joining"
TITLE = "Shared layers"
SHARES = "of"


def make_component(params, inputs):
    return params["again"](inputs)
