"""Every row of docs/bad-input.md: each bad input has one stated outcome, and a test that holds it."""

import gzip
import io
import json
import re
import zipfile
import zlib
from pathlib import Path

import pyarrow as pa
import pytest
from bombs import explode
from tapes import LSEG_HEADER, lseg_row

from litlab import errors
from litlab.adapters.csv import CsvAdapter
from litlab.adapters.inflating import _OTHERS as OTHERS
from litlab.adapters.inflating import MAX_LINE, Inflated
from litlab.adapters.loading import adapter_class
from litlab.adapters.lseg import LsegAdapter
from litlab.errors import BadParameter, ImpossibleTime, LitlabError, TooManyRejects, UnknownName
from litlab.plugins import named

ROOT = Path(__file__).parents[2]
HEADER = b"time,price,volume,note\n"
GOOD = b"2013-10-07T14:00:00Z,13.9,100,a\n"
TEXT = HEADER + GOOD * 6


def row(time="2013-10-07T14:00:00Z", price="13.9", volume="100", note="a"):
    return f"{time},{price},{volume},{note}\n".encode()


def read(path, kind=CsvAdapter, **parameters):
    """Return a file's ticks and the account of its rows."""
    adapter = kind({"max_rejected": 1.0, **parameters}, path.parent / "cache")
    batches = list(adapter.parse(path))
    return (pa.Table.from_batches(batches) if batches else pa.table({})), adapter.account


# --- rows: input -> (the line, where its outcome is not "rejected": how many rows it adds) -----------------

NO_PRICE, NO_SIZE = "price is no finite positive number", "volume is no positive number"
REJECTED = {
    "price NaN": (row(price="NaN"), NO_PRICE),
    "price infinite": (row(price="-inf"), NO_PRICE),
    "price 1e999": (row(price="1e999"), NO_PRICE),
    "price empty": (row(price=""), NO_PRICE),
    "price as text": (row(price="thirteen"), "thirteen"),
    "price 1,234.5": (row(price="1,234.5"), "Expected 4 columns, got 5"),
    'price "1,234.5" in quotes': (row(price='"1,234.5"'), "1,234.5"),
    "price hexadecimal": (row(price="0x1f"), "0x1f"),
    "price zero": (row(price="0"), NO_PRICE),
    "price negative": (row(price="-13.9"), NO_PRICE),
    "size zero": (row(volume="0"), NO_SIZE),
    "size negative": (row(volume="-1"), NO_SIZE),
    "size fractional": (row(volume="1.5"), "1.5"),
    "size hexadecimal": (row(volume="0x1f"), "'0x1f' is no decimal number"),
    "size beyond int64": (row(volume="9" * 20), "9" * 20),
    "size above 10^15": (row(volume="1000000000000001"), "volume is above 10^15"),
    "time empty": (row(time=""), "time is empty"),
    "time as text": (row(time="yesterday"), "yesterday"),
    "time outside the calendar": (row(time="2213-10-07T14:00:00Z"), "the calendar XNYS has no record"),
    "short row": (b"2013-10-07T14:00:00Z,13.9\n", "Expected 4 columns, got 2"),
    "long row": (row(note="a,b,c"), "Expected 4 columns, got 6"),
    "unclosed quote": (row(note='"a'), "quote is not closed"),
    "CR within a row": (row(note="a\rb"), ""),
    "non-UTF-8 bytes": (row(note="?").replace(b"?", b"\xff"), "UTF8"),
    "NUL byte": (row(note="a\0"), "NUL"),
    "header again in mid-file": (HEADER, "time"),
}


