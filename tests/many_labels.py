"""A tape's asset with a label of every kind, and canvases for each of them."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np

from litlab import atomic
from litlab.assets import Asset, write_asset
from litlab.assets.asset import PARTS, SAMPLE_COLUMNS
from litlab.canvases import Canvas
from litlab.workspace import Project, Workspace

BARS, ATR = "100_1_minute_bars", "100_1_minute_atr"
UP, SIDE, RETURN, VOLATILITY = "atr_up_next_minute", "direction", "return_5", "volatility_5"
HORIZON = 5
OUTPUTS: dict[str, dict[str, Any]] = {
    "binary": {"label": UP, "head": "binary"},
    "classes": {"label": SIDE, "head": "classes"},
    "regression": {"label": VOLATILITY, "head": "regression"},
    "quantiles": {"label": RETURN, "head": "quantiles", "quantiles": [0.05, 0.5, 0.95]},
}


def many_labels(final: Path, asset: Asset) -> Asset:
    """Write an asset's samples again with the direction, return and volatility of the next five bars.

    Samples whose five bars leave the day are left out.
    """
    parts: dict[str, dict[str, Any]] = {}
    for part in PARTS:
        bars = np.asarray(asset.array(part, BARS)[:, -1], np.float64)
        day, index = asset.session_day(part), asset.index(part)
        rows = np.arange(len(day) - HORIZON)
        rows = rows[(day[rows] == day[rows + HORIZON]) & (index[rows] + HORIZON == index[rows + HORIZON])]
        opens, closes = np.log(bars[:, 0]), np.log(bars[:, 3])
        ahead = rows[:, None] + np.arange(1, HORIZON + 1)
        move = closes[rows + HORIZON] - closes[rows]
        spread = np.sqrt(((closes[ahead] - opens[ahead]) ** 2).sum(1))
        arrays = {name: np.asarray(asset.array(part, name)[rows]) for name in (BARS, ATR, UP)}
        arrays |= {
            SIDE: np.digitize(move, [-4e-4, 4e-4]).reshape(-1, 1, 1),
            RETURN: move.reshape(-1, 1, 1),
            VOLATILITY: spread.reshape(-1, 1, 1),
        }
        columns = {name: np.asarray(asset.sample_column(part, name))[rows] for name in SAMPLE_COLUMNS}
        columns["label_end_ns"] = columns["as_of_ns"] + HORIZON * 60_000_000_000
        parts[part] = {"arrays": arrays, **columns}
    features = {name: dict(asset.about(name)) for name in (BARS, ATR, UP)}
    for name, script in (
        (SIDE, "direction"),
        (RETURN, "return_next_bars"),
        (VOLATILITY, "volatility_next_bars"),
    ):
        features[name] = {
            "script": script, "script_digest": f"{script:0<64}", "params": {"horizon": HORIZON},
            "columns": [script], "rows": 1, "label": True,
        }  # fmt: skip
    about = {"schema": asset.schema, "zone": asset.zone, "schema_digest": "1" * 64}
    return write_asset(final, parts, features, about)


def many_project(home: Path, make_asset: Any, **tape: Any) -> tuple[Project, Asset]:
    """Make a workspace with a tiny asset of many labels in production."""
    project = Workspace(home).create_project("contoso", "many")
    folder = project.folder("assets") / "tape" / "production"
    made = make_asset(
        home / "plain", **{"days": 8, "ticks": 20, "seed": 7, "window": 20, "parts": (0.5, 0.75), **tape}
    )
    asset = many_labels(folder / "new", made)
    asset.path.rename(folder / asset.digest)
    atomic.point(folder, asset.digest)
    return project, Asset(folder / asset.digest)


def canvas(kind: str, **settings: Any) -> Canvas:
    """Draw a small network with an output of a kind."""
    nodes = [
        {"id": "bars", "component": "input", "params": {"feature": BARS, "scale": ATR}},
        {"id": "flatten", "component": "flatten", "params": {}},
        {"id": "dense", "component": "dense", "params": {"units": 8}},
        {"id": "drop", "component": "dropout", "params": {"rate": 0.1}},
        {"id": "output", "component": "output", "params": OUTPUTS[kind]},
        {
            "id": "globals",
            "component": "globals",
            "params": {"epochs": 2, "learning_rate": 0.003, **settings},
        },
    ]
    names = ["bars", "flatten", "dense", "drop", "output"]
    edges = [{"source": a, "target": b} for a, b in itertools.pairwise(names)]
    return Canvas.from_json({"nodes": nodes, "edges": edges, "settings": {"name": kind}})
