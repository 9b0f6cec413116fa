"""Training: a run's ``fit`` beside a bare Keras ``fit`` on the same arrays in memory.

1. *Throughput and memory*: one epoch a turn, each way in a process of its own. Ours is all that a run does:
deterministic, its samples read from the asset's files, a stop looked for after every batch, the validation
part scored and a checkpoint stored at the end. The bare fit holds the arrays in memory and does nothing else.
Resident memory counts pages of the asset's files that the kernel keeps for everybody; RssAnon is ours alone.
2. *An epoch's end*: what scores, checkpoint and row take, and MLflow's autologging of the same training.
3. *Stop*: how long a training of 100 ms batches runs on after somebody stopped it.
"""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import os
import re
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from litlab import atomic
from litlab.assets import Asset, write_asset
from litlab.assets.writer import SAMPLE_COLUMNS
from litlab.canvases import Canvas
from litlab.experiments import launch, prepare
from litlab.experiments.run import Run
from litlab.workspace import Project, Workspace

from .measuring import Row, Table
from .place import Place
from .turns import Turns

ROWS, COLUMNS = 100, 8
SAMPLES, FEW, VALIDATION, PER_DAY = 200_000, 40_000, 4_000, 390
BATCH, SLOW_BATCH = 256, 160
BARE, OURS, FEED = "a bare Keras fit, arrays in memory", "litlab: a run, whole", "litlab: the feed alone"
LEAST_RATIO, MOST_SHARE, MOST_EPOCH_MS, MOST_STOP_S = 0.95, 0.30, 150, 2.0
EPOCHS, STOPS = 8, 3
QUICK_TURNS = 8  # of half a second each: the median of two of them says little
SLOW_SAMPLES = 40 * SLOW_BATCH

# 10 k parameters each: one that computes, and one that hardly does, so that only the feeding counts.
DENSE = "a dense layer, 9.6 k parameters"
MODELS: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
    "convolutions, 9.6 k parameters": [
        ("first", "conv1d", {"filters": 32, "kernel": 9}),
        ("second", "conv1d", {"filters": 32, "kernel": 7}),
        ("average", "pooling", {}),
    ],
    DENSE: [("flat", "flatten", {}), ("dense", "dense", {"units": 12})],
}
SLOW = [("first", "conv1d", {"filters": 64, "kernel": 9}), ("second", "conv1d", {"filters": 64, "kernel": 9}),
        ("average", "pooling", {})]  # fmt: skip


def tables(place: Place) -> Iterator[Table]:
    """Yield throughput by model, memory, the end of an epoch, and stops; their size is not the place's."""
    home = place.folder / "training"
    try:
        project = Workspace(home).create_project("bench", "training")
        few = _asset(project, "few", place.few(FEW), place.few(VALIDATION))
        for name, body in MODELS.items():
            turns = max(place.rounds, QUICK_TURNS) if name == DENSE and not place.tiny else place.rounds
            yield _throughput(project, few, name, body, turns)
        many = _asset(project, "many", place.few(SAMPLES), place.few(VALIDATION))
        yield _memory(project, many)
        yield _end_of_epoch(project, _asset(project, "tiny", 2_560, place.few(VALIDATION)))
        yield _stops(project, _asset(project, "slow", place.few(SLOW_SAMPLES), place.few(VALIDATION)))
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _asset(project: Project, name: str, train: int, validation: int) -> Asset:
    """Write an asset of random windows into production: its label leans on the last row."""
    features = {
        "bars": {"rows": ROWS, "columns": [f"c{at}" for at in range(COLUMNS)], "label": False, "script": "b"},
        "up": {"rows": 1, "columns": ["up"], "label": True, "script": "u"},
    }

    def part(count: int, seed: int) -> dict[str, Any]:
        rng = np.random.default_rng(seed)
        bars = rng.standard_normal((count, ROWS, COLUMNS), np.float32)
        label = (bars[:, -1, 0] + rng.standard_normal(count) > 0).astype(np.float32)
        own = {key: np.zeros(count, kind) for key, kind in SAMPLE_COLUMNS.items()}
        own |= {"weight": np.ones(count, np.float32), "session_day": np.arange(count) // PER_DAY}
        return {"arrays": {"bars": bars, "up": label[:, None, None]}, **own}

    folder = project.folder("assets") / name / "production"
    parts = {"train": part(train, 1), "validation": part(validation, 2), "test": part(390, 3)}
    made = write_asset(folder / "new", parts, features, {"schema": name})
    made.path.rename(folder / made.digest)
    atomic.point(folder, made.digest)
    return Asset(folder / made.digest)


def drawn(body: list[tuple[str, str, dict[str, Any]]], **settings: Any) -> Canvas:
    """Return the canvas of a model between its input and its output."""
    names = ["bars", *(name for name, *_ in body), "output"]
    nodes = [{"id": "bars", "component": "input", "params": {"feature": "bars", "normalise": "standardise"}}]
    nodes += [{"id": name, "component": kind, "params": params} for name, kind, params in body]
    nodes.append({"id": "output", "component": "output", "params": {"label": "up"}})
    said = {"batch": BATCH, "epochs": 10_000, "patience": 10_000, **settings}
    nodes.append({"id": "globals", "component": "globals", "params": said})
    edges = [{"source": a, "target": b} for a, b in itertools.pairwise(names)]
    return Canvas.from_json({"nodes": nodes, "edges": edges, "settings": {"name": "bench"}})


# The ways, each in a process of its own: they make ready, then train one epoch a turn.


def run_whole(folder: str) -> Callable[[], dict[str, Any]]:
    """Return an epoch of a run, with all that a run does."""
    return _ours(Run(Path(folder)), watched=True)


def feed_alone(folder: str) -> Callable[[], dict[str, Any]]:
    """Return an epoch of a run's feed and model, without what a run does beside."""
    return _ours(Run(Path(folder)), watched=False)


def bare(folder: str) -> Callable[[], dict[str, Any]]:
    """Return an epoch of the same model on arrays in memory."""
    return _bare(Run(Path(folder)))


def bare_validated(folder: str) -> Callable[[], dict[str, Any]]:
    """Return the same with Keras' own scores of the validation part."""
    return _bare(Run(Path(folder)), validated=True)


def mlflow_autolog(folder: str) -> Callable[[], dict[str, Any]]:
    """Return the same under MLflow's autologging, checkpoints included, into files beside the run."""
    _prepare()
    import mlflow

    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    mlflow.tensorflow.autolog(checkpoint=True, checkpoint_save_best_only=False, silent=True)
    return _bare(Run(Path(folder)), validated=True, epochs=EPOCHS)


def _prepare() -> None:
    os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="2", TF_ENABLE_ONEDNN_OPTS="1")


