"""Parquet ticks: columns by parameters, types from the file."""

import datetime as dt
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tapes import new_team, ns

from litlab.adapters import cache_files, load_adapter
from litlab.adapters.parquet import ParquetAdapter
from litlab.errors import (
    BadParameter,
    BrokenArchive,
    EmptyFile,
    MissingColumn,
    NaiveTime,
    TooManyRejects,
    UnknownName,
    WrongLayout,
)
from litlab.testing import check_adapter
from litlab.ticks.columns import ALL_OK, OK_VOLUME, PRE, REGULAR

MOMENTS = [
    ns("2013-10-07 08:00:00"),
    ns("2013-10-07 09:30:00.000000001"),
    ns("2013-10-07 09:30:00.000000001"),
]


def table(**changes):
    columns = {
        "time": pa.array(MOMENTS, pa.timestamp("ns", "UTC")),
        "price": pa.array([13.93, 13.94, 13.94]),
        "volume": pa.array([100, 200, 200], pa.uint32()),
        "code": pa.array(["@", "I", None]).dictionary_encode(),
        **changes,
    }
    return pa.table(columns)


def parquet(home, rows, **parameters):
    path = home / "ticks.parquet"
    pq.write_table(rows, path)
    adapter = load_adapter(new_team(home / "w"), "parquet", {"paths": [str(path)], **parameters})
    cache_files(adapter, workers=1)
    return adapter


def test_rows_become_ticks(tmp_path):
    adapter = parquet(tmp_path, table(), calendar="XNYS", conditions_column="code")
    assert adapter.store.times(0, 3).tolist() == MOMENTS
    columns = adapter.window(0, 3, ["price", "volume", "session", "eligibility", "code"])
    assert columns["price"].tolist() == [13.93, 13.94, 13.94]
    assert columns["volume"].tolist() == [100, 200, 200]
    assert columns["session"].tolist() == [PRE, REGULAR, REGULAR]
    assert columns["eligibility"].tolist() == [ALL_OK, OK_VOLUME, ALL_OK]
    assert columns["code"].tolist() == ["@", "I", None]
    check_adapter(
        ParquetAdapter, tmp_path / "ticks.parquet", {"calendar": "XNYS", "conditions_column": "code"}
    ).raise_if_failed()


def test_names_units_and_zones_are_parameters(tmp_path):
    rows = pa.table(
        {"t": [one // 1000 for one in MOMENTS], "px": pa.array([1.5, 2, 3], pa.float32()), "v": [0.5, 1, 2]}
    )
    adapter = parquet(tmp_path, rows, time="t", price="px", volume="v", time_unit="us")
    assert adapter.store.times(0, 3).tolist() == [one // 1000 * 1000 for one in MOMENTS]
    assert (adapter[0]["px"], adapter[0]["v"]) == (1.5, 0.5)


def test_naive_times_lie_in_the_zone_that_was_given(tmp_path):
    rows = table(time=pa.array([dt.datetime(2013, 10, 7, 9, 30)] * 3, pa.timestamp("ms")))
    assert parquet(tmp_path, rows, zone="America/New_York").store.times(0, 1)[0] == ns("2013-10-07 09:30:00")


def test_a_zone_of_the_files_own_is_kept_to(tmp_path):
    rows = table(time=pa.array(MOMENTS, pa.timestamp("ns", "Asia/Tokyo")))
    assert parquet(tmp_path, rows).store.times(0, 3).tolist() == MOMENTS


def test_columns_of_other_types_are_kept(tmp_path):
    rows = table(
        flag=pa.array([True, None, False]),
        paid=pa.array([Decimal("1.25"), None, Decimal("2.5")]),
        day=pa.array([dt.date(2013, 10, 7)] * 3),
        took=pa.array([1, 2, None], pa.duration("us")),
        lot=pa.array([1, None, 3], pa.int16()),
        nothing=pa.nulls(3),
    )
    adapter = parquet(tmp_path, rows)
    first, second = adapter[0], adapter[1]
    assert [first[one] for one in ("flag", "paid", "took", "lot", "nothing")] == [1, 1.25, 1000, 1, None]
    assert first["day"] == "2013-10-07T00:00:00.000000000Z"
    assert [second[one] for one in ("flag", "paid", "lot")] == [None, None, None]


def test_a_row_that_cannot_be_used_is_told_by_its_number(tmp_path):
    rows = table(price=pa.array([13.93, None, float("nan")]))
    adapter = parquet(tmp_path, rows, max_rejected=0.9)
    account = adapter.store.files[0].manifest["account"]
    assert (account["rows_in"], account["kept"], account["rejected"]) == (3, 1, 2)
    assert [one["line"] for one in account["rejects"]] == [2, 3]


@pytest.mark.parametrize(
    ("rows", "parameters", "kind", "words"),
    [
        (table(), {"price": "px"}, MissingColumn, "'px' is missing; the file has time, price"),
        (table(time=pa.array(["a", "b", "c"])), {}, BadParameter, "holds string in that column, no times"),
        (table(time=pa.array([1, 2, 3])), {}, UnknownName, "no time unit called ''"),
        (table(time=pa.array([2**60] * 3)), {"time_unit": "s"}, BadParameter, "beyond the year 2262"),
        (table(time=pa.array([0] * 3, pa.timestamp("s"))), {}, NaiveTime, "1970-01-01 00:00:00' has no zone"),
        (
            table(price=pa.array(["1", "x", "2"])),
            {},
            BadParameter,
            "'price' is not possible: .* holds string",
        ),
        (table(extra=pa.array([[1], [2], [3]])), {}, WrongLayout, "extra: list"),
        (
            table(price=pa.array([0.0, 1, 1])),
            {},
            TooManyRejects,
            "line 1: price is no finite positive number",
        ),
        (table().slice(0, 0), {}, EmptyFile, "no data rows"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, rows, parameters, kind, words):
    with pytest.raises(kind, match=words):
        parquet(tmp_path, rows, **parameters)


def test_a_file_that_is_no_parquet_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 and no more PAR1")
    adapter = load_adapter(new_team(tmp_path / "w"), "parquet", {"paths": [str(path)]})
    with pytest.raises(BrokenArchive, match=r"a\.parquet is broken"):
        adapter.create_cache_file(path)


def test_pandas_writes_what_it_reads(tmp_path):
    frame = pd.DataFrame(
        {"time": pd.to_datetime(MOMENTS, utc=True), "price": [1.0, 2, 3], "volume": [1, 2, 3]}
    )
    frame.to_parquet(tmp_path / "ticks.parquet")
    assert parquet(tmp_path, pq.read_table(tmp_path / "ticks.parquet")).store.times(0, 3).tolist() == MOMENTS
