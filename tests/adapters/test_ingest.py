"""From raw files to caches: every row is accounted for, a bad file leaves nothing behind, nulls stay null."""

import gzip
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tapes import LSEG_HEADER, lseg_row, new_team, ns, write_lseg

from litlab.adapters import cache_files, load_adapter, reading
from litlab.adapters.eligibility import ConditionTable
from litlab.errors import (
    BadParameter,
    BrokenArchive,
    LitlabError,
    MissingColumn,
    MissingFile,
    NaiveTime,
    SeveralInstruments,
    StaleCacheWarning,
    TooManyRejects,
    UnknownName,
)
from litlab.ticks.columns import ALL_OK, OK_VOLUME


@pytest.fixture
def team(tmp_path):
    return new_team(tmp_path / "w")


def lseg(team, path, **parameters):
    adapter = load_adapter(team, "lseg", {"paths": [str(path)], **parameters})
    cache_files(adapter, workers=1)
    return adapter


def plain(team, path, text, **parameters):
    path.write_text(text)
    adapter = load_adapter(team, "csv", {"paths": [str(path)], **parameters})
    cache_files(adapter, workers=1)
    return adapter


def account(adapter):
    return adapter.store.files[0].manifest["account"]


def caches(team):
    """Return what lies in the cache folder, lock files aside."""
    return sorted(
        path.name for path in team.folder("cache").rglob("*") if path.is_file() and path.name != ".lock"
    )


def test_lines_keep_their_numbers_over_blocks_that_are_plain_and_blocks_that_are_not(
    team, tmp_path, monkeypatch
):
    monkeypatch.setattr(reading, "_BLOCK", 2000)
    monkeypatch.setattr(reading, "_PIECE", 500)
    rows = [lseg_row(volume=str(at + 1)) for at in range(900)]
    bad = [5, 300, 301, 302, 600, 899]
    for at in bad:
        rows[at] = lseg_row(price="x")
    rows[450] = ""
    path = write_lseg(tmp_path / "a.csv.gz", rows)
    adapter = lseg(team, path, max_rejected=0.1)
    found = account(adapter)
    assert [one["line"] for one in found["rejects"]] == [at + 2 for at in bad]
    assert (found["rows_in"], found["blank"], len(adapter)) == (899, 1, 893)
    kept = [at + 1 for at in range(900) if at not in (*bad, 450)]
    assert adapter.window(0, len(kept), ["volume"])["volume"].tolist() == kept
    adapter.create_cache_file(path)
    assert adapter.account.bytes_read == path.stat().st_size


def test_above_one_in_a_thousand_the_file_is_refused_with_the_first_line(team, tmp_path):
    rows = [lseg_row()] * 1999
    path = write_lseg(
        tmp_path / "a.csv", [*rows[:900], lseg_row(price="0"), *rows[900:], lseg_row(price="x")]
    )
    assert account(lseg(team, path))["rejected"] == 2
    path = write_lseg(
        tmp_path / "b.csv", [*rows[:900], lseg_row(price="0"), *rows[902:], lseg_row(price="x")]
    )
    with pytest.raises(
        TooManyRejects, match=r"b\.csv, line 902: .*no finite positive number; 2 of the 1,999"
    ) as caught:
        lseg(team, path)
    assert "max_rejected" in str(caught.value)


