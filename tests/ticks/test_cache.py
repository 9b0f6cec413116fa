"""One raw file's cache: what it is called by, what makes it anew, what refuses it."""

import csv
import gzip
import json
import os
import random
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from older import to_format_1
from tapes import PARAMETERS, Tick, lseg_row, minutes, new_team, ns, write_lseg, write_ticks

from litlab.adapters import cache_files, load_adapter
from litlab.errors import (
    EmptyFile,
    FileChanged,
    OlderFormat,
    StaleCacheWarning,
    TooManyRejects,
    TooMuchDisorder,
)
from litlab.ticks import order, quarantine, version
from litlab.ticks.account import QUARANTINED, RowAccount
from litlab.ticks.checking import check_cache
from litlab.ticks.housekeeping import list_caches
from litlab.ticks.order import sort_by_time, sorted_places
from litlab.ticks.progress import Progress, Reporter
from litlab.ticks.version import content_digest


@pytest.fixture
def team(tmp_path):
    return new_team(tmp_path / "w")


def lseg(team, path, **parameters):
    """Return a fresh adapter, nothing cached by it yet."""
    return load_adapter(team, "lseg", {"paths": [str(path)], **parameters})


def cached(team, path, **parameters):
    adapter = lseg(team, path, **parameters)
    cache_files(adapter, workers=1)
    return adapter


def listing(team):
    """Return every file under the cache folder but locks, with its bytes."""
    paths = (path for path in team.folder("cache").rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(team.folder("cache"))): path.read_bytes() for path in paths}


def columns_of(adapter):
    names = adapter.store.files[0].manifest["order"]
    return {name: adapter.store.column(name, 0, len(adapter)).tolist() for name in names}


def rows(count=50, **given):
    return [lseg_row(price=f"13.{at % 90 + 10}", **given) for at in range(count)]


# --- identity ----------------------------------------------------------------------------------------


def test_caching_a_file_twice_changes_nothing(team, tmp_path):
    path = write_lseg(tmp_path / "a.csv.gz", [*rows(), lseg_row(price="x")])
    adapter = lseg(team, path, max_rejected=1.0)
    first = adapter.create_cache_file(path)
    before = listing(team)
    assert adapter.create_cache_file(path) == first
    assert listing(team) == before


def test_a_version_is_named_by_the_columns_alone(team, tmp_path, monkeypatch):
    path = write_lseg(tmp_path / "a.csv", rows())
    adapter = cached(team, path)
    one = adapter.store.files[0]
    assert one.path.name == f"{one.digest}-2"

    def other(draft, columns):
        (draft / "derived.bin").write_bytes(b"of a later kind")

    monkeypatch.setattr("litlab.ticks.cache.write_derived", other)
    copy = write_lseg(tmp_path / "b.csv", rows())
    assert cached(team, copy).store.files[0].digest == one.digest


def test_the_digest_tells_columns_by_name_bytes_and_words_not_by_file():
    columns = {"a": {"file": "v0.npy", "words": ["x"], "dtype": "<i2"}}
    digest = content_digest(columns, {"v0.npy": "1", "runs.npy": "2"})
    assert content_digest({"a": {**columns["a"], "file": "v7.npy"}}, {"v7.npy": "1"}) == digest
    for other, files in (
        ({"b": columns["a"]}, {"v0.npy": "1"}),
        (columns, {"v0.npy": "3"}),
        ({"a": {**columns["a"], "words": ["y"]}}, {"v0.npy": "1"}),
        ({"a": {**columns["a"], "dtype": "<i4"}}, {"v0.npy": "1"}),
    ):
        assert content_digest(other, files) != digest


def test_caching_again_repairs_a_damaged_file_and_clears_what_is_foreign(team, tmp_path):
    path = write_lseg(tmp_path / "a.csv", rows())
    adapter = lseg(team, path)
    folder = adapter.create_cache_file(path)
    before = listing(team)
    (folder / "price.npy").write_bytes(b"")
    (folder / "runs.npy").unlink()
    (folder / "foreign").mkdir()
    (folder / "foreign.txt").write_text("who put this here?")
    adapter.create_cache_file(path)
    assert listing(team) == before
    assert not (folder / "foreign").exists()


