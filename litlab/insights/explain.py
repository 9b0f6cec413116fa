"""One sample explained: impact by Shapley, saliency by integrated gradients, over one background."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.assets import Asset
from litlab.insights.background import ROWS, draw_background, rescale
from litlab.insights.gradients import integrated_gradients
from litlab.insights.groups import groups_of
from litlab.insights.impact import GroupImpact, coalition_values, group_impacts
from litlab.shown import Shown
from litlab.vault.entry import Entry


@dataclasses.dataclass(frozen=True)
class Insight(Shown):
    """Why a prediction came out as it did.

    Attributes
    ----------
    prediction : float
        What the portable model says.
    value, base : float
        v(all), the prediction's logit, and v(none), the background's mean logit.
    groups : tuple of GroupImpact
        Largest |impact| first; the impacts add up to value − base.
    saliency : dict of str to float
        Σ |integrated gradient| by group, in logits; empty where it was not asked for.
    completeness_error : float or None
        Of the integrated gradients, in SDs of the training logit.
    background : int
        Rows it rests on.
    seconds : float
    """

    prediction: float
    value: float
    base: float
    groups: tuple[GroupImpact, ...]
    saliency: dict[str, float]
    completeness_error: float | None
    background: int
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return dataclasses.asdict(self)


def explain(
    entry: Entry,
    inputs: Mapping[str, npt.NDArray[Any]],
    as_of_ns: int,
    *,
    instrument: int = 0,
    asset: Asset | None = None,
    saliency: bool = True,
    rows: int = ROWS,
    seed: int = 7,
) -> Insight:
    """Explain the prediction for one sample.

    Parameters
    ----------
    entry : Entry
    inputs : mapping of str to (rows, cols) float
        The sample's windows, by feature name.
    as_of_ns : int
        Its moment: the background is of the same time of the day.
    instrument : int
        Its data set's number.
    asset : Asset, optional
        The background's; the one the entry was trained on by default.
    saliency : bool
        Compute integrated gradients too; imports TensorFlow.
    rows, seed : int
        Of the background.

    Raises
    ------
    FeatureMismatch
        If the inputs are not the model's.
    BadParameter
        If the training part holds nothing to compare the sample with.
    """
    start = time.perf_counter()
    scorer = entry.scorer()
    columns = {name: list(about["columns"]) for name, about in entry.record.features.items()}
    sample = {name: np.asarray(inputs[name], np.float32).reshape(scorer.shape(name)) for name in inputs}
    prediction = scorer.predict(sample)
    known = draw_background(asset or entry.asset, scorer.names, as_of_ns, instrument, rows, seed)
    background = rescale(known, sample, columns)
    groups = groups_of(columns)
    values = coalition_values(scorer.logits, sample, background, groups)
    salient: dict[str, float] = {}
    error = None
    if saliency:
        found = integrated_gradients(entry.model(), sample, background)
        error = found.completeness_error / entry.record.logit_sd
        for group, places in groups.items():
            cells = [np.abs(found.values[name][:, list(at)]).sum() for name, at in places.items()]
            salient[group] = float(sum(cells))
    return Insight(
        prediction=prediction,
        value=float(values[-1].mean()),
        base=float(values[0].mean()),
        groups=group_impacts(values, groups, entry.record.logit_sd),
        saliency=salient,
        completeness_error=error,
        background=values.shape[1],
        seconds=time.perf_counter() - start,
    )
