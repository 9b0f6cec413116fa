"""The runs of a project in a notebook: what is drawn is what is in perf.csv."""

import time

import numpy as np
import pytest
from pretended_runs import pretend

from litlab import atomic
from litlab.errors import UnknownName
from litlab.widgets import RunView
from litlab.workspace import Workspace


@pytest.fixture
def project(tmp_path):
    project = Workspace(tmp_path / "home").create_project("contoso", "volatility")
    pretend(project, "first-001", 12, seed=1)
    pretend(project, "first-002", 2_000, seed=2, state="paused")
    return project


def drawn(view):
    return {(one["run"], one["column"]): np.frombuffer(one["values"]) for one in view.lines}


def test_the_newest_run_is_drawn_and_every_run_is_listed(project):
    view = RunView(project, live=False)
    assert view.chosen == ["first-002"]
    assert set(drawn(view)) == {("first-002", "loss"), ("first-002", "val_loss")}
    assert len(drawn(view)["first-002", "loss"]) <= 1_300
    assert [(one["name"], one["state"]) for one in view.table] == [
        ("first-002", "paused"), ("first-001", "done"),
    ]  # fmt: skip


def test_choosing_draws_others(project):
    view = RunView(project, ["first-001"], live=False)
    losses = [row["val_loss"] for row in view.monitor.run("first-001").epochs()]
    assert drawn(view)["first-001", "val_loss"].tolist() == losses
    view.chosen = ["first-001", "first-002"]
    view.columns = ["val_auc"]
    assert set(drawn(view)) == {("first-001", "val_auc"), ("first-002", "val_auc")}
    view.smoothing = 0.9
    assert np.ptp(drawn(view)["first-001", "val_auc"]) < 0.1
    with pytest.raises(UnknownName):
        RunView(project, ["nobody"], live=False)


def test_it_is_live_until_it_is_closed(project, monkeypatch):
    monkeypatch.setattr("litlab.widgets.runs._PERIOD_S", 0.05)
    view = RunView(project, ["first-001"])
    atomic.append_line(view.monitor.run("first-001").perf, "13,0.5,0.25,0.9,1.5,0.0005")
    end = time.monotonic() + 20
    while len(drawn(view)["first-001", "val_loss"]) < 13 and time.monotonic() < end:
        time.sleep(0.05)
    assert drawn(view)["first-001", "val_loss"][-1] == 0.25
    view.close()