def test_a_parameter_at_its_default_leaves_the_cache_where_it_is(team, tmp_path):
    path = write_lseg(tmp_path / "a.csv", rows())
    home = lseg(team, path).cache_home(path)
    roundabout = path.parent / "elsewhere" / ".." / path.name
    assert lseg(team, path).cache_home(roundabout) == home
    assert lseg(team, path, max_disorder_s=3600, order="received", zone="").cache_home(path) == home
    assert lseg(team, path, max_disorder_s=60).cache_home(path) != home


def test_a_cache_of_other_defaults_is_made_anew(team, tmp_path, monkeypatch):
    path = write_lseg(tmp_path / "a.csv", rows())
    adapter = cached(team, path)
    monkeypatch.setitem(type(adapter).PARAMETERS, "tick_size", 0.05)
    assert not lseg(team, path).is_cached(path)


# --- migration ---------------------------------------------------------------------------------------


def test_a_cache_of_format_1_is_brought_to_format_2_with_equal_columns(team, tmp_path, monkeypatch):
    path = write_lseg(tmp_path / "a.csv", rows(qualifiers="ODD[IRGCOND]"))
    adapter = cached(team, path)
    wanted, digest = columns_of(adapter), adapter.store.files[0].digest
    home = adapter.cache_home(path)
    older = to_format_1(home)
    home.rename(moved := home.with_name(f"{path.name}-0123456789ab"))  # format 1 named homes otherwise
    older = moved / older.name
    inode = (older / "price.npy").stat().st_ino
    again = lseg(team, path)
    assert not again.is_cached(path)
    monkeypatch.setattr(type(again), "parse", None)  # the raw file is not read
    cache_files(again)
    assert again.is_cached(path)
    assert columns_of(again) == wanted
    one = again.store.files[0]
    assert one.digest == digest
    assert (one.path / "price.npy").stat().st_ino == inode
    assert one.manifest["previous"] == {"format": 1, "digest": older.name}
    assert one.manifest["uses_hindsight"] is False
    assert not moved.exists()
    monkeypatch.undo()
    fresh = tmp_path / "fresh.csv"
    shutil.copy2(path, fresh)
    assert one.manifest["files"] == cached(team, fresh).store.files[0].manifest["files"]


def test_a_store_of_an_older_format_names_the_remedy(team, tmp_path):
    path = write_lseg(tmp_path / "a.csv", rows())
    to_format_1(cached(team, path).cache_home(path))
    with pytest.raises(OlderFormat, match=r"a\.csv has format version 1.*litlab cache"):
        len(lseg(team, path))


@pytest.mark.parametrize("spoil", ["a damaged column", "a raw file that changed"])
def test_an_older_cache_that_is_not_sound_is_cached_anew(team, tmp_path, spoil):
    path = write_lseg(tmp_path / "a.csv", rows())
    older = to_format_1(cached(team, path).cache_home(path))
    count = 50
    if spoil == "a damaged column":
        data = bytearray((older / "price.npy").read_bytes())
        data[-1] ^= 1
        (older / "price.npy").write_bytes(data)
    else:
        write_lseg(path, rows(count := 51))
    adapter = cached(team, path)
    assert len(adapter) == count
    assert adapter.window(0, 2, ["price"])["price"].tolist() == [13.10, 13.11]
    assert "previous" not in adapter.store.files[0].manifest


def test_an_older_cache_of_other_parameters_is_not_taken(team, tmp_path):
    path = write_lseg(tmp_path / "a.csv", rows())
    to_format_1(cached(team, path).cache_home(path))
    other = lseg(team, path, eligibility="all")
    assert not other.migrate_cache(path)
    assert lseg(team, path).migrate_cache(path)


# --- progress ----------------------------------------------------------------------------------------


def test_progress_names_the_file_and_ends_with_all_of_it(team, tmp_path):
    paths = [
        write_lseg(tmp_path / f"{name}.csv.gz", rows(20, time=f"2013-10-0{day}T14:00:00Z"))
        for day, name in ((7, "b"), (8, "a"))
    ]
    told: list[Progress] = []
    adapter = load_adapter(team, "lseg", {"paths": [*map(str, paths)]})
    cache_files(adapter, workers=2, progress=told.append)
    for path in paths:
        mine = [one for one in told if one.path == path]
        assert mine[-1].rows == 20
        assert mine[-1].bytes_done == mine[-1].bytes_total == path.stat().st_size
        assert mine[-1].eta_s == 0
    cache_files(adapter, progress=lambda _: pytest.fail("there is nothing to do"))