def broken_gzip(path):
    body = b"".join(
        f"{lseg_row(price=f'13.{at % 97:02d}', volume=str(at + 1))}\n".encode() for at in range(20_000)
    )
    data = gzip.compress(LSEG_HEADER.encode() + b"\n" + body)
    path.write_bytes(data[: len(data) // 2])
    return path


def test_a_truncated_gzip_names_a_line_before_the_break(team, tmp_path):
    path = broken_gzip(tmp_path / "a.csv.gz")
    with pytest.raises(BrokenArchive) as caught:
        lseg(team, path)
    assert 5_000 < caught.value.fields["line"] < 15_000
    assert caches(team) == []


def test_a_missing_file_is_named(team):
    with pytest.raises(MissingFile, match=r"There is no file /nowhere/\*\.csv"):
        lseg(team, "/nowhere/*.csv")


def test_a_failed_cache_leaves_the_old_one_as_it_was(team, tmp_path):
    path = write_lseg(tmp_path / "a.csv.gz", [lseg_row(price="13.5")] * 5)
    adapter = lseg(team, path)
    before = caches(team)
    broken_gzip(path)
    with pytest.raises(BrokenArchive):
        adapter.create_cache_file(path)
    assert caches(team) == before
    again = load_adapter(team, "lseg", {"paths": [str(path)]})
    assert not again.is_cached(path)
    with pytest.warns(StaleCacheWarning, match=r"a\.csv\.gz changed after caching"):
        assert (len(again), again[4]["Price"]) == (5, 13.5)


def test_a_touched_file_is_cached_again_with_the_same_digest(team, tmp_path):
    path = write_lseg(tmp_path / "a.csv", [lseg_row()] * 3)
    adapter = lseg(team, path)
    version = adapter.store.files[0].path
    path.touch()
    assert not adapter.is_cached(path)
    assert adapter.create_cache_file(path) == version
    assert adapter.is_cached(path)


def test_zip_and_gzip_and_plain_are_one(team, tmp_path):
    rows = [lseg_row(price=f"13.{at:02d}") for at in range(50)]
    path = write_lseg(tmp_path / "a.csv", rows)
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("inner.csv", path.read_bytes())
    stores = [
        lseg(team, one).store for one in (path, write_lseg(tmp_path / "c.csv.gz", rows), tmp_path / "b.zip")
    ]
    assert len({store.digests for store in stores}) == 1


# --- rows --------------------------------------------------------------------------------------------


def test_late_rows_keep_their_place_and_are_flagged(team, tmp_path):
    times = ["14:00:00.5", "14:00:02", "14:00:01", "14:00:02", "14:00:03"]
    adapter = lseg(
        team, write_lseg(tmp_path / "a.csv", [lseg_row(time=f"2013-10-07T{one}Z") for one in times])
    )
    store = adapter.store
    clock = store.times(0, 5)
    assert (np.diff(clock) >= 0).all()
    assert (clock - clock[0]).tolist() == [0, 1_500_000_000, 1_500_000_000, 1_500_000_000, 2_500_000_000]
    assert store.column("flags", 0, 5).tolist() == [0, 0, 1, 0, 0]
    assert store.files[0].manifest["late"] == 1
    assert adapter[2]["Date-Time"] == "2013-10-07T14:00:01.000000000Z"
    assert [store.index_at(int(clock[0]) + step) for step in (-1, 0, 1_500_000_000, 2_499_999_999)] == [
        -1,
        0,
        3,
        3,
    ]


def test_a_late_row_lies_in_the_session_it_arrived_in(team, tmp_path):
    times = ["19:59:59", "20:00:01", "19:59:58"]  # 16:00 in New York
    adapter = lseg(
        team, write_lseg(tmp_path / "a.csv", [lseg_row(time=f"2013-10-07T{one}Z") for one in times])
    )
    assert adapter.store.column("session", 0, 3).tolist() == [0, 2, 2]


def test_corrections_are_no_trades_and_what_they_cancel_stays(team, tmp_path):
    rows = [
        lseg_row(price="13.1"),
        lseg_row(price="99"),
        lseg_row(kind="Correction", price="99"),
        lseg_row(price="13.2"),
    ]
    adapter = lseg(team, write_lseg(tmp_path / "a.csv", rows))
    assert adapter.window(0, 3, ["price"])["price"].tolist() == [13.1, 99.0, 13.2]
    assert account(adapter)["filtered"] == 1


def test_identical_rows_are_trades_of_their_own(team, tmp_path):
    assert len(lseg(team, write_lseg(tmp_path / "a.csv", [lseg_row()] * 777))) == 777


def test_null_stays_null_and_every_field_has_the_vendors_name(team, tmp_path):
    row = "BAC.N,,2013-10-07T14:00:00.000000001Z,-4,Trade,NYS,13.9,100,,,"
    path = write_lseg(tmp_path / "a.csv", [lseg_row(qualifiers='"ODD[IRGCOND];@  I[GV4_TEXT]"'), row])
    assert lseg(team, path)[1] == {
        "index": 1,
        "Price": 13.9,
        "Volume": 100,
        "timestamp": ns("2013-10-07 10:00:00.000000001"),
        "session": 0,
        "symbol": "BAC.N",
        "Domain": None,
        "Date-Time": "2013-10-07T14:00:00.000000001Z",
        "GMT Offset": "-4",
        "Type": "Trade",
        "Ex/Cntrb.ID": "NYS",
        "Qualifiers": None,
        "Seq. No.": None,
        "Exch Time": None,
    }


def test_a_record_holds_what_the_file_holds(team, tmp_path):
    path = write_lseg(tmp_path / "a.csv", [lseg_row(qualifiers='"ODD[IRGCOND];@  I[GV4_TEXT]"')])
    record = lseg(team, path)[0]
    assert (record["Seq. No."], record["Exch Time"]) == (1, "10:00:00.000000000")
    assert record["Qualifiers"] == "ODD[IRGCOND];@  I[GV4_TEXT]"


def test_more_words_than_two_bytes_can_count(team, tmp_path):
    rows = [lseg_row(qualifiers=f"w{at}") for at in range(33_000)]
    adapter = lseg(team, write_lseg(tmp_path / "a.csv", rows))
    assert [adapter[at]["Qualifiers"] for at in (0, 32_766, 32_768, 32_999)] == [
        "w0",
        "w32766",
        "w32768",
        "w32999",
    ]
    assert np.flatnonzero(adapter.search("w32768", 0, 33_000)).tolist() == [32_768]


KINDS_OF_ROWS = [
    lseg_row(),
    lseg_row(price="13.5", qualifiers="ODD[IRGCOND]"),
    lseg_row(kind="Quote"),
    lseg_row(price="0"),
    lseg_row(time="2013-10-07T20:00:05Z", qualifiers='"@6  [GV4_TEXT]"'),
    lseg_row(time="2013-10-07T13:00:00Z"),
]


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.sampled_from(KINDS_OF_ROWS), min_size=1, max_size=30), data=st.data())
def test_the_first_raw_rows_parse_to_the_first_ticks(tmp_path_factory, rows, data):
    home = tmp_path_factory.mktemp("prefix")
    team = new_team(home / "w")
    kept = [row for row in rows if ",Quote," not in row and ",0," not in row]
    k = data.draw(st.integers(1, len(rows)))
    first = [row for row in rows[:k] if row in kept]
    if not first:
        return
    any_order = {"max_rejected": 1.0, "max_disorder_s": 86_400}
    whole = lseg(team, write_lseg(home / "a.csv", rows), **any_order)
    part = lseg(team, write_lseg(home / "b.csv", rows[:k]), **any_order)
    assert len(part) == len(first)
    assert [part[at] for at in range(len(part))] == [whole[at] for at in range(len(part))]
    for name in ("eligibility", "flags", "session", "timestamp"):
        assert (
            part.store.column(name, 0, len(part)).tolist() == whole.store.column(name, 0, len(part)).tolist()
        )


