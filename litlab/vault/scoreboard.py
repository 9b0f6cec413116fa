"""A model's predictions beside the baselines': what ``scores.json`` holds.

``cases`` holds what is known of a part, ``rivals`` the baselines' predictions, ``boards`` the figures of each
kind of output; here they are put together, compared, and the verdict is said.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.assets import Asset
from litlab.vault.boards import details, figures, row
from litlab.vault.breakdown import breakdown
from litlab.vault.cases import Case, case_of
from litlab.vault.heads import Head, columns
from litlab.vault.paired import compare_losses
from litlab.vault.scores import Interval, compare

Floats = npt.NDArray[np.float64]

_NAMES = {
    "auc": "AUC", "log_loss": "log-loss", "pinball": "pinball loss", "squared_error": "squared error",
    "qlike": "QLIKE",
}  # fmt: skip


def scoreboard(asset: Asset, head: Head | str, predicted: Floats, part: str = "test") -> dict[str, Any]:
    """Score predictions of a part, and every baseline beside them.

    Parameters
    ----------
    asset : Asset
    head : Head or str
        A label alone stands for a probability of ones.
    predicted : (n, columns) or (n,) float64
        In the part's order.
    part : str

    Returns
    -------
    dict
        JSON values, as ``board`` tells.
    """
    known = Head(head, "probability") if isinstance(head, str) else head
    return board(case_of(asset, known, part), columns(predicted))


def board(case: Case, predicted: Floats) -> dict[str, Any]:
    """Return the scoreboard of predictions of a case.

    Returns
    -------
    dict
        ``part``, ``samples``, ``sessions``, ``head`` (kind, levels, label), ``measure`` (what models are
        compared by), ``base_rate`` (train and part: of a label its mean), ``model`` and ``baselines`` (as
        ``boards.figures``), ``best_baseline`` by the measure, ``intervals`` of model against each baseline:
        AUC less AUC for probabilities, else the skill 1 − loss / baseline's loss, better above 0 either way;
        ``by`` day, hour, volatility and instrument, and what ``boards.details`` says. What cannot be computed
        is null.
    """
    scores = {name: figures(case, said) for name, said in case.rivals.items()}
    best = _best(case, scores)
    made: dict[str, Any] = nulled(
        {
            "part": case.part,
            "samples": len(case.truth),
            "sessions": len(np.unique(case.day)),
            "head": {"kind": case.head.kind, "label": case.head.label, "levels": list(case.head.levels)},
            "about": case.meaning.kind,
            "measure": case.measure,
            "base_rate": {
                "train": _train_mean(case), case.part: float(case.truth.mean()) if len(case.truth) else None,
            },
            "model": figures(case, predicted),
            "baselines": scores,
            "best_baseline": best,
            "intervals": {
                name: dataclasses.asdict(_against(case, predicted, said))
                for name, said in case.rivals.items()
            },
            **details(case, predicted),
            "by": breakdown(case.groups, lambda own: row(case, predicted, case.rivals[best], own)),
        }
    )  # fmt: skip
    return made


def _train_mean(case: Case) -> float | None:
    """Return the training part's mean label, where the base rate is one number."""
    rate = case.rivals["base_rate"]
    return float(rate[:, 0].mean()) if len(rate) and case.head.kind in ("probability", "level") else None


def _best(case: Case, scores: dict[str, dict[str, Any]]) -> str:
    if case.measure == "auc":
        return max(scores, key=lambda name: _or_zero(scores[name]["auc"]))
    losses = {name: case.losses(said) for name, said in case.rivals.items()}
    means = {
        name: float(np.mean(one[np.isfinite(one)])) for name, one in losses.items() if np.isfinite(one).any()
    }
    return min(means, key=lambda name: means[name]) if means else "base_rate"


def _against(case: Case, model: Floats, baseline: Floats) -> Interval:
    if case.measure == "auc":
        return compare(case.truth, model[:, 0], baseline[:, 0], case.day, case.as_of_ns)
    return compare_losses(case.losses(model), case.losses(baseline), case.day, case.as_of_ns)


def verdict(scores: dict[str, Any]) -> str:
    """Say in one sentence whether the model beat the best baseline, with the figures that it rests on.

    >>> scores = {"best_baseline": "last_bar", "intervals": {"last_bar": {"difference": 0.01, "low": -0.01,
    ...           "high": 0.03, "level": 0.9, "caveat": "does not cover day-to-day variation"}}}
    >>> verdict(scores)
    'The model does not beat the last bar baseline: AUC +0.010, 90 % interval -0.010 … +0.030 (does
    not cover day-to-day variation).'
    """
    if "best_baseline" not in scores:
        return "The model is not scored: the part holds no samples."
    name = scores["best_baseline"]
    found = scores["intervals"][name]
    if found["low"] is None or found["difference"] is None:
        return f"The {scores.get('part', 'test')} part is too small to compare the model with a baseline."
    caveat = f" ({found['caveat']})" if found["caveat"] else ""
    measure = scores.get("measure", "auc")
    level = f"{100 * found['level']:.0f} %"
    if measure == "auc":
        said = f"AUC {found['difference']:+.3f}, {level} interval {found['low']:+.3f} … {found['high']:+.3f}"
    else:
        less, low, high = (100 * found[key] for key in ("difference", "low", "high"))
        said = f"{_NAMES[measure]} {-less:+.1f} %, {level} interval {-high:+.1f} … {-low:+.1f} %"
    return f"The model {conclusion(found)} the {name.replace('_', ' ')} baseline: {said}{caveat}."


def conclusion(interval: dict[str, Any]) -> str:
    """Return what an interval of model against baseline says.

    >>> conclusion({"low": -0.1, "high": 0.2})
    'does not beat'
    """
    if interval["low"] is None or interval["high"] is None:
        return "cannot be compared with"
    return "beats" if interval["low"] > 0 else "loses to" if interval["high"] < 0 else "does not beat"


def nulled(value: Any) -> Any:
    """Return JSON values with NaN and infinity as null."""
    if isinstance(value, dict):
        return {name: nulled(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [nulled(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _or_zero(value: float) -> float:
    return value if math.isfinite(value) else 0.0
