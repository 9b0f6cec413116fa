"""Intervals and sets that hold what comes as often as they say: conformal prediction.

Calibrated on the validation part: a sample's *score* says how far off the model was.

- *level*: |label − said|; the interval is said ± q (split conformal: Lei et al. 2018).
- *quantiles*: how far outside of the outermost pair the label lay, negative inside; the pair is widened by q
  (conformalised quantile regression: Romano, Patterson, Candès 2019).
- *probability*, *classes*: 1 − the probability of what came; the set holds every class with at least 1 − q
  (Sadinle, Lei, Wasserman 2019).

q is the ⌈(n + 1)·level⌉-th smallest of n scores; infinite where that is more than n. It covers at the level
where calibration and use are exchangeable, which sessions weeks apart are not: therefore the measured
coverage stands beside the nominal one, and ``Adaptive`` (Gibbs, Candès 2021) moves the level by what came:
α ← α + γ·(1 − level − missed), so that the long-run coverage holds whatever the data do.

NumPy only: a scoring machine needs nothing else.
"""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.vault.heads import Head, columns, shares_of

Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]

LEVEL = 0.9
REPORTED = (0.5, 0.8, 0.9, 0.95)
RATE = 0.02  # of the adaptive level: a session of 390 minutes moves it at most by 7.8 levels, typically .02


def nonconformity(head: Head, truth: Array, predicted: Array) -> Floats:
    """Return how far off each prediction was, (n,) float64: larger is worse.

    Parameters
    ----------
    head : Head
    truth : (n,)
    predicted : (n, columns)

    Examples
    --------
    >>> import numpy as np
    >>> nonconformity(Head("r", "quantiles", (0.1, 0.9)), np.array([5.0, 2.0]), np.array([[1, 4], [1, 4]]))
    array([ 1., -1.])
    """
    said, came = columns(predicted), np.asarray(truth, np.float64)
    if head.kind == "level":
        return np.abs(came - said[:, 0])
    if head.kind == "quantiles":
        return np.maximum(said[:, 0] - came, came - said[:, -1])
    return np.asarray(1.0 - shares_of(said)[np.arange(len(came)), came.astype(np.int64)], np.float64)


def threshold(scores: Floats, level: float) -> float:
    """Return the ⌈(n + 1)·level⌉-th smallest of sorted scores; infinite where there is none, −∞ below one.

    >>> import numpy as np
    >>> threshold(np.arange(1.0, 10.0), 0.9), threshold(np.arange(1.0, 9.0), 0.9)
    (9.0, inf)
    """
    at = math.ceil((len(scores) + 1) * level - 1e-9)
    if at < 1:
        return -math.inf
    return float(scores[at - 1]) if at <= len(scores) else math.inf


