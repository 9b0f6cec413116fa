"""Scores that mean something on minutes of a few trading sessions.

AUC is taken within each session and averaged over sessions: pooled, it mixes how days differ with how
minutes differ (0.38 pooled, 0.48 within days on one week of BAC). A difference of two models comes with an
interval from resampling whole sessions; with fewer than 20 sessions only hours within them are resampled,
and the interval says that it does not cover day-to-day variation.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]

SESSIONS_NEEDED = 20
BLOCK_NS = 60 * 60 * 1_000_000_000
CAVEAT = "does not cover day-to-day variation"
_CLIP = 1e-7  # float32 knows no probability nearer to 0 or 1


@dataclasses.dataclass(frozen=True)
class SessionAuc:
    """AUC per session, over the sessions that hold both classes.

    Attributes
    ----------
    mean, sd : float
        Over sessions; NaN without any, sd NaN with one.
    days : tuple of int
        Session dates, days since 1970-01-01.
    values : tuple of float
        The AUC of each.
    """

    mean: float
    sd: float
    days: tuple[int, ...]
    values: tuple[float, ...]


@dataclasses.dataclass(frozen=True)
class Interval:
    """Model against baseline, better above 0, with its bootstrap interval.

    A difference of within-session AUC (``compare``), or the skill of losses (``paired.compare_losses``).

    Attributes
    ----------
    difference, low, high : float
    level : float
        Probability that the interval is meant to cover.
    resampled : {"sessions", "60-minute blocks"}
    units : int
        How many of them there are.
    days_won, days : int
        Sessions in which the model was the better one, of how many.
    caveat : str
        What it does not cover, "" when sessions were resampled.
    """

    difference: float
    low: float
    high: float
    level: float
    resampled: str
    units: int
    days_won: int
    days: int
    caveat: str


def auc(truth: Array, score: Array) -> float:
    """Return the probability that a positive's score is above a negative's, ties counting one half.

    Parameters
    ----------
    truth : (n,) of 0 and 1
    score : (n,) float
        Only the order matters.

    Returns
    -------
    float
        NaN unless both classes are there.

    Notes
    -----
    The Mann–Whitney statistic by mid-ranks.

    Examples
    --------
    >>> import numpy as np
    >>> auc(np.array([0, 1, 0, 1]), np.array([0.1, 0.4, 0.4, 0.8]))
    0.875
    """
    positive = np.asarray(truth) > 0.5
    wins, losses = int(positive.sum()), int((~positive).sum())
    if not wins or not losses:
        return float("nan")
    _, inverse, counts = np.unique(np.asarray(score), return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts - 1) / 2.0
    return float((middle[inverse][positive].sum() - wins * (wins + 1) / 2.0) / (wins * losses))


def within_session_auc(truth: Array, score: Array, session_day: Array) -> SessionAuc:
    """Return the AUC within each session and its mean ± SD over sessions.

    Parameters
    ----------
    truth : (n,) of 0 and 1
    score : (n,) float
    session_day : (n,) int
        The session date of each sample, days since 1970-01-01.

    Examples
    --------
    >>> import numpy as np
    >>> day = np.array([1, 1, 2, 2, 3, 3])
    >>> within_session_auc(np.array([0, 1, 0, 1, 1, 1]), np.array([1, 2, 5, 4, 1, 2.0]), day)
    SessionAuc(mean=0.5, sd=0.7071067811865476, days=(1, 2), values=(1.0, 0.0))
    """
    found = [(day, auc(truth[rows], score[rows])) for day, rows in _sessions(session_day)]
    known = [(day, value) for day, value in found if math.isfinite(value)]
    values = np.array([value for _, value in known])
    return SessionAuc(
        mean=float(values.mean()) if len(values) else float("nan"),
        sd=float(values.std(ddof=1)) if len(values) > 1 else float("nan"),
        days=tuple(day for day, _ in known),
        values=tuple(float(value) for value in values),
    )


def log_loss(truth: Array, probability: Array) -> float:
    """Return the mean of −log of the probability given to what happened, in nats.

    >>> import numpy as np
    >>> round(log_loss(np.array([1, 0]), np.array([0.5, 0.5])), 4)
    0.6931
    """
    known = np.clip(np.asarray(probability, np.float64), _CLIP, 1 - _CLIP)
    happened = np.asarray(truth) > 0.5
    return float(-np.mean(np.where(happened, np.log(known), np.log1p(-known))))


def brier_skill(truth: Array, probability: Array, train_base_rate: float | Array) -> float:
    """Return 1 − Brier score / that of always saying the *training* base rate; 0 is no skill.

    The base rate may be one a sample, as walk-forward folds have.

    >>> import numpy as np
    >>> brier_skill(np.array([1, 0]), np.array([1.0, 0.0]), 0.5)
    1.0
    """
    known = np.asarray(truth, np.float64)
    reference = float(np.mean((known - train_base_rate) ** 2))
    score = float(np.mean((known - np.asarray(probability, np.float64)) ** 2))
    return 1.0 - score / reference if reference else float("nan")


def compare(
    truth: Array,
    model: Array,
    baseline: Array,
    session_day: Array,
    as_of_ns: Array,
    *,
    seed: int = 7,
    draws: int = 2_000,
    level: float = 0.9,
) -> Interval:
    """Return model − baseline in within-session AUC, with a paired bootstrap interval.

    Parameters
    ----------
    truth, model, baseline : (n,)
        What happened, and both scores of the same samples.
    session_day : (n,) int
    as_of_ns : (n,) int64
        Cuts sessions into 60-minute blocks where sessions are too few to be resampled.
    seed, draws, level
        The interval runs between the (1 ± level)/2 quantiles of `draws` resamples.
    """
    days, ours = _by_day(within_session_auc(truth, model, session_day))
    _, theirs = _by_day(within_session_auc(truth, baseline, session_day))
    gain = ours - theirs
    rng = np.random.default_rng(seed)
    whole = len(days) >= SESSIONS_NEEDED
    if whole:
        units = len(days)
        drawn = gain[rng.integers(0, units, (draws, units))].mean(1)
    else:
        units, drawn = _block_draws(truth, model, baseline, session_day, as_of_ns, rng, draws)
    tail = (1 - level) / 2
    known = drawn[np.isfinite(drawn)]
    low, high = np.quantile(known, [tail, 1 - tail]) if len(known) else (np.nan, np.nan)
    return Interval(
        difference=float(gain.mean()) if len(gain) else float("nan"),
        low=float(low),
        high=float(high),
        level=level,
        resampled="sessions" if whole else "60-minute blocks",
        units=units,
        days_won=int((gain > 0).sum()),
        days=len(days),
        caveat="" if whole else CAVEAT,
    )


def _by_day(found: SessionAuc) -> tuple[npt.NDArray[np.int64], Floats]:
    return np.array(found.days, np.int64), np.array(found.values, np.float64)


def _sessions(session_day: Array) -> Iterator[tuple[int, Array]]:
    """Yield (day, indices of its samples), by day."""
    days, inverse = np.unique(session_day, return_inverse=True)
    for at, day in enumerate(days):
        yield int(day), np.flatnonzero(inverse == at)


def _block_draws(
    truth: Array,
    model: Array,
    baseline: Array,
    session_day: Array,
    as_of_ns: Array,
    rng: np.random.Generator,
    draws: int,
) -> tuple[int, Floats]:
    """Resample 60-minute blocks within each session; return their number and (draws,) differences.

    A session's AUC under block weights w is wᵀWw / (w·P)(w·N), W the wins between blocks, P and N their
    positives and negatives: exact, ties included, and one matrix product a session.
    """
    total, gains = 0, []
    for _, rows in _sessions(session_day):
        block = (as_of_ns[rows] - as_of_ns[rows].min()) // BLOCK_NS
        _, block = np.unique(block, return_inverse=True)
        count = int(block.max()) + 1
        total += count
        weights = rng.multinomial(count, np.full(count, 1 / count), size=draws).astype(np.float64)
        happened = np.asarray(truth[rows]) > 0.5
        pairs = _total_pairs(happened, block, weights)
        ours = _wins(happened, np.asarray(model[rows]), block, count)
        theirs = _wins(happened, np.asarray(baseline[rows]), block, count)
        with np.errstate(invalid="ignore", divide="ignore"):
            gains.append(np.einsum("di,ij,dj->d", weights, ours - theirs, weights) / pairs)
    if not gains:
        return 0, np.empty(0)
    stacked = np.array(gains)
    known = np.isfinite(stacked)
    sums = np.where(known, stacked, 0.0).sum(0)
    counts = known.sum(0)
    return total, np.divide(sums, counts, out=np.full(draws, np.nan), where=counts > 0)


def _total_pairs(happened: Array, block: Array, weights: Floats) -> Floats:
    count = weights.shape[1]
    positives = np.bincount(block[happened], minlength=count)
    negatives = np.bincount(block[~happened], minlength=count)
    return np.asarray((weights @ positives) * (weights @ negatives), np.float64)


def _wins(happened: Array, score: Array, block: Array, count: int) -> Floats:
    """Return (count, count): wins of block i's positives over block j's negatives, ties one half."""
    above, below = score[happened], score[~happened]
    wins = (above[:, None] > below[None, :]) + 0.5 * (above[:, None] == below[None, :])
    rows = np.zeros((count, len(below)))
    np.add.at(rows, block[happened], wins)
    table = np.zeros((count, count))
    np.add.at(table.T, block[~happened], rows.T)
    return table
