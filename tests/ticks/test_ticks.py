"""Columns on disk, many files as one array, the exchange's hours."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tapes import PARAMETERS, Tick, minutes, new_team, ns, tape, write_ticks

from litlab.adapters import load_adapter
from litlab.errors import BrokenCache, MissingFile, NotCached, OverlappingFiles, UnknownName
from litlab.ticks import matches, runs
from litlab.ticks.columns import CLOSED, POST, PRE, REGULAR
from litlab.ticks.npy import GrowingNpy
from litlab.ticks.sessions import local_midnights, sessions_between

DAYS = ("2013-10-07", "2013-10-08", "2013-10-09")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    home = tmp_path_factory.mktemp("ticks")
    team = new_team(home / "w")
    files = [minutes(day, 10 + at) for at, day in enumerate(DAYS)]
    return team, tape(team, home / "t", *files), [one for file in files for one in file]


@settings(max_examples=50)
@given(st.lists(st.integers(0, 40), max_size=8), st.sampled_from(["<i8", "<f8", "|u1", "<i2"]))
def test_a_growing_file_is_what_numpy_would_have_saved(tmp_path_factory, pieces, dtype):
    path = tmp_path_factory.mktemp("npy") / "a.npy"
    file, whole = GrowingNpy(path, dtype), []
    for piece in pieces:
        values = np.arange(len(whole), len(whole) + piece) % 100
        file.append(values)
        whole.extend(values.tolist())
    file.close()
    found = np.load(path, mmap_mode="r" if whole else None)
    assert (found.tolist(), found.dtype.str) == (whole, dtype)


def test_many_files_are_one_array_whatever_order_they_are_named_in(lab):
    team, adapter, ticks = lab
    assert len(adapter) == len(ticks) == 66
    turned = load_adapter(team, "csv", {"paths": [*map(str, reversed(adapter.paths))], **PARAMETERS})
    for one in (adapter, turned):
        assert one.store.times(0, 66).tolist() == [tick.time_ns for tick in ticks]
        assert one.window(15, 45, ["price"])["price"].tolist() == [tick.price for tick in ticks[15:45]]
        assert [one[at]["price"] for at in (0, 19, 20, 41, 42, 65, -1)] == [
            ticks[at].price for at in (0, 19, 20, 41, 42, 65, -1)
        ]


def test_ranges_are_half_open_and_outside_is_an_index_error(lab):
    adapter = lab[1]
    assert adapter.window(66, 66, ["price"])["price"].tolist() == []
    for start, stop in ((-1, 2), (0, 67), (5, 4)):
        with pytest.raises(IndexError):
            adapter.window(start, stop, ["price"])
    for index in (66, -67):
        with pytest.raises(IndexError):
            adapter[index]
    with pytest.raises(UnknownName, match="Did you mean 'price'"):
        adapter.window(0, 1, ["prices"])


def test_index_at_is_the_last_tick_not_later(lab):
    adapter, ticks = lab[1], lab[2]
    for moment in {tick.time_ns + step for tick in ticks for step in (-1, 0, 1)}:
        expected = max((at for at, tick in enumerate(ticks) if tick.time_ns <= moment), default=-1)
        assert adapter.store.index_at(moment) == expected


def test_many_times_and_ticks_are_looked_up_as_one_by_one(lab):
    store, ticks = lab[1].store, lab[2]
    moments = np.array(sorted({tick.time_ns + step for tick in ticks for step in (-1, 0, 1)}))
    assert store.indices_at(moments).tolist() == [store.index_at(one) for one in moments.tolist()]
    shuffled = np.random.default_rng(1).permutation(len(ticks))
    assert store.times_at(shuffled).tolist() == [ticks[at].time_ns for at in shuffled.tolist()]
    assert len(store.times_at(np.empty(0, np.int64))) == 0
    for outside in (-1, len(ticks)):
        with pytest.raises(IndexError):
            store.times_at(np.array([0, outside]))


def test_overlapping_files_and_missing_or_broken_caches_are_refused(lab, tmp_path):
    team, adapter, _ = lab
    path = write_ticks(tmp_path / "again.csv", minutes(DAYS[1], 3))
    other = load_adapter(team, "csv", {"paths": [str(path), *map(str, adapter.paths)], **PARAMETERS})
    with pytest.raises(NotCached, match=r"again\.csv is not cached"):
        len(other)
    other.create_cache_file(path)
    with pytest.raises(OverlappingFiles, match="overlap in time"):
        len(other)
    alone = load_adapter(team, "csv", {"paths": [str(path)], **PARAMETERS})
    version = alone.store.files[0].path
    (version / "price.npy").write_bytes(b"")
    with pytest.raises(BrokenCache, match=r"again\.csv is damaged: price\.npy"):
        alone[0]
    (version / "manifest.json").write_text("{")
    with pytest.raises(BrokenCache):
        len(load_adapter(team, "csv", {"paths": [str(path)], **PARAMETERS}))
    path.unlink()
    with pytest.raises(MissingFile):
        alone.create_cache_file(path)


def test_equal_first_times_do_not_depend_on_the_order_of_paths(tmp_path):
    team, moment = new_team(tmp_path / "w"), ns("2013-10-07 10:00:00")
    adapter = tape(team, tmp_path / "t", [Tick(moment, 2), Tick(moment + 5, 3)], [Tick(moment, 1)])
    assert adapter.window(0, 3, ["price"])["price"].tolist() == [1, 2, 3]


def test_runs_folded_in_blocks_make_the_same_bars_to_the_bit(tmp_path, monkeypatch):
    first = ns("2013-10-07 10:00:00")
    ticks = [Tick(first + at * 15 * 10**7, 100 + at % 7, 0.1 + at / 7) for at in range(300)]
    team = new_team(tmp_path / "w")
    whole = tape(team, tmp_path / "a", ticks, fractional=True).bar_index("second", 20)
    monkeypatch.setattr(runs, "_BUFFER", 5)
    pieces = tape(team, tmp_path / "b", ticks, fractional=True).bar_index("second", 20)
    np.testing.assert_array_equal(pieces.values, whole.values)
    np.testing.assert_array_equal(pieces.shown, whole.shown)


def test_search_marks_the_ticks_whose_text_holds_the_token(tmp_path):
    moment = ns("2013-10-07 10:00:00")
    ticks = [Tick(moment + at, 1, 1, code) for at, code in enumerate(["I", "", "TI", "T", "I"])]
    adapter = tape(new_team(tmp_path / "w"), tmp_path / "t", ticks[:2], ticks[2:])
    assert adapter.search("I", 0, 5).tolist() == [True, False, True, False, True]
    assert adapter.search("I", 1, 4).tolist() == [False, True, False]
    assert adapter.search("x", 0, 5).tolist() == [False] * 5


def test_matches_are_counted_by_column_as_the_mask_has_them(tmp_path, monkeypatch):
    moment = ns("2013-10-07 10:00:00")
    words = ["I", "", "TI", "T", "", "I", "IT"]
    ticks = [Tick(moment + at, 1, 1, words[at * 5 % 7]) for at in range(50)]
    store = tape(new_team(tmp_path / "w"), tmp_path / "t", ticks[:20], ticks[20:]).store
    monkeypatch.setattr(matches, "_ROWS", 7)
    for edges in ([0, 50], [3, 4, 11, 20, 21, 44], [20, 30], [49, 50], list(range(51))):
        for token, regex in (("I", False), ("^T", True), ("x", False), ("", False)):
            mask = store.search(token, edges[0], edges[-1], regex=regex)
            wanted = np.add.reduceat(mask, np.array(edges[:-1]) - edges[0], dtype=np.int64)
            assert store.count_matches(token, np.array(edges), regex).tolist() == wanted.tolist()
    assert store.count_matches("I", np.array([], np.int64)).tolist() == []
    with pytest.raises(IndexError):
        store.count_matches("I", np.array([0, 51]))


def test_a_tick_whose_several_texts_match_counts_once():
    counts = np.zeros(2, np.int64)
    column = np.array([0, 1, -1, 0], np.int8)
    hits = np.array([True, False, False])
    matches._count([(column, hits), (column[::-1].copy(), hits)], 5, np.array([5, 7, 9]), counts)
    assert counts.tolist() == [1, 1]


# --- sessions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "auction", "session"),
    [
        ("2013-10-07 03:59:59.999999999", False, CLOSED),
        ("2013-10-07 04:00:00", False, PRE),
        ("2013-10-07 09:29:59.999999999", True, PRE),
        ("2013-10-07 09:30:00", False, REGULAR),
        ("2013-10-07 15:59:59.999999999", False, REGULAR),
        ("2013-10-07 16:00:00", False, POST),
        ("2013-10-07 16:00:05", True, REGULAR),
        ("2013-10-07 16:01:26", True, REGULAR),
        ("2013-10-07 16:30:00", True, POST),
        ("2013-10-07 19:59:59.999999999", False, POST),
        ("2013-10-07 20:00:00", False, CLOSED),
        ("2013-10-12 12:00:00", False, CLOSED),
        ("2013-11-29 13:00:00", False, POST),
        ("2013-11-29 12:59:59", False, REGULAR),
        ("2013-11-04 09:30:00", False, REGULAR),
        ("2013-11-01 09:30:00", False, REGULAR),
    ],
)
def test_the_hours_of_new_york(moment, auction, session):
    stamp = ns(moment)
    found = sessions_between("XNYS", stamp, stamp).classify(np.array([stamp]), np.array([auction]))
    assert found.tolist() == [session]


def test_local_days_are_as_long_as_they_are():
    days = local_midnights("America/New_York", ns("2013-11-02 12:00:00"), ns("2013-11-04 12:00:00"))
    assert (np.diff(days) / 3.6e12).tolist() == [24, 25]


def test_an_unknown_calendar_is_answered():
    with pytest.raises(UnknownName, match="exchange calendar called 'XNYX'"):
        sessions_between("XNYX", 0, 0)
