"""Feed a feature of the asset into the network, normalised inside the model.

Parameters
----------
feature : feature
    The input of the asset; e.g. [100_1_minute_bars]
normalise : [market,standardise,none]
    How values are scaled; e.g. [market]. market: prices relative to the window's last close in units of
    the ATR, an ATR in its own last value, counts and sizes in logs, then all of it standardised.
    standardise: each column minus its mean, by its standard deviation. Statistics come from the training
    part only.
scale : feature
    The ATR whose last value is the unit of prices, for market; e.g. [100_1_minute_atr]. Without it the
    unit is the mean range (high - low) of the window.

Returns
-------
[ window ]
"""

import itertools

import numpy as np
from keras import layers, ops

WIRES = (0, 0)
PRICES = ("open", "high", "low", "close")
SIZES = ("trades", "volume", "mean_size", "max_size")


def make_component(params, inputs):
    source = params["sources"]["feature"]
    kind = params.get("normalise", "market")
    if kind == "none":
        return inputs[0]
    if kind == "standardise":
        return _rescaled(inputs[0], source.statistics["mean"], source.statistics["std"], params["node"])
    rows = [one.train_rows() for one in params["sources"].values()]
    seen = ops.convert_to_numpy(market(source.columns, *rows)).astype("float64")
    seen = seen.reshape(-1, seen.shape[-1])
    values = market(source.columns, *inputs)
    return _rescaled(values, np.nanmean(seen, 0), np.nanstd(seen, 0), params["node"])


def market(columns, window, atr=None):
    """Return the window, (n, rows, cols), with each column in the unit that its name asks for.

    Runs on arrays and on a model's tensors alike, so that statistics are taken of exactly what the
    network will see.
    """
    if any(name in PRICES for name in columns):
        close = columns.index("close") if "close" in columns else columns.index("open")
        last = window[:, -1:, close : close + 1]
        unit = ops.maximum(_unit(columns, window, atr), 1e-9)
    parts = []
    for kind, run in itertools.groupby(range(len(columns)), lambda at: _kind(columns[at])):
        run = list(run)
        values = window[:, :, run[0] : run[-1] + 1]
        if kind == "price":
            values = (values - last) / unit
        elif kind == "size":
            values = ops.log(values + 1.0)  # log1p would not export to ONNX
        elif kind == "atr":
            values = values / ops.maximum(values[:, -1:, :], 1e-9)
        parts.append(values)
    return ops.concatenate(parts, axis=-1) if len(parts) > 1 else parts[0]


def _kind(name):
    return "price" if name in PRICES else "size" if name in SIZES else "atr" if name == "atr" else "other"


def _unit(columns, window, atr):
    if atr is not None:
        return atr[:, -1:, -1:]
    if "high" not in columns or "low" not in columns:
        raise ValueError("market needs a scale here: the feature has no high and low to take a range from")
    high, low = columns.index("high"), columns.index("low")
    return ops.mean(window[:, :, high : high + 1] - window[:, :, low : low + 1], axis=1, keepdims=True)


def _rescaled(values, mean, deviation, name):
    # Rescaling, not Normalization: the latter exports to an ONNX file that does not run.
    deviation = np.where(np.asarray(deviation, float) > 1e-9, deviation, 1.0)
    scale = 1.0 / deviation
    return layers.Rescaling(scale.tolist(), (-np.asarray(mean) * scale).tolist(), name=f"{name}_scaled")(
        values
    )
