"""How columns are distributed, part by part: histograms, drift, and whether an input is the label.

What is compared is the *newest row* of each sample (its last), of at most ``MOST`` samples of a part, taken
evenly: the rows before it are other samples' newest rows.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.assets.asset import PARTS, Asset

MOST = 20_000
_PAIRS = 4_000  # samples for every cell of every input
_BINS = 20
_DECILES = np.arange(1, 10) / 10
_KNOWN = 50  # fewer known values say nothing of an order

Floats = npt.NDArray[np.float64]


def picked(count: int, most: int = MOST) -> npt.NDArray[np.int64]:
    """Return at most `most` of `count` places, evenly spread, (m,) int64.

    >>> picked(3).tolist(), picked(10, 4).tolist()
    ([0, 1, 2], [0, 3, 6, 9])
    """
    if count <= most:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, most).round().astype(np.int64))


def newest(asset: Asset, part: str, name: str) -> Floats:
    """Return the newest row of a part's samples, (m, cols) float64, m <= MOST."""
    array = asset.array(part, name)
    return np.asarray(array[picked(len(array)), -1, :], np.float64)


def psi(train: Floats, other: Floats) -> float:
    """Return the population stability index of a column between train and another part.

    Σ (q − p)·ln(q / p) over bins; p and q are the shares of train and of the other part. Bins are cut at
    train's deciles, equal ones merged; what lies below and above all of train are bins too, and so is NaN.
    A share of nothing counts as half a sample's, since ln(0) is infinite. (Siddiqi, *Credit Risk
    Scorecards*, 2006: below 0.1 no change, above 0.25 a large one. n and m independent samples without drift
    give (bins − 1)·(1/n + 1/m) on average: Yurdakul 2018.)

    Examples
    --------
    >>> psi(np.arange(100.0), np.arange(100.0)) == 0.0 < 0.25 < psi(np.arange(100.0), np.arange(50.0, 150))
    True
    """
    if not len(train) or not len(other):
        return math.nan
    known = train[np.isfinite(train)]
    edges = np.empty(0)
    if len(known):
        ends = np.nextafter(known.min(), -np.inf), known.max()
        edges = np.unique([*np.quantile(known, _DECILES, method="inverted_cdf"), *ends])
    p, q = (_counts(values, edges) for values in (train, other))
    there = (p > 0) | (q > 0)
    p, q = (np.maximum(counts[there], 0.5) / counts.sum() for counts in (p, q))
    return float(((q - p) * np.log(q / p)).sum())


def _counts(values: Floats, edges: Floats) -> Floats:
    """Return how many values lie up to each edge, behind the last one, and are NaN."""
    known = values[~np.isnan(values)]
    found = np.bincount(np.searchsorted(edges, known, "left"), minlength=len(edges) + 1)
    return np.append(found, len(values) - len(known)).astype(np.float64)


def ks(train: Floats, other: Floats) -> float:
    """Return the two-sample Kolmogorov–Smirnov statistic: how far the two distribution functions part.

    max |F(x) − G(x)| over all x; NaN is left out. (Smirnov 1948.)

    Examples
    --------
    >>> ks(np.array([1.0, 2, 3, 4]), np.array([3.0, 4, 5, 6]))
    0.5
    """
    train, other = (np.sort(one[~np.isnan(one)]) for one in (train, other))
    if not len(train) or not len(other):
        return math.nan
    every = np.concatenate([train, other])
    first = np.searchsorted(train, every, "right") / len(train)
    second = np.searchsorted(other, every, "right") / len(other)
    return float(np.abs(first - second).max())


def histogram(parts: dict[str, Floats]) -> dict[str, Any]:
    """Return a column's shares per part between edges made of train.

    Returns
    -------
    dict
        ``edges``: 21 floats, evenly from train's quantile 0.005 to 0.995, what lies outside counts with the
        first and last bin; [] where train knows nothing. ``shares``: part → 20 floats that sum to 1, [] for
        a part without known values.
    """
    train = parts["train"][np.isfinite(parts["train"])]
    if not len(train):
        return {"edges": [], "shares": {part: [] for part in parts}}
    low, high = np.quantile(train, [0.005, 0.995])
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, _BINS + 1)
    shares = {}
    for part, values in parts.items():
        known = values[~np.isnan(values)]
        counts = np.histogram(np.clip(known, low, high), edges)[0]
        shares[part] = (counts / len(known)).tolist() if len(known) else []
    return {"edges": edges.tolist(), "shares": shares}


