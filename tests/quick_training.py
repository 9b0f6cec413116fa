"""Jobs in the place of trainings: quick, and without TensorFlow."""

from __future__ import annotations

import sys

import numpy as np
from interrupted import LABEL

from litlab.experiments.run import Run
from litlab.experiments.supervised import PAUSED
from litlab.jobs import Job

_FIT = """
import shutil, sys, time
folder, loss, seconds = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
time.sleep(seconds)
with open(folder + "/perf.csv", "w") as file:
    file.write("epoch,loss,val_loss,val_auc,seconds,learning_rate\\n")
    for epoch in (1, 2):
        file.write(f"{epoch},0.7,{loss + epoch / 100},0.6,0.1,0.01\\n")
sys.exit(1 if loss > 0.75 else 0)
"""


def quick(run: Run, seconds: float = 0.0) -> Run:
    """Start a job in the place of a training: the loss is less the more units; 16 units fail."""
    units = run.definition.canvas.node("dense").params["units"]
    truth = np.asarray(run.asset.array("validation", LABEL))[:, 0]
    for epoch in (1, 2):
        said = 0.5 + (truth - 0.5) * units / 20
        np.savez(run.folder / "saved_models" / f"state.{epoch}.npz", validation=said, head="probability")
        (run.folder / "saved_models" / f"model.{epoch}.keras").touch()
    loss = 0.8 if units == 16 else 0.7 - units / 100
    argv = [sys.executable, "-c", _FIT, str(run.folder), str(loss), str(seconds)]
    Job.launch(run.folder, argv, name=f"training {run.name}")
    (run.folder / PAUSED).unlink(missing_ok=True)
    return run
