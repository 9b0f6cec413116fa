"""Training resumed to the bit from ten random kills each: weights and optimizer state."""

import contextlib

import numpy as np
import pytest
from interrupted import BODIES, EPOCHS, Trainers, assert_equal, make, new_project

pytestmark = [pytest.mark.soak, pytest.mark.train, pytest.mark.timeout(3_600)]
KILLS, BATCHES = 10, 6


@pytest.mark.parametrize("kind", BODIES)
def test_ten_random_kills_change_no_bit(tmp_path, make_tape_asset, kind):
    project, asset = new_project(tmp_path, make_tape_asset)
    rng = np.random.default_rng(sorted(BODIES).index(kind))
    points = [(int(rng.integers(1, EPOCHS + 1)), int(rng.integers(1, BATCHES + 1))) for _ in range(KILLS)]
    whole, broken = make(project, asset, kind), [make(project, asset, kind) for _ in points]
    with contextlib.closing(Trainers()) as trainers:
        trainers.finish(trainers.begin(whole))
        trainers.killed(*zip(broken, points, strict=True))
        trainers.finish(trainers.begin(*broken))
    for run, (epoch, batch) in zip(broken, points, strict=True):
        assert_equal(whole, run)
        print(f"{kind}: killed in epoch {epoch} behind batch {batch}, equal")
