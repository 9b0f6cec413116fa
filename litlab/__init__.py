"""litlab: deep-learning forecasts from tick data, proved free of lookahead, rebuilt bit for bit.

``import litlab`` loads the standard library only; every name below loads its room when it is asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from litlab.adapters import cache_files as cache_files
    from litlab.adapters import load_adapter as load_adapter
    from litlab.adapters import load_adapter_by_project as load_adapter_by_project
    from litlab.assets import open_asset as open_asset
    from litlab.assets import promote as promote
    from litlab.assets.audit import audit as audit
    from litlab.builds import run_build as run_build
    from litlab.canvases import default_canvas as default_canvas
    from litlab.canvases import save_canvas as save_canvas
    from litlab.deployments import deploy as deploy
    from litlab.experiments import callbacks as callbacks
    from litlab.experiments.folds import evaluate_folds as evaluate_folds
    from litlab.experiments.launch import clone_run as clone_run
    from litlab.experiments.launch import launch as launch
    from litlab.experiments.launch import resume as resume
    from litlab.experiments.recording import run as run
    from litlab.experiments.retraining import retraining_null as retraining_null
    from litlab.experiments.retraining import spread as spread
    from litlab.experiments.sweeps.launching import sweep as sweep
    from litlab.features import compute_sample as compute_sample
    from litlab.features import load_features as load_features
    from litlab.features import save_feature as save_feature
    from litlab.insights.explain import explain as explain
    from litlab.schemas import DataSet as DataSet
    from litlab.schemas import Schema as Schema
    from litlab.schemas import Split as Split
    from litlab.schemas import split_dates as split_dates
    from litlab.schemas import walk_forward as walk_forward
    from litlab.ticks.sample import write_sample as write_sample
    from litlab.vault import add_to_vault as add_to_vault
    from litlab.workspace import Project as Project
    from litlab.workspace import Workspace as Workspace

_LAZY = {
    "DataSet": "litlab.schemas",
    "Project": "litlab.workspace",
    "Schema": "litlab.schemas",
    "Split": "litlab.schemas",
    "Workspace": "litlab.workspace",
    "add_to_vault": "litlab.vault",
    "audit": "litlab.assets",
    "cache_files": "litlab.adapters",
    "callbacks": "litlab.experiments",
    "clone_run": "litlab.experiments",
    "compute_sample": "litlab.features",
    "default_canvas": "litlab.canvases",
    "deploy": "litlab.deployments",
    "evaluate_folds": "litlab.experiments",
    "explain": "litlab.insights.explain",
    "launch": "litlab.experiments",
    "load_adapter": "litlab.adapters",
    "load_adapter_by_project": "litlab.adapters",
    "load_features": "litlab.features",
    "open_asset": "litlab.assets",
    "promote": "litlab.assets",
    "resume": "litlab.experiments",
    "retraining_null": "litlab.experiments",
    "run": "litlab.experiments.recording",
    "run_build": "litlab.builds",
    "save_canvas": "litlab.canvases",
    "save_feature": "litlab.features",
    "split_dates": "litlab.schemas",
    "spread": "litlab.experiments",
    "sweep": "litlab.experiments",
    "walk_forward": "litlab.schemas",
    "write_sample": "litlab.ticks.sample",
}
_ROOMS = (
    "adapters", "assets", "atomic", "bars", "builds", "canvases", "demo", "deployments", "engine", "errors",
    "experiments", "features", "insights", "jobs", "plugins", "records", "schemas", "scripts", "ticks",
    "uploads", "upkeep", "vault", "widgets",
)  # fmt: skip

__all__ = ["__version__", *_LAZY]  # noqa: PLE0604 - the keys are strings


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    if name in _ROOMS:
        return importlib.import_module(f"litlab.{name}")
    raise AttributeError(f"module 'litlab' has no attribute {name!r}")


def load_ipython_extension(shell: Any) -> None:
    """Bring ``%%feature`` and ``%litlab`` into a notebook: ``%load_ext litlab``."""
    importlib.import_module("litlab.widgets.magics").load(shell)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY, *_ROOMS})