def compared(asset: Asset) -> list[dict[str, Any]]:
    """Return histogram and drift of every stored column, in schema order.

    Returns
    -------
    list of dict
        ``feature``, ``column``, ``label``, ``edges``, ``shares``, ``psi`` and ``ks``: part → value against
        train, None where a part has no values.
    """
    rows = []
    for name in asset.manifest["order"]:
        parts = {part: newest(asset, part, name) for part in PARTS}
        for at, column in enumerate(asset.columns(name)):
            own = {part: values[:, at] for part, values in parts.items()}
            drift = {
                kind.__name__: {part: _number(kind(own["train"], own[part])) for part in PARTS[1:]}
                for kind in (psi, ks)
            }
            about = {"feature": name, "column": column, "label": name in asset.labels}
            rows.append({**about, **histogram(own), **drift})
    return rows


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def nearest_copies(asset: Asset) -> list[dict[str, Any]]:
    """Return for each label column the cell of an input that tells most about it, in the training part.

    A label of two values is compared by AUC: the chance that the cell is larger where the label is. Others
    are compared by the rank correlation (Spearman) of their *changes* from one sample to the one behind it:
    levels follow each other on any random walk, changes only if one is made of the other. Both over at most
    4,000 samples, taken evenly.

    Returns
    -------
    list of dict
        ``label``, ``feature``, ``column``, ``row`` (from the end: −1 is the newest), ``measure``
        ("AUC" or "rank correlation of changes"), ``value``, ``strength``: |AUC − 0.5| or half of
        |correlation|, so that 0.5 is a copy of either kind.
    """
    found = []
    places = picked(max(asset.count("train") - 1, 0), _PAIRS)
    labels = [
        (name, at, np.asarray(asset.array("train", name)[:, -1, at], np.float64))
        for name in asset.labels
        for at in range(len(asset.columns(name)))
    ]
    best: dict[int, dict[str, Any]] = {}
    for name in asset.inputs:
        array, columns = asset.array("train", name), asset.columns(name)
        now, then = (np.asarray(array[places + step], np.float64) for step in (0, 1))
        for number, (_, _, truth) in enumerate(labels):
            binary = len(np.unique(truth[~np.isnan(truth)])) == 2
            cells, target = (
                (now, truth[places]) if binary else (then - now, truth[places + 1] - truth[places])
            )
            measure = "AUC" if binary else "rank correlation of changes"
            for row in range(cells.shape[1]):
                for at in range(cells.shape[2]):
                    value = (_auc if binary else _correlation)(cells[:, row, at], target)
                    strength = abs(value - 0.5) if binary else abs(value) / 2
                    if strength > best.get(number, {"strength": -1.0})["strength"]:
                        best[number] = {
                            "feature": name, "column": columns[at], "row": row - cells.shape[1],
                            "measure": measure, "value": value, "strength": strength,
                        }  # fmt: skip
    for number, (name, at, _) in enumerate(labels):
        if number in best:
            found.append({"label": f"{name}.{asset.columns(name)[at]}", **best[number]})
    return found


def ranks(values: Floats) -> Floats:
    """Return ranks from 1, equal values sharing the middle one.

    >>> ranks(np.array([30.0, 10, 30, 20])).tolist()
    [3.5, 1.0, 3.5, 2.0]
    """
    order = np.argsort(values, kind="stable")
    sorted_values = values[order]
    begins = np.flatnonzero(np.concatenate([[True], sorted_values[1:] != sorted_values[:-1]]))
    ends = np.append(begins[1:], len(values))
    out = np.empty(len(values))
    out[order] = np.repeat((begins + ends + 1) / 2, ends - begins)
    return out


def _both(cell: Floats, target: Floats) -> tuple[Floats, Floats]:
    there = np.isfinite(cell) & np.isfinite(target)
    return cell[there], target[there]


def _auc(cell: Floats, target: Floats) -> float:
    """Return the chance that the cell is larger where the label is; NaN where too little is known."""
    cell, target = _both(cell, target)
    positive = target == target.max() if len(target) else np.zeros(0, bool)
    wins, losses = int(positive.sum()), int((~positive).sum())
    if len(cell) < _KNOWN or not wins or not losses:
        return math.nan
    return float((ranks(cell)[positive].sum() - wins * (wins + 1) / 2) / (wins * losses))


def _correlation(cell: Floats, target: Floats) -> float:
    cell, target = _both(cell, target)
    if len(cell) < _KNOWN or np.ptp(cell) == 0 or np.ptp(target) == 0:
        return math.nan
    return float(np.corrcoef(ranks(cell), ranks(target))[0, 1])
