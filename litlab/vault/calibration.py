"""Does 70 % happen seven times in ten? Reliability, and what confidence is worth."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.vault.baselines import fit_logistic

Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]

BINS = 10
_CLIP = 1e-7


def reliability(truth: Array, probability: Array, bins: int = BINS) -> list[dict[str, float]]:
    """Return what was said and what happened, by bins of equal width; empty bins are left out.

    Returns
    -------
    list of dict
        ``low`` and ``high`` of the bin (the last one holds 1), ``n``, ``said`` (mean probability),
        ``happened`` (share of ones).

    Examples
    --------
    >>> import numpy as np
    >>> reliability(np.array([0, 1, 1]), np.array([0.1, 0.3, 0.9]), bins=2)[0]
    {'low': 0.0, 'high': 0.5, 'n': 2, 'said': 0.2, 'happened': 0.5}
    """
    said, happened = np.asarray(probability, np.float64), np.asarray(truth, np.float64)
    at = np.clip((said * bins).astype(np.int64), 0, bins - 1)
    counts = np.bincount(at, minlength=bins)
    sums = [np.bincount(at, values, minlength=bins) for values in (said, happened)]
    return [
        {
            "low": one / bins,
            "high": (one + 1) / bins,
            "n": int(counts[one]),
            "said": float(sums[0][one] / counts[one]),
            "happened": float(sums[1][one] / counts[one]),
        }
        for one in np.flatnonzero(counts).tolist()
    ]


def expected_calibration_error(table: list[dict[str, float]]) -> float:
    """Return the mean distance between said and happened over the samples of a reliability table.

    Naeini, Cooper, Hauskrecht (2015); it depends on the bins and is above 0 for a perfect model, too.

    >>> expected_calibration_error([{"n": 3, "said": 0.25, "happened": 0.5},
    ...                             {"n": 1, "said": 0.75, "happened": 1.0}])
    0.25
    """
    total = sum(one["n"] for one in table)
    if not total:
        return float("nan")
    return float(sum(one["n"] * abs(one["said"] - one["happened"]) for one in table) / total)


def calibration_line(truth: Array, probability: Array) -> tuple[float, float]:
    """Return slope and intercept of the logistic regression of what happened on the logit of what was said.

    (1, 0) is calibrated; a slope below 1 says too much, an intercept above 0 says too little overall
    (Cox 1958). NaN where one class is missing or only one thing was ever said.
    """
    known = np.clip(np.asarray(probability, np.float64), _CLIP, 1 - _CLIP)
    logit = np.log(known) - np.log1p(-known)
    happened = np.asarray(truth, np.float64)
    if len(np.unique(happened)) < 2 or logit.std() < 1e-12:
        return float("nan"), float("nan")
    (weight, bias), (mean, _), (deviation, _) = fit_logistic(logit[:, None], happened, penalty=0.0)
    slope = weight / deviation
    return float(slope), float(bias - slope * mean)


def calibration(truth: Array, probability: Array) -> dict[str, Any]:
    """Return ``slope``, ``intercept``, ``ece`` and the reliability table ``bins``."""
    slope, intercept = calibration_line(truth, probability)
    table = reliability(truth, probability)
    return {
        "slope": slope,
        "intercept": intercept,
        "ece": expected_calibration_error(table),
        "bins": table,
    }


def confidence_deciles(
    truth: Array, probability: Array, base_rate: float | Array, parts: int = 10
) -> list[dict[str, float]]:
    """Return how often the model is right by how sure it is, the least sure tenth first.

    Sure means far, in logits, from the training part's base rate; saying more than it calls a one, saying
    less a zero. Equal confidences are split in the order of the samples.

    Parameters
    ----------
    truth : (n,) of 0 and 1
    probability : (n,) float
    base_rate : float or (n,) float
        The share of ones in the *training* part.
    parts : int

    Returns
    -------
    list of dict
        As ``deciles_of``.
    """
    known = np.clip(np.asarray(probability, np.float64), _CLIP, 1 - _CLIP)
    rate = np.clip(np.asarray(base_rate, np.float64), _CLIP, 1 - _CLIP)
    distance = np.log(known / (1 - known)) - np.log(rate / (1 - rate))
    called, came = (distance > 0).astype(np.int64), (np.asarray(truth) > 0.5).astype(np.int64)
    return deciles_of(called, came, np.abs(distance), parts)


def deciles_of(called: Array, came: Array, confidence: Array, parts: int = 10) -> list[dict[str, float]]:
    """Return how often calls are right by confidence, the least sure first.

    Parameters
    ----------
    called, came : (n,) int
        The class that was called, and the one that came.
    confidence : (n,) float

    Returns
    -------
    list of dict
        ``n``; ``confidence``, the least one in it; ``hit_rate``, the share of right calls; ``lift``, the
        hit rate over that of as many calls of each class made at random on these samples.
    """
    found = []
    count = int(max(called.max(initial=0), came.max(initial=0))) + 1
    for rows in np.array_split(np.argsort(confidence, kind="stable"), parts):
        if not len(rows):
            continue
        shares = [np.bincount(one[rows], minlength=count) / len(rows) for one in (called, came)]
        chance, hits = float(shares[0] @ shares[1]), float((called[rows] == came[rows]).mean())
        found.append(
            {
                "n": len(rows),
                "confidence": float(confidence[rows[0]]),
                "hit_rate": hits,
                "lift": hits / chance if chance else float("nan"),
            }
        )
    return found
