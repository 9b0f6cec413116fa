"""Where a model is good: its scores by day, hour, volatility and instrument, beside the best baseline's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.assets import Asset
from litlab.vault.baselines import minute_of_day
from litlab.vault.scores import brier_skill, log_loss, within_session_auc

Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]
Keys = npt.NDArray[np.str_]

TERCILES = ("calm", "middle", "wild")


def breakdown(
    asset: Asset, part: str, truth: Array, model: Floats, baseline: Floats, base_rate: float
) -> dict[str, list[dict[str, Any]]]:
    """Return the scores of samples that have something in common.

    Parameters
    ----------
    asset : Asset
    part : str
    truth : (n,) of 0 and 1
    model, baseline : (n,) float
        Probabilities of the part's samples.
    base_rate : float
        The training part's.

    Returns
    -------
    dict of str to list of dict
        Keys ``day``, ``hour`` (the exchange's clock), ``volatility`` (terciles of the training part's ATR;
        missing without an ATR) and ``instrument``; each row has ``key``, ``n``, ``rate`` and, of model and
        baseline, the AUC within sessions (``auc``, ``baseline_auc``), log-loss and Brier skill.
    """
    day = asset.session_day(part)
    found = {}
    for name, keys in groups(asset, part):
        rows = []
        for key in np.unique(keys).tolist():
            own = keys == key
            row: dict[str, Any] = {"key": str(key), "n": int(own.sum()), "rate": float(truth[own].mean())}
            for prefix, said in (("", model[own]), ("baseline_", baseline[own])):
                row[f"{prefix}auc"] = within_session_auc(truth[own], said, day[own]).mean
                row[f"{prefix}log_loss"] = log_loss(truth[own], said)
                row[f"{prefix}brier_skill"] = brier_skill(truth[own], said, base_rate)
            rows.append(row)
        found[name] = rows
    return found


def groups(asset: Asset, part: str) -> Iterator[tuple[str, Keys]]:
    """Yield (name, key of every sample), (n,) of str."""
    yield "day", asset.session_day(part).astype("datetime64[D]").astype(np.str_)
    hours = minute_of_day(asset.as_of_ns(part), asset.zone) // 60
    yield "hour", np.char.add(np.char.zfill(hours.astype(np.str_), 2), ":00")
    volatility = terciles(asset, part)
    if volatility is not None:
        yield "volatility", volatility
    yield "instrument", np.asarray(asset.instrument(part)).astype(np.str_)


def terciles(asset: Asset, part: str) -> Keys | None:
    """Return calm, middle or wild for every sample, by its last ATR; the cuts are the training part's."""
    name = next((one for one in asset.inputs if "atr" in asset.columns(one)), None)
    if name is None or not asset.count("train"):
        return None
    column = asset.columns(name).index("atr")
    cuts = np.quantile(np.asarray(asset.array("train", name)[:, -1, column], np.float64), [1 / 3, 2 / 3])
    level = np.asarray(asset.array(part, name)[:, -1, column], np.float64)
    return np.asarray(TERCILES)[np.searchsorted(cuts, level, "right")]
