"""The walkthrough, from raw ticks to an explained prediction, by the calls a notebook makes.

1. ``ticks``: the sample tape, or a person's own raw files. 2. ``cache``. 3. ``features``. 4. ``schema``.
5. ``build``. 6. ``promote``. 7. ``canvas``. 8. ``train``. 9. ``vault``. 10. ``deploy`` and predict.
11. ``explain``: impact and a what-if. Every step is one plain call; what each took stands in ``steps``.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from litlab.adapters import TradersBaseAdapter, cache_files, load_adapter
from litlab.assets import Asset, audit, promote
from litlab.builds import run_build
from litlab.canvases import default_canvas, save_canvas
from litlab.deployments import deploy
from litlab.errors import AlreadyExists
from litlab.experiments import prepare, start
from litlab.features import compute_sample, load_features, save_feature
from litlab.insights import explain, scale_last_volumes, what_if
from litlab.schemas import DataSet, Schema, save_schema, split_dates
from litlab.ticks.progress import Progress as Caching
from litlab.ticks.sample import oracle_sigma, write_sample
from litlab.vault import Entry, add_to_vault, verdict
from litlab.vault.scores import within_session_auc
from litlab.workspace import Project, Team, Workspace

TEAM, PROJECT, SCHEMA, CANVAS = "contoso", "volatility", "volatility_minutes", "volatility_conv"
GATE, BARS, ATR, LABEL = "per_minute", "100_1_minute_bars", "100_1_minute_atr", "atr_up_next_minute"
SAMPLE_DAYS, SAMPLE_TICKS, SAMPLE_SEED = 60, 50_000, 7

Progress = Callable[[str, int, int], None]  # step, done, total


@dataclasses.dataclass(frozen=True)
class Options:
    """What ``litlab demo`` is asked for.

    Attributes
    ----------
    raw : tuple of str
        Patterns of own raw files; () makes the sample tape.
    adapter : str
    parameters : dict
        The adapter's.
    days, ticks_per_day, seed : int
    signal : float
        Of the sample tape.
    """

    raw: tuple[str, ...] = ()
    adapter: str = "lseg"
    parameters: dict[str, Any] = dataclasses.field(default_factory=dict)
    days: int = SAMPLE_DAYS
    ticks_per_day: int = SAMPLE_TICKS
    seed: int = SAMPLE_SEED
    signal: float = 1.0


class Walkthrough:
    """One run of the demo over one workspace.

    Parameters
    ----------
    workspace : Workspace
    options : Options
    progress : callable, optional
        Called with (step, done, total) as steps advance.
    """

    def __init__(self, workspace: Workspace, options: Options, progress: Progress | None = None) -> None:
        self.workspace, self.options = workspace, options
        self.progress: Progress = progress or (lambda step, done, total: None)
        self.steps: dict[str, float] = {}

    def run(self) -> dict[str, Any]:
        """Do it all and return what ``litlab demo --json`` prints.

        Raises
        ------
        Locked
            If another process works in the workspace; with its pid.
        LitlabError
            For raw files that cannot be used; the workspace is then as before.
        """
        began = time.monotonic()
        with _untouched_on_failure(self.workspace), self.workspace.lock("demo"):
            team = Team(self.workspace, TEAM)
            adapter, oracle = self._ticks(team)
            with self._step("cache"):
                self._cache(adapter)
            project = _project(self.workspace)
        with self.workspace.lock("demo"):
            project.update(
                adapter=self.options.adapter,
                parameters=self.options.parameters,
                paths=tuple(map(str, adapter.paths)),
                features=(GATE, BARS, ATR, LABEL),
            )
            asset, built = self._asset(project, adapter)
            entry, run = self._model(project, asset)
            told = self._use(project, adapter, asset, entry)
        scores = entry.scores
        best = scores["best_baseline"]
        return {
            "ticks": len(adapter),
            "bars": len(adapter.bar_index("minute", 1)),
            "samples_train": asset.count("train"),
            "samples_validation": asset.count("validation"),
            "samples_test": asset.count("test"),
            "purged": built["purged"],
            "base_rate": scores["base_rate"]["test"],
            "auc_test": scores["model"]["auc"],
            "auc_baselines": {name: one["auc"] for name, one in scores["baselines"].items()},
            "auc_oracle": _oracle_auc(asset, oracle) if oracle else None,
            "interval": {"against": best, **scores["intervals"][best]},
            "interval_reference": scores["intervals"].get("reference"),
            "verdict": verdict(scores),
            "test_sessions": scores["sessions"],
            "test_looks": scores["test_looks"],
            "asset": asset.digest,
            "canvas": CANVAS,
            "run": run,
            "vault_entry": f"{entry.name}/{entry.digest}",
            **told,
            "workspace": str(self.workspace.home),
            "seconds": round(time.monotonic() - began, 2),
            "steps": self.steps,
        }

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        self.progress(name, 0, 1)
        began = time.monotonic()
        yield
        self.steps[name] = round(time.monotonic() - began, 2)
        self.progress(name, 1, 1)

    def _ticks(self, team: Team) -> tuple[TradersBaseAdapter, Path | None]:
        """Return the adapter over the raw files, and the sample tape's oracle where it is one."""
        options = self.options
        with self._step("ticks"):
            oracle = None
            raw: Sequence[str | Path] = options.raw
            if not raw:
                out = (
                    team.folder("raw")
                    / f"sample_{options.days}x{options.ticks_per_day}_{options.seed}_{options.signal:g}"
                )
                tape = write_sample(
                    out,
                    days=options.days,
                    ticks_per_day=options.ticks_per_day,
                    seed=options.seed,
                    signal=options.signal,
                    progress=lambda done, total: self.progress("ticks", done, total),
                )
                raw, oracle = tape.paths, tape.oracle
            return load_adapter(team, options.adapter, {**options.parameters, "paths": raw}), oracle

    def _cache(self, adapter: TradersBaseAdapter) -> None:
        sizes = {path: path.stat().st_size for path in adapter.paths}
        new = [path for path in adapter.paths if not adapter.cache_home(path).exists()]
        complete: set[Path] = set()

        def report(progress: Caching) -> None:
            if progress.bytes_done == progress.bytes_total:
                complete.add(progress.path)
            self.progress("cache", len(complete), len(sizes))

        try:
            cache_files(adapter, progress=report)
            adapter.store.check(0, len(adapter))
        except BaseException:
            for path in new:
                shutil.rmtree(adapter.cache_home(path), ignore_errors=True)
            raise

    def _asset(self, project: Project, adapter: TradersBaseAdapter) -> tuple[Asset, dict[str, Any]]:
        """Save features and schema, build, audit, promote."""
        team = project.team
        minute = {"unit": "minute", "size": 1}
        with self._step("features"):
            save_feature(team, GATE, "per_unit", minute)
            save_feature(team, BARS, "unit_bar", {**minute, "count": 100, "current": "partial"})
            save_feature(team, ATR, "atr", {**minute, "rate": 14, "count": 100, "current": "partial"})
            save_feature(team, LABEL, "atr_up_next", {**minute, "rate": 14})
        with self._step("schema"):
            paths = tuple(map(str, adapter.paths))
            data = DataSet(self.options.adapter, paths, self.options.parameters)
            bars = adapter.bar_index("day", 1)
            split = split_dates(bars.date.tolist())
            schema = save_schema(
                team, Schema(SCHEMA, project.name, (data,), (GATE, BARS, ATR), (LABEL,), split)
            )
        with self._step("build"):
            result = run_build(team, schema, progress=lambda done, total: self.progress("build", done, total))
        with self._step("promote"):
            figures = audit(result.asset)
            asset = promote(team, SCHEMA, result.asset.digest)
        return asset, {"purged": result.purged, "audit": figures}

    def _model(self, project: Project, asset: Asset) -> tuple[Entry, str]:
        with self._step("canvas"):
            canvas = default_canvas(asset, CANVAS, str(project))
            save_canvas(project.team, CANVAS, canvas)
        with self._step("train"):
            run = start(prepare(project, CANVAS, asset, description="litlab demo"))
            total = run.definition.settings.epochs
            run.follow(lambda row: self.progress("train", int(row["epoch"]), total))
        with self._step("vault"):
            entry = add_to_vault(run)
        return entry, run.name

    def _use(
        self, project: Project, adapter: TradersBaseAdapter, asset: Asset, entry: Entry
    ) -> dict[str, Any]:
        """Deploy, predict at the last test sample from the ticks, explain, ask what if."""
        index, as_of_ns = int(asset.index("test")[-1]), int(asset.as_of_ns("test")[-1])
        with self._step("deploy"):
            sample = compute_sample(adapter, index, load_features(project.team, [BARS, ATR]))
            if sample is None:
                raise RuntimeError(f"the sample at {index} was built and is now rejected")
            inputs = {name: values.astype(np.float32) for name, values in sample.values.items()}
            deployment = deploy(entry)
            try:
                served = deployment.predict(inputs)
            finally:
                deployment.stop()
            stored = float(entry.predictions()["prediction"][-1])
        with self._step("explain"):
            insight = explain(entry, inputs, as_of_ns)
            columns = {name: list(about["columns"]) for name, about in entry.record.features.items()}
            edited = scale_last_volumes(inputs, columns, 9, 0.25)
            changed = what_if(entry.scorer(), inputs, edited)
        return {
            "prediction": {
                "index": index,
                "as_of_ns": str(as_of_ns),
                "probability": served,
                "equals_stored": served == stored,
            },
            "impact": {one.group: one.impact for one in insight.groups},
            "insight": insight.to_json(),
            "whatif": {"edit": "last nine volumes × 0.25", "before": changed.before, "after": changed.after},
        }