@dataclasses.dataclass(frozen=True)
class Conformal:
    """A calibrated output.

    Attributes
    ----------
    head : Head
    scores : (n,) float64
        Of the calibration samples, in rising order.
    """

    head: Head
    scores: Floats

    @classmethod
    def of(cls, head: Head, truth: Array, predicted: Array) -> Conformal:
        """Calibrate on labels and predictions of samples that the model was not trained on."""
        return cls(head, np.sort(nonconformity(head, truth, predicted)))

    def threshold(self, level: float = LEVEL) -> float:
        """Return q of a level."""
        return threshold(self.scores, level)

    def intervals(self, predicted: Array, q: float) -> Floats:
        """Return lower and upper ends, (n, 2), of a level or quantiles; a crossed pair meets halfway."""
        said = columns(predicted)
        ends = np.column_stack([said[:, 0] - q, said[:, -1] + q])
        crossed = ends[:, 0] > ends[:, 1]
        ends[crossed] = ends[crossed].mean(1, keepdims=True)
        return ends

    def sets(self, predicted: Array, q: float) -> npt.NDArray[np.bool_]:
        """Return which classes the set holds, (n, classes) bool."""
        return np.asarray(1.0 - shares_of(columns(predicted)) <= q, np.bool_)

    def size(self, predicted: Array, q: Array) -> Floats:
        """Return the width of each interval, or how many classes each set holds, (n,); q may be one each."""
        said, wide = columns(predicted), np.broadcast_to(np.asarray(q, np.float64), len(predicted))
        if self.head.kind in ("level", "quantiles"):
            return np.maximum(said[:, -1] - said[:, 0] + 2 * wide, 0.0)
        return np.asarray((1.0 - shares_of(said) <= wide[:, None]).sum(1), np.float64)

    def save(self, path: Path) -> None:
        """Write the calibration: an npz of numbers and two words."""
        np.savez(
            path, scores=self.scores, kind=np.array(self.head.kind), label=np.array(self.head.label),
            levels=np.array(self.head.levels, np.float64),
        )  # fmt: skip

    @classmethod
    def load(cls, path: Path) -> Conformal:
        """Read what ``save`` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            levels = tuple(stored["levels"].tolist())
            return cls(Head(str(stored["label"]), str(stored["kind"]), levels), stored["scores"])


class Adaptive:
    """A level that follows what came: ask for ``q`` before each prediction, ``observe`` each outcome.

    Parameters
    ----------
    conformal : Conformal
    level : float
        The coverage wanted in the long run.
    rate : float
        γ: how far one outcome moves it.

    Examples
    --------
    >>> import numpy as np
    >>> found = Adaptive(Conformal(Head("r", "level"), np.arange(1.0, 100.0)), level=0.9, rate=0.05)
    >>> first = found.q
    >>> found.observe(missed=True)
    >>> first, found.q
    (90.0, 95.0)
    """

    def __init__(self, conformal: Conformal, level: float = LEVEL, rate: float = RATE) -> None:
        self.conformal, self.level, self.rate = conformal, level, rate
        self.alpha = 1.0 - level

    @property
    def q(self) -> float:
        """What the next interval is widened by; infinite where the level has left (0, 1) upwards."""
        return math.inf if self.alpha <= 0 else self.conformal.threshold(1.0 - self.alpha)

    def observe(self, missed: bool) -> None:
        """Take note of whether an interval missed what came."""
        self.alpha += self.rate * (1.0 - self.level - float(missed))


def adapted(
    conformal: Conformal,
    scores: Floats,
    as_of_ns: Array,
    end_ns: Array,
    level: float = LEVEL,
    rate: float = RATE,
) -> Floats:
    """Return the q that each sample would have been given live, (n,).

    Samples are taken as they stand in time; an outcome is observed once its label has ended, not before.

    Parameters
    ----------
    scores : (n,) float64
        ``nonconformity`` of the samples.
    as_of_ns, end_ns : (n,) int64
    """
    state, found = Adaptive(conformal, level, rate), np.empty(len(scores))
    order, known = np.argsort(as_of_ns, kind="stable"), np.argsort(end_ns, kind="stable")
    given: dict[int, float] = {}
    at = 0
    for now in order.tolist():
        while at < len(known) and end_ns[known[at]] <= as_of_ns[now] and int(known[at]) in given:
            state.observe(bool(scores[known[at]] > given[int(known[at])]))
            at += 1
        found[now] = given[now] = state.q
    return found


def coverage(
    conformal: Conformal,
    truth: Array,
    predicted: Array,
    session_day: Array,
    as_of_ns: Array,
    end_ns: Array,
    levels: tuple[float, ...] = REPORTED,
    rate: float = RATE,
) -> dict[str, Any]:
    """Return nominal and measured coverage on samples that were not calibrated on.

    Returns
    -------
    dict
        ``calibrated_on`` (validation), ``n_calibration``, ``n``, ``rate``; ``split`` and ``adaptive``: a row
        a level with ``nominal``, ``measured``, ``sd_by_day`` (over sessions; the binomial error would be too
        small, neighbours miss together), ``size`` (mean width, or classes in the set, where it is finite) and
        ``unbounded``, the share that is not.
    """
    scores = nonconformity(conformal.head, truth, predicted)
    rows: dict[str, list[dict[str, Any]]] = {"split": [], "adaptive": []}
    for level in levels:
        split = np.full(len(scores), conformal.threshold(level))
        live = adapted(conformal, scores, np.asarray(as_of_ns), np.asarray(end_ns), level, rate)
        for name, q in (("split", split), ("adaptive", live)):
            rows[name].append({"nominal": level, **_measured(conformal, scores, predicted, q, session_day)})
    return {
        "calibrated_on": "validation", "n_calibration": len(conformal.scores), "n": len(scores),
        "rate": rate, **rows,
    }  # fmt: skip


def _measured(
    conformal: Conformal, scores: Floats, predicted: Array, q: Floats, session_day: Array
) -> dict[str, Any]:
    held = scores <= q
    days = np.array([held[session_day == day].mean() for day in np.unique(session_day)])
    bounded = np.isfinite(q)
    size = conformal.size(np.asarray(predicted)[bounded], q[bounded])
    return {
        "measured": float(held.mean()) if len(held) else float("nan"),
        "sd_by_day": float(days.std(ddof=1)) if len(days) > 1 else float("nan"),
        "size": float(size.mean()) if len(size) else float("nan"),
        "unbounded": float(1 - bounded.mean()) if len(bounded) else float("nan"),
    }
