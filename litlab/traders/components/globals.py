"""How the whole network is trained; it is wired to nothing.

Parameters
----------
epochs : number, whole, from 1, default 15
    Passes over the training part, at most.
batch : number, whole, from 1, default 256
    Samples in one step.
optimizer : [adam,adamw,sgd,rmsprop], default adam
    How weights follow the gradient.
learning_rate : number, default 0.0005
    The length of a step, at first.
schedule : [constant,cosine,plateau], default constant
    cosine: down to nothing over the epochs. plateau: half as long after every two epochs without a better
    validation loss.
patience : number, whole, from 1, default 3
    Stop after as many epochs without a better validation loss.
balanced : boolean, default no
    Weigh samples so that every class counts as much as any other.
metrics : list
    What Keras tells after each epoch besides the loss; e.g. [AUC]
precision : [float32,mixed_float16,mixed_bfloat16], default float32
    What the network computes in; the mixed ones are for graphics processors.
seed : number, whole, 0 to 4294967295, default 7
    Decides the first weights and the order of the samples.

Returns
-------
[ ]
"""

WIRES = (0, 0)
GROUP = "Training"


def make_component(params, inputs):
    return None