def _ours(run: Run, watched: bool) -> Callable[[], dict[str, Any]]:
    _prepare()
    from litlab.experiments.compiling import compiled
    from litlab.experiments.determinism import make_deterministic
    from litlab.experiments.feeds import fastest_feed
    from litlab.experiments.heads import head_of
    from litlab.experiments.watch import Watch

    settings, asset = run.definition.settings, run.asset
    make_deterministic(settings.seed)
    model = compiled(run, asset, -(-asset.count("train") // settings.batch))
    head = head_of(run.definition.canvas, model)
    before = resident("VmRSS")
    feed = fastest_feed(asset, "train", ["bars"], head.label, batch=settings.batch, seed=settings.seed)
    watch, ends = Watch(run, asset, head), []
    end_epoch = watch.end_epoch

    def timed(*given: Any) -> None:
        began = time.perf_counter()
        end_epoch(*given)
        ends.append(time.perf_counter() - began)

    watch.end_epoch = timed  # type: ignore[method-assign]
    callbacks = [watch.callback()] if watched else []
    epochs = itertools.count()

    def epoch() -> dict[str, Any]:
        at = next(epochs)
        with contextlib.redirect_stdout(None):
            model.fit(feed, initial_epoch=at, epochs=at + 1, shuffle=False, verbose=0, callbacks=callbacks)
        return {"before": before, "peak": resident("VmHWM"), "ends": ends}

    return epoch


def _bare(run: Run, validated: bool = False, epochs: int = 1) -> Callable[[], dict[str, Any]]:
    _prepare()
    from litlab.experiments.compiling import compiled

    settings, asset = run.definition.settings, run.asset
    model = compiled(run, asset, -(-asset.count("train") // settings.batch))
    before = resident("VmRSS")
    held = {part: _arrays(asset, part) for part in ("train", "validation")}
    x, y, weight = held["train"]
    validation = held["validation"] if validated else None

    def epoch() -> dict[str, Any]:
        with contextlib.redirect_stdout(None):
            model.fit(
                x, y, sample_weight=weight, batch_size=settings.batch, epochs=epochs, verbose=0,
                validation_data=validation, validation_batch_size=1_024,
            )  # fmt: skip
        return {"before": before, "peak": resident("VmHWM")}

    return epoch


def _arrays(asset: Asset, part: str) -> tuple[dict[str, Any], Any, Any]:
    bars = {"bars": np.array(asset.array(part, "bars"))}
    return bars, np.array(asset.array(part, "up"))[:, 0, :], np.array(asset.weight(part))


def resident(name: str) -> int:
    """Return VmRSS or VmHWM of this process, bytes."""
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 if found else 0


def _turns(targets: dict[str, str], folder: Path, rounds: int) -> dict[str, list[Any]]:
    """Let the ways take turns after one that compiles and warms up; return what each told of each turn."""
    ways = {name: Turns(f"{__name__}:{target}", str(folder)) for name, target in targets.items()}
    try:
        found: dict[str, list[Any]] = {name: [] for name in ways}
        for number in range(rounds + 1):
            for name, way in ways.items():
                told = way.turn()
                if number:
                    found[name].append(told)
        return found
    finally:
        for way in ways.values():
            way.close()


def _throughput(project: Project, asset: Asset, name: str, body: Any, rounds: int) -> Table:
    run = prepare(project, drawn(body), asset, keep=1)
    targets = {OURS: "run_whole", FEED: "feed_alone", BARE: "bare"}
    found = _turns(targets, run.folder, rounds)
    count = asset.count("train")
    rates, busy = (
        {way: count / statistics.median(getattr(one, name) for one in told) for way, told in found.items()}
        for name in ("wall_s", "cpu_s")
    )
    table = Table(f"training throughput: {name}, batches of {BATCH}")
    for way in targets:
        ratio = rates[way] / rates[BARE]
        marked = way != BARE
        table.rows.append(
            Row(way, rates[way], "samples/s", rates[OURS] / rates[way],
                f"≥ {LEAST_RATIO} × bare" if marked else "", ratio >= LEAST_RATIO if marked else None)
        )  # fmt: skip
    for way in targets:
        table.rows.append(Row(f"{way}: by processor time", busy[way], "samples/s", busy[OURS] / busy[way]))
    return table


def _memory(project: Project, asset: Asset) -> Table:
    run = prepare(project, drawn(MODELS[DENSE]), asset, keep=1)
    grown, table = {}, Table(f"memory of an epoch over {asset.count('train'):,} samples")
    size = asset.count("train") * ROWS * COLUMNS * 4
    for way, target in ((OURS, "run_whole"), (BARE, "bare")):
        told = _turns({way: target}, run.folder, 1)[way][-1]
        grown[way] = told.answer["peak"] - told.answer["before"]
        table.limit(f"{way}: resident, most", told.answer["peak"] / 1e6, "MB")
        table.limit(f"{way}: of it since the model stood", grown[way] / 1e6, "MB")
        table.limit(f"{way}: private (RssAnon), most", told.anonymous_bytes / 1e6, "MB")
    table.limit("the samples themselves", size / 1e6, "MB")
    table.limit("ours : bare, since the model stood", grown[OURS] / grown[BARE], "×", MOST_SHARE)
    return table


def _end_of_epoch(project: Project, asset: Asset) -> Table:
    run = prepare(project, drawn(MODELS[DENSE]), asset)
    table = Table(f"the end of an epoch: 9.6 k parameters, {asset.count('validation'):,} validation samples")
    ours = _turns({OURS: "run_whole"}, run.folder, EPOCHS)[OURS]
    ends = sorted(ours[-1].answer["ends"][1:])
    table.limit("litlab: scores, checkpoint, row", statistics.median(ends) * 1e3, "ms", MOST_EPOCH_MS)
    table.limit("litlab: the slowest of them", ends[-1] * 1e3, "ms")
    plain = _turns({BARE: "bare_validated"}, run.folder, EPOCHS)[BARE]
    epoch_s = statistics.median(one.wall_s for one in plain)
    own = statistics.median(one.wall_s for one in ours)
    table.limit("litlab: an epoch more than a bare one with Keras' scores", (own - epoch_s) * 1e3, "ms")
    # Under constraints.txt only MLflow 1.27 resolves, which is too old; whoever has another sees it here.
    name = "MLflow: autolog and its checkpoints, more than bare"
    if importlib.util.find_spec("mlflow") is None:
        table.rows.append(Row(name, None, ""))
        return table
    logged = _turns({"mlflow": "mlflow_autolog"}, run.folder, 2)["mlflow"]
    each = statistics.median(one.wall_s for one in logged) / EPOCHS
    table.limit(name, (each - epoch_s) * 1e3, "ms")
    return table


def _stops(project: Project, asset: Asset) -> Table:
    run = launch(project, drawn(SLOW, batch=SLOW_BATCH), asset, keep=1)
    taken, table = [], Table(f"stop: batches of {SLOW_BATCH}")
    batches = -(-asset.count("train") // SLOW_BATCH)
    for _ in range(STOPS):
        done = len(run.epochs())
        while len(run.epochs()) == done and run.state == "running":
            time.sleep(0.1)
        time.sleep(1.0)  # into the next epoch
        began = time.monotonic()
        run.stop()
        state = run.job.wait(60)
        taken.append(time.monotonic() - began)
        if state != "stopped":
            raise RuntimeError(f"the training is {state}: {run.reason()}")
        from litlab.experiments import resume

        run = resume(run)
    run.stop()
    run.job.wait(60)
    seconds = statistics.median(row["seconds"] for row in run.epochs())
    table.limit("a batch, with its share of the epoch's end", seconds / batches * 1e3, "ms")
    table.limit("from stop to the process's end, the longest", max(taken), "s", MOST_STOP_S)
    return table
