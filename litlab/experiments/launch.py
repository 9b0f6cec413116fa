"""Starting a training run."""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

import litlab
from litlab import atomic
from litlab.assets import Asset
from litlab.canvases import Canvas, load_canvas, training_settings
from litlab.errors import BadParameter
from litlab.experiments.run import Run, RunDefinition
from litlab.jobs import Job
from litlab.scripts import find_script
from litlab.workspace import Project

_DEVICE = re.compile(r"cpu|gpu(:\d+)?")


def launch(
    project: Project,
    canvas: str,
    asset: Asset,
    *,
    epochs: int | None = None,
    seed: int | None = None,
    device: str = "cpu",
    description: str = "",
) -> Run:
    """Train a canvas on an asset version, in a process of its own; return at once.

    The arguments are those of ``prepare``; what it raises is raised here. What only the compiler sees ends
    the run, and ``follow`` raises it.
    """
    return start(
        prepare(project, canvas, asset, epochs=epochs, seed=seed, device=device, description=description)
    )


def prepare(
    project: Project,
    canvas: str,
    asset: Asset,
    *,
    epochs: int | None = None,
    seed: int | None = None,
    device: str = "cpu",
    description: str = "",
) -> Run:
    """Write the folder of a run that ``start`` can start.

    Parameters
    ----------
    project : Project
    canvas : str
        Name of one of the team's canvases; the run keeps a copy.
    asset : Asset
        The version is pinned by its digest.
    epochs, seed : int, optional
        Instead of what the canvas's Globals node says.
    device : str
        ``cpu``, ``gpu`` or ``gpu:<number>``.
    description : str
        A person's words, kept beside the run.

    Raises
    ------
    BadCanvas
        If a value of the Globals node is impossible.
    BadParameter
        If the device is none, or the asset has no training or validation part.
    """
    if not _DEVICE.fullmatch(device):
        raise BadParameter(name="device", given=device, wanted="it must be cpu, gpu or gpu:<number>")
    for part in ("train", "validation"):
        if not asset.count(part):
            wanted = f"its {part} part must hold samples (epochs are chosen on validation)"
            raise BadParameter(name="asset", given=asset.schema, wanted=wanted)
    drawn = load_canvas(project.team, canvas)
    definition = RunDefinition(
        name=canvas,
        canvas=drawn,
        components=_component_digests(project, drawn),
        schema=asset.schema,
        asset=asset.digest,
        settings=training_settings(drawn, project.team, epochs=epochs, seed=seed),
        device=device,
        litlab=litlab.__version__,
    )
    folder = _new_folder(project.folder("train") / project.name, canvas)
    (folder / "saved_models").mkdir()
    atomic.write_bytes(folder / "description.txt", f"{description}\n".encode())
    atomic.write_json(folder / "features.json", asset.manifest["features"])
    definition.save(folder / "definition.json")
    return Run(folder)


def start(run: Run) -> Run:
    """Start the run's process: from the beginning, or behind its last finished epoch."""
    device = run.definition.device
    number = device.partition(":")[2] or "0"
    visible = "-1" if device == "cpu" else number
    # oneDNN halves an epoch's time; pinned, so that a run's bits do not depend on who started it.
    environment = {
        "CUDA_VISIBLE_DEVICES": visible,
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "TF_ENABLE_ONEDNN_OPTS": "1",
    }
    argv = [sys.executable, "-m", "litlab.experiments.train", str(run.folder)]
    Job.launch(run.folder, argv, name=f"training {run.name}", env=environment)
    return run


def _component_digests(project: Project, canvas: Canvas) -> dict[str, str]:
    """Return component → sha256 of its source; read, not run: a component imports TensorFlow."""
    names = sorted({node.component for node in canvas.nodes})
    paths = {name: find_script(project.team, "components", name) for name in names}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in paths.items()}


def _new_folder(parent: Path, canvas: str) -> Path:
    """Make ``<canvas>-<number>``, the next free number."""
    parent.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        folder = parent / f"{canvas[:58]}-{number:03d}"
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
        else:
            return folder
