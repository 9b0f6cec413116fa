"""Predict the label: the end of a canvas.

Parameters
----------
label : label
    The label of the asset to learn; e.g. [atr_up_next_minute]
head : [binary,classes,regression,quantiles,given], default binary
    binary: the probability of a label of zeros and ones. classes: a probability for each class of a label
    that counts them. regression: a level. quantiles: the levels below which the label lies with the
    probabilities named, in rising order. given: what comes in is the prediction.
classes : number, whole, 2 to 10000
    How many classes; e.g. [3]. Without it, as many as the label has from its least to its largest value in
    the training part.
quantiles : list, 0 to 1, default 0.05, 0.5, 0.95
    The probabilities, for quantiles.
l2 : number, from 0, default 0
    Weight of the L2 penalty on the kernel; e.g. [0.001]
name : text
    What the output is called where a canvas has several; the label's name without it.

Returns
-------
[ prediction ]
"""

from keras import layers, ops, regularizers

WIRES = (1, 1)
GROUP = "Data"
ACTIVATIONS = {"binary": "sigmoid", "classes": "softmax"}


def make_component(params, inputs):
    head, label = params["head"], params["sources"]["label"]
    # The prediction is float32 whatever the network computes in.
    if head == "given":
        return layers.Activation("linear", dtype="float32", name=params["node"])(inputs[0])
    if len(inputs[0].shape) != 2:
        raise ValueError(f"an output wants one vector, not {len(inputs[0].shape) - 1} dimensions")
    values = layers.Dense(
        _width(params, label),
        activation=ACTIVATIONS.get(head, "linear"),
        kernel_regularizer=regularizers.L2(params["l2"]) if params["l2"] else None,
        dtype="float32",
        name=params["node"] if head != "quantiles" else f"{params['node']}_steps",
    )(inputs[0])
    return _rising(values, params) if head == "quantiles" else values


def _width(params, label):
    if params["head"] == "quantiles":
        levels = params["quantiles"]
        if not levels or levels != sorted(set(levels)) or not 0 < levels[0] <= levels[-1] < 1:
            raise ValueError(f"quantiles = {levels} must rise between 0 and 1, both excluded")
    if params["head"] in ("quantiles", "classes") and len(label.columns) > 1:
        raise ValueError(f"{params['head']} wants a label of one column, not of {len(label.columns)}")
    if params["head"] == "quantiles":
        return len(params["quantiles"])
    if params["head"] == "classes":
        least, most = (round(float(label.statistics[name][0])) for name in ("min", "max"))
        return params.get("classes", max(most - least + 1, 2))
    return len(label.columns)


def _rising(values, params):
    """Return the first value and, upon it, the steps to the others, none of them below zero."""
    steps = ops.softplus(values[:, 1:])
    levels = ops.cumsum(ops.concatenate([values[:, :1], steps], axis=-1), axis=-1)
    return layers.Activation("linear", dtype="float32", name=params["node"])(levels)