@pytest.mark.parametrize("name", REJECTED)
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_a_bad_row_is_rejected_with_its_line_and_reason_and_the_others_are_kept(tmp_path, name, suffix):
    line, reason = REJECTED[name]
    data = HEADER + GOOD * 3 + line + GOOD * 2
    path = tmp_path / f"a{suffix}"
    path.write_bytes(gzip.compress(data) if suffix.endswith("gz") else data)
    ticks, account = read(path, calendar="XNYS")
    assert (account.rows_in, account.rejected, account.filtered, ticks.num_rows) == (6, 1, 0, 5)
    assert account.rejects[0]["line"] == 5
    assert reason in account.rejects[0]["reason"]
    with pytest.raises(TooManyRejects, match="line 5"):
        read(path, calendar="XNYS", max_rejected=0.001)


def test_bad_rows_among_each_other_hide_none_and_spoil_no_neighbour(tmp_path):
    data, lines = HEADER, []
    for line, _ in REJECTED.values():
        data += GOOD + b"\n" + line
        lines.append(data.count(b"\n"))
    (tmp_path / "a.csv").write_bytes(data + GOOD[:-1])
    ticks, account = read(tmp_path / "a.csv", calendar="XNYS")
    assert [one["line"] for one in sorted(account.rejects, key=lambda one: one["line"])] == lines
    assert account.blank == len(lines)
    assert ticks.num_rows == len(lines) + 1
    assert set(ticks["note"].to_pylist()) == {"a"}


def test_sizes_up_to_the_limit_are_kept_whole_and_fractional(tmp_path):
    (tmp_path / "a.csv").write_bytes(HEADER + row(volume="1000000000000000") + row(volume="1e308"))
    for fractional, reason in ((False, "1e308"), (True, "above 10^15")):
        ticks, account = read(tmp_path / "a.csv", fractional=fractional)
        assert ticks["volume"].to_pylist() == [10**15]
        assert reason in account.rejects[0]["reason"]


@pytest.mark.parametrize("line", [GOOD[:-1] + b"\r" + GOOD, b"\r" + GOOD, b'"\r' + GOOD])
def test_a_line_of_two_rows_is_rejected_though_a_blank_one_makes_up_for_it(tmp_path, line):
    (tmp_path / "a.csv").write_bytes(HEADER + GOOD + line + b"\n" + GOOD)
    ticks, account = read(tmp_path / "a.csv")
    assert (ticks.num_rows, account.rows_in, account.blank) == (2, 3, 1)
    assert [one["line"] for one in account.rejects] == [3]


@pytest.mark.parametrize("time", ["2013-10", "9" * 20, "2013-10-07T14:02762^", "2013-10-07T14:00:00"])
@pytest.mark.parametrize(("zone", "others"), [("", GOOD), ("UTC", GOOD.replace(b"Z", b""))])
def test_a_spoilt_first_time_does_not_tell_the_zone_of_the_others(tmp_path, time, zone, others):
    spoilt = time if not zone else time.replace("14:00:00", "14:00:00Z")
    (tmp_path / "a.csv").write_bytes(HEADER + b"\n" + HEADER + row(time=spoilt) + others * 5)
    ticks, account = read(tmp_path / "a.csv", zone=zone)
    assert (ticks.num_rows, account.rejected, account.blank) == (5, 2, 1)


def test_quoted_cells_are_kept(tmp_path):
    (tmp_path / "a.csv").write_bytes(TEXT + row('"2013-10-07T14:00:01Z"', '"13.9"', "1", '"a,b ""c"""'))
    ticks, account = read(tmp_path / "a.csv")
    assert (account.rejected, ticks["note"].to_pylist()[-1]) == (0, 'a,b "c"')


def test_a_blank_line_is_no_row(tmp_path):
    (tmp_path / "a.csv").write_bytes(TEXT + b"\n  \n" + GOOD)
    ticks, account = read(tmp_path / "a.csv")
    assert (ticks.num_rows, account.rows_in, account.blank) == (7, 7, 2)