# --- eligibility -------------------------------------------------------------------------------------


def test_each_sale_condition_moves_what_the_rules_say():
    table = ConditionTable.load("us")
    for code in "QM":
        assert table.allows([code]) == (0, 0)
    for code in [*"IBWCNRHUV74PZL", "suspicious"]:
        assert table.allows([code]) == (OK_VOLUME, OK_VOLUME)
    for code in [*"@FO56X", "anything else"]:
        assert table.allows([code]) == (ALL_OK, ALL_OK)
    assert table.allows("T") == (OK_VOLUME, ALL_OK)
    assert table.allows("@FTI") == (OK_VOLUME, OK_VOLUME)
    assert table.allows("") == (ALL_OK, ALL_OK)
    assert [code for code in "@FIO56QMT" if table.is_auction([code])] == list("O56QM")


def test_unknown_codes_move_everything_and_are_counted(team, tmp_path):
    text = f"time,price,volume,c\n{ns('2013-10-07 10:00:00')},1,1,y\n{ns('2013-10-07 10:00:01')},1,1,yI\n"
    adapter = plain(team, tmp_path / "a.csv", text, time_unit="ns", conditions_column="c")
    assert adapter.store.column("eligibility", 0, 2).tolist() == [ALL_OK, OK_VOLUME]
    assert account(adapter)["unknown_codes"] == {"y": 2}


