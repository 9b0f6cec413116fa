"""Overviews: every pixel column is exactly its ticks, at any zoom, across any files."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tapes import stored

from litlab.errors import BadParameter
from litlab.ticks import overview
from litlab.ticks.overview import TABLE_BITS, TABLE_LEVEL, bits_for, nodes_below

SIZES = [1, 5000, 63, 64, 65, 130_000, 1025, 3, 70_000, 256, 257, 4096]
TICKS = sum(SIZES)


def random_files(sizes, volume, seed=3):
    rng = np.random.default_rng(seed)
    time = 0
    for size in sizes:
        stamps = time + np.cumsum(rng.integers(0, 5, size))
        time = int(stamps[-1])
        yield {
            "timestamp": stamps,
            "price": np.round(100 + np.cumsum(rng.integers(-9, 10, size)) / 7, 4),
            "volume": volume(rng, size),
        }


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    files = list(random_files(SIZES, lambda rng, n: rng.integers(0, 500, n)))
    return stored(tmp_path_factory.mktemp("many"), *files), files


def twin(price, volume, edges):
    """Return first, last, low, high and volume of each column, tick by tick."""
    pieces = [(price[a:b], volume[a:b]) for a, b in itertools.pairwise(edges)]
    return [(p[0], p[-1], p.min(), p.max(), v.sum()) for p, v in pieces]


def found(view):
    return list(zip(view.first, view.last, view.low, view.high, view.volume, strict=True))


def check(store, files, start, stop, pixels):
    price, volume = (np.concatenate([one[name] for one in files]) for name in ("price", "volume"))
    view = store.overview(start, stop, pixels)
    columns = min(pixels, stop - start)
    assert (len(view.edges), view.edges[0], view.edges[-1]) == (columns + 1, start, stop)
    assert (np.diff(view.edges) > 0).all()
    assert found(view) == twin(price, volume, view.edges)
    even = start + (stop - start) * np.arange(columns + 1) // columns
    width = (stop - start) // columns
    share = 0 if width < 64 else 2 if width < 128 else 4
    assert (np.abs(view.edges - even) * share <= width).all()
    if not share:
        assert view.edges.tolist() == even.tolist()


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_every_column_is_exactly_the_ticks_between_its_edges(many, data):
    start = data.draw(st.integers(0, TICKS - 1))
    stop = data.draw(st.integers(start + 1, TICKS))
    pixels = data.draw(st.sampled_from([1, 2, 3, 7, 20, 100, 400, 2000]))
    check(*many, start, stop, pixels)


def test_all_levels_are_met_over_all_files(many):
    asked = (1, 4, 10, 20, 60, 90, 250, 1000, 2000, 5000)
    bits = {bits_for(TICKS // pixels) for pixels in asked}
    assert bits >= {0, 6, 8, TABLE_BITS, TABLE_BITS + 2, TABLE_BITS + 3, TABLE_BITS + 6}
    for pixels in asked:
        check(*many, 0, TICKS, pixels)
        check(*many, 1, TICKS - 1, pixels)


def test_fractional_sizes_add_up(tmp_path):
    files = list(random_files([900, 40_000], lambda rng, n: rng.random(n)))
    store = stored(tmp_path, *files)
    volume = np.concatenate([one["volume"] for one in files])
    for pixels in (1, 7, 300, 2000):
        view = store.overview(3, 40_800, pixels)
        sums = np.add.reduceat(volume[3:40_800], view.edges[:-1] - 3)
        np.testing.assert_allclose(view.volume, sums, rtol=1e-12)


def test_an_empty_span_has_no_columns_and_nonsense_is_refused(many):
    view = many[0].overview(7, 7, 100)
    assert (view.edges.tolist(), found(view)) == ([7], [])
    with pytest.raises(IndexError):
        many[0].overview(0, TICKS + 1, 10)
    with pytest.raises(BadParameter, match="pixels"):
        many[0].overview(0, TICKS, 0)


def test_a_pyramid_folded_in_blocks_is_the_same_file(tmp_path, monkeypatch):
    rng = np.random.default_rng(1)
    columns = {"price": rng.random(70_001), "volume": rng.integers(0, 9, 70_001)}
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    overview.write_pyramid(tmp_path / "a", columns)
    monkeypatch.setattr(overview, "_BLOCK", 4)
    overview.write_pyramid(tmp_path / "b", columns)
    whole = (tmp_path / "a" / overview.PYRAMID).read_bytes()
    assert (tmp_path / "b" / overview.PYRAMID).read_bytes() == whole
    nodes = np.load(tmp_path / "a" / overview.PYRAMID)
    assert len(nodes) == 1094 + 274 + 69 + 18 + 5 + 2 + 1
    assert len(whole) < 70_001


@pytest.mark.parametrize("rows", [1, 64, 65, 256, 257, 1024, 1025])
def test_a_small_file_has_all_levels_up_to_the_table(tmp_path, rows):
    overview.write_pyramid(tmp_path, {"price": np.arange(1.0, rows + 1), "volume": np.ones(rows, int)})
    nodes = np.load(tmp_path / overview.PYRAMID)
    top = nodes[nodes_below(rows, TABLE_LEVEL)]
    assert (top["low"], top["high"], top["volume"]) == (1, min(rows, 1024), min(rows, 1024))
    assert nodes[-1]["last"] == rows


def test_edges_move_onto_the_borders_of_files_and_nodes_begin_anew_there(tmp_path):
    hundred = np.arange(100)
    files = [
        {"timestamp": at * 200 + hundred, "price": hundred * 0 + at + 1.0, "volume": hundred * 0 + 1}
        for at in range(3)
    ]
    view = stored(tmp_path, *files).overview(0, 300, 3)
    assert view.edges.tolist() == [0, 100, 200, 300]
    assert found(view) == [(1, 1, 1, 1, 100), (2, 2, 2, 2, 100), (3, 3, 3, 3, 100)]
