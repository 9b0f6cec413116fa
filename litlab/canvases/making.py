"""Node by node from component scripts to tensors: what compiling and checking share."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable
from typing import Any

from litlab.assets import Asset
from litlab.canvases import opaque
from litlab.canvases.backend import load_keras
from litlab.canvases.canvas import Canvas
from litlab.canvases.graph import Step
from litlab.canvases.source import Source, remembered
from litlab.canvases.tally import Tally
from litlab.errors import (
    BadCanvas,
    BrokenComponent,
    NothingChosen,
    NotInAsset,
    UnknownName,
    WrongShape,
)

# A tensor as Keras shows it: of all that, the shape says something, and the number is another every time.
_TENSOR = re.compile(r"<KerasTensor shape=(\([^)]*\))[^>]*>")
MASK = "_keras_mask"  # where Keras keeps what Masking and Embedding say of a tensor's rows


@dataclasses.dataclass
class Making:
    """The tensors made so far.

    Attributes
    ----------
    features : dict
        Feature name → the model's input.
    made : dict
        Node id → what it made, for nodes that make something.
    layers : dict
        Node id → the operations that it added, in order; shared ones stand with the node that made them.
    tally : Tally
        What they come to.
    """

    canvas: Canvas
    asset: Asset
    features: dict[str, Any] = dataclasses.field(default_factory=dict)
    made: dict[str, Any] = dataclasses.field(default_factory=dict)
    layers: dict[str, list[Any]] = dataclasses.field(default_factory=dict)
    _seen: set[int] = dataclasses.field(default_factory=set)
    _given: dict[str, list[Any]] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tally = Tally(self.canvas.name)

    def add(self, step: Step) -> None:
        """Call one node's component script, check what it returns, and keep it."""
        keras = load_keras("A canvas")
        picked = step.fields("feature")
        sources = self._sources(step)
        for name in picked.values():
            if name not in self.features:
                self.features[name] = keras.Input(self.asset.shape(name), name=name)
                self.tally.claim(step.node.id, [name], f"the feature {name!r}")
        inputs = [self.features[name] for name in picked.values()] + [self.made[one] for one in step.inputs]
        params = {**step.params, "node": step.node.id, "sources": sources, **self._tools(step, sources)}
        try:
            result = step.script.module.make_component(params, inputs)
        except BadCanvas:
            raise
        except Exception as problem:  # a component may raise anything; Keras speaks of shapes in ValueErrors
            raise self._wrong_shape(step, problem) from problem
        if not inputs and result is None:
            return
        if not isinstance(result, keras.KerasTensor):
            reason = f"make_component returned {type(result).__name__}, wanted a tensor"
            raise self._error(BrokenComponent, step, reason=reason, path=step.script.path)
        self._keep(step, inputs, result)

    def _error(self, kind: type[BadCanvas], step: Step, /, **fields: Any) -> BadCanvas:
        return kind(canvas=self.canvas.name, node=step.node.id, **fields)

    def _wrong_shape(self, step: Step, problem: Exception) -> BadCanvas:
        came = ", ".join(f"{one} {tuple(self.made[one].shape)}" for one in step.inputs) or "nothing"
        reason = " ".join(str(problem).split()).rstrip(".") or type(problem).__name__
        reason = _TENSOR.sub(r"\1", reason)
        return self._error(WrongShape, step, reason=reason, received=came)

    def _sources(self, step: Step) -> dict[str, Source]:
        """Return the picked features and label by field; each must be in the asset."""
        sources = {}
        for kind, known in (("feature", self.asset.inputs), ("label", self.asset.labels)):
            for field in step.script.fields:
                if field.kind == field.name == kind and field.name not in step.params:
                    raise self._error(NothingChosen, step, kind=kind, known=", ".join(known) or "none")
            for picker, name in step.fields(kind).items():
                if name not in known:
                    of = f"{kind} of the asset {self.asset.schema}"
                    problem = UnknownName(kind=of, given=name, known=known)
                    raise self._error(NotInAsset, step, reason=str(problem).rstrip("."))
                sources[picker] = Source(self.asset, name)
        return sources

    def _tools(self, step: Step, sources: dict[str, Source]) -> dict[str, Callable[..., Any]]:
        """Return what a component may ask compiling for."""
        node = step.node.id

        def names(count: int) -> list[str]:
            return [node] if count == 1 else [f"{node}_{number}" for number in range(1, count + 1)]

        def again(inputs: list[Any]) -> Any:
            of = step.shares or ""
            if of not in self._given:
                raise ValueError(f"{of} makes no tensor, so it has no layers to share")
            taken, given = _with_masks(self._given[of]), _with_masks(inputs)
            if len(given) != len(taken):
                raise ValueError(f"{of} takes {len(taken)} tensors, their masks counted")
            for one, wanted in zip(given, taken, strict=True):
                if not _fits(one.shape, wanted.shape):
                    raise ValueError(f"the layers of {of} were made for {tuple(wanted.shape)}")
            return load_keras("A canvas").Function(taken, self.made[of]).call(given)

        return {
            "names": names,
            "again": again,
            "rebuilt": lambda inputs: opaque.rebuilt(node, step.params, inputs),
            "remember": lambda key, make: remembered(tuple(sources.values()), key, make),
        }

    def _keep(self, step: Step, inputs: list[Any], result: Any) -> None:
        keras, node = load_keras("A canvas"), step.node.id
        try:
            found = keras.Function(_with_masks(inputs), result).operations
        except ValueError as problem:
            reason = "make_component returned a tensor that does not come from its inputs"
            raise self._error(BrokenComponent, step, reason=reason, path=step.script.path) from problem
        new = [one for one in found if id(one) not in self._seen and type(one).__name__ != "InputLayer"]
        self._seen.update(id(one) for one in new)
        self.made[node], self.layers[node], self._given[node] = result, new, inputs
        _name_operations(node, [one for one in new if not isinstance(one, keras.layers.Layer)])
        sizes = (math.prod(one.shape) for layer in new for one in getattr(layer, "weights", ()))
        self.tally.count(node, sum(sizes), result.shape)
        self.tally.claim(node, [one.name for one in new])


def _fits(shape: tuple[int | None, ...], wanted: tuple[int | None, ...]) -> bool:
    pairs = list(zip(shape, wanted, strict=False))
    return len(shape) == len(wanted) and all(None in pair or pair[0] == pair[1] for pair in pairs)


def _with_masks(tensors: list[Any]) -> list[Any]:
    """Return tensors and, behind them, the masks that they bring: layers take these in unasked."""
    masks = [getattr(one, MASK, None) for one in tensors]
    return [*tensors, *(one for one in masks if one is not None)]


def _name_operations(node: str, operations: list[Any]) -> None:
    """Call operations after their node: Keras numbers those of a process, so that any name might be taken."""
    used: dict[str, int] = {}
    for one in operations:
        kind = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(one).__name__).lower()
        used[kind] = used.get(kind, 0) + 1
        one.name = f"{node}_{kind}" if used[kind] == 1 else f"{node}_{kind}_{used[kind]}"
