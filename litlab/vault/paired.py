"""Two models' losses on the same samples: how much less one loses, and how sure that is.

The skill is 1 − mean loss / mean loss of the baseline: 0 is as good, 0.1 a tenth less. Sessions are resampled
with both models' losses together (a paired block bootstrap: Künsch 1989; Diebold, Mariano 1995 compare
losses so); with fewer than 20 sessions only hours within them are, and the interval says what that leaves
out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.vault.scores import BLOCK_NS, CAVEAT, SESSIONS_NEEDED, Interval

Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]


def compare_losses(
    model: Array,
    baseline: Array,
    session_day: Array,
    as_of_ns: Array,
    *,
    seed: int = 7,
    draws: int = 2_000,
    level: float = 0.9,
) -> Interval:
    """Return the skill of a model's losses over a baseline's, with a paired bootstrap interval.

    Parameters
    ----------
    model, baseline : (n,) float
        Losses, less is better; samples where either is NaN are left out.
    session_day : (n,) int
    as_of_ns : (n,) int64
        Cuts sessions into 60-minute blocks where sessions are too few to be resampled.
    seed, draws, level
        The interval runs between the (1 ± level)/2 quantiles of `draws` resamples.

    Examples
    --------
    >>> import numpy as np
    >>> day = np.array([1, 1, 2, 2])
    >>> found = compare_losses(np.array([1, 1, 1, 2.0]), np.array([2, 2, 2, 4.0]), day, day)
    >>> found.difference, found.low, found.days_won
    (0.5, 0.5, 2)
    """
    known = np.isfinite(model) & np.isfinite(baseline)
    ours, theirs = np.asarray(model, np.float64)[known], np.asarray(baseline, np.float64)[known]
    days, day = np.unique(np.asarray(session_day)[known], return_inverse=True)
    whole = len(days) >= SESSIONS_NEEDED
    # Units of one group are drawn among each other: sessions of all, or the hours of one session.
    unit, group = (day, np.zeros(len(days), np.int64)) if whole else _hours(day, np.asarray(as_of_ns)[known])
    sums = np.array([np.bincount(unit, losses, len(group)) for losses in (ours, theirs)])
    drawn = np.zeros((draws, 2))
    rng = np.random.default_rng(seed)
    for one in np.unique(group):
        members = np.flatnonzero(group == one)
        weights = rng.multinomial(len(members), np.full(len(members), 1 / len(members)), size=draws)
        drawn += weights @ sums[:, members].T
    low, high = _interval(_skill(drawn[:, 0], drawn[:, 1]), level)
    each = np.array([np.bincount(day, losses, len(days)) for losses in (ours, theirs)])
    return Interval(
        difference=float(_skill(ours.sum(keepdims=True), theirs.sum(keepdims=True))[0]),
        low=low,
        high=high,
        level=level,
        resampled="sessions" if whole else "60-minute blocks",
        units=len(group),
        days_won=int((each[0] < each[1]).sum()),
        days=len(days),
        caveat="" if whole else CAVEAT,
    )


def _hours(day: Array, as_of_ns: Array) -> tuple[Array, Array]:
    """Return each sample's block, and each block's session."""
    first = np.full(day.max() + 1 if len(day) else 0, np.iinfo(np.int64).max)
    np.minimum.at(first, day, as_of_ns)
    keys = np.column_stack([day, (as_of_ns - first[day]) // BLOCK_NS])
    blocks, unit = np.unique(keys, axis=0, return_inverse=True)
    return unit.ravel(), blocks[:, 0]


def _skill(model: Floats, baseline: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(baseline > 0, 1.0 - model / baseline, np.nan)


def _interval(drawn: Floats, level: float) -> tuple[float, float]:
    known = drawn[np.isfinite(drawn)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
