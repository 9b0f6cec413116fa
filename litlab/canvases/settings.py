"""What a canvas says about training: the Globals node, read."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

from litlab.canvases.canvas import Canvas
from litlab.errors import BadCanvas, BadNodeParameter, BadParameter, UnknownName
from litlab.records import Record
from litlab.scripts import find_script, load_script
from litlab.workspace import Team

COMPONENT = "globals"


@dataclasses.dataclass(frozen=True)
class TrainingSettings(Record):
    """How a model is trained.

    Attributes
    ----------
    epochs : int
        Passes over the training part, at most.
    batch : int
        Samples in one step.
    optimizer : {"adam", "adamw", "sgd", "rmsprop"}
    learning_rate : float
        At first.
    schedule : {"constant", "cosine", "plateau"}
        What becomes of the learning rate.
    patience : int
        Training stops after as many epochs without a better log-loss on the validation part.
    seed : int
        Decides the first weights, the dropout masks and the order of samples.
    balanced : bool
        Whether samples are weighed so that every class counts as much as any other.
    metrics : tuple of str
        What Keras tells after each epoch besides the loss.
    precision : {"float32", "mixed_float16", "mixed_bfloat16"}
        What the network computes in.

    Examples
    --------
    >>> TrainingSettings(epochs=3).learning_rate
    0.0005
    """

    KIND: ClassVar[str] = "training settings"

    epochs: int = 15
    batch: int = 256
    optimizer: str = "adam"
    learning_rate: float = 5e-4
    patience: int = 3
    seed: int = 7
    schedule: str = "constant"
    balanced: bool = False
    metrics: tuple[str, ...] = ()
    precision: str = "float32"

    def __post_init__(self) -> None:
        for name in ("epochs", "batch", "patience"):
            if getattr(self, name) < 1:
                raise BadParameter(name=name, given=getattr(self, name), wanted="it must be 1 or more")
        if not self.learning_rate > 0:
            raise BadParameter(name="learning_rate", given=self.learning_rate, wanted="it must be above 0")
        if not 0 <= self.seed < 2**32:
            raise BadParameter(name="seed", given=self.seed, wanted="it must be from 0 to 4294967295")


def training_settings(canvas: Canvas, team: Team | None = None, **changes: int | None) -> TrainingSettings:
    """Return the settings of the canvas's Globals node, the defaults without one.

    Parameters
    ----------
    canvas : Canvas
    team : Team, optional
        Where an own ``globals`` component is looked for first.
    changes
        ``epochs=…``, ``seed=…``: what this launch wants otherwise; None changes nothing.

    Raises
    ------
    BadCanvas
        If two nodes are Globals, or a value is impossible.
    """
    nodes = [node for node in canvas.nodes if node.component == COMPONENT]
    if len(nodes) > 1:
        raise BadCanvas(canvas=canvas.name, node=nodes[1].id, reason="there is a globals node already")
    wanted: dict[str, Any] = {name: value for name, value in changes.items() if value is not None}
    if not nodes:
        return TrainingSettings(**wanted)
    try:
        said = load_script(find_script(team, "components", COMPONENT)).read_params(nodes[0].params)
        said["metrics"] = tuple(map(str, said.get("metrics", ())))
        known = {field.name for field in dataclasses.fields(TrainingSettings)}
        return TrainingSettings(**{**{key: said[key] for key in said if key in known}, **wanted})
    except (BadParameter, UnknownName) as problem:
        reason = str(problem).rstrip(".")
        raise BadNodeParameter(canvas=canvas.name, node=nodes[0].id, reason=reason) from None
