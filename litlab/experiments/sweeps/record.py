"""What is stored of a sweep."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

from litlab.canvases import Canvas
from litlab.records import Record


@dataclasses.dataclass(frozen=True)
class SweepAsset:
    """An asset version that a sweep trains on, by the name it has in the sweep."""

    name: str
    schema: str
    digest: str


@dataclasses.dataclass(frozen=True)
class SweepDefinition(Record):
    """What a sweep trains.

    Attributes
    ----------
    canvas : Canvas
        A copy; every trial's is this one with the trial's values.
    assets : tuple of SweepAsset
        The first is the one that the canvas's features are named after.
    over : dict
        Path → choices, as the forms read them, or ``{"low", "high", "log"}``.
    random : int, optional
        How many were drawn; all combinations without it.
    seed : int
        Of the drawing; what a training's chance is made of is the canvas's.
    trials : tuple of dict
        Path → value of every trial; trials are counted from 1.
    needs : dict
        What was reckoned before it began.
    vault : bool
        Whether the winner goes into the vault at the end, which opens the test part once.
    """

    KIND: ClassVar[str] = "sweep"

    name: str
    canvas: Canvas
    assets: tuple[SweepAsset, ...]
    over: dict[str, Any]
    trials: tuple[dict[str, Any], ...]
    random: int | None = None
    seed: int = 0
    epochs: int | None = None
    at_once: int = 1
    engine: str = "local"
    device: str = "cpu"
    keep: int | None = 1
    description: str = ""
    vault: bool = False
    needs: dict[str, Any] = dataclasses.field(default_factory=dict)
    litlab: str = ""