def test_progress_is_told_ten_times_a_second_at_most(tmp_path):
    clock = iter(at / 128 for at in range(1000))
    told: list[Progress] = []
    report = Reporter(tmp_path, 1000, told.append, clock=clock.__next__)
    for at in range(100):
        report.update(at, at)
    assert [one.rows for one in told] == [*range(0, 100, 13)]
    report.finish(100)
    assert (told[-1].rows, told[-1].bytes_done) == (100, 1000)


def test_the_time_left_is_unknown_before_a_byte_was_read(tmp_path):
    assert Progress(tmp_path, 5, 0, 10, 1.0).eta_s is None
    assert Progress(tmp_path, 0, 0, 10, 0.0).rows_per_s == 0


# --- the raw file ------------------------------------------------------------------------------------


def grow(path):
    with path.open("ab") as file:
        file.write(gzip.compress(b"x" * 99))


def rewrite(path):
    path.write_bytes(path.read_bytes())
    os.utime(path, ns=(5, 5))


def replace(path):
    shutil.copy2(path, path.with_suffix(".new"))
    path.with_suffix(".new").rename(path)


CHANGES = {
    "it was written to, ": grow,
    "it was written to.": rewrite,
    "another file took its place": replace,
    "it was removed": os.unlink,
}


@pytest.mark.parametrize("said", CHANGES)
def test_a_file_that_changes_while_it_is_read_is_refused(team, tmp_path, said):
    path = write_lseg(tmp_path / "a.csv.gz", rows())
    cached(team, path)
    before = listing(team)
    os.utime(path, ns=(1, 1))
    adapter = lseg(team, path)
    changed = []

    def change(progress):
        if not changed:
            changed.append(CHANGES[said](path))

    with pytest.raises(FileChanged, match=said):
        adapter.create_cache_file(path, change)
    assert listing(team) == before


def test_a_file_that_is_broken_because_it_is_being_written_is_told_as_changed(team, tmp_path, monkeypatch):
    path = write_lseg(tmp_path / "a.csv", rows())
    adapter = lseg(team, path)

    def parse(path):
        path.write_text("half of")
        raise EmptyFile(path=path)
        yield

    monkeypatch.setattr(adapter, "parse", parse)
    with pytest.raises(FileChanged):
        adapter.create_cache_file(path)
    assert listing(team) == {}


def test_a_cache_whose_raw_file_changed_says_so_and_one_whose_raw_file_is_gone_opens(team, tmp_path):
    path = write_lseg(tmp_path / "a.csv", rows())
    cached(team, path)
    write_lseg(path, rows(3))
    with pytest.warns(StaleCacheWarning, match=r"a\.csv changed after caching: run litlab cache"):
        assert len(lseg(team, path)) == 50
    gone = lseg(team, path)
    path.unlink()
    assert len(gone) == 50


# --- order -------------------------------------------------------------------------------------------


def exchange_row(received, event, price):
    return lseg_row(time=f"2013-10-07T14:00:0{received}Z", price=price).rpartition(",")[0] + f",{event}"


def test_event_order_sorts_stably_by_event_time_and_keeps_who_came_late(team, tmp_path):
    made = [("1", "14:00:00.5", 1), ("2", "14:00:00.9", 2), ("3", "14:00:00.7", 3), ("4", "14:00:00.7", 4),
            ("5", "", 5), ("6", "14:00:04.999", 6)]  # fmt: skip
    path = write_lseg(tmp_path / "a.csv", [exchange_row(*one) for one in made])
    assert cached(team, path).window(0, 6, ["price"])["price"].tolist() == [1, 2, 3, 4, 5, 6]
    adapter = cached(team, path, order="event")
    assert adapter.window(0, 6, ["price"])["price"].tolist() == [1, 3, 4, 2, 6, 5]
    assert adapter.store.column("flags", 0, 6).tolist() == [0, 1, 1, 0, 1, 0]
    first = ns("2013-10-07 10:00:00")
    assert ((adapter.store.times(0, 6) - first) / 1e9).tolist() == [0.5, 0.7, 0.7, 0.9, 4.999, 5]
    assert adapter[1]["Date-Time"] == "2013-10-07T14:00:03.000000000Z"
    assert [adapter[at]["Exch Time"] for at in (4, 5)] == ["14:00:04.999000000", None]
    manifest = adapter.store.files[0].manifest
    assert (manifest["uses_hindsight"], manifest["hindsight"]) == (True, ["event order"])


