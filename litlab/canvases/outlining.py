"""What every node makes, told without keeping the layers that make it, and remembered.

1. ``Outlining.add`` makes one node alone, fed with inputs of the shapes that reach it, and keeps numbers:
what leaves it and what its layers hold. The layers are dropped at once. 2. ``Known`` remembers these numbers
under all that decides them: script, parameters, asset, precision and what reaches the node. A stroke on a
canvas makes its node once more, and those behind it only as far as other shapes reach them.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import sys
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from litlab.assets import Asset
from litlab.canvases.backend import load_keras
from litlab.canvases.bounds import limits
from litlab.canvases.canvas import Canvas
from litlab.canvases.graph import Step
from litlab.canvases.making import MASK, Making
from litlab.canvases.needs import reckoned_bytes, values_made
from litlab.canvases.tally import Tally

MOST = 8_192  # nodes remembered, less than 1 kB each: the largest canvas, as it was some strokes ago too


@dataclasses.dataclass(frozen=True)
class Carried:
    """What runs on a wire: shape and type, and the shape of a mask that goes with it."""

    shape: tuple[int | None, ...]
    dtype: str
    mask: tuple[int | None, ...] | None = None


@dataclasses.dataclass(frozen=True)
class Outline:
    """A node in numbers.

    Attributes
    ----------
    carried : Carried or None
        What leaves it; None where nothing does.
    names : tuple of str
        Of its layers and operations.
    parameters : int
        Numbers that its layers hold.
    values : int
        Numbers that its layers make of one sample.
    """

    carried: Carried | None = None
    names: tuple[str, ...] = ()
    parameters: int = 0
    values: int = 0


class Known:
    """Outlines by the digest of what decides them; those not asked for longest are forgotten."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._kept: OrderedDict[str, Outline] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: str) -> Outline | None:
        """Return what is remembered under a key, if anything is."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def put(self, key: str, outline: Outline) -> None:
        """Remember an outline."""
        self._kept[key] = outline
        while len(self._kept) > self.most:
            self._kept.popitem(last=False)


class Outlining:
    """The outlines of a canvas's nodes, added one after the other.

    Parameters
    ----------
    canvas, asset
    precision : str
        What the layers compute in; the block that adds nodes computes in it (``backend.computing``).
    known : Known, optional
        What other checks have found.
    before : callable, optional
        Called with a node's id before its component is.

    Attributes
    ----------
    carried : dict of str to Carried
        By node, for nodes that something leaves.
    tally : Tally
    """

    def __init__(
        self,
        canvas: Canvas,
        asset: Asset,
        precision: str,
        known: Known | None = None,
        before: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.canvas, self.asset = canvas, asset
        self.carried: dict[str, Carried] = {}
        self.tally = Tally(canvas.name)
        self._base = [asset.digest, precision]
        self._known = Known() if known is None else known
        self._before = before
        self._keys: dict[str, str] = {}
        self._steps: dict[str, Step] = {}
        self._features: set[str] = set()
        self._values = 0

    def add(self, step: Step) -> None:
        """Outline one more node; what its component is given must have been added before.

        Raises
        ------
        BadCanvas
            As ``Making.add`` does.
        """
        node = step.node.id
        key = self._keys[node] = self._key(step)
        outline = self._known.get(key)
        if outline is None:
            self._before(node)
            outline = self._outlined(step)
            self._known.put(key, outline)
        self._steps[node] = step
        if outline.carried is None:
            return
        picked = set(step.fields("feature").values())
        self._features |= picked
        self._values += outline.values
        self.carried[node] = outline.carried
        self.tally.count(node, outline.parameters, outline.carried.shape)
        for name in sorted(picked):
            self.tally.claim(node, [name], f"the feature {name!r}")
        self.tally.claim(node, outline.names)

    def needed_bytes(self, batch: int) -> int:
        """Return the bytes that training all nodes takes, as ``needs.needed_bytes`` reckons them."""
        fed = sum(math.prod(self.asset.shape(name)) for name in self._features)
        return reckoned_bytes(sum(self.tally.parameters.values()), fed + self._values, batch)

    def _key(self, step: Step) -> str:
        fed = [dataclasses.astuple(self.carried[one]) for one in step.inputs]
        shared = self._keys.get(step.shares or "", "")
        said = [step.node.id, step.node.component, step.script.digest, step.node.params]
        return hashlib.sha256(
            json.dumps([*self._base, *said, fed, shared], sort_keys=True).encode()
        ).hexdigest()

    def _outlined(self, step: Step) -> Outline:
        """Make the node alone, behind those whose layers it uses once more."""
        chain = [step]
        while chain[0].shares is not None:
            chain.insert(0, self._steps[chain[0].shares])
        making = Making(self.canvas, self.asset)
        with limits(parameters=sys.maxsize, values=sys.maxsize):  # judged where the whole canvas is counted
            for one in chain:
                fed = set(one.inputs) - making.made.keys()
                making.made.update({source: _input(self.carried[source]) for source in fed})
                making.add(one)
        result = making.made.get(step.node.id)
        if result is None:
            return Outline()
        mask = getattr(result, MASK, None)
        layer = load_keras("A canvas").layers.Layer
        made = making.layers[step.node.id]
        return Outline(
            Carried(tuple(result.shape), str(result.dtype), None if mask is None else tuple(mask.shape)),
            tuple(one.name for one in made),
            making.tally.parameters[step.node.id],
            sum(values_made(one) for one in made if isinstance(one, layer)),
        )


def _input(carried: Carried) -> Any:
    """Return a model's input that is like what runs on a wire."""
    keras = load_keras("A canvas")
    found = keras.Input(batch_shape=carried.shape, dtype=carried.dtype)
    if carried.mask is not None:
        setattr(found, MASK, keras.Input(batch_shape=carried.mask, dtype="bool"))
    return found
