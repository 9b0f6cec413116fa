"""A vault entry made of ticks: features by scripts, and a small network nobody trained as a run's epoch."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from apps.conftest import make_workspace

BARS, LABEL = "bars", "up"


class Untrained:
    """What the vault needs of a run, with the weights that the seed gives."""

    def __init__(self, project, asset, canvas, folder) -> None:
        from litlab.canvases import compile_canvas
        from litlab.canvases.settings import TrainingSettings

        self.project, self.asset, self.name, self.folder = project, asset, "small-001", folder
        self.definition = SimpleNamespace(
            name="small", canvas=canvas, components={}, settings=TrainingSettings(epochs=1)
        )
        folder.mkdir()
        features = {name: asset.about(name) for name in asset.inputs}
        (folder / "features.json").write_text(json.dumps(features))
        compile_canvas(canvas, asset, project.team).save(folder / "model.keras")

    def epochs(self):
        return [{"epoch": 1.0, "loss": 0.7, "val_loss": 0.7}]

    def best_epoch(self):
        return 1

    def model_path(self, epoch=None):
        return self.folder / "model.keras"


@pytest.fixture(scope="session")
def ticks_project(tmp_path_factory):
    """Three days of sample ticks; the schema "minutes" is built and promoted."""
    from litlab.assets import promote

    project = make_workspace(tmp_path_factory.mktemp("ticks") / "workspace")
    promote(project.team, "minutes")
    return project


@pytest.fixture(scope="session")
def ticks_entry(ticks_project, tmp_path_factory):
    """Return an entry whose features come from shipped scripts."""
    from canvas_drawing import drawn

    from litlab.assets import open_asset
    from litlab.vault import add_to_vault

    nodes = [
        ("bars", "input", {"feature": BARS, "normalise": "standardise"}), ("flat", "flatten", {}),
        ("small", "dense", {"units": 3}), ("out", "output", {"label": LABEL}),
    ]  # fmt: skip
    canvas = drawn(nodes, "bars flat; flat small; small out")
    asset = open_asset(ticks_project.team, "minutes")
    return add_to_vault(Untrained(ticks_project, asset, canvas, tmp_path_factory.mktemp("run") / "small-001"))
