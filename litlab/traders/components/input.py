"""Feed a feature of the asset into the network, normalised inside the model.

Parameters
----------
feature : feature
    The input of the asset; e.g. [100_1_minute_bars]
normalise : [market,standardise,range,none], default market
    How values are scaled. market: prices relative to the window's last close in units of the ATR, an ATR in
    its own last value, counts and sizes in logs, then all of it standardised. standardise: each column minus
    its mean, by its standard deviation. range: each column from 0 to 1. Statistics come from the training
    part only.
scale : feature
    The ATR whose last value is the unit of prices, for market; e.g. [100_1_minute_atr]. Without it the
    unit is the mean range (high - low) of the window.
last : number, whole, from 1
    Only the last rows of the window; e.g. [30]. All of them without it.
columns : list
    Only these columns; e.g. [close, volume]. All of them without it.

Returns
-------
[ window ]
"""

import itertools

import numpy as np
from keras import layers, ops

WIRES = (0, 0)
GROUP = "Data"
PRICES = ("open", "high", "low", "close")
SIZES = ("trades", "volume", "mean_size", "max_size")


def make_component(params, inputs):
    source = params["sources"]["feature"]
    cut = Cut(params, source)
    kind = params["normalise"]
    if kind == "none":
        return cut(inputs[0])
    if kind == "market":
        mean, deviation = params["remember"](("market", *cut.key), lambda: cut.market(params["sources"]))
        return _rescaled(cut(market(source.columns, *inputs)), mean, deviation, params["node"])
    known = {name: values[cut.places] for name, values in source.statistics.items()}
    if kind == "range":
        return _rescaled(cut(inputs[0]), known["min"], known["max"] - known["min"], params["node"])
    return _rescaled(cut(inputs[0]), known["mean"], known["std"], params["node"])


class Cut:
    """The rows and columns that the form asks for."""

    def __init__(self, params, source):
        rows, columns = source.shape[0], params.get("columns") or list(source.columns)
        missing = [name for name in columns if name not in source.columns]
        if missing:
            known = ", ".join(source.columns)
            raise ValueError(f"{source.name} has no column {missing[0]!r}, it has {known}")
        self.rows = params.get("last", rows)
        if self.rows > rows:
            raise ValueError(f"last = {self.rows} rows were asked of a window of {rows}")
        self.places = [source.columns.index(name) for name in columns]
        self.whole = self.rows == rows, self.places == list(range(len(source.columns)))
        self.key = self.rows, *self.places

    def __call__(self, window):
        if not self.whole[0]:
            window = window[:, -self.rows :, :]
        if self.whole[1]:
            return window
        parts = [window[:, :, at : at + 1] for at in self.places]
        return ops.concatenate(parts, axis=-1) if len(parts) > 1 else parts[0]

    def market(self, sources):
        """Return mean and deviation of each column, over what the network sees of training samples."""
        rows = [one.train_rows() for one in sources.values()]
        seen = ops.convert_to_numpy(self(market(sources["feature"].columns, *rows))).astype("float64")
        seen = seen.reshape(-1, seen.shape[-1])
        return np.nanmean(seen, 0), np.nanstd(seen, 0)


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
