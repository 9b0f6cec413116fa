"""How good the best of so many trials is where none knows anything: the reality check of a sweep.

The more is tried, the better the best of it looks. A trial's *gain* is how much less it loses on the
validation part than the training part's base rate does (its mean, its frequencies, its quantiles: what can
be said without looking at the inputs). Were no trial any better than that, the best of them would still come
out above it. How far is simulated: whole sessions are drawn with replacement, the same ones for every trial,
so that trials which say nearly the same count as nearly one; each trial's mean gain is taken off, and the
best of each draw is kept.

White (2000), A Reality Check for Data Snooping, Econometrica 68, 1097–1126, with sessions in the place of
his blocks. It leans to the careful side where some trials are far worse than the base rate (Hansen, 2005).
What is chosen within a trial, its best epoch, is not counted (the other epochs' checkpoints may be gone), and
the sweep's sentence says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.assets import Asset
from litlab.vault.heads import Head
from litlab.vault.scores import BLOCK_NS, CAVEAT, SESSIONS_NEEDED

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def gains(asset: Asset, head: Head, predicted: Floats) -> Floats:
    """Return by how much each sample of the validation part loses less than the base rate, (n,).

    Parameters
    ----------
    asset : Asset
    head : Head
    predicted : (n, columns)
        What the trial's chosen epoch says.
    """
    truth = np.asarray(asset.array("validation", head.label))[:, 0, 0].astype(np.float64)
    known = np.asarray(asset.array("train", head.label))[:, 0, 0].astype(np.float64)
    constant = np.broadcast_to(base_rate(head, known, predicted.shape[1]), predicted.shape)
    return head.losses(truth, constant) - head.losses(truth, predicted)


def base_rate(head: Head, known: Floats, columns: int) -> Floats:
    """Return the best that can be said of labels without their inputs, (columns,).

    Parameters
    ----------
    head : Head
    known : (n,)
        Labels of the training part.
    columns : int
        Of the prediction.

    Examples
    --------
    >>> base_rate(Head("up", "probability"), np.array([0.0, 1.0, 1.0, 1.0]), 1)
    array([0.75])
    >>> base_rate(Head("which", "classes"), np.array([0.0, 2.0]), 3)
    array([0.5, 0. , 0.5])
    """
    if head.kind == "quantiles":
        return np.quantile(known, head.levels)
    if head.kind == "classes" and columns > 1:
        return np.bincount(known.astype(np.int64), minlength=columns) / len(known)
    return np.full(columns, known.mean())


def units(asset: Asset) -> tuple[Ints, str]:
    """Return the session of each validation sample, (n,), and what it is called.

    60-minute blocks of sessions where there are fewer sessions than 20.
    """
    day = np.asarray(asset.session_day("validation"), np.int64)
    if len(np.unique(day)) >= SESSIONS_NEEDED:
        return day, "sessions"
    times = np.asarray(asset.as_of_ns("validation"), np.int64)
    return times // BLOCK_NS, "60-minute blocks"


def reality_check(
    trials: Sequence[tuple[Ints, Floats]], *, draws: int = 2_000, seed: int = 7
) -> dict[str, float]:
    """Return the best mean gain, and what the best would be if no trial were better than the base rate.

    Parameters
    ----------
    trials : sequence of (units, gains)
        Of each trial: the session of each sample, and its gain; (n,) each.
    draws, seed : int

    Returns
    -------
    dict
        ``gain``: the best trial's; ``expected`` and ``high``: mean and 95 % quantile of the best under the
        null; ``p``: the share of draws (this one counted) whose best reaches ``gain``; ``units``: how many
        were drawn from; ``draws``.

    Examples
    --------
    Twenty trials that know nothing, over 400 sessions of one sample: the best of so many standard normal
    means is 1.87 standard errors up.

    >>> rng = np.random.default_rng(0)
    >>> found = reality_check([(np.arange(400), rng.standard_normal(400)) for _ in range(20)])
    >>> round(found["expected"] * 20, 1), found["p"] > 0.05
    (1.9, True)
    """
    every = np.unique(np.concatenate([keys for keys, _ in trials]))
    sums, counts = np.zeros((len(trials), len(every))), np.zeros((len(trials), len(every)))
    for at, (keys, values) in enumerate(trials):
        place = np.searchsorted(every, keys)
        sums[at] = np.bincount(place, values, len(every))
        counts[at] = np.bincount(place, minlength=len(every))
    mean = sums.sum(1) / counts.sum(1)
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(len(every), np.full(len(every), 1 / len(every)), size=draws).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = (weights @ sums.T) / (weights @ counts.T) - mean
    best = np.nanmax(drawn, axis=1)
    return {
        "gain": float(mean.max()),
        "expected": float(best.mean()),
        "high": float(np.quantile(best, 0.95)),
        "p": float((1 + (best >= mean.max()).sum()) / (1 + draws)),
        "units": len(every),
        "draws": draws,
    }


def best_by_luck(asset_of: Sequence[Asset], head: Head, predicted: Sequence[Floats]) -> dict[str, Any]:
    """Return ``reality_check`` of trials, with what was drawn and what that does not cover.

    Parameters
    ----------
    asset_of : sequence of Asset
        The one each trial was trained on.
    head : Head
    predicted : sequence of (n, columns)
        What each trial's chosen epoch says of its validation part.
    """
    named = [units(asset) for asset in asset_of]
    pairs = zip(asset_of, predicted, strict=True)
    found: dict[str, Any] = reality_check(
        [(keys, gains(asset, head, said)) for (keys, _), (asset, said) in zip(named, pairs, strict=True)]
    )
    words = named[0][1]
    return {**found, "resampled": words, "caveat": "" if words == "sessions" else CAVEAT}
