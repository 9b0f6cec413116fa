"""Batches: every sample once, an order of (seed, epoch) alone, memory that does not grow with the asset."""

import re
from pathlib import Path

import numpy as np
import pytest

from litlab.assets import batches, hdf
from litlab.assets.batches import BLOCK, Batches, Order


@pytest.mark.parametrize("count", [0, 1, BLOCK, 5 * BLOCK + 3])
@pytest.mark.parametrize("seed", [None, 4])
def test_an_epoch_takes_every_sample_once(count, seed):
    order = Order(count, 2 * BLOCK, seed, 1)
    assert sorted(order.all().tolist()) == list(range(count))
    if seed is None:
        assert order.all().tolist() == list(range(count))


def test_an_order_is_a_function_of_seed_and_epoch_and_shuffles_across_pools():
    def order(seed, epoch):
        return tuple(Order(40 * BLOCK, 4 * BLOCK, seed, epoch).all().tolist())

    assert order(1, 0) == order(1, 0)
    assert len({order(seed, epoch) for seed in (1, 2) for epoch in (0, 1)}) == 4
    first = np.array(order(1, 0)[: 4 * BLOCK])
    assert len(set(first // BLOCK)) == 4
    assert first.max() > 20 * BLOCK
    assert (np.diff(first) == 1).mean() < 0.05


def test_a_part_of_one_pool_is_permuted_as_a_whole():
    whole = np.random.default_rng([3, 2]).permutation(100)
    assert Order(100, 2 * BLOCK, 3, 2).all().tolist() == whole.tolist()


def test_batches_hold_the_rows_of_the_order_in_any_sequence():
    values = np.arange(500.0).reshape(500, 1, 1)
    order = Order(500, 2 * BLOCK, 1, 0)
    found = Batches(order, {"x": values, "n": np.arange(500)}, 90)
    assert len(found) == 6
    for at in (3, 0, 5, 1, 1):
        rows = order.all()[at * 90 : (at + 1) * 90]
        np.testing.assert_array_equal(found[at]["x"], values[rows])
        np.testing.assert_array_equal(found[at]["n"], rows)
    with pytest.raises(IndexError):
        found[6]
    found.turn(Order(500, 2 * BLOCK, 1, 1))
    assert np.concatenate([one["n"] for one in found]).tolist() == Order(500, 2 * BLOCK, 1, 1).all().tolist()


def resident(path):
    """Return how many bytes of a mapped file count as this process's memory."""
    text = Path("/proc/self/smaps").read_text()
    found = re.findall(rf"{re.escape(str(path))}\n(?:\w+:.*\n)*?Rss: +(\d+) kB", text)
    return sum(map(int, found)) * 1024


def test_pages_are_let_go_behind_every_pool(tmp_path, monkeypatch):
    path, count = tmp_path / "x.h5", 64 * BLOCK
    hdf.write(path, {"values": np.zeros((count, 64, 16), "f4")})  # 4 KiB a sample, 16 MiB in all
    array = hdf.mapped(path, "values")
    let_go = []
    monkeypatch.setattr(hdf, "release", lambda one, real=hdf.release: let_go.append(real(one)))
    found = Batches(Order(count, 8 * BLOCK, 1, 0), {"x": array}, 32)
    for _ in found:
        pass
    assert len(let_go) == 7
    assert array.sum() == 0
    assert resident(path) >= array.nbytes
    hdf.release(array)
    assert resident(path) == 0
    assert batches.POOL_BYTES < 100 << 20
