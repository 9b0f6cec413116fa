"""Starting a training run."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import litlab
from litlab import atomic
from litlab.assets import Asset, ledger
from litlab.assets.looks import seen_in
from litlab.canvases import Canvas, load_canvas, training_settings
from litlab.errors import AlreadyExists, BadParameter, UnknownName
from litlab.experiments.beforehand import check_beforehand, check_here
from litlab.experiments.ending import refuse_finished
from litlab.experiments.run import Run, RunDefinition
from litlab.experiments.supervised import PAUSED
from litlab.jobs import Job
from litlab.records import check_name
from litlab.scripts import find_script
from litlab.vault.looks import LAUNCH
from litlab.workspace import Project

_DEVICE = re.compile(r"cpu|gpu(:\d+)?")


def launch(
    project: Project,
    canvas: str | Canvas,
    asset: Asset,
    *,
    epochs: int | None = None,
    seed: int | None = None,
    device: str = "cpu",
    description: str = "",
    keep: int | None = None,
    keep_by: str = "val_loss",
) -> Run:
    """Train a canvas on an asset version, in a process of its own; return at once.

    The arguments are those of ``prepare``; what it raises is raised here. Nothing is written before
    the canvas was compiled for the asset, by the process that looks canvases over: about 8 s where none is
    warm.

    Raises
    ------
    Unchecked
        With the first thing that is wrong with the canvas, and at which node.
    BadParameter
        If the device is none, or not here.
    NotEnoughMemory
    """
    drawn = load_canvas(project.team, canvas) if isinstance(canvas, str) else canvas
    check_device(device)
    check_here(device)
    training_settings(drawn, project.team, epochs=epochs, seed=seed)
    check_beforehand(project.team, drawn, asset)
    run = prepare(
        project, canvas, asset, epochs=epochs, seed=seed, device=device, description=description, keep=keep,
        keep_by=keep_by,
    )  # fmt: skip
    return start(run)


def prepare(
    project: Project,
    canvas: str | Canvas,
    asset: Asset,
    *,
    epochs: int | None = None,
    seed: int | None = None,
    device: str = "cpu",
    description: str = "",
    keep: int | None = None,
    keep_by: str = "val_loss",
    sweep: str = "",
    trial: int = 0,
) -> Run:
    """Write the folder of a run that ``start`` can start.

    Parameters
    ----------
    project : Project
    canvas : str or Canvas
        One of the team's canvases by name, or any; the run keeps a copy.
    asset : Asset
        The version is pinned by its digest.
    epochs, seed : int, optional
        Instead of what the canvas's Globals node says.
    device : str
        ``cpu``, ``gpu`` or ``gpu:<number>``.
    description : str
        A person's words, kept beside the run.
    keep : int, optional
        How many checkpoints stay, the best by the column `keep_by` and the last two; all without it.
    keep_by : str
    sweep, trial : str, int
        The sweep it belongs to, and which of its trials it is.

    Raises
    ------
    BadCanvas
        If a value of the Globals node is impossible.
    BadParameter
        If the device is none, or the asset has no training or validation part.
    """
    drawn = load_canvas(project.team, canvas) if isinstance(canvas, str) else canvas
    name = canvas if isinstance(canvas, str) else check_name(drawn.name, "canvas")
    definition = RunDefinition(
        name=name,
        canvas=drawn,
        components=_component_digests(project, drawn),
        schema=asset.schema,
        asset=asset.digest,
        settings=training_settings(drawn, project.team, epochs=epochs, seed=seed),
        device=device,
        litlab=litlab.__version__,
        keep=keep,
        keep_by=keep_by,
        sweep=sweep,
        trial=trial,
    )
    return _write(project, definition, asset, description)


def clone_run(run: Run, *, start: bool = False, description: str | None = None, **changes: Any) -> Run:
    """Write the folder of a run that differs from another one in what is named, and in nothing else.

    Parameters
    ----------
    run : Run
    start : bool
        Start it, too.
    description : str, optional
        The other run's by default.
    changes
        Any of ``asset`` (an Asset), ``device``, ``keep``, ``keep_by``, ``permuted`` (a seed: it learns labels
        permuted within their sessions), and every training setting:
        ``epochs``, ``batch``, ``optimizer``, ``learning_rate``, ``patience``, ``seed``, …

    Raises
    ------
    UnknownName
        For a change of anything else.
    """
    definition = run.definition
    settings = {field.name for field in dataclasses.fields(definition.settings)}
    own = {"asset", "device", "keep", "keep_by", "permuted"}
    for name in changes:
        if name not in settings | own:
            raise UnknownName(kind="training setting", given=name, known=sorted(settings | own))
    asset = changes.get("asset", run.asset)
    made = dataclasses.replace(
        definition,
        schema=asset.schema,
        asset=asset.digest,
        settings=dataclasses.replace(
            definition.settings, **{name: changes[name] for name in changes if name in settings}
        ),
        parent=run.name,
        sweep="",
        trial=0,
        litlab=litlab.__version__,
        **{name: changes[name] for name in changes if name in own - {"asset"}},
    )
    if description is None:
        description = (run.folder / "description.txt").read_text("utf-8").strip()
    clone = _write(run.project, made, asset, description)
    return _start(clone) if start else clone


def check_device(device: str) -> None:
    """Raise BadParameter for what cannot be a device."""
    if not _DEVICE.fullmatch(device):
        raise BadParameter(name="device", given=device, wanted="it must be cpu, gpu or gpu:<number>")


def _write(project: Project, definition: RunDefinition, asset: Asset, description: str) -> Run:
    """Check what can be checked without TensorFlow, then lay the folder out."""
    check_device(definition.device)
    if definition.keep is not None and definition.keep < 1:
        raise BadParameter(name="keep", given=definition.keep, wanted="it must be 1 or more, or left out")
    for part in ("train", "validation"):
        if not asset.count(part):
            wanted = f"its {part} part must hold samples (epochs are chosen on validation)"
            raise BadParameter(name="asset", given=asset.schema, wanted=wanted)
    folder = new_folder(project, definition.name)
    (folder / "saved_models").mkdir()
    atomic.write_bytes(folder / "description.txt", f"{description}\n".encode())
    atomic.write_json(folder / "features.json", asset.manifest["features"])
    definition.save(folder / "definition.json")
    null = {} if definition.permuted is None else {"null": True}
    facts = {"asset": asset.digest, "test": seen_in(asset), **null}
    ledger.record(project.team, LAUNCH, run=folder.name, project=project.name, **facts)
    return Run(folder)


def start(run: Run) -> Run:
    """Start the run's process: from the beginning, or behind its last finished epoch.

    Raises
    ------
    AlreadyExists
        If it is running.
    """
    device = run.definition.device
    number = device.partition(":")[2] or "0"
    visible = "-1" if device == "cpu" else number
    # oneDNN halves an epoch's time; pinned, so that a run's bits do not depend on who started it.
    environment = {
        "CUDA_VISIBLE_DEVICES": visible,
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",  # as nvidia-smi counts, by which the card is asked how it does
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "TF_ENABLE_ONEDNN_OPTS": "1",
    }
    argv = [sys.executable, "-m", "litlab.experiments.train", str(run.folder)]
    Job.launch(run.folder, argv, name=f"training {run.name}", env=environment)
    (run.folder / PAUSED).unlink(missing_ok=True)
    return run


_start = start  # `clone_run` has an argument of this name


def resume(run: Run, device: str | None = None) -> Run:
    """Go on exactly where a paused, stopped or killed run was: behind its last finished epoch.

    Parameters
    ----------
    run : Run
    device : str, optional
        Where it goes on; where it was by default. Equal bits are promised on one kind of device only.

    Raises
    ------
    AlreadyExists
        If it is running.
    BadParameter
        If the device is none, or not here, or nothing is left to train, or the run was recorded from code,
        which only its author can go on with.
    """
    if run.definition.made_by != "canvas":
        raise BadParameter(name="run", given=run.name, wanted="its code must be run again by whoever has it")
    if run.state == "running":
        raise AlreadyExists(kind="running job", name=run.name)
    refuse_finished(run)
    if device is not None and device != run.definition.device:
        check_device(device)
        check_here(device)
        run.definition = dataclasses.replace(run.definition, device=device)
        run.definition.save(run.folder / "definition.json")
    return start(run)


def _component_digests(project: Project, canvas: Canvas) -> dict[str, str]:
    """Return component → sha256 of its source; read, not run: a component imports TensorFlow."""
    names = sorted({node.component for node in canvas.nodes})
    paths = {name: find_script(project.team, "components", name) for name in names}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in paths.items()}


def new_folder(project: Project, name: str) -> Path:
    """Make ``<name>-<number>``: the next number free in the whole workspace, whoever else makes one now."""
    home = project.team.workspace.home
    parent = project.folder("train") / project.name
    parent.mkdir(parents=True, exist_ok=True)
    number = 0
    while True:
        number += 1
        folder = parent / f"{name[:58]}-{number:03d}"
        if any(home.glob(f"*/train/*/{folder.name}")):
            continue
        with suppress(FileExistsError):
            folder.mkdir()
            if len(list(home.glob(f"*/train/*/{folder.name}"))) == 1:
                return folder
            folder.rmdir()  # another project took it at the same moment
