"""What is said of predictions, kind of output by kind: figures of the model and of each baseline."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.vault.calibration import calibration, confidence_deciles, deciles_of
from litlab.vault.cases import Case
from litlab.vault.heads import pinball_losses
from litlab.vault.ranks import rank_correlation
from litlab.vault.scores import auc, brier_skill, log_loss, within_session_auc

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.bool_]
Figures = dict[str, Any]

TENTHS = 10


def figures(case: Case, predicted: Floats) -> Figures:
    """Return the scores of one set of predictions, (n, columns), of a case.

    Returns
    -------
    dict
        *probability*: auc, auc_sd, auc_days (within sessions), auc_pooled, log_loss, skill, brier_skill.
        *classes*: log_loss, skill, brier, brier_skill. *level*: rmse, mae, mase, skill, ic and ic_sd
        (rank correlation within sessions); of volatilities also qlike, and floored: how many forecasts were 0
        or less. *quantiles*: pinball, skill, covered (by the outermost pair), width. The skills are 1 − loss
        / loss of the *training* base rate.
    """
    return {
        "probability": _probability, "classes": _classes, "level": _level, "quantiles": _quantiles,
    }[case.head.kind](case, predicted)  # fmt: skip


def _probability(case: Case, predicted: Floats) -> Figures:
    said = predicted[:, 0]
    within = within_session_auc(case.truth, said, case.day)
    return {
        "auc": within.mean,
        "auc_sd": within.sd,
        "auc_days": len(within.days),
        "auc_pooled": auc(case.truth, said),
        "log_loss": log_loss(case.truth, said),
        "skill": _skill(case, predicted),
        "brier_skill": brier_skill(case.truth, said, case.rivals["base_rate"][:, 0]),
    }


def _skill(case: Case, predicted: Floats) -> float:
    losses = [case.head.losses(case.truth, one).mean() for one in (predicted, case.rivals["base_rate"])]
    return float(1 - losses[0] / losses[1]) if losses[1] > 0 else float("nan")


def _classes(case: Case, predicted: Floats) -> Figures:
    came = np.eye(predicted.shape[1])[case.truth.astype(np.int64)]
    brier, reference = (
        float(((one - came) ** 2).sum(1).mean()) for one in (predicted, case.rivals["base_rate"])
    )
    return {
        "log_loss": case.head.score(case.truth, predicted),
        "skill": _skill(case, predicted),
        "brier": brier,
        "brier_skill": 1 - brier / reference if reference > 0 else float("nan"),
    }


def _level(case: Case, predicted: Floats) -> Figures:
    error = predicted[:, 0] - case.truth
    ranks = rank_correlation(case.truth, predicted[:, 0], case.day)
    found: Figures = {
        "rmse": float(np.sqrt(np.mean(error**2))),
        "mae": float(np.abs(error).mean()),
        "mase": float((np.abs(error) / case.naive).mean()),
        "skill": _skill(case, predicted),
        "ic": ranks.mean,
        "ic_sd": ranks.sd,
    }
    if case.meaning.is_spread:
        found["qlike"] = _mean(case.qlike(predicted[:, 0]))
        found["floored"] = int((predicted[:, 0] <= 0).sum())
    return found


def _quantiles(case: Case, predicted: Floats) -> Figures:
    inside = (predicted[:, 0] <= case.truth) & (case.truth <= predicted[:, -1])
    return {
        "pinball": case.head.score(case.truth, predicted),
        "skill": _skill(case, predicted),
        "covered": float(inside.mean()),
        "width": float((predicted[:, -1] - predicted[:, 0]).mean()),
    }


def details(case: Case, predicted: Floats) -> dict[str, Any]:
    """Return what is said of the model alone: how what it says compares with what happens.

    Returns
    -------
    dict
        *probability*: ``calibration`` and ``deciles`` of confidence. *classes*: ``classes``, a row each with
        its shares in training and here, AUC within sessions against all others and calibration; ``deciles``.
        *quantiles*: ``levels``, a row each: how often the label lay below, and the pinball loss;
        ``interval``, the outermost pair's nominal and measured coverage and width. *level*: ``line``, slope
        and intercept of what happened on what was said, (1, 0) for a calibrated forecast (Mincer, Zarnowitz
        1969); ``tenths`` of the samples by what was said, a row each: n, the mean said and what happened.
    """
    return {
        "probability": _of_probability, "classes": _of_classes, "level": _of_level,
        "quantiles": _of_quantiles,
    }[case.head.kind](case, predicted)  # fmt: skip


def _of_probability(case: Case, predicted: Floats) -> dict[str, Any]:
    said = predicted[:, 0]
    return {
        "calibration": calibration(case.truth, said),
        "deciles": confidence_deciles(case.truth, said, case.rivals["base_rate"][:, 0]),
    }


def _of_classes(case: Case, predicted: Floats) -> dict[str, Any]:
    rows = []
    for one in range(predicted.shape[1]):
        came = (case.truth == one).astype(np.float64)
        within = within_session_auc(came, predicted[:, one], case.day)
        rows.append(
            {
                "class": one,
                "n": int(came.sum()),
                "share": float(came.mean()),
                "train_share": float(case.rivals["base_rate"][:, one].mean()),
                "auc": within.mean,
                "auc_sd": within.sd,
                "auc_days": len(within.days),
                "calibration": calibration(came, predicted[:, one]),
            }
        )
    called = predicted.argmax(1)
    return {"classes": rows, "deciles": deciles_of(called, case.truth.astype(np.int64), predicted.max(1))}


def _of_level(case: Case, predicted: Floats) -> dict[str, Any]:
    said = predicted[:, 0]
    if len(said) < 3 or said.std() <= 1e-12 * max(1e-300, np.abs(said).max()):
        return {"line": {"slope": None, "intercept": None}, "tenths": []}
    slope = float(((said - said.mean()) * (case.truth - case.truth.mean())).mean() / said.var())
    return {
        "line": {"slope": slope, "intercept": float(case.truth.mean() - slope * said.mean())},
        "tenths": [
            {"n": len(rows), "said": float(said[rows].mean()), "happened": float(case.truth[rows].mean())}
            for rows in np.array_split(np.argsort(said, kind="stable"), min(TENTHS, len(said)))
        ],
    }


def _of_quantiles(case: Case, predicted: Floats) -> dict[str, Any]:
    levels = case.head.levels
    losses = pinball_losses(case.truth, predicted, levels).mean(0)
    below = (case.truth[:, None] <= predicted).mean(0)
    inside = (predicted[:, 0] <= case.truth) & (case.truth <= predicted[:, -1])
    return {
        "levels": [
            {"level": level, "below": float(share), "pinball": float(loss)}
            for level, share, loss in zip(levels, below, losses, strict=True)
        ],
        "interval": {
            "nominal": levels[-1] - levels[0],
            "covered": float(inside.mean()),
            "width": float((predicted[:, -1] - predicted[:, 0]).mean()),
            "n": len(inside),
        },
    }


def row(case: Case, model: Floats, baseline: Floats, own: Rows) -> dict[str, Any]:
    """Return a breakdown's row: the model's and the best baseline's scores of some samples."""
    truth = case.truth[own]
    if case.head.kind != "probability":
        ours, theirs = (_mean(case.losses(said)[own]) for said in (model, baseline))
        return {
            "mean": float(truth.mean()), "loss": ours, "baseline_loss": theirs,
            "skill": 1 - ours / theirs if theirs > 0 else float("nan"),
        }  # fmt: skip
    found: dict[str, Any] = {"rate": float(truth.mean())}
    rate = case.rivals["base_rate"][own, 0]
    for prefix, said in (("", model[own, 0]), ("baseline_", baseline[own, 0])):
        found[f"{prefix}auc"] = within_session_auc(truth, said, case.day[own]).mean
        found[f"{prefix}log_loss"] = log_loss(truth, said)
        found[f"{prefix}brier_skill"] = brier_skill(truth, said, rate)
    return found


def _mean(losses: Floats) -> float:
    """Return the mean of the losses that are numbers, NaN without any."""
    known = losses[np.isfinite(losses)]
    return float(known.mean()) if len(known) else float("nan")
