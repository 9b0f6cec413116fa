"""Trainings that end by ``kill -9`` at an exact batch, and what they are compared with."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from litlab import atomic
from litlab.assets import Asset
from litlab.canvases import Canvas
from litlab.experiments import prepare
from litlab.experiments.run import Run
from litlab.workspace import Project, Workspace

BARS, ATR, LABEL = "100_1_minute_bars", "100_1_minute_atr", "atr_up_next_minute"
EPOCHS = 5

# The nodes between the input and the output; each kind has state of its own beside its weights.
BODIES: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "dense": [("flatten", {}), ("dense", {"units": 8})],
    "conv_norm": [("conv1d", {"filters": 4, "kernel": 3}), ("batch_norm", {}), ("pooling", {})],
    "lstm_dropout": [("lstm", {"units": 4}), ("dropout", {"rate": 0.3})],
    "attention": [("attention", {"heads": 2, "size": 4, "dropout": 0.2}), ("pooling", {})],
}

DRIVER = """
import os, signal, sys
from pathlib import Path
from litlab.experiments.run import Run
from litlab.experiments.train import train
from litlab.experiments.watch import Watch
epoch, batch, folders = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
end_batch = Watch.end_batch
def killing(self, loss):
    end_batch(self, loss)
    if (self.epoch, self.batch) == (epoch, batch):
        os.kill(os.getpid(), signal.SIGKILL)
Watch.end_batch = killing
for folder in folders:
    train(Run(Path(folder)))
"""


def canvas(kind: str, learning_rate: float = 0.03, **settings: Any) -> Canvas:
    """Draw a small network, trained with a plateau schedule and early stopping."""
    body = BODIES[kind]
    names = ["bars", *(name for name, _ in body), "output"]
    nodes = [{"id": "bars", "component": "input", "params": {"feature": BARS, "scale": ATR}}]
    nodes += [{"id": name, "component": name, "params": params} for name, params in body]
    nodes.append({"id": "output", "component": "output", "params": {"label": LABEL}})
    said = {
        "epochs": EPOCHS,
        "schedule": "plateau",
        "patience": 4,
        "learning_rate": learning_rate,
        **settings,
    }
    nodes.append({"id": "globals", "component": "globals", "params": said})
    edges = [{"source": a, "target": b} for a, b in itertools.pairwise(names)]
    return Canvas.from_json({"nodes": nodes, "edges": edges, "settings": {"name": kind}})


def new_project(home: Path, make_asset: Any) -> tuple[Project, Asset]:
    """Make a workspace with a tiny asset in production: 6 batches of 256 an epoch."""
    project = Workspace(home).create_project("contoso", "volatility")
    folder = project.folder("assets") / "tape" / "production"
    made = make_asset(folder / "new", days=6, ticks=20, seed=7, window=20)
    made.path.rename(folder / made.digest)
    atomic.point(folder, made.digest)
    return project, Asset(folder / made.digest)


def begin(*runs: Run, kill: tuple[int, int] = (0, 0)) -> subprocess.Popen[bytes]:
    """Train the runs one after the other in one process, killed behind batch (epoch, number)."""
    argv = [sys.executable, "-c", DRIVER, *map(str, kill), *(str(run.folder) for run in runs)]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_ENABLE_ONEDNN_OPTS": "1"}
    environment["TF_CPP_MIN_LOG_LEVEL"] = "2"
    log = (runs[0].folder / "log.txt").open("ab")
    with log:
        return subprocess.Popen(argv, env=environment, stdout=log, stderr=log)


def finish(process: subprocess.Popen[bytes], status: int = 0) -> None:
    """Wait for a process of ``begin``."""
    assert process.wait(1_000) == status


def killed(*runs: tuple[Run, tuple[int, int]]) -> None:
    """Kill each run at its point, two processes at a time."""
    for at in range(0, len(runs), 2):
        for process in [begin(run, kill=kill) for run, kill in runs[at : at + 2]]:
            finish(process, -signal.SIGKILL)


def assert_equal(one: Run, two: Run) -> None:
    """Compare weights, optimizer, seeds and schedule of the last epoch, and every row but its seconds."""
    assert None not in one.digests()
    assert one.digests() == two.digests()
    rows = [
        [{name: value for name, value in row.items() if name != "seconds"} for row in run.epochs()]
        for run in (one, two)
    ]
    assert rows[0] == rows[1]
    last = len(one.epochs())
    states = [np.load(run.folder / "saved_models" / f"state.{last}.npz") for run in (one, two)]
    assert states[0].files == states[1].files
    for name in states[0].files:
        if name != "model_sha256":  # a .keras file carries the time of its making
            np.testing.assert_array_equal(states[0][name], states[1][name])


def make(project: Project, asset: Asset, kind: str, **settings: Any) -> Run:
    """Prepare a run of a kind."""
    return prepare(project, canvas(kind, **settings), asset)