def run_demo(
    workspace: Workspace, options: Options | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """Run the whole walkthrough and return its figures; see ``Walkthrough``."""
    return Walkthrough(workspace, options or Options(), progress).run()


def _project(workspace: Workspace) -> Project:
    try:
        return workspace.create_project(TEAM, PROJECT)
    except AlreadyExists:
        return workspace.project(TEAM, PROJECT)


@contextmanager
def _untouched_on_failure(workspace: Workspace) -> Iterator[None]:
    """Leave no empty folders behind where there was no workspace before."""
    before = workspace.home.exists()
    try:
        yield
    except BaseException:
        if not before and workspace.home.exists():
            (workspace.home / ".lock").unlink(missing_ok=True)
            for folder, _, _ in os.walk(workspace.home, topdown=False):
                if not os.listdir(folder):
                    os.rmdir(folder)
        raise


def _oracle_auc(asset: Asset, oracle: Path) -> float | None:
    """Return the within-session AUC, on the test part, of the volatility the tape was made with.

    The score for "the next true range exceeds the average" is log σ(next minute) − log ATR now.
    """
    start_ns, sigma = oracle_sigma(oracle)
    as_of = asset.as_of_ns("test")
    at = np.searchsorted(start_ns, as_of)
    known = at < len(start_ns)
    known[known] = start_ns[at[known]] == as_of[known]
    truth = asset.array("test", LABEL)[known, 0, 0]
    level = asset.array("test", ATR)[known, -1, 0].astype(np.float64)
    score = np.log(sigma[at[known]]) - np.log(level)
    return within_session_auc(truth, score, asset.session_day("test")[known]).mean