def test_rows_of_other_types_are_filtered_and_counted_by_type(tmp_path):
    kinds = ["Quote", "Trade", "Correction", "Mkt. Condition", "Quote", "Auction"]
    (tmp_path / "a.csv").write_text("\n".join([LSEG_HEADER, *(lseg_row(kind=one) for one in kinds)]))
    ticks, account = read(tmp_path / "a.csv", LsegAdapter)
    assert (ticks.num_rows, account.filtered, account.rejected) == (1, 5, 0)
    assert account.filtered_kinds == {"Quote": 2, "Correction": 1, "Mkt. Condition": 1, "Auction": 1}


def test_a_file_without_a_trade_is_empty(tmp_path):
    (tmp_path / "a.csv").write_text(f"{LSEG_HEADER}\n{lseg_row(kind='Quote')}\n")
    with pytest.raises(errors.EmptyFile, match="no data rows"):
        LsegAdapter({}, tmp_path / "cache").create_cache_file(tmp_path / "a.csv")


# --- files -------------------------------------------------------------------------------------------------


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]


def zipped(*texts, how=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for at, text in enumerate(texts):
            archive.writestr(f"{at}.csv", text)
    return out.getvalue()


def encrypted():
    data = bytearray(zipped(TEXT, how=zipfile.ZIP_STORED))
    for at in (6, data.index(b"PK\x01\x02") + 8):
        data[at] |= 1
    return bytes(data)


def lying_about_its_size():
    data = zipped(TEXT)
    size = len(TEXT).to_bytes(4, "little")
    return data.replace(size, (len(TEXT) - 40).to_bytes(4, "little"))


VARIED = HEADER + b"".join(row(price=f"13.{at * 7919 % 997:03d}", volume=str(at + 1)) for at in range(3000))
PACKED = gzip.compress(VARIED)
KEPT = {
    "CRLF line ends": ("a.csv", TEXT.replace(b"\n", b"\r\n"), 6),
    "CR-only line ends": ("a.csv", TEXT.replace(b"\n", b"\r"), 6),
    "BOM": ("a.csv", b"\xef\xbb\xbf" + TEXT, 6),
    "no line end at the end": ("a.csv", TEXT[:-1], 6),
    "one row": ("a.csv", HEADER + GOOD, 1),
    "header reordered": ("a.csv", b"note,volume,price,time\n" + b"a,100,13.9,2013-10-07T14:00:00Z\n" * 2, 2),
    "gzip of several members": ("a.csv.gz", gzip.compress(TEXT) + gzip.compress(GOOD * 2), 8),
    "gzip padded with zeros": ("a.csv.gz", gzip.compress(TEXT) + bytes(700), 6),
}
REFUSED = {
    "header missing": ("a.csv", GOOD * 6, "line 1: the column 'time' is missing"),
    "header with a name twice": ("a.csv", b"time,price,volume,price\n", "names the column 'price' twice"),
    "empty file": ("a.csv", b"", "holds no data rows"),
    "empty gzip file": ("a.csv.gz", b"", "holds no data rows"),
    "header only": ("a.csv", HEADER, "holds no data rows"),
    "header and blank lines": ("a.csv", HEADER + b"\n\n", "holds no data rows"),
    "gzip truncated": ("a.csv.gz", PACKED[: len(PACKED) // 2], r"in or after line [1-9]\d{3}: it ends early"),
    "packed under another name": ("a.csv", gzip.compress(TEXT), "is a gzip file under another name.*in .gz"),
    "text in UTF-16": ("a.csv", TEXT.decode().encode("utf-16"), "is text in UTF-16, no delimited text"),
    "gzip with a flipped bit": ("a.csv.gz", flipped(PACKED, len(PACKED) // 2), "is broken, in or after"),
    "gzip with a wrong CRC": ("a.csv.gz", flipped(PACKED, -8 + len(PACKED)), "CRC check failed"),
    "gzip with trailing garbage": ("a.csv.gz", PACKED + b"garbage!", "no part of it follow its end"),
    "gzip that is none": ("a.csv.gz", TEXT, "is broken, in or after line 1"),
    "zip that is none": ("a.zip", b"PK no archive", "is broken, in or after line 1"),
    "zip of two files": ("a.zip", zipped(TEXT, TEXT), "it holds 2 files; wanted one"),
    "zip with a lying size": ("a.zip", lying_about_its_size(), "is broken"),
    "zip encrypted": ("a.zip", encrypted(), "is broken.*encrypted"),
    "line over 1 MiB": ("a.csv", TEXT + row(note="x" * MAX_LINE) + GOOD, "line 8: it is longer than"),
    "local time that comes twice": (
        "a.csv", HEADER + row("2013-11-03 00:59:59") + row("2013-11-03 01:30:00"),
        "line 3: the local time 2013-11-03 01:30:00 comes twice in America/New_York",
    ),
    "time without a zone": ("a.csv", HEADER + row("2013-11-03 00:59:59"), "line 2: the time .* has no zone"),
}  # fmt: skip
SPECIAL = {
    "quoted cells": "test_quoted_cells_are_kept",
    "blank line": "test_a_blank_line_is_no_row",
    "no usable row": "test_a_file_without_a_usable_row_says_why_whatever_the_limit",
    "no trade among the rows": "test_a_file_without_a_trade_is_empty",
    "quote or correction rows": "test_rows_of_other_types_are_filtered_and_counted_by_type",
    "local time that is skipped": "test_a_skipped_local_time_is_rejected",
    "gzip bomb": "test_a_bomb_is_refused_in_bounded_memory",
    "zip bomb": "test_a_bomb_is_refused_in_bounded_memory",
    "row older than one before it": "test_late_rows_keep_their_place_and_are_flagged",
    "two instruments": "test_a_file_of_two_instruments_is_refused_with_both_names_unless_one_is_asked_for",
}
# Of the cache, which is written by other hands than these rows are read by: the test that holds each.
CACHE = {
    "rows far out of order": "test_a_row_too_far_behind_is_refused",
    "file that changes while it is read": "test_a_file_that_changes_while_it_is_read_is_refused",
    "no space left": "test_a_full_disk_is_told_at_whatever_byte_it_is_full",
    "kill -9": "test_a_cache_killed_at_any_call_is_old_or_new",
}


@pytest.mark.parametrize("name", KEPT)
def test_an_odd_file_is_read_whole(tmp_path, name):
    file, data, rows = KEPT[name]
    (tmp_path / file).write_bytes(data)
    ticks, account = read(tmp_path / file, max_rejected=0.0)
    assert (ticks.num_rows, account.rows_in) == (rows, rows)
    assert set(ticks["price"].to_pylist()) == {13.9}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_file_is_refused_and_leaves_nothing(tmp_path, name):
    file, data, words = REFUSED[name]
    (tmp_path / file).write_bytes(data)
    zone = {"zone": "America/New_York"} if "local" in name else {}
    adapter = CsvAdapter(zone, tmp_path / "cache")
    with pytest.raises(LitlabError, match=words) as caught:
        adapter.create_cache_file(tmp_path / file)
    assert f"refused: {type(caught.value).__name__}" == TABLE[name]
    assert str(tmp_path / file) in str(caught.value)
    assert caught.value.remedy
    left = [one for one in (tmp_path / "cache").rglob("*") if one.is_file() and one.name != ".lock"]
    assert left == []


def test_a_file_without_a_line_end_is_read_no_further_than_a_line(tmp_path):
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.write(b"x" * (MAX_LINE + 1))
        file.truncate(2 << 30)
    with pytest.raises(errors.LineTooLong, match="line 1"):
        read(path)


def test_a_row_too_far_behind_is_refused(tmp_path):
    (tmp_path / "a.csv").write_bytes(HEADER + row("2013-10-07T15:00:01Z") + GOOD)
    adapter = CsvAdapter({}, tmp_path / "cache")
    with pytest.raises(errors.TooMuchDisorder, match=r"a\.csv"):
        adapter.create_cache_file(tmp_path / "a.csv")
    CsvAdapter({"max_disorder_s": 4000}, tmp_path / "cache").create_cache_file(tmp_path / "a.csv")


# --- bombs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["gzip", "zip"])
def test_a_bomb_is_refused_in_bounded_memory(tmp_path, kind):
    free = 4 << 20  # the real limit and size: tests/soak/test_bombs.py
    name, rows, peak = explode(tmp_path, kind, pieces=3, free=free)
    assert name == "InflatesTooFar"
    assert peak < 500e6
    assert rows * len(GOOD) < free + (4 << 20) if kind == "gzip" else rows == 0


def test_what_real_ticks_inflate_to_is_no_bomb(tmp_path, monkeypatch):
    monkeypatch.setattr("litlab.adapters.inflating.FREE", 10_000)
    path = tmp_path / "a.csv.gz"
    path.write_bytes(PACKED)
    assert read(path)[0].num_rows == 3000
    with Inflated(path) as file:
        while file.read(1 << 18):
            pass
        assert (file.inflated, file.bytes_read) == (len(VARIED), len(PACKED))


# --- local times -------------------------------------------------------------------------------------------

FALL = HEADER + b"".join(
    row(f"2013-11-03 {clock}") for clock in ("00:59:59", "01:00:00", "01:59:59", "02:00:00")
)


@pytest.mark.parametrize(("rule", "hours"), [("earliest", [5, 5, 7]), ("latest", [6, 6, 7]), ("reject", [7])])
def test_a_local_time_that_comes_twice_follows_the_stated_rule(tmp_path, rule, hours):
    (tmp_path / "a.csv").write_bytes(FALL)
    ticks, account = read(tmp_path / "a.csv", zone="America/New_York", ambiguous=rule)
    found = [time.hour for time in ticks["timestamp"].cast(pa.timestamp("ns")).to_pylist()]
    assert found == [4, *hours]
    assert [one["line"] for one in account.rejects] == ([3, 4] if rule == "reject" else [])


@pytest.mark.parametrize("rule", ["raise", "earliest", "latest", "reject"])
def test_a_skipped_local_time_is_rejected(tmp_path, rule):
    times = ["2013-03-10 01:59:59", "2013-03-10 02:00:00", "2013-03-10 02:59:59", "2013-03-10 03:00:00"]
    (tmp_path / "a.csv").write_bytes(HEADER + b"".join(map(row, times)))
    ticks, account = read(tmp_path / "a.csv", zone="America/New_York", ambiguous=rule)
    assert ticks["timestamp"].cast(pa.int64()).to_numpy().tolist() == [1362898799 * 10**9, 1362898800 * 10**9]
    reason = "the clocks skip its time"
    assert account.rejects == [{"line": 3, "reason": reason}, {"line": 4, "reason": reason}]


def test_an_unknown_rule_or_zone_is_a_clear_error(tmp_path):
    (tmp_path / "a.csv").write_bytes(FALL)
    with pytest.raises(UnknownName, match="Did you mean 'latest'"):
        read(tmp_path / "a.csv", zone="America/New_York", ambiguous="last")
    with pytest.raises(BadParameter, match="Nowhere"):
        read(tmp_path / "a.csv", zone="Nowhere/X")


def test_the_first_time_that_comes_twice_is_named_with_its_line(tmp_path):
    (tmp_path / "a.csv").write_bytes(FALL)
    with pytest.raises(ImpossibleTime, match=r"line 3: the local time 2013-11-03 01:00:00"):
        read(tmp_path / "a.csv", zone="America/New_York")


def test_a_file_without_a_usable_row_says_why_whatever_the_limit(tmp_path):
    (tmp_path / "a.csv").write_bytes(HEADER + row(price="0") * 3)
    adapter = CsvAdapter({"max_rejected": 1}, tmp_path / "cache")
    with pytest.raises(errors.NoUsableRow, match="none of its 3 rows can be used; line 2: price"):
        adapter.create_cache_file(tmp_path / "a.csv")


@pytest.mark.parametrize("lines", [1, 600, 40_000])
def test_a_truncated_gzip_names_the_first_line_that_is_not_whole(tmp_path, lines):
    rows = b"".join(row(price=str(1 + at % 977), note=str(at * 7919 % 99991)) for at in range(lines))
    packed = gzip.compress(HEADER + rows)[: -8 - 60 * (lines > 1)]
    (tmp_path / "a.csv.gz").write_bytes(packed)
    out = zlib.decompressobj(31).decompress(packed).count(b"\n")
    with pytest.raises(errors.BrokenArchive, match=f"in or after line {out + 1}:"):
        read(tmp_path / "a.csv.gz")


@pytest.mark.parametrize("magic", [one for one, *_ in OTHERS])
def test_what_is_no_text_is_named(tmp_path, magic):
    (tmp_path / "a.dat").write_bytes(magic + bytes(range(256)))
    with pytest.raises(errors.NotText, match=r"a\.dat is "):
        read(tmp_path / "a.dat")


# --- parameters --------------------------------------------------------------------------------------------

WRONG = [
    ({"max_rejected": "x"}, "it must be a number, 0 to 1"),
    ({"max_rejected": -1}, "it must be a number, 0 to 1"),
    ({"max_rejected": True}, "it must be a number, 0 to 1"),
    ({"max_rejected": float("nan")}, "it must be a number"),
    ({"max_disorder_s": "a"}, "it must be a number, from 0"),
    ({"delimiter": ""}, "one character"),
    ({"delimiter": ";;"}, "did you mean ';'"),
    ({"eligibility": "zz"}, "no value of eligibility called 'zz'"),
    ({"eligibility": "tabel"}, "Did you mean 'table'"),
    ({"tick_size": 0}, "above 0"),
    ({"tick_size": "a"}, "it must be a number"),
    ({"zone": "America/NewYork"}, "did you mean 'America/New_York'"),
    ({"zone": 5}, "it must be a text"),
    ({"fractional": "yes"}, "true or false"),
    ({"columns": "time"}, "a list of texts"),
    ({"types": ["a"]}, "an object"),
    ({"date_format": "day"}, "%d/%m/%Y"),
    ({"order": "recieved"}, "Did you mean 'received'"),
    ({"delimeter": ";"}, "Did you mean 'delimiter'"),
    ({"paths": "a.csv"}, "it must be a list"),
]


@pytest.mark.parametrize(("given", "told"), WRONG)
def test_an_impossible_parameter_is_told_before_any_file_is_opened(tmp_path, given, told):
    with pytest.raises((BadParameter, UnknownName), match=re.escape(told)):
        CsvAdapter(given, tmp_path)


def test_every_adapter_takes_its_own_defaults(tmp_path):
    for name in named("adapters"):
        kind = adapter_class(None, name)
        assert kind(json.loads(json.dumps(kind.PARAMETERS)), tmp_path).parameters == kind.PARAMETERS


# --- the table ---------------------------------------------------------------------------------------------


def table():
    """Return what docs/bad-input.md says each input gets."""
    lines = (ROOT / "docs" / "bad-input.md").read_text().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return {name: gets for name, gets, _ in cells if name != "input" and set(name) != {"-"}}


TABLE = table()


def test_every_row_of_the_table_has_its_tests_and_every_test_its_row():
    assert set(TABLE) == {*REJECTED, *KEPT, *REFUSED, *SPECIAL, *CACHE}
    assert {name for name, gets in TABLE.items() if gets == "rejected"} == {
        *REJECTED,
        "local time that is skipped",
    }
    tests = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    for test in {*SPECIAL.values(), *CACHE.values()}:
        assert len(re.findall(rf"^def {test}\(", tests, re.M)) == 1, test


def test_every_error_of_the_table_exists():
    for name, gets in TABLE.items():
        if gets.startswith("refused: "):
            assert issubclass(getattr(errors, gets.removeprefix("refused: ")), LitlabError), name
