"""What is in an asset: counts, balance and the figures of every column, as plain data."""

from __future__ import annotations

from typing import Any

import numpy as np

from litlab.assets.asset import PARTS, Asset


def audit(asset: Asset) -> dict[str, Any]:
    """Return an asset's audit figures.

    Returns
    -------
    dict
        ``counts``: part → samples; ``purged``: reason → samples left out; ``balance``: label → part → mean
        (None where the part is empty); ``columns``: a list of rows {feature, column, label, min, mean, max,
        std, count, nan}, over the training part, one per stored column, in schema order.
    """
    rows: list[dict[str, Any]] = []
    for name in asset.manifest["order"]:
        about = asset.about(name)
        found = asset.manifest["statistics"][name]
        for at, column in enumerate(about["columns"]):
            figures = {key: values[at] for key, values in found.items()}
            rows.append({"feature": name, "column": column, "label": bool(about.get("label")), **figures})
    balance: dict[str, dict[str, float | None]] = {}
    for name in asset.labels:
        balance[name] = {
            part: float(np.mean(asset.array(part, name), dtype=np.float64)) if asset.count(part) else None
            for part in PARTS
        }
    return {
        "counts": {part: asset.count(part) for part in PARTS},
        "purged": asset.manifest.get("purged", {}),
        "balance": balance,
        "columns": rows,
    }
