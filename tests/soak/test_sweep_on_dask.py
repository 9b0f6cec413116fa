"""A sweep whose trials are handed to Dask workers: the same bits, and it ends when it is told to."""

import pytest
from interrupted import canvas, new_project

from litlab.experiments import sweep
from litlab.experiments.launch import prepare
from litlab.experiments.launch import start as start_run

pytestmark = [pytest.mark.soak, pytest.mark.train]


@pytest.fixture(scope="module")
def made(tmp_path_factory, make_tape_asset):
    pytest.importorskip("distributed")
    return new_project(tmp_path_factory.mktemp("sweeps"), make_tape_asset)


def test_trials_on_dask_come_to_the_bits_of_a_run_alone(made):
    project, asset = made
    over = {"dense.units": [2, 4, 8]}
    done = sweep(project, canvas("dense"), asset, over, epochs=2, at_once=2, engine_name="dask-local").follow(
        timeout_s=300
    )
    assert done.state == "done", done.log.read_text()
    rows = done.ranked()
    assert sorted(row["trial"] for row in rows) == [1, 2, 3]
    assert done.result()["said"].startswith("The best of 3 trials")
    best = done.best()
    alone = prepare(project, best.definition.canvas, asset, epochs=2)
    start_run(alone).follow(timeout_s=120)
    assert alone.digests() == best.digests()


def test_a_sweep_on_dask_that_is_stopped_ends_its_trials_and_its_workers(made):
    project, asset = made
    over = {"dense.units": [2, 4]}
    begun = sweep(project, canvas("dense"), asset, over, epochs=400, at_once=1, engine_name="dask-local")
    while begun.state == "running" and not any(row["epochs_done"] for row in begun.trials()):
        begun.job.wait(0.5)
    begun.stop()
    assert begun.job.wait(60) == "stopped", begun.log.read_text()
    assert "stopped; trials that are done are kept" in begun.log.read_text()
    assert [row["state"] for row in begun.trials()] == ["stopped", "queued"]
