"""Runs that nobody trained: folders as a training leaves them, with curves that look like one."""

from __future__ import annotations

import numpy as np

from litlab.canvases import Canvas, TrainingSettings
from litlab.canvases.canvas import Node
from litlab.experiments.run import Run, RunDefinition
from litlab.experiments.supervised import PAUSED
from litlab.jobs import JobRecord
from litlab.workspace import Project

COLUMNS = ("epoch", "loss", "val_loss", "val_auc", "seconds", "learning_rate")


def learning(epochs: int, seed: int, columns=COLUMNS) -> np.ndarray:
    """Return rows of a training that learns, then learns by heart; more columns are noise about 1."""
    rng = np.random.default_rng(seed)
    at = np.arange(epochs)
    pace = 3 + 6 * rng.random() + epochs / 20
    fall = np.exp(-at / pace)
    rows = 1 + 0.05 * rng.standard_normal((epochs, len(columns)))
    loss = 0.62 + 0.075 * fall - 0.03 * at / epochs + 0.002 * rng.standard_normal(epochs)
    heart = 0.03 * rng.random() * np.maximum(at / epochs - 0.5, 0)
    known = {
        "epoch": at + 1.0, "loss": loss, "val_auc": 0.62 - 0.1 * fall + 0.004 * rng.standard_normal(epochs),
        "val_loss": 0.645 + 0.05 * fall + heart + 0.003 * rng.standard_normal(epochs),
        "seconds": 1.4 + 0.2 * rng.random(epochs), "learning_rate": np.full(epochs, 5e-4),
    }  # fmt: skip
    for place, name in enumerate(columns):
        if name in known:
            rows[:, place] = known[name]
    return rows


def csv_lines(rows: np.ndarray) -> str:
    """Return rows as the training writes them."""
    body = rows.tolist()
    return "".join(f"{int(row[0])}," + ",".join(map(repr, row[1:])) + "\n" for row in body)


def pretend(
    project: Project, name: str, epochs: int = 12, *, state: str = "done", seed: int = 0, columns=COLUMNS,
    planned: int | None = None, made_by: str = "canvas", log: str = "", **settings,
) -> Run:  # fmt: skip
    """Write the folder of a run."""
    folder = project.folder("train") / project.name / name
    (folder / "saved_models").mkdir(parents=True)
    (folder / "description.txt").write_text("pretended\n")
    (folder / "features.json").write_text("{}")
    (folder / "log.txt").write_text(log or f"training {name}\n")
    nodes = (Node("conv", "conv1d", {"filters": 16 + seed}), Node("output", "output", {"label": "up"}))
    RunDefinition(
        name=name, canvas=Canvas(nodes, (), {"name": name}), components={}, schema="", asset="",
        settings=TrainingSettings(epochs=planned or epochs, **settings), litlab="0.1.0", made_by=made_by,
    ).save(folder / "definition.json")  # fmt: skip
    with (folder / "perf.csv").open("w") as out:
        if epochs:
            out.write(",".join(columns) + "\n" + csv_lines(learning(epochs, seed, columns)))
    if state == "paused":
        (folder / PAUSED).touch()
    if state != "queued":
        said = {"paused": "stopped"}.get(state, state)
        JobRecord(f"training {name}", ("python",), {}, said, 0, "", 0).save(folder / "job.json")
    return Run(folder)