def test_event_order_judges_sessions_by_event_time(team, tmp_path):
    early = lseg_row(time="2013-10-07T13:30:00.001Z").rpartition(",")[0] + ",13:29:59.999"
    path = write_lseg(tmp_path / "a.csv", [early])
    assert cached(team, path).store.column("session", 0, 1).tolist() == [0]
    assert cached(team, path, order="event").store.column("session", 0, 1).tolist() == [1]


def test_event_times_of_another_zone_are_refused(team, tmp_path):
    path = write_lseg(tmp_path / "a.csv", rows())  # 10:00 beside 14:00 UTC
    with pytest.raises(ValueError, match=r"Exch Time lies 4\.0 h behind .* another zone than UTC"):
        cached(team, path, order="event")


def test_databento_and_taq_have_event_times(team, tmp_path):
    path = tmp_path / "d.csv"
    lines = ["ts_recv,ts_event,price,size", "1000000003,1000000002,1.5,1", "1000000004,1000000001,2.5,1"]
    path.write_text("\n".join(lines))
    for chosen, prices in (("received", [1.5, 2.5]), ("event", [2.5, 1.5])):
        adapter = load_adapter(team, "databento", {"paths": [str(path)], "order": chosen})
        cache_files(adapter)
        assert adapter.window(0, 2, ["price"])["price"].tolist() == prices
    path = tmp_path / "EQY_US_ALL_TRADE_20131007"
    head = "Time|Symbol|Trade Volume|Trade Price|Participant Timestamp"
    body = ["093000000000300|BAC|1|1.5|093000000000200", "093000000000400|BAC|1|2.5|093000000000100"]
    path.write_text("\n".join([head, *body, "END|20131007|2||\n"]))
    adapter = load_adapter(team, "taq", {"paths": [str(path)], "order": "event"})
    cache_files(adapter)
    assert adapter.window(0, 2, ["price"])["price"].tolist() == [2.5, 1.5]
    assert (adapter.store.times(0, 2) - ns("2013-10-07 09:30:00")).tolist() == [100, 200]


def test_event_order_is_refused_where_there_is_no_event_time(team, tmp_path):
    path = write_ticks(tmp_path / "a.csv", minutes("2013-10-07", 3))
    with pytest.raises(ValueError, match="the format csv has no event time beside its clock"):
        load_adapter(team, "csv", {"paths": [str(path)], "order": "event"})
    with pytest.raises(LookupError, match="Did you mean 'event'"):
        load_adapter(team, "csv", {"paths": [str(path)], "order": "events"})
    bare = tmp_path / "b.csv"
    bare.write_text("Date-Time,Price,Volume\n2013-10-07T14:00:00Z,13.5,100\n")
    with pytest.raises(ValueError, match="the column 'Exch Time' is missing"):
        cached(team, bare, order="event")


@settings(max_examples=60, deadline=None)
@given(times=st.lists(st.integers(0, 12), min_size=1, max_size=60), bucket=st.integers(1, 70))
def test_places_are_those_of_a_stable_sort_whatever_the_buckets(times, bucket):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(order, "_BUCKET", bucket)
        patched.setattr(order, "_BLOCK", 8)
        found = np.concatenate(list(sorted_places(np.array(times)))).tolist()
    assert found == sorted(range(len(times)), key=times.__getitem__)


def test_sorting_moves_every_column_and_its_nulls_alike(tmp_path, monkeypatch):
    monkeypatch.setattr(order, "_BUCKET", 7)
    monkeypatch.setattr(order, "_BLOCK", 16)
    draw = random.Random(3)
    times = [draw.randrange(20) for _ in range(100)]
    missing = [draw.random() < 0.3 for _ in times]
    np.save(tmp_path / "t.npy", np.array(times))
    np.save(tmp_path / "v.npy", np.arange(100.0))
    np.save(tmp_path / "v.nulls.npy", np.packbits(missing, bitorder="little"))
    sort_by_time(tmp_path, {"timestamp": {"file": "t.npy"}, "v": {"file": "v.npy", "nulls": "v.nulls.npy"}})
    wanted = sorted(range(100), key=times.__getitem__)
    assert np.load(tmp_path / "t.npy").tolist() == sorted(times)
    assert np.load(tmp_path / "v.npy").tolist() == wanted
    bits = np.unpackbits(np.load(tmp_path / "v.nulls.npy"), bitorder="little", count=100)
    assert bits.tolist() == [missing[at] for at in wanted]
    assert len(list(tmp_path.iterdir())) == 3


