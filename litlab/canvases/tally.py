"""What the nodes of a canvas come to so far: numbers held, and whose every name is."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable

from litlab.canvases import bounds
from litlab.errors import CanvasTooLarge, RepeatedLayer


@dataclasses.dataclass
class Tally:
    """Kept while nodes are made, one after the other.

    Attributes
    ----------
    canvas : str
        Its name, for messages.
    parameters : dict of str to int
        By node: the numbers that its layers hold.
    """

    canvas: str
    parameters: dict[str, int] = dataclasses.field(default_factory=dict)
    _owners: dict[str, str] = dataclasses.field(default_factory=dict)

    def claim(self, node: str, names: Iterable[str], owner: str = "") -> None:
        """Give names of the model to a node: what Keras calls its layers, operations and inputs.

        Raises
        ------
        RepeatedLayer
            If one of them is taken: a model's names are told apart by nothing else.
        """
        owner = owner or f"node {node!r}"
        for name in names:
            other = self._owners.setdefault(name, owner)
            if other != owner:
                raise RepeatedLayer(canvas=self.canvas, node=node, name=name, other=other)

    def count(self, node: str, parameters: int, shape: tuple[int | None, ...]) -> None:
        """Add a node's numbers.

        Raises
        ------
        CanvasTooLarge
            If all layers up to here hold more than the limit, or one sample on its wires does.
        """
        self.parameters[node] = parameters
        most = bounds.current()
        held, carried = sum(self.parameters.values()), math.prod(one or 1 for one in shape)
        for what, count, limit in (
            ("the canvas's layers up to here", held, most.parameters),
            ("one sample on its wires", carried, most.values),
        ):
            if count > limit:
                raise CanvasTooLarge(canvas=self.canvas, node=node, what=what, count=count, limit=limit)
