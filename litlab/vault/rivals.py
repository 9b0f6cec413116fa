"""The baselines of every kind of output: what a model has to beat, fitted on the training part alone.

========== ============================ ================================ ===============================
rival      probability                  classes                          level, quantiles
========== ============================ ================================ ===============================
base_rate  share of ones                share of each class              mean; quantiles of the labels
persistence what came after the last     what came after the last class   the last label known by then
last_bar   logistic on the last bar     one logistic a class, normed     least squares on the last bar
reference  logistic on eight columns    one logistic a class, normed     least squares on eight columns
har, ewma  –                            –                                of volatilities
boosting   gradient-boosted trees on the same features, all kinds
========== ============================ ================================ ===============================

Rivals of quantiles are a level's forecast plus the quantiles of its errors on the training part. What needs
bars or an ATR that the asset's inputs lack is left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.assets import Asset
from litlab.assets.asset import PARTS
from litlab.vault.baselines import describe, fit_logistic, predict_logistic
from litlab.vault.boosting import boosted, class_count, label_of
from litlab.vault.heads import Head
from litlab.vault.meanings import meaning_of
from litlab.vault.volatility import (
    ewma,
    fit_ewma,
    fit_linear,
    har_inputs,
    predict_linear,
    squared_returns,
)

Floats = npt.NDArray[np.float64]
Both = tuple[Floats, Floats]  # what is said of the training part, and of the part in question

_DESCRIBED = {"last_bar": [1], "reference": list(range(1, 9))}  # rival → its columns of ``describe``


def rivals(asset: Asset, head: Head, part: str = "test") -> dict[str, Floats]:
    """Return each baseline's predictions of every sample of a part, the base rate first.

    Parameters
    ----------
    asset : Asset
    head : Head
    part : str

    Returns
    -------
    dict of str to (n, columns) float64
        Columns as the head's: one for a probability or level, one a class, one a quantile.
    """
    make = {"probability": _probabilities, "classes": _classes, "level": _levels, "quantiles": _quantiles}
    found = make[head.kind](asset, head, part)
    trees = boosted(asset, head, part)
    return found if trees is None else {**found, "boosting": trees}


def _probabilities(asset: Asset, head: Head, part: str) -> dict[str, Floats]:
    truth = label_of(asset, head.label, "train")
    rate = float(truth.mean()) if len(truth) else float("nan")
    found = {"base_rate": np.full((asset.count(part), 1), rate)}
    if not 0 < rate < 1:
        return found
    found["persistence"] = _persistence(asset, head, part, np.array([1 - rate, rate]))[:, 1:]
    known = describe(asset, "train"), describe(asset, part)
    if known[0] is None or known[1] is None:
        return found
    for name, columns in _DESCRIBED.items():
        weights = fit_logistic(known[0][:, columns], truth)
        found[name] = predict_logistic(weights, known[1][:, columns])[:, None]
    return found


def _classes(asset: Asset, head: Head, part: str) -> dict[str, Floats]:
    truth = label_of(asset, head.label, "train").astype(np.int64)
    count = class_count(asset, head.label)
    shares = np.bincount(truth, minlength=count) / len(truth)
    found = {"base_rate": np.tile(shares, (asset.count(part), 1))}
    found["persistence"] = _persistence(asset, head, part, shares)
    described = describe(asset, "train"), describe(asset, part)
    if described[0] is not None and described[1] is not None:
        for name, columns in _DESCRIBED.items():
            train, wanted = (one[:, columns] for one in described if one is not None)
            each = [
                predict_logistic(fit_logistic(train, (truth == one) * 1.0), wanted) for one in range(count)
            ]
            odds = np.column_stack(each)
            found[name] = odds / odds.sum(1, keepdims=True)
    return found


def _persistence(asset: Asset, head: Head, part: str, shares: Floats) -> Floats:
    """Return how often each class came, in the training part, after the class that was known last."""
    count = len(shares)
    truth = label_of(asset, head.label, "train").astype(np.int64)
    before, last = (last_known(asset, head.label, one) for one in ("train", part))
    known = np.isfinite(before)
    pairs = np.zeros((count, count))
    np.add.at(pairs, (before[known].astype(np.int64), truth[known]), 1)
    after = np.tile(shares, (count + 1, 1))  # the last row: nothing is known yet
    after[:-1] = (pairs + shares) / (pairs.sum(1, keepdims=True) + 1)  # the shares weigh as one sample
    came = np.where(np.isfinite(last), last, count).astype(np.int64)
    return np.asarray(after[np.minimum(came, count)], np.float64)


def _levels(asset: Asset, head: Head, part: str) -> dict[str, Floats]:
    return {name: said[:, None] for name, (_, said) in points(asset, head, part).items()}


def _quantiles(asset: Asset, head: Head, part: str) -> dict[str, Floats]:
    truth = label_of(asset, head.label, "train")
    found = {}
    for name, (train, said) in points(asset, head, part).items():
        errors = np.quantile(truth - train, head.levels)
        found[name] = said[:, None] + errors[None, :]
    return found


def points(asset: Asset, head: Head, part: str) -> dict[str, Both]:
    """Return the forecasts of a level that need no trees: of the training part, and of `part`; (n,) each."""
    truth = label_of(asset, head.label, "train")
    sizes = asset.count("train"), asset.count(part)
    mean = float(truth.mean()) if len(truth) else float("nan")
    found: dict[str, Both] = {"base_rate": (np.full(sizes[0], mean), np.full(sizes[1], mean))}
    last = [last_known(asset, head.label, one) for one in ("train", part)]
    found["persistence"] = _pair(np.where(np.isfinite(one), one, mean) for one in last)
    described = describe(asset, "train"), describe(asset, part)
    if described[0] is not None and described[1] is not None:
        for name, columns in _DESCRIBED.items():
            weights = fit_linear(described[0][:, columns], truth)
            found[name] = _pair(
                predict_linear(weights, one[:, columns]) for one in described if one is not None
            )
    return {**found, **_volatilities(asset, head, part, truth)}


def _volatilities(asset: Asset, head: Head, part: str, truth: Floats) -> dict[str, Both]:
    about = meaning_of(asset, head.label)
    if not about.is_spread or not len(truth) or truth.min() < 0 or not truth.any():
        return {}
    squares = squared_returns(asset, "train"), squared_returns(asset, part)
    if squares[0] is None or squares[1] is None:
        return {}
    root = about.kind == "volatility"
    inputs = [har_inputs(one, about.horizon, root) for one in squares if one is not None]
    weights = fit_linear(inputs[0], truth)
    # A forecast outside of what was ever seen is an accident of the fit ("insanity filter": Bollerslev,
    # Patton, Quaedvlieg 2016).
    least, most = truth.min(), truth.max()
    decay, scale = fit_ewma(squares[0], truth, root)
    recent = [scale * ewma(one, decay) for one in squares if one is not None]
    return {
        "har": _pair(np.clip(predict_linear(weights, one), least, most) for one in inputs),
        "ewma": _pair(np.sqrt(one) if root else one for one in recent),
    }


def _pair(values: Any) -> Both:
    first, second = values
    return first, second


def last_known(asset: Asset, label: str, part: str) -> Floats:
    """Return, for every sample, the newest label of its instrument that had ended by its moment; else NaN.

    Labels of every part count, a test sample's too once it is over: whoever trades knows what came.

    Returns
    -------
    (n,) float64
    """
    pooled = [
        (asset.instrument(one), asset.sample_column(one, "label_end_ns"), label_of(asset, label, one))
        for one in PARTS
        if asset.count(one)
    ]
    instrument, ends, values = (np.concatenate([one[at] for one in pooled]) for at in range(3))
    order = np.lexsort((ends, instrument))
    instrument, ends, values = instrument[order], ends[order], values[order]
    found = np.full(asset.count(part), np.nan)
    moments, own = np.asarray(asset.as_of_ns(part)), np.asarray(asset.instrument(part))
    for number in np.unique(own):
        rows = np.flatnonzero(own == number)
        start, stop = np.searchsorted(instrument, [number, number + 1])
        at = np.searchsorted(ends[start:stop], moments[rows], "right") - 1
        found[rows] = np.where(at >= 0, values[start:stop][np.maximum(at, 0)], np.nan)
    return found
