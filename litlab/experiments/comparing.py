"""What a run's curve has to beat, and what runs compared with each other do not share."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

from litlab.experiments.run import Run
from litlab.vault.cases import case_of
from litlab.vault.scores import within_session_auc


def baselines(run: Run) -> dict[str, dict[str, float]]:
    """Return what needs no network to be said of the validation part, as columns of perf.csv know it.

    The first time takes seconds for an asset: baselines are fitted on its training part.

    Returns
    -------
    dict
        Column (``val_loss``, for probabilities ``val_auc``) → baseline → its value there; empty for a run
        that names no asset.
    """
    if not run.definition.asset:
        return {}
    case = case_of(run.asset, run.head(), "validation")
    found = {"val_loss": {name: case.head.score(case.truth, said) for name, said in case.rivals.items()}}
    if case.head.kind == "probability":
        found["val_auc"] = {
            name: within_session_auc(case.truth, said[:, 0], case.day).mean
            for name, said in case.rivals.items()
        }
    return found


def differences(runs: Sequence[Run]) -> dict[str, tuple[str, ...]]:
    """Return what runs do not share: setting → its value in each, "–" where a run has none.

    Settings of training go by their name, parameters of the canvas's nodes as ``node.parameter``.
    """
    flat = [_flat(run) for run in runs]
    names = dict.fromkeys(name for one in flat for name in one)
    found = {name: tuple(one.get(name, "–") for one in flat) for name in names}
    return {name: values for name, values in found.items() if len(set(values)) > 1}


def _flat(run: Run) -> dict[str, str]:
    """Return all that a run's definition says, one text a setting."""
    definition = run.definition
    found: dict[str, Any] = {
        field.name: getattr(definition.settings, field.name)
        for field in dataclasses.fields(definition.settings)
        if definition.made_by == "canvas"
    }
    for name in ("device", "schema", "asset", "parent", "keep", "keep_by", "litlab"):
        found[name] = getattr(definition, name)
    for node in definition.canvas.nodes:
        found[node.id] = node.component
        found |= {f"{node.id}.{name}": value for name, value in node.params.items()}
    wires = sorted(f"{edge.source} → {edge.target}" for edge in definition.canvas.edges)
    found["wires"] = ", ".join(wires)
    return {name: _text(value) for name, value in found.items()}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value or "–"
    if isinstance(value, tuple):
        value = list(value)
    return "–" if value is None else json.dumps(value, sort_keys=True, default=str)
