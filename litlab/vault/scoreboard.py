"""A model's predictions beside the baselines': what ``scores.json`` holds."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.assets import Asset
from litlab.vault.baselines import baselines
from litlab.vault.breakdown import breakdown
from litlab.vault.calibration import calibration, confidence_deciles
from litlab.vault.scores import auc, brier_skill, compare, log_loss, within_session_auc

Floats = npt.NDArray[np.float64]


def scoreboard(asset: Asset, label: str, predicted: Floats, part: str = "test") -> dict[str, Any]:
    """Score predictions of a part, and every baseline beside them.

    Parameters
    ----------
    asset : Asset
    label : str
        Zeros and ones.
    predicted : (n,) float64
        Probabilities, in the part's order.
    part : str

    Returns
    -------
    dict
        JSON values: ``samples``, ``sessions``, ``base_rate`` (train and part), ``model`` and
        ``baselines`` (auc, auc_sd, auc_pooled, log_loss, brier_skill), ``best_baseline`` by AUC, and
        ``intervals`` of model − baseline; ``calibration``, ``deciles`` of confidence and the breakdowns
        ``by`` day, hour, volatility and instrument. What cannot be computed is null.
    """
    truth = np.asarray(asset.array(part, label))[:, 0, 0].astype(np.float64)
    train = np.asarray(asset.array("train", label))[:, 0, 0].astype(np.float64)
    day, times, rate = asset.session_day(part), asset.as_of_ns(part), float(train.mean())
    rivals = baselines(asset, label, part)

    def score(probability: Floats) -> dict[str, Any]:
        within = within_session_auc(truth, probability, day)
        return {
            "auc": within.mean,
            "auc_sd": within.sd,
            "auc_days": len(within.days),
            "auc_pooled": auc(truth, probability),
            "log_loss": log_loss(truth, probability),
            "brier_skill": brier_skill(truth, probability, rate),
        }

    scores = {name: score(values) for name, values in rivals.items()}
    best = max(scores, key=lambda name: _or_zero(scores[name]["auc"]))
    board: dict[str, Any] = nulled(
        {
            "part": part,
            "samples": len(truth),
            "sessions": len(np.unique(day)),
            "base_rate": {"train": rate, part: float(truth.mean()) if len(truth) else None},
            "model": score(predicted),
            "baselines": scores,
            "best_baseline": best,
            "intervals": {
                name: dataclasses.asdict(compare(truth, predicted, values, day, times))
                for name, values in rivals.items()
            },
            "calibration": calibration(truth, predicted),
            "deciles": confidence_deciles(truth, predicted, rate),
            "by": breakdown(asset, part, truth, predicted, rivals[best], rate),
        }
    )
    return board


def verdict(scores: dict[str, Any]) -> str:
    """Say in one sentence whether the model beat the best baseline, with the figures that it rests on.

    >>> scores = {"best_baseline": "last_bar", "intervals": {"last_bar": {"difference": 0.01, "low": -0.01,
    ...           "high": 0.03, "level": 0.9, "caveat": "does not cover day-to-day variation"}}}
    >>> verdict(scores)
    'The model does not beat the last bar baseline: AUC +0.010, 90 % interval -0.010 … +0.030 (does
    not cover day-to-day variation).'
    """
    name = scores["best_baseline"]
    found = scores["intervals"][name]
    if found["low"] is None or found["difference"] is None:
        return "The test part is too small to compare the model with a baseline."
    word = "beats" if found["low"] > 0 else "loses to" if found["high"] < 0 else "does not beat"
    caveat = f" ({found['caveat']})" if found["caveat"] else ""
    return (
        f"The model {word} the {name.replace('_', ' ')} baseline: AUC {found['difference']:+.3f}, "
        f"{found['level']:.0%} interval {found['low']:+.3f} … {found['high']:+.3f}{caveat}.".replace(
            "%", " %"
        )
    )


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
