"""What a sweep takes, reckoned from shapes before anything starts; and whether its canvases compile."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from litlab import engine
from litlab.assets import Asset
from litlab.canvases import Canvas, check, training_settings
from litlab.canvases.needs import free_bytes
from litlab.canvases.settings import COMPONENT
from litlab.errors import SweepTooLarge
from litlab.experiments.checkpoints import ALWAYS_KEPT
from litlab.workspace import Team, Workspace

FRAMEWORK_BYTES = 600 << 20  # what a process with TensorFlow takes before it trains anything
_FILE_BYTES = 80_000  # of a checkpoint, beside its numbers
_NUMBERS = 12  # bytes a parameter: itself and the optimizer's two moments
_SHAPING = ("batch", "precision")  # the settings that what a trial takes depends on


@dataclasses.dataclass(frozen=True)
class Needs:
    """What a sweep takes.

    Attributes
    ----------
    trials, at_once : int
    memory_bytes : int
        Of the trials that run at once, the largest ones.
    disk_bytes : int
        Of all checkpoints that stay.
    parameters : int
        Of the largest trial.
    """

    trials: int
    at_once: int
    memory_bytes: int
    disk_bytes: int
    parameters: int


def reckon(
    team: Team, trials: Sequence[tuple[Canvas, Asset]], at_once: int, epochs: int | None, keep: int | None
) -> Needs:
    """Check every trial's canvas on its asset, and return what all of them take.

    TensorFlow is loaded in a process of its own, unless this one has it already.

    Raises
    ------
    BadCanvas
        As ``check`` tells: the first problem of the first trial that has one.
    """
    shapes = [_shape(canvas) for canvas, _ in trials]
    keys = [
        (json.dumps(shape.to_json(), sort_keys=True), asset.path) for shape, (_, asset) in zip(shapes, trials)
    ]
    unlike = {key: shape.to_json() for key, shape in zip(keys, shapes)}
    asked = [(body, str(path)) for (_, path), body in unlike.items()]
    where = (str(team.workspace.home), team.name)
    if "keras" in sys.modules:
        found = sizes(*where, asked)
    else:
        with engine.opened("local", 1) as pool:
            found = pool.submit(sizes, *where, asked).result()
    known = dict(zip(unlike, found, strict=True))
    disk = 0
    for key, (canvas, asset) in zip(keys, trials):
        most = training_settings(canvas, team, epochs=epochs).epochs
        files = most if keep is None else min(most, keep + ALWAYS_KEPT)
        parameters, columns, _ = known[key]
        disk += files * (_NUMBERS * parameters + 4 * columns * asset.count("validation") + _FILE_BYTES)
    largest = sorted((known[key][2] + FRAMEWORK_BYTES for key in keys), reverse=True)
    return Needs(
        len(trials), at_once, sum(largest[:at_once]), disk, max(parameters for parameters, *_ in found)
    )


def refuse_too_large(needs: Needs, folder: Path) -> None:
    """Raise SweepTooLarge if memory or disk do not hold a sweep."""
    for what, needed, free in (
        ("memory", needs.memory_bytes, free_bytes()),
        ("disk", needs.disk_bytes, shutil.disk_usage(folder).free),
    ):
        if needed > free:
            raise SweepTooLarge(
                what=what, needed=needed, free=free, trials=needs.trials, at_once=needs.at_once
            )


def sizes(home: str, team: str, asked: Sequence[tuple[dict[str, Any], str]]) -> list[tuple[int, int, int]]:
    """Return (parameters, columns of the prediction, bytes of memory) for each (canvas, asset's folder)."""
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")  # nothing is computed here
    owner, found = Workspace(home).team(team), []
    for body, path in asked:
        checked = check(Canvas.from_json(body), Asset(Path(path)), owner)
        checked.raise_if_bad()
        columns = sum(shape[-1] or 1 for shape in checked.outputs.values())
        found.append((sum(checked.parameters.values()), columns, int(checked.needed_bytes or 0)))
    return found


def _shape(canvas: Canvas) -> Canvas:
    """Return the canvas without what neither shapes nor sizes depend on."""
    nodes = tuple(
        dataclasses.replace(node, params={key: node.params[key] for key in _SHAPING if key in node.params})
        if node.component == COMPONENT
        else node
        for node in canvas.nodes
    )
    return dataclasses.replace(canvas, nodes=nodes)
