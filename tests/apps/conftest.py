"""A small workspace as people have it after the demo: ticks cached, one schema built, nothing promoted."""

import pytest

from litlab.adapters import cache_files, load_adapter
from litlab.builds import run_build
from litlab.features import save_feature
from litlab.schemas import DataSet, Schema, Split, save_schema
from litlab.ticks.sample import write_sample
from litlab.workspace import Workspace

DAYS, TICKS = 3, 2_000


def make_workspace(home):
    """Make three days of sample ticks and a schema of one-minute bars, built into the queue."""
    project = Workspace(home).create_project("contoso", "volatility")
    team = project.team
    tape = write_sample(team.folder("raw"), days=DAYS, ticks_per_day=TICKS, seed=7)
    paths = tuple(str(path) for path in tape.paths)
    cache_files(load_adapter(team, "lseg", {"paths": list(paths)}))
    project.update(adapter="lseg", paths=paths)
    save_feature(team, "per_minute", "per_unit", {"unit": "minute", "size": 1})
    save_feature(team, "bars", "unit_bar", {"count": 5, "unit": "minute", "size": 1, "current": "partial"})
    save_feature(team, "up", "atr_up_next", {"rate": 3, "unit": "minute", "size": 1})
    split = Split(validation="2024-01-03", test="2024-01-04")
    data = (DataSet("lseg", paths),)
    schema = Schema("minutes", "volatility", data, ("per_minute", "bars"), ("up",), split)
    run_build(team, save_schema(team, schema), workers=1)
    return project


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The workspace that no test changes."""
    return make_workspace(tmp_path_factory.mktemp("apps") / "workspace")


@pytest.fixture
def fresh(built, tmp_path):
    """A copy of the workspace's assets that a test may change."""
    import shutil

    home = tmp_path / "workspace"
    shutil.copytree(built.team.workspace.home, home, symlinks=True)
    return Workspace(home).project()


@pytest.fixture
def adapter(built):
    """The project's ticks."""
    from litlab.apps.request import adapter_of

    return adapter_of(built)
