"""The canvas to start from: it learns the sample tape in seconds, and beats the reference baseline there.

The last 30 bars go through a small convolution, averaged over time, beside a coarser one that keeps the
place; both feed one output. Measured on 60 days of 50,000 ticks, three seeds: AUC 0.807 to 0.814 where
the reference baseline had 0.744 to 0.757.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from litlab.assets import Asset
from litlab.canvases.canvas import Canvas, Edge, Node
from litlab.errors import BadCanvas

LAST = 30
_COLUMN = 240  # a node and the room for the shape on its wire


def default_canvas(asset: Asset, name: str = "default", project: str = "") -> Canvas:
    """Draw a canvas for the asset's inputs and its first label.

    Windows of the longest length go side by side through the convolutions; whatever is shorter joins
    behind them. The first input with a column ``atr`` is the unit of prices.

    Raises
    ------
    BadCanvas
        If the asset has no label or no input.
    """
    if not asset.labels or not asset.inputs:
        raise BadCanvas(
            canvas=name, node="output", reason=f"the asset {asset.schema} has no label or no input"
        )
    atr = next((one for one in asset.inputs if "atr" in asset.columns(one)), None)
    longest = max(asset.shape(one)[0] for one in asset.inputs)
    windows = [one for one in asset.inputs if asset.shape(one)[0] == longest]
    others = [one for one in asset.inputs if one not in windows]
    ids = _ids(asset.inputs)
    nodes, edges = [], []
    for number, one in enumerate(asset.inputs):
        nodes.append(_place(ids[one], "input", _input_params(asset, one, atr), 0, number))
    joined = ids[windows[0]]
    if len(windows) > 1:
        joined = "window"
        nodes.append(_place("window", "concatenate", {}, 1, 0))
        edges += [Edge(ids[one], "window") for one in windows]
    branches: list[str] = []
    if longest > 1:
        more, wires, branches = _convolutions(joined, longest)
        nodes, edges = nodes + more, edges + wires
    else:
        others = [*windows, *others]
    for number, one in enumerate(others):
        flat = f"flat_{number + 1}"
        nodes.append(_place(flat, "flatten", {}, 3, number + 2))
        edges.append(Edge(ids[one], flat))
        branches.append(flat)
    end = branches[0]
    if len(branches) > 1:
        end = "together"
        nodes.append(_place("together", "concatenate", {}, 4, 0))
        edges += [Edge(one, "together") for one in branches]
    params = {"label": asset.labels[0], "head": "binary", "l2": 0.001}
    nodes.append(_place("output", "output", params, 5, 0))
    edges.append(Edge(end, "output"))
    training = {
        "epochs": 15,
        "batch": 256,
        "optimizer": "adam",
        "learning_rate": 0.0005,
        "patience": 3,
        "seed": 7,
    }
    nodes.append(_place("globals", "globals", training, 0, -1))
    settings = {"name": name, "project": project, "asset": asset.schema}
    return Canvas(_drawn_together(nodes), tuple(edges), settings)


def _ids(inputs: tuple[str, ...]) -> dict[str, str]:
    """Return input → node id: the last word of its name where that tells it apart."""
    words = [one.rsplit("_", 1)[-1] for one in inputs]
    taken = {"window", "trend", "detail", "average", "places", "together", "output", "globals"}
    return {
        one: word if words.count(word) == 1 and word not in taken else f"input_{number}"
        for number, (one, word) in enumerate(zip(inputs, words, strict=True), 1)
    }


def _convolutions(joined: str, rows: int) -> tuple[list[Node], list[Edge], list[str]]:
    """Return the two branches behind the joined window: their nodes, wires and ends."""
    last = min(LAST, rows)
    kernel = min(9, last)
    common = {"kernel": kernel, "activation": "relu", "last": last}
    nodes = [
        _place("trend", "conv1d", {"filters": 16, **common}, 2, 0),
        _place("average", "pooling", {"by": "average"}, 3, 0),
        _place("detail", "conv1d", {"filters": 8, "stride": 3, **common}, 2, 1),
        _place("places", "flatten", {}, 3, 1),
    ]
    edges = [
        Edge(joined, "trend"),
        Edge("trend", "average"),
        Edge(joined, "detail"),
        Edge("detail", "places"),
    ]
    return nodes, edges, ["average", "places"]


def _input_params(asset: Asset, name: str, atr: str | None) -> dict[str, str]:
    columns = asset.columns(name)
    params = {"feature": name, "normalise": "market"}
    if "close" in columns and atr and atr != name:
        params["scale"] = atr
    elif not {"close", "atr"} & set(columns):
        params["normalise"] = "standardise"
    return params


def _place(node: str, component: str, params: Mapping[str, object], column: int, row: int) -> Node:
    return Node(node, component, dict(params), {"x": float(_COLUMN * column), "y": 120.0 * row})


def _drawn_together(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """Leave out the columns in which nothing stands."""
    columns = sorted({node.position["x"] for node in nodes})
    places = {x: float(_COLUMN * at) for at, x in enumerate(columns)}
    return tuple(
        dataclasses.replace(node, position={**node.position, "x": places[node.position["x"]]})
        for node in nodes
    )
