"""Trainings that end by ``kill -9`` at an exact batch, and what they are compared with."""

from __future__ import annotations

import itertools
import json
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

# TensorFlow is imported once and computes nothing before a fork: a child is a process that has just begun.
SERVER = """
import json, os, signal, sys, traceback
from pathlib import Path
import keras
from litlab.experiments.run import Run
from litlab.experiments.train import train
from litlab.experiments.watch import Watch

def work(folders, kill, log):
    end_batch = Watch.end_batch
    def killing(self, loss):
        end_batch(self, loss)
        if [self.epoch, self.batch] == kill:
            os.kill(os.getpid(), signal.SIGKILL)
    Watch.end_batch = killing
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o664)
    os.dup2(out, 1)
    os.dup2(out, 2)
    for folder in folders:
        train(Run(Path(folder)))

for line in sys.stdin:
    order = json.loads(line)
    if isinstance(order, int):
        answer = os.waitstatus_to_exitcode(os.waitpid(order, 0)[1])
    elif (answer := os.fork()) == 0:
        status = 1
        try:
            work(*order)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(status)
    print(answer, flush=True)
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


class Trainers:
    """Trainings in processes of their own, forked by one that has imported TensorFlow."""

    def __init__(self) -> None:
        environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_ENABLE_ONEDNN_OPTS": "1"}
        environment["TF_CPP_MIN_LOG_LEVEL"] = "2"
        self._server = subprocess.Popen(
            [sys.executable, "-c", SERVER], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def begin(self, *runs: Run, kill: tuple[int, int] = (0, 0)) -> int:
        """Train the runs one after the other in one process, killed behind batch (epoch, number)."""
        return self._ask([[str(run.folder) for run in runs], kill, str(runs[0].folder / "log.txt")])

    def finish(self, process: int, status: int = 0) -> None:
        """Wait for a process of ``begin``."""
        assert self._ask(process) == status

    def killed(self, *runs: tuple[Run, tuple[int, int]]) -> None:
        """Kill each run at its point, two processes at a time."""
        for at in range(0, len(runs), 2):
            for process in [self.begin(run, kill=kill) for run, kill in runs[at : at + 2]]:
                self.finish(process, -signal.SIGKILL)

    def _ask(self, order: Any) -> int:
        assert self._server.stdin
        assert self._server.stdout
        self._server.stdin.write(json.dumps(order).encode() + b"\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())

    def close(self) -> None:
        """End the server."""
        with self._server:
            pass


def assert_equal(one: Run, two: Run) -> None:
    """Compare weights, optimizer, seeds and schedule of the last epoch, and every row but its seconds."""
    assert None not in one.digests()
    assert one.digests() == two.digests()
    rows = [
        [{name: repr(value) for name, value in row.items() if name != "seconds"} for row in run.epochs()]
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
