"""Gradient boosting on the same features: what a person would try before a network.

Histogram-based gradient-boosted trees (Friedman 2001; Ke et al., "LightGBM", 2017) of scikit-learn on
``summary``'s rows. Fitted on the training part alone; how many of at most 100 trees count is chosen on the
validation part, as a network's epoch is. Time is bounded: at most 20,000 training samples, evenly spaced;
about a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.assets import Asset
from litlab.vault.heads import Head
from litlab.vault.summary import summary

Floats = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float32]

TREES = 100
MOST_TRAIN, MOST_VALIDATION = 20_000, 10_000
SEED = 7
SETTINGS: dict[str, Any] = {
    "max_iter": TREES, "learning_rate": 0.1, "max_leaf_nodes": 8, "min_samples_leaf": 40,
    "l2_regularization": 1.0, "early_stopping": False, "random_state": SEED,
}  # fmt: skip


def boosted(asset: Asset, head: Head, part: str) -> Floats | None:
    """Return what boosted trees predict of a part, (n, columns); None where nothing can be learned.

    That is: without scikit-learn, without a validation part, or where the training part holds one value.
    """
    try:
        import sklearn.ensemble as trees
        from threadpoolctl import threadpool_limits
    except ImportError:
        return None
    if not (asset.count("train") and asset.count("validation") and asset.count(part)):
        return None
    train, chosen = _even(asset.count("train"), MOST_TRAIN), _even(asset.count("validation"), MOST_VALIDATION)
    truth = label_of(asset, head.label, "train")[train]
    counted = head.kind not in ("probability", "classes") or (truth == np.round(truth)).all()
    if len(np.unique(truth)) < 2 or not counted:
        return None
    inputs = summary(asset, "train", train), summary(asset, "validation", chosen), summary(asset, part)
    judged = label_of(asset, head.label, "validation")[chosen]
    # One thread: many wait for each other in a busy loop, and on a busy machine take a hundred times as long.
    with threadpool_limits(1, user_api="openmp"):
        return _grown(trees, asset, head, truth, judged, inputs)


def _grown(
    trees: Any, asset: Asset, head: Head, truth: Floats, judged: Floats, inputs: tuple[Matrix, Matrix, Matrix]
) -> Floats:
    if head.kind in ("probability", "classes"):
        model = trees.HistGradientBoostingClassifier(**SETTINGS).fit(inputs[0], truth)
        return _chosen(head, judged, *(_classes(model, one, head, asset) for one in inputs[1:]))
    if head.kind == "level":
        model = trees.HistGradientBoostingRegressor(**SETTINGS).fit(inputs[0], truth)
        return _chosen(head, judged, *(_levels(model, one) for one in inputs[1:]))
    found = []
    for level in head.levels:
        model = trees.HistGradientBoostingRegressor(loss="quantile", quantile=level, **SETTINGS)
        model.fit(inputs[0], truth)
        one = Head(head.label, "quantiles", (level,))
        found.append(_chosen(one, judged, *(_levels(model, values) for values in inputs[1:])))
    return np.sort(np.concatenate(found, axis=1), axis=1)


def label_of(asset: Asset, label: str, part: str) -> Floats:
    """Return a label's values, (n,); of several columns the first."""
    return np.asarray(asset.array(part, label)[:, 0, 0], np.float64)


def class_count(asset: Asset, label: str) -> int:
    """Return how many classes a label counts: its greatest value in the training part, plus one."""
    return round(float(asset.statistics(label)["max"][0])) + 1


def _even(total: int, most: int) -> npt.NDArray[np.int64]:
    return np.unique(np.linspace(0, total - 1, min(total, most)).round().astype(np.int64))


def _levels(model: Any, inputs: Matrix) -> Iterator[Floats]:
    return (np.asarray(one, np.float64)[:, None] for one in model.staged_predict(inputs))


def _classes(model: Any, inputs: Matrix, head: Head, asset: Asset) -> Iterator[Floats]:
    known = model.classes_.astype(np.int64)
    count = max(2, class_count(asset, head.label), known.max() + 1)
    for shares in model.staged_predict_proba(inputs):
        every = np.zeros((len(inputs), count))
        every[:, known] = shares
        yield every[:, 1:2] if head.kind == "probability" else every


def _chosen(head: Head, judged: Floats, validation: Iterable[Floats], wanted: Iterable[Floats]) -> Floats:
    """Return what is predicted after as many trees as have the least loss on validation."""
    losses = [head.score(judged, said) for said in validation]
    best = int(np.argmin(losses))
    return next(said for at, said in enumerate(wanted) if at == best)
