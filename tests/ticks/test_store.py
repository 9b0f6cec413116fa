"""The store's columns: nulls, files that differ, words, threads, damage."""

import gc
import os
import threading

import numpy as np
import pyarrow as pa
import pytest
from tapes import stored

from litlab.errors import BrokenCache, MixedColumn, OlderFormat, UnknownName
from litlab.ticks import files
from litlab.ticks.kinds import NOT_A_TIME
from litlab.ticks.store import TickStore

NANOSECONDS = pa.timestamp("ns", "UTC")


def part(first, rows, **columns):
    stamps = np.arange(first, first + rows)
    return {"timestamp": stamps, "price": stamps + 0.5, "volume": np.ones(rows, np.int64), **columns}


# --- nulls and files that differ ----------------------------------------------------------------------


def test_each_kind_of_null_has_one_stand_in_and_missing_names_them(tmp_path):
    store = stored(
        tmp_path,
        part(0, 11),
        part(
            20,
            11,
            number=pa.array([None, 0, *range(7), None, 2**62 + 1], pa.int64()),
            ratio=pa.array([0.5, None, *([1.0] * 9)], pa.float64()),
            when=pa.array([None, 5, *([7] * 9)], NANOSECONDS),
            clock=pa.array([None, 5, *([7] * 9)], pa.time64("ns")),
            word=["a", None, *(["b"] * 9)],
        ),
    )
    assert store.column("number", 11, 22).tolist() == [0, 0, 0, 1, 2, 3, 4, 5, 6, 0, 2**62 + 1]
    assert store.missing("number", 11, 22).tolist() == [True, *([False] * 8), True, False]
    assert store.missing("number", 12, 20).tolist() == [False] * 8
    np.testing.assert_array_equal(store.column("ratio", 10, 14), [np.nan, 0.5, np.nan, 1])
    assert store.column("when", 10, 13).tolist() == [NOT_A_TIME, NOT_A_TIME, 5]
    assert np.isnat(store.column("when", 10, 13).view("datetime64[ns]")).tolist() == [True, True, False]
    assert store.column("clock", 10, 13).tolist() == [0, 0, 5]
    assert store.column("word", 10, 14).tolist() == [None, "a", None, "b"]
    for name, absent in (("ratio", 12), ("when", 11), ("clock", 11), ("word", 12), ("number", 11)):
        expected = [at < 11 or at == absent for at in range(10, 14)]
        assert store.missing(name, 10, 14).tolist() == expected, name
        assert [store.record(at).get(name) is None for at in range(10, 14)] == expected
    assert not store.missing("price", 0, 22).any()
    assert store.missing("number", 5, 5).tolist() == store.column("number", 5, 5).tolist() == []


def test_a_column_has_one_type_in_the_whole_store(tmp_path):
    store = stored(
        tmp_path,
        part(0, 3, narrow=np.array([1, 2, 3], np.int16)),
        part(10, 2, volume=np.array([0.25, 1.5]), narrow=np.array([4, 5], np.int32)),
        part(20, 1),
    )
    assert store.column("volume", 0, 6).tolist() == [1, 1, 1, 0.25, 1.5, 1]
    for start, stop in ((0, 1), (3, 4), (0, 6), (2, 2)):
        assert store.column("volume", start, stop).dtype == np.float64
        assert store.column("narrow", start, stop).dtype == np.int32
    assert store.column("narrow", 0, 6).tolist() == [1, 2, 3, 4, 5, 0]
    assert store.missing("narrow", 0, 6).tolist() == [False] * 5 + [True]
    assert "narrow" in store.stored_names
    assert store.overview(0, 6, 2).volume.tolist() == [3, 2.75]


def test_text_in_one_file_and_numbers_in_the_next_are_refused_by_name(tmp_path):
    store = stored(tmp_path, part(0, 1, code=["a"]), part(10, 1, code=[1]))
    with pytest.raises(MixedColumn, match=r"'code' is text in .*part0\.raw and numbers in .*part1\.raw"):
        store.column("code", 0, 1)
    with pytest.raises(UnknownName, match="Did you mean 'code'"):
        store.column("cod", 0, 1)
    assert store.column("price", 0, 2).tolist() == [0.5, 10.5]


def test_a_vendors_name_of_a_canonical_column_is_that_column(tmp_path):
    store = stored(tmp_path, part(0, 3), part(5, 1), aliases={"Last": "price"})
    assert store.column("Last", 1, 4).tolist() == [1.5, 2.5, 5.5]
    assert "Last" in store.names
    assert "Last" not in store.stored_names


def test_a_window_is_its_columns(tmp_path):
    store = stored(tmp_path, part(0, 5, code=list("abcde")), part(10, 3))
    names = ["price", "session", "timestamp", "code"]
    for span in ((0, 8), (3, 6), (4, 4)):
        window = store.window(*span, names)
        assert list(window) == names
        for name, values in window.items():
            expected = store.column(name, *span)
            assert (values.tolist(), values.dtype) == (expected.tolist(), expected.dtype)
    window["price"][:] = 0
    with pytest.raises(UnknownName):
        store.window(0, 1, ["price", "prize"])


# --- search -------------------------------------------------------------------------------------------


