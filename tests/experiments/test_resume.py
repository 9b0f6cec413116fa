"""A killed training goes on to the bits of one that nobody interrupted."""

import contextlib
import shutil

import pytest
from interrupted import BODIES, EPOCHS, Trainers, assert_equal, make, new_project

from litlab.experiments.run import Run

pytestmark = [pytest.mark.train, pytest.mark.timeout(1_200)]  # six processes on a busy machine
POINTS = {"dense": (1, 3), "conv_norm": (3, 1), "lstm_dropout": (4, 6), "attention": (2, 6)}


@pytest.fixture(scope="module")
def runs(tmp_path_factory, make_tape_asset):
    """Return kind → (uninterrupted, resumed) and, as ``damaged``, two runs with damaged checkpoints."""
    project, asset = new_project(tmp_path_factory.mktemp("resume"), make_tape_asset)
    with contextlib.closing(Trainers()) as trainers:
        return trained(project, asset, trainers)


def trained(project, asset, trainers):
    whole = {kind: make(project, asset, kind) for kind in BODIES}
    trainers.finish(trainers.begin(*whole.values()))
    broken = {kind: make(project, asset, kind) for kind in BODIES}
    trainers.killed(*((broken[kind], POINTS[kind]) for kind in BODIES))
    left = {kind: len(run.epochs()) for kind, run in broken.items()}
    assert left == {kind: epoch - 1 for kind, (epoch, _) in POINTS.items()}
    damaged = []
    for name in (f"model.{EPOCHS}.keras", f"state.{EPOCHS}.npz"):
        folder = whole["dense"].folder.with_name(f"damaged-{len(damaged) + 1:03d}")
        shutil.copytree(whole["dense"].folder, folder)
        content = bytearray((folder / "saved_models" / name).read_bytes())
        content[400] ^= 0xFF  # within an array: a byte of the archive's own might tell nothing
        (folder / "saved_models" / name).write_bytes(content)
        damaged.append(Run(folder))
    trainers.finish(trainers.begin(*broken.values(), *damaged))
    return {**{kind: (whole[kind], broken[kind]) for kind in BODIES}, "damaged": tuple(damaged)}


@pytest.mark.parametrize("kind", BODIES)
def test_a_run_killed_in_mid_epoch_goes_on_to_the_same_bits(runs, kind):
    assert_equal(*runs[kind])
    assert len(runs[kind][0].epochs()) == EPOCHS


def test_the_plateau_lowered_a_rate_and_its_memory_went_through_the_kill(runs):
    rates = {kind: [row["learning_rate"] for row in runs[kind][1].epochs()] for kind in BODIES}
    assert any(min(one) < one[0] for one in rates.values()), rates


@pytest.mark.parametrize("at", [0, 1])
def test_a_damaged_checkpoint_is_passed_over_and_said_so(runs, at):
    whole, damaged = runs["dense"][0], runs["damaged"][at]
    assert_equal(whole, damaged)
    log = (runs["dense"][1].folder / "log.txt").read_text()  # the process trained all of them
    name = (f"model.{EPOCHS}.keras", f"state.{EPOCHS}.npz")[at]
    assert f"warning: {name} is damaged; going back one epoch" in log
    assert f"going on behind epoch {EPOCHS - 1}" in log