def test_a_row_too_late_is_refused_by_name_and_by_how_much(team, tmp_path):
    first = ns("2013-10-07 10:00:00")
    ticks = [Tick(first + second * 10**9, 1.0) for second in (0, 5000, 1401, 1399)]
    path = write_ticks(tmp_path / "a.csv", ticks)
    adapter = load_adapter(team, "csv", {"paths": [str(path)], **PARAMETERS})
    said = (
        r"a\.csv, tick 4: its time 2013-10-07T14:23:19.* lies 3,601\.000 s behind .*15:23:20.*max_disorder_s"
    )
    with pytest.raises(TooMuchDisorder, match=said):
        cache_files(adapter)
    assert listing(team) == {}
    wider = load_adapter(team, "csv", {"paths": [str(path)], **PARAMETERS, "max_disorder_s": 3601})
    cache_files(wider)
    manifest = wider.store.files[0].manifest
    assert (len(wider), manifest["late"], manifest["disorder_ns"]) == (4, 2, 3601 * 10**9)


# --- quarantine --------------------------------------------------------------------------------------


def quarantined(adapter):
    one = adapter.store.files[0]
    about = one.manifest["quarantine"]
    with (one.path / about["file"]).open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        return about, list(csv.DictReader(file))


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_rejected_rows_are_kept_as_they_stand_with_their_line_and_reason(team, tmp_path, name):
    bad = [lseg_row(price="0"), lseg_row(price="thirteen"), lseg_row(price="1").replace("NYS", "\xff")]
    texts = [bad[0].encode(), bad[1].encode(), b'"' + bad[2].encode("latin-1")]
    good = [row.encode() for row in rows(4)]
    lines = [good[0], texts[0], good[1], good[2], texts[1], good[3], texts[2]]
    adapter = cached(team, write_lseg(tmp_path / name, b"\n".join(lines) + b"\n"), max_rejected=1.0)
    about, found = quarantined(adapter)
    assert [int(one["line"]) for one in found] == [3, 6, 8]
    assert [one["text"].encode("utf-8", "surrogateescape") for one in found] == texts
    assert all(one["reason"] for one in found)
    assert about == {"file": about["file"], "rows": 3, "complete": True}
    assert about["file"] in adapter.store.files[0].manifest["files"]


def test_a_file_without_rejects_has_no_quarantine(team, tmp_path):
    one = cached(team, write_lseg(tmp_path / "a.csv", rows())).store.files[0]
    assert one.manifest["quarantine"] is None
    assert not list(one.path.glob("quarantine*"))


def test_a_quarantine_is_bounded_and_says_that_it_is_not_all(tmp_path, monkeypatch):
    account = RowAccount(texts=lambda lines: dict.fromkeys(lines, b"x" * 40))
    account.reject(range(QUARANTINED + 5), "no number")
    about = quarantine.write_quarantine(tmp_path, account)
    assert (about["rows"], about["complete"]) == (QUARANTINED, False)
    assert account.rejected == QUARANTINED + 5
    small = RowAccount(texts=account.texts)
    small.reject(range(5), "no number")
    monkeypatch.setattr(quarantine, "LIMIT_CHARACTERS", 10)
    about = quarantine.write_quarantine(tmp_path, small)
    assert (about["rows"], about["complete"]) == (5, False)
    monkeypatch.setattr(quarantine, "LIMIT_BYTES", 20)
    assert quarantine.write_quarantine(tmp_path, small)["rows"] < 5


def test_rows_of_parquet_have_no_text_but_a_number_and_a_reason(team, tmp_path):
    times = pa.array([1, 2, 3], pa.timestamp("ns", "UTC"))
    table = pa.table({"time": times, "price": [1.0, float("nan"), 2.0], "volume": [1, 1, 1]})
    pq.write_table(table, tmp_path / "a.parquet")
    adapter = load_adapter(team, "parquet", {"paths": [str(tmp_path / "a.parquet")], "max_rejected": 1.0})
    cache_files(adapter)
    (only,) = quarantined(adapter)[1]
    assert (only["line"], only["text"]) == ("2", "")
    assert "price" in only["reason"]


