"""Files that grow are the files that are written at once; statistics keep the digits of plain numpy."""

import h5py
import numpy as np
import pytest

from litlab import engine
from litlab.assets import hdf
from litlab.assets.statistics import statistics


@pytest.mark.parametrize("pieces", [[0], [3], [0, 1, 0, 2], [40, 0, 60], [1000, 1, 500], [5000, 5000]])
def test_a_file_that_grew_is_the_one_written_at_once(tmp_path, pieces):
    rng = np.random.default_rng(7)
    values = [rng.standard_normal((rows, 10, 3)).astype("<f4") for rows in pieces]
    reads = rng.integers(0, 99, (sum(pieces), 2))
    growing = hdf.Growing(tmp_path / "grown.h5")
    for one in values:
        growing.append(one)
    growing.finish({"reads": reads})
    whole = np.concatenate(values)
    hdf.write(tmp_path / "whole.h5", {"values": whole, "reads": reads}, first="values")
    assert (tmp_path / "grown.h5").read_bytes() == (tmp_path / "whole.h5").read_bytes()
    assert (hdf.mapped(tmp_path / "grown.h5", "values") == whole).all()
    with h5py.File(tmp_path / "grown.h5") as file:
        assert (file["reads"][...] == reads).all()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["grown.h5", "whole.h5"]


@pytest.mark.parametrize(("rows", "missing"), [(7, 0.0), (1000, 0.1), (70_000, 0.0), (131_073, 0.3)])
def test_sums_are_taken_in_the_order_of_numpy(rows, missing):
    """A block's mean and spread are what numpy's sums of contiguous float64 give, to the last bit."""
    rng = np.random.default_rng(rows)
    values = (rng.standard_normal((rows, 1, 2)) * 0.01 + 50_000).astype(np.float32)
    values[rng.random(values.shape) < missing] = np.nan
    found = statistics(values)
    count, mean, spread = 0, 0.0, 0.0
    for start in range(0, rows, 65_536):
        block = values[start : start + 65_536, 0, 0].astype(np.float64)
        gone = np.isnan(block)
        known = int((~gone).sum())
        middle = np.where(gone, 0.0, block).sum() / known
        away = np.where(gone, 0.0, block - middle)
        own = (away * away).sum() - away.sum() * away.sum() / known
        delta, both = middle - mean, count + known
        mean = mean + delta * (known / both) if count else middle
        spread = spread + own + (delta * delta * (count * (known / both)) if count else 0.0)
        count = both
    assert found["mean"][0] == mean
    assert found["std"][0] == np.sqrt(spread / count)
    assert found["count"][0] == count


@pytest.mark.parametrize("size", [1, 1 << 18, (1 << 18) + 5, 1_000_001])
def test_copied_bytes_are_those_of_the_source(tmp_path, monkeypatch, size):
    monkeypatch.setattr(hdf, "_STRETCH", 300_000)
    content = np.random.default_rng(size).integers(0, 256, size + 20, np.uint8).tobytes()
    (tmp_path / "source").write_bytes(content)
    (tmp_path / "target").write_bytes(bytes(size + 30))
    with open(tmp_path / "source", "rb") as source, open(tmp_path / "target", "r+b") as target:
        hdf.copy(source.fileno(), 7, target.fileno(), 11, size)
    assert (tmp_path / "target").read_bytes() == bytes(11) + content[7 : 7 + size] + bytes(19)


def test_a_source_that_became_shorter_is_an_error(tmp_path):
    (tmp_path / "source").write_bytes(bytes(100))
    wanted = pytest.raises(EOFError, match="101 bytes were to be copied, 1 are missing")
    with open(tmp_path / "source", "rb") as source, open(tmp_path / "target", "w+b") as target, wanted:
        hdf.copy(source.fileno(), 0, target.fileno(), 0, 101)


def test_statistics_in_threads_are_the_same_to_the_last_bit(monkeypatch):
    monkeypatch.setattr("litlab.assets.statistics._BLOCK", 7)
    values = np.random.default_rng(2).standard_normal((100, 3, 2)).astype("<f4") * 1e6
    values[values > 1e6] = np.nan
    with engine.threads(4) as pool:
        assert statistics(values, pool.map) == statistics(values)
