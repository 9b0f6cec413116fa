"""Predict the label: the last node of a canvas.

Parameters
----------
label : label
    The label of the asset to learn; e.g. [atr_up_next_minute]
activation : [sigmoid,linear]
    sigmoid gives the probability of a label of zeros and ones, linear a level; e.g. [sigmoid]
l2 : number
    Weight of the L2 penalty on the kernel; e.g. [0.001]

Returns
-------
[ prediction ]
"""

from keras import layers, regularizers

WIRES = (1, 1)


def make_component(params, inputs):
    penalty = params.get("l2", 0)
    return layers.Dense(
        len(params["sources"]["label"].columns),
        activation=params.get("activation", "sigmoid"),
        kernel_regularizer=regularizers.L2(penalty) if penalty else None,
        name=params["node"],
    )(inputs[0])
