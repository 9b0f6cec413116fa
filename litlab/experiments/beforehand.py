"""What is made sure of before a run is written: the canvas trains on the asset, and the machine can."""

from __future__ import annotations

import dataclasses
from typing import Any

from litlab import engine
from litlab.assets import Asset
from litlab.canvases import Canvas, shared_checker
from litlab.errors import BadParameter, NotEnoughMemory, Unchecked
from litlab.workspace import Team


def check_beforehand(team: Team, canvas: Canvas, asset: Asset) -> None:
    """Have the process that looks canvases over compile the canvas for the asset: nothing is loaded here.

    Raises
    ------
    Unchecked
        With the first thing that is wrong, and at which node: the sentence that the Designer shows.
    NotEnoughMemory
    """
    drawn_for = dataclasses.replace(canvas, settings={**canvas.settings, "asset": asset.digest})
    refuse_bad(shared_checker().check(drawn_for, team))


def refuse_bad(answered: dict[str, Any] | None) -> None:
    """Raise what is wrong with a canvas by what ``Checker.check`` answered of it."""
    if answered is None or not answered["ok"]:
        raise Unchecked(reason=_first((answered or {}).get("problems", {})))
    needed, free = answered["needed"], answered["free"]
    if needed > free:
        raise NotEnoughMemory(needed=needed, free=free, batch=answered["batch"])


def check_here(device: str) -> None:
    """Raise BadParameter for a card that this machine has not.

    Examples
    --------
    >>> check_here("cpu")
    >>> check_here("gpu:99")
    Traceback (most recent call last):
        ...
    litlab.errors.BadParameter: device = 'gpu:99' is not possible: ....
    """
    known = engine.devices()
    count = len(known) - 1
    number = device.partition(":")[2] or "0"
    # A container may call its only card nvidia3: CUDA counts what it sees.
    if device == "cpu" or device in known or (number.isdecimal() and int(number) < count):
        return
    wanted = f"this machine has {', '.join(known)}" if count else "this machine has no such card, only cpu"
    raise BadParameter(name="device", given=device, wanted=wanted)


def _first(problems: dict[str, list[dict[str, str]]]) -> str:
    for node, several in problems.items():
        return f"{f'Node {node!r}: ' if node else ''}{several[0]['text']}"
    return "The canvas was drawn on while it was looked over. Launch it once more."
