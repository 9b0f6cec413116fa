"""Sweeps begun and gone on with: everything is checked before anything starts."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import litlab
from litlab import engine
from litlab.assets import Asset
from litlab.canvases import Canvas, load_canvas, training_settings
from litlab.errors import AlreadyExists, BadParameter, UnknownName
from litlab.experiments.launch import check_device
from litlab.experiments.supervised import PAUSED, STOP
from litlab.experiments.sweeps.axes import ASSET, Span, applied, draw, fitted, read_axes, with_globals
from litlab.experiments.sweeps.reckoning import reckon, refuse_too_large
from litlab.experiments.sweeps.record import SweepAsset, SweepDefinition
from litlab.experiments.sweeps.sweep import FOLDER, Sweep
from litlab.jobs import Job
from litlab.records import check_name
from litlab.workspace import Project


def sweep(
    project: Project,
    canvas: str | Canvas,
    assets: Asset | Mapping[str, Asset],
    over: Mapping[str, Sequence[Any] | Span],
    *,
    random: int | None = None,
    seed: int = 0,
    epochs: int | None = None,
    at_once: int | None = None,
    engine_name: str = "local",
    device: str = "cpu",
    keep: int | None = 1,
    description: str = "",
    vault: bool = False,
) -> Sweep:
    """Train a canvas over and over with other values, in a process of its own; return once it has begun.

    Everything is checked before anything starts: names, values by their forms, shapes of every trial's
    network on its asset, memory and disk.

    Parameters
    ----------
    project : Project
    canvas : str or Canvas
    assets : Asset, or mapping of str to Asset
        Several make an axis of their own, ``asset``: the same features with other parameters. A feature that
        one of them calls otherwise is found by its script. The first is what the canvas was drawn for.
    over : mapping of str to list or Span
        Path → choices: ``{"conv.filters": [16, 32], "learning_rate": Span(1e-4, 1e-2, log=True)}``. A path
        is ``NODE.PARAMETER``, or a training setting by its name.
    random : int, optional
        So many trials drawn at random; all combinations without it.
    seed : int
        Of the drawing.
    epochs : int, optional
        Instead of what the canvas says.
    at_once : int, optional
        Trials that run beside each other; half as many as cores by default, one on a graphics processor.
    engine_name : str
        ``local``, ``dask-local``, or the address of a Dask scheduler whose workers see the workspace under
        the same path.
    device : str
    keep : int, optional
        Checkpoints that stay of a trial: the best, and the last two; None keeps all.
    description : str
    vault : bool
        Put the winner into the vault at the end.

    Raises
    ------
    UnknownName
        For a node, parameter or setting that is not there, with the nearest one.
    BadParameter, BadCanvas
        For a value that a form refuses, or a trial's network that does not compile.
    SweepTooLarge
        If memory or disk do not hold it.
    """
    made = define(
        project, canvas, assets, over, random=random, seed=seed, epochs=epochs,
        at_once=at_once or (max(1, engine.cores() // 2) if device == "cpu" else 1), engine_name=engine_name,
        device=device, keep=keep, description=description, vault=vault,
    )  # fmt: skip
    known = dict(assets) if isinstance(assets, Mapping) else {assets.schema: assets}
    home = next(iter(known.values()))
    drawn = []
    for values in made.trials:
        asset = known[values[ASSET]] if ASSET in values else home
        drawn.append((fitted(applied(made.canvas, values), project.team, home, asset), asset))
    needs = reckon(project.team, drawn, made.at_once, epochs, keep)
    refuse_too_large(needs, project.folder("train"))
    return begin(lay_out(project, dataclasses.replace(made, needs=dataclasses.asdict(needs))))


def define(
    project: Project,
    canvas: str | Canvas,
    assets: Asset | Mapping[str, Asset],
    over: Mapping[str, Sequence[Any] | Span],
    *,
    random: int | None,
    seed: int,
    at_once: int,
    engine_name: str,
    device: str,
    **more: Any,
) -> SweepDefinition:
    """Return what a sweep trains, checked by names and forms; the arguments are those of ``sweep``."""
    drawn = with_globals(load_canvas(project.team, canvas) if isinstance(canvas, str) else canvas)
    name = canvas if isinstance(canvas, str) else check_name(drawn.name, "canvas")
    known = dict(assets) if isinstance(assets, Mapping) else {assets.schema: assets}
    _check(known, drawn, project, device, engine_name, at_once)
    axes = read_axes(drawn, project.team, over, list(known))
    trials = draw(axes, random, seed)
    for values in trials:
        training_settings(applied(drawn, values), project.team, epochs=more["epochs"])
    choices = {axis.path: dataclasses.asdict(axis.span) if axis.span else list(axis.values) for axis in axes}
    return SweepDefinition(
        name=name,
        canvas=drawn,
        assets=tuple(SweepAsset(one, asset.schema, asset.digest) for one, asset in known.items()),
        over=choices,
        trials=tuple(trials),
        random=random,
        seed=seed,
        at_once=at_once,
        engine=engine_name,
        device=device,
        litlab=litlab.__version__,
        **more,
    )


def _check(
    known: Mapping[str, Asset], canvas: Canvas, project: Project, device: str, engine_name: str, at_once: int
) -> None:
    check_device(device)
    if at_once < 1:
        raise BadParameter(name="at_once", given=at_once, wanted="it must be 1 or more")
    if engine_name not in ("local", "dask-local") and "://" not in engine_name:
        raise UnknownName(kind="engine", given=engine_name, known=("local", "dask-local", "tcp://HOST:PORT"))
    home, *others = known.values()
    for label in {str(node.params["label"]) for node in canvas.nodes if "label" in node.params}:
        if label in home.labels:
            _same_label(label, home, others)
    for one in known.values():
        if not (one.count("train") and one.count("validation")):
            wanted = "its train and validation parts must hold samples"
            raise BadParameter(name=ASSET, given=one.schema, wanted=wanted)


def _same_label(label: str, home: Asset, others: Sequence[Asset]) -> None:
    about = {key: home.about(label)[key] for key in ("script", "script_digest", "params")}
    for other in others:
        if not any(all(other.about(one)[key] == about[key] for key in about) for one in other.labels):
            wanted = (
                f"it must hold the label {label} as the first asset has it, or scores could not be compared"
            )
            raise BadParameter(name=ASSET, given=other.schema, wanted=wanted)


def lay_out(project: Project, definition: SweepDefinition) -> Sweep:
    """Write the folder of a sweep that ``begin`` can start."""
    parent = project.folder("train") / project.name / FOLDER
    parent.mkdir(parents=True, exist_ok=True)
    home, number = project.team.workspace.home, 0
    while True:
        number += 1
        name = f"{definition.name[:52]}-sweep-{number:03d}"
        if any(home.glob(f"*/train/*/{FOLDER}/{name}")):
            continue
        try:
            (parent / name).mkdir()
        except FileExistsError:
            continue
        definition.save(parent / name / "definition.json")
        made = Sweep(parent / name)
        made.write()
        return made


def begin(sweep: Sweep) -> Sweep:
    """Start the sweep's process: with its first trial, or with those that are not done."""
    for mark in (STOP, PAUSED):
        (sweep.folder / mark).unlink(missing_ok=True)
    argv = [sys.executable, "-m", "litlab.experiments.sweeps.conduct", str(sweep.folder)]
    Job.launch(sweep.folder, argv, name=f"sweep {sweep.name}")
    return sweep


def resume_sweep(sweep: Sweep) -> Sweep:
    """Go on with a sweep that was paused, stopped or killed: what is done is not done again.

    Trials that were under way go on behind their last finished epoch; failed ones are tried once more.

    Raises
    ------
    AlreadyExists
        If it is running.
    BadParameter
        If its winner is in the vault: the test part has been opened.
    """
    if sweep.state == "running":
        raise AlreadyExists(kind="running job", name=sweep.name)
    if (sweep.folder / "winner.json").is_file():
        wanted = "its winner has been scored on the test part; begin another sweep"
        raise BadParameter(name="sweep", given=sweep.name, wanted=wanted)
    return begin(sweep)
