"""What is in an asset: counts, balance, the figures of every column, drift and leaks, as plain data.

1. ``distribution`` compares columns part by part. 2. ``duplicates`` finds equal samples. 3. ``verdicts`` says
what could leak, one line each. 4. Here all of it is put together; ``litlab.apps.report`` draws it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from litlab.assets import verdicts
from litlab.assets.asset import PARTS, Asset
from litlab.assets.distribution import MOST, compared, nearest_copies, picked
from litlab.assets.duplicates import duplicates
from litlab.assets.looks import of_the_same
from litlab.workspace import Team

LOOK = "test.look"  # the ledger's word for a score taken on the test part


def audit(asset: Asset, team: Team | None = None) -> dict[str, Any]:
    """Return an asset's audit: plain data, the same for the same asset and ledger.

    Parameters
    ----------
    asset : Asset
    team : Team, optional
        Whose ledger counts the looks at the test part, and who knows what was proved; unknown without.

    Returns
    -------
    dict
        ``counts``: part → samples. ``effective``: part → how many samples without overlapping labels these
        are worth. ``purged``: reason → samples left out. ``hindsight``: why its ticks know what came after
        them, [] where they do not. ``balance``: label → part → mean (None where the part is empty).
        ``classes``: label → part → value → share, for labels of at most ten values. ``columns``: rows
        {feature, column, label, min, mean, max, std, count, nan} over all rows of the training part, one per
        stored column, in schema order. ``distribution``: as ``distribution.compared``, in the same order.
        ``sampled``: part → how many samples that is over. ``copies``: as ``distribution.nearest_copies``.
        ``duplicates``: as ``duplicates.duplicates``. ``test_looks``: int or None. ``verdicts``: a list of
        {name, verdict, text}.
    """
    columns, rows = _columns(asset), compared(asset)
    copies, twins = nearest_copies(asset), duplicates(asset)
    looks = None if team is None else looks_at_test(team, asset)
    return {
        "counts": {part: asset.count(part) for part in PARTS},
        "effective": asset.manifest.get("effective", {}),
        "purged": asset.manifest.get("purged", {}),
        "hindsight": asset.manifest.get("hindsight", []),
        **_balance(asset),
        "columns": columns,
        "distribution": rows,
        "sampled": {part: len(picked(asset.count(part), MOST)) for part in PARTS},
        "copies": copies,
        "duplicates": twins,
        "test_looks": looks,
        "verdicts": [
            verdicts.reads(asset, team), verdicts.borders(asset), verdicts.copied(copies),
            *verdicts.twins(asset, twins), verdicts.learned(asset), verdicts.hindsight(asset),
            verdicts.looks(looks), verdicts.drifts(rows), verdicts.constants(columns),
        ],
    }  # fmt: skip


def looks_at_test(team: Team, asset: Asset) -> int:
    """Return how often the asset's test part was scored, under whatever digest: see ``assets.looks``."""
    return len(of_the_same(team, asset, LOOK))


def _columns(asset: Asset) -> list[dict[str, Any]]:
    rows = []
    for name in asset.manifest["order"]:
        found = asset.manifest["statistics"][name]
        for at, column in enumerate(asset.columns(name)):
            figures = {key: values[at] for key, values in found.items()}
            rows.append({"feature": name, "column": column, "label": name in asset.labels, **figures})
    return rows


def _balance(asset: Asset) -> dict[str, Any]:
    means: dict[str, dict[str, float | None]] = {}
    classes: dict[str, dict[str, dict[str, float]]] = {}
    for name in asset.labels:
        arrays = {part: np.asarray(asset.array(part, name)) for part in PARTS}
        means[name] = {
            part: float(np.mean(values, dtype=np.float64)) if len(values) else None
            for part, values in arrays.items()
        }
        counted = {part: np.unique(values, return_counts=True) for part, values in arrays.items()}
        if max(len(values) for values, _ in counted.values()) <= 10:
            classes[name] = {
                part: {f"{value:g}": float(n / counts.sum()) for value, n in zip(values, counts, strict=True)}
                for part, (values, counts) in counted.items()
            }
    return {"balance": means, "classes": classes}
