"""A functional model's config as a list of calls: which layer, with what, fed by which calls before it."""

from __future__ import annotations

import dataclasses
import heapq
from collections.abc import Mapping
from typing import Any

from litlab.canvases.opaque import WIRE

Place = tuple[str, int]  # a layer's name and the number of the call


@dataclasses.dataclass(frozen=True)
class Call:
    """One call of a layer or operation.

    Attributes
    ----------
    layer : dict
        ``module``, ``class_name``, ``config``, as Keras writes them down.
    name : str
        The layer's.
    number : int
        Which of its calls, counted from 0.
    sources : tuple of (str, int)
        The calls whose results it takes, in the order of its arguments.
    picks : tuple of int
        Which of a source's results, 0 where it has one.
    args, kwargs
        JSON values; ``{"wire": k}`` stands for the k-th source's result. What Keras filled in is left out.
    """

    layer: dict[str, Any]
    name: str
    number: int
    sources: tuple[Place, ...]
    picks: tuple[int, ...]
    args: list[Any]
    kwargs: dict[str, Any]

    @property
    def kind(self) -> str:
        """Name of its class."""
        return str(self.layer["class_name"])

    @property
    def config(self) -> dict[str, Any]:
        """What the class is made with."""
        config: dict[str, Any] = self.layer["config"]
        return config

    @property
    def is_operation(self) -> bool:
        """Whether it is no layer but an operation, as ``x - y`` makes one."""
        return ".ops." in str(self.layer.get("module"))

    @property
    def is_plain(self) -> bool:
        """Whether it takes its wires one by one and nothing else."""
        return not self.kwargs and self.args == [{WIRE: at} for at in range(len(self.sources))]


def calls_of(config: Mapping[str, Any], rank: Mapping[str, int] | None = None) -> list[Call]:
    """Return a functional model's calls, each after all that feed it; input layers are calls of nothing.

    Parameters
    ----------
    config : mapping
        ``model.get_config()`` of a functional model.
    rank : mapping, optional
        Layer name → place: of calls that could be next, the one of the lowest place is. The order of the
        config by default.
    """
    every: dict[Place, Call] = {}
    for layer in config["layers"]:
        nodes = layer["inbound_nodes"] or [{"args": [], "kwargs": {}}]
        for number, node in enumerate(nodes):
            places: list[tuple[str, int, int]] = []
            args = [_templated(one, places) for one in node["args"]]
            said = {name: one for name, one in sorted(node["kwargs"].items()) if not _unsaid(name, one)}
            kwargs = {name: _templated(one, places) for name, one in said.items()}
            name = layer.get("name") or layer["config"]["name"]
            sources, picks = tuple(one[:2] for one in places), tuple(one[2] for one in places)
            every[name, number] = Call(layer, name, number, sources, picks, args, kwargs)
    names = [layer.get("name") or layer["config"]["name"] for layer in config["layers"]]
    place = rank or {name: at for at, name in enumerate(names)}
    return _in_order(every, place)


def _unsaid(name: str, value: Any) -> bool:
    """Tell whether Keras filled an argument in: ``fit`` says what training is, whatever stands there."""
    return value is None or (name == "training" and value is False)


def _in_order(every: dict[Place, Call], rank: Mapping[str, int]) -> list[Call]:
    waits = {place: len(set(call.sources)) for place, call in every.items()}
    after: dict[Place, list[Place]] = {}
    for place, call in every.items():
        for source in set(call.sources):
            after.setdefault(source, []).append(place)
    ready = [(rank.get(name, -1), number, name) for (name, number), count in waits.items() if not count]
    heapq.heapify(ready)
    order = []
    while ready:
        _, number, name = heapq.heappop(ready)
        order.append(every[name, number])
        for place in after.get((name, number), []):
            waits[place] -= 1
            if not waits[place]:
                heapq.heappush(ready, (rank.get(place[0], -1), place[1], place[0]))
    return order


def _templated(value: Any, places: list[tuple[str, int, int]]) -> Any:
    """Return an argument with numbered wires for its tensors; where they come from goes to `places`."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            name, number, pick = value["config"]["keras_history"]
            places.append((str(name), int(number), int(pick)))
            return {WIRE: len(places) - 1}
        return {key: _templated(part, places) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_templated(part, places) for part in value]
    return value


def ends(config: Mapping[str, Any]) -> dict[str, Place]:
    """Return the model's outputs by name: the layer's name where the model has no names for them."""
    said = config["output_layers"]
    if isinstance(said, dict):
        return {name: (place[0], place[1]) for name, place in said.items()}
    places = [said] if said and isinstance(said[0], str) else said
    return {place[0]: (place[0], place[1]) for place in places}
