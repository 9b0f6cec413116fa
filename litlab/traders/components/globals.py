"""How the whole network is trained; it is wired to nothing.

Parameters
----------
epochs : number
    Passes over the training part, at most; e.g. [15]
batch : number
    Samples in one step; e.g. [256]
optimizer : [adam,sgd,rmsprop]
    How weights follow the gradient; e.g. [adam]
learning_rate : number
    The length of a step; e.g. [0.0005]
patience : number
    Stop after as many epochs without a better log-loss on the validation part; e.g. [3]
seed : number
    Decides the first weights and the order of the samples; e.g. [7]

Returns
-------
[ ]
"""

WIRES = (0, 0)


def make_component(params, inputs):
    return None