def test_a_file_with_too_many_rejects_leaves_nothing(team, tmp_path):
    path = write_lseg(tmp_path / "a.csv", [*rows(5), lseg_row(price="x")])
    with pytest.raises(TooManyRejects):
        cached(team, path)
    assert listing(team) == {}


def test_every_file_of_a_version_has_its_digest_in_the_manifest(team, tmp_path):
    path = write_lseg(tmp_path / "a.csv", [*rows(), lseg_row(price="x")])
    folder = lseg(team, path, max_rejected=1.0).create_cache_file(path)
    files = json.loads((folder / "manifest.json").read_text())["files"]
    assert {one.name for one in folder.iterdir()} == {*files, "manifest.json"}
    assert all(version.file_digest(folder / name) == digest for name, digest in files.items())


# --- one file for equal columns ------------------------------------------------------------------------


def test_a_vendors_time_that_is_the_clock_too_lies_on_disk_once(team, tmp_path):
    adapter = cached(team, write_lseg(tmp_path / "a.csv", rows()))
    one = adapter.store.files[0]
    assert one.manifest["columns"]["Date-Time"] == {"file": "timestamp.npy", "dtype": "<i8", "kind": "time"}
    named = {about["file"] for about in one.manifest["columns"].values()}
    assert (
        named <= set(one.manifest["files"]) == {path.name for path in one.path.iterdir()} - {"manifest.json"}
    )
    found = adapter.store.window(0, 3, ["Date-Time", "timestamp"])
    assert found["Date-Time"].tolist() == found["timestamp"].tolist()
    assert adapter[0]["Date-Time"].startswith("20")


def test_a_time_that_came_late_keeps_a_file_of_its_own(team, tmp_path):
    early, late = "2013-10-07T14:00:01.000000000Z", "2013-10-07T14:00:00.500000000Z"
    adapter = cached(team, write_lseg(tmp_path / "a.csv", [lseg_row(time=early), lseg_row(time=late)]))
    assert adapter.store.files[0].about("Date-Time")["file"] != "timestamp.npy"
    assert [adapter[at]["Date-Time"][:21] for at in (0, 1)] == [early[:21], late[:21]]


def test_a_version_that_holds_equal_columns_twice_is_renewed_with_one(team, tmp_path, monkeypatch):
    path = write_lseg(tmp_path / "a.csv", rows())
    monkeypatch.setattr(version, "_shared", lambda draft, columns, files: columns)
    before = cached(team, path)
    digest, columns = before.store.files[0].digest, columns_of(before)
    assert before.store.files[0].about("Date-Time")["file"] != "timestamp.npy"
    monkeypatch.undo()
    lseg(team, path).create_cache_file(path)
    assert columns_of(before) == columns  # the files it knows of are there still
    assert lseg(team, path).store.column("Date-Time", 0, 50).tolist() == columns["Date-Time"]
    lseg(team, path).create_cache_file(path)
    after = lseg(team, path).store.files[0]
    assert (after.digest, columns_of(lseg(team, path))) == (digest, columns)
    assert {one.name for one in after.path.iterdir()} == {*after.manifest["files"], "manifest.json"}
    assert check_cache(list_caches(team.folder("cache"))[0]) == []


# --- a changed manifest --------------------------------------------------------------------------------


def test_a_manifest_that_was_changed_is_noticed(team, tmp_path):
    folder = lseg(team, write_lseg(tmp_path / "a.csv", rows())).create_cache_file(tmp_path / "a.csv")

    def damage(**changed):
        (folder / "manifest.json").write_text(json.dumps({**manifest, **changed}))
        return [one.reason for one in check_cache(list_caches(team.folder("cache"))[0])]

    manifest = json.loads((folder / "manifest.json").read_text())
    assert damage() == []
    assert damage(account={**manifest["account"], "rejected": 3}) != []
    assert damage(manifest_digest="0" * 32) != []
    manifest = {name: value for name, value in manifest.items() if name != "manifest_digest"}
    assert damage(kept="since") == []  # written before manifests had one