def test_a_token_is_found_as_it_is_written_in_any_text_column_of_any_file(tmp_path):
    codes = ["ODD[IRGCOND];132[IRGCOND]", None, "ODD", "odd[IRGCOND]", "132[IRGCOND]", ""]
    store = stored(tmp_path, part(0, 2), part(10, 6, codes=codes, venue=["NYS", "x", "ODD[IRGCOND]", *"xyz"]))

    def found(token):
        return np.flatnonzero(store.search(token, 0, 8)).tolist()

    assert found("ODD[IRGCOND]") == [2, 4]
    assert found("ODD") == [2, 4]
    assert found("132[IRGCOND]") == [2, 6]
    assert found("[IRGCOND]") == [2, 4, 5, 6]
    assert found("") == [2, 3, 4, 5, 6, 7]
    assert found("ODD.") == []
    assert store.search("132", 6, 7).tolist() == [True]


# --- open files ---------------------------------------------------------------------------------------


def descriptors():
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


def walk(store, price, seed, gate, problems):
    """Read at random places by every way there is and note what is wrong."""
    rng = np.random.default_rng(seed)
    gate.wait()
    try:
        for _ in range(60):
            start = int(rng.integers(0, len(store) - 300))
            number, span = store.file_of(start), slice(start, start + 300)
            assert store.column("price", span.start, span.stop).tolist() == price[span].tolist()
            assert store.map(number, "price.npy")[0] == 100 * number + 0.5
            assert store.record(start)["code"] == f"w{number}"
            assert store.search(f"w{number}", start, start + 1).all()
            assert store.overview(span.start, span.stop, 1).last.tolist() == [price[start + 299]]
            assert store.index_at(int(price[start])) == start
    except BaseException as problem:
        problems.append(problem)


def test_threads_share_a_store_of_more_files_than_may_be_open(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_OPEN_FILES", 7)
    count, rows = 66, 50
    store = stored(tmp_path, *(part(100 * at, rows, code=[f"w{at}"] * rows) for at in range(count)))
    before = descriptors()
    price = store.column("price", 0, len(store))
    problems, gate = [], threading.Barrier(4)
    threads = [threading.Thread(target=walk, args=(store, price, seed, gate, problems)) for seed in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert problems == []
    assert descriptors() <= before + 14  # a file that is mapped too holds two
    del store
    assert descriptors() <= before


def test_files_are_closed_with_their_store_and_wait_for_no_garbage_collection(tmp_path):
    store = stored(tmp_path, part(0, 400))
    before = descriptors()
    assert store.overview(0, 400, 4).last.tolist()
    gc.disable()
    try:
        assert len(os.listdir("/proc/self/fd")) > before
        del store
        assert len(os.listdir("/proc/self/fd")) == before
    finally:
        gc.enable()


def test_what_is_let_go_stays_readable_for_whoever_holds_it(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_OPEN_FILES", 1)
    store = stored(tmp_path, part(0, 4), part(10, 4))
    held = store.map(0, "price.npy")
    assert store.column("price", 0, 8).tolist() == [0.5, 1.5, 2.5, 3.5, 10.5, 11.5, 12.5, 13.5]
    assert held.tolist() == [0.5, 1.5, 2.5, 3.5]
    with pytest.raises(ValueError, match="read-only"):
        held[0] = 1


def test_a_file_that_is_cut_is_named_before_and_while_it_is_open(tmp_path):
    store = stored(tmp_path, part(0, 4000))
    version = store.files[0].path
    assert store.column("price", 0, 1).tolist() == [0.5]
    whole = (version / "price.npy").read_bytes()
    os.truncate(version / "price.npy", len(whole) - 8)
    with pytest.raises(BrokenCache, match=r"part0\.raw is damaged: price\.npy: it became shorter"):
        store.column("price", 3990, 4000)
    again = TickStore([(one.raw, one.path.parent) for one in store.files])
    with pytest.raises(BrokenCache, match=r"price\.npy: it has 32,120 bytes"):
        again.column("price", 0, 1)
    (version / "price.npy").unlink()
    with pytest.raises(BrokenCache, match=r"price\.npy"):
        TickStore([(one.raw, one.path.parent) for one in store.files]).column("price", 0, 1)


def test_a_cache_of_an_older_format_says_how_to_renew_it(tmp_path):
    store = stored(tmp_path, part(0, 1))
    manifest = store.files[0].path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"format": 2', '"format": 1'))
    with pytest.raises(OlderFormat, match="litlab cache"):
        TickStore([(one.raw, one.path.parent) for one in store.files])


def test_a_window_that_is_not_in_memory_is_asked_for_as_a_whole(tmp_path, monkeypatch):
    many = 5000
    files = [
        {"timestamp": np.arange(many) + at * many, "price": np.arange(many) + 1.0, "volume": np.arange(many)}
        for at in range(2)
    ]
    store = stored(tmp_path, *files)
    asked = []
    monkeypatch.setattr("litlab.ticks.files._advise", lambda file, start, size: asked.append((start, size)))
    first = store.window(many - 10, many + 5, ("price", "volume"))
    assert asked == [(0, 128), (128 + (many - 10) * 8, 80)] * 2 + [(0, 128), (128, 40)] * 2
    asked.clear()
    again = store.window(many - 10, many + 5, ("price", "volume"))
    assert asked == []  # open, and in memory
    monkeypatch.setattr("litlab.ticks.files.NpyFile.holds", lambda self, lo: False)
    store.window(many - 10, many + 5, ("price", "volume"))
    assert asked == [(128 + (many - 10) * 8, 80)] * 2 + [(128, 40)] * 2
    for name in first:
        np.testing.assert_array_equal(first[name], again[name])
    assert first["price"].tolist() == [*range(many - 9, many + 1), 1, 2, 3, 4, 5]