def test_every_print_counts_where_all_are_wanted(team, tmp_path):
    path = write_lseg(tmp_path / "a.csv", [lseg_row(qualifiers='"@M  [GV4_TEXT]"')])
    assert lseg(team, path).store.column("eligibility", 0, 1).tolist() == [0]
    assert lseg(team, path, eligibility="all").store.column("eligibility", 0, 1).tolist() == [ALL_OK]


# --- the csv adapter ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("unit", "factor"), [("s", 10**9), ("ms", 10**6), ("us", 1000), ("ns", 1)])
def test_times_in_units_since_1970(team, tmp_path, unit, factor):
    moment = ns("2013-10-07 10:00:00")
    adapter = plain(
        team, tmp_path / "a.csv", f"time,price,volume\n{moment // factor},1.5,2\n", time_unit=unit
    )
    assert adapter.store.times(0, 1).tolist() == [moment]


def test_naive_times_lie_in_the_zone_that_was_given(team, tmp_path):
    text = "when;px;qty;session\n2013-10-07 10:00:00.000000001;1.5;0.25;x\n"
    adapter = plain(
        team, tmp_path / "a.csv", text, zone="America/New_York", delimiter=";", time="when", price="px",
        volume="qty", fractional=True,
    )  # fmt: skip
    record = adapter[0]
    assert adapter.store.times(0, 1).tolist() == [ns("2013-10-07 10:00:00.000000001")]
    assert (record["px"], record["qty"], record["when"]) == (1.5, 0.25, "2013-10-07T14:00:00.000000001Z")
    assert (record["session"], record["vendor_session"]) == (0, "x")


@pytest.mark.parametrize(
    ("text", "parameters", "kind"),
    [
        ("time,price,volume\n2013-10-07 10:00:00,1,1\n", {}, NaiveTime),
        ("time,price\n2013-10-07T10:00:00Z,1\n", {}, MissingColumn),
        ("time,price,volume\n2013-10-07T10:00:00Z,1,1\n", {"conditions_column": "c"}, MissingColumn),
        ("time,price,volume\n5,1,1\n", {"time_unit": "min"}, UnknownName),
        ("time,price,volume\n5,1,1\n", {"zones": "UTC"}, UnknownName),
        ("time,price,volume\n1381154400000000000,1,1\n", {"time_unit": "s"}, LitlabError),
        ("time,price,volume\n2013-10-07T10:00:00Z,1,1\n", {"calendar": "XNYX"}, UnknownName),
    ],
)
def test_wrong_parameters_and_columns_are_one_clear_error(team, tmp_path, text, parameters, kind):
    with pytest.raises(kind):
        plain(team, tmp_path / "a.csv", text, **parameters)
    assert caches(team) == []


def test_no_files_is_a_clear_error(team):
    with pytest.raises(BadParameter, match="at least one file"):
        len(load_adapter(team, "csv", {}))


@pytest.mark.parametrize(
    "rows", ['5,1,1,a\n6,1,1,"b\n', '5,1,1,"a\n6,1,1,b\n', '5,1,1,a\n6,1,1,"b', '5,1,1,"a\n6,1,1,"b\n']
)
def test_a_quote_that_is_not_closed_in_the_last_column_is_a_rejected_row(team, tmp_path, rows):
    adapter = plain(team, tmp_path / "a.csv", f"time,price,volume,c\n{rows}7,1,1,c\n" if rows[-1] == "\n" else
                    f"time,price,volume,c\n7,1,1,c\n{rows}", time_unit="s", max_rejected=1.0)  # fmt: skip
    found = account(adapter)
    assert found["rejected"] == rows.count('"')
    assert found["kept"] == 3 - rows.count('"')
    assert all("\n" not in adapter[at]["c"] for at in range(len(adapter)))


def test_a_file_of_two_instruments_is_refused_with_both_names_unless_one_is_asked_for(team, tmp_path):
    path = write_lseg(tmp_path / "a.csv", [lseg_row(), lseg_row().replace("BAC.N", "SPY.P", 1)])
    with pytest.raises(SeveralInstruments, match=r"line 3: 'SPY\.P' follows 'BAC\.N'"):
        lseg(team, path)
    assert len(lseg(team, path, symbol="SPY.P")) == 1
