"""The order features are computed in: what a feature reads comes first, then sort keys, then the schema."""

from __future__ import annotations

import graphlib
import heapq
from collections.abc import Sequence

from litlab.errors import FeatureRing, UnknownName
from litlab.features.feature import LoadedFeature


def in_order(features: Sequence[LoadedFeature]) -> list[LoadedFeature]:
    """Return the features in computing order.

    Among those whose needs are met, the smallest (``sort_key()``, position) goes first; a feature without
    ``sort_key`` goes behind those that have one.

    Raises
    ------
    UnknownName
        If a feature reads one that is not among them; FeatureRing if they read each other in a ring.
    """
    position = {feature.name: at for at, feature in enumerate(features)}
    graph: graphlib.TopologicalSorter[str] = graphlib.TopologicalSorter()
    for feature in features:
        for name in feature.requires:
            if name not in position:
                raise UnknownName(kind=f"feature read by {feature.name}", given=name, known=position)
        graph.add(feature.name, *feature.requires)
    try:
        graph.prepare()
    except graphlib.CycleError as problem:
        ring = " → ".join(problem.args[1])
        raise FeatureRing(ring=ring) from None
    ready: list[tuple[float, int]] = []
    ordered: list[LoadedFeature] = []
    while graph.is_active():
        for name in graph.get_ready():
            key = features[position[name]].sort_key
            heapq.heappush(ready, (float("inf") if key is None else key, position[name]))
        _, at = heapq.heappop(ready)
        ordered.append(features[at])
        graph.done(features[at].name)
    return ordered
