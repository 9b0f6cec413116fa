"""A Keras layer that the palette does not have, as an imported model brought it.

Only layers of Keras itself, without code of anybody's in them.

Parameters
----------
layer : text
    The layer as Keras writes it down, in JSON.
call : text
    What it is called with, in JSON; {"wire": 0} stands for the first wire. All wires, one by one, without it.

Returns
-------
[ values ]
"""

WIRES = (1, None)
GROUP = "Imported"
TITLE = "Keras layer"


def make_component(params, inputs):
    return params["rebuilt"](inputs)
