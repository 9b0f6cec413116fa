"""Delimited text by parameters: dates beside times of day, files without a header."""

import pyarrow as pa
import pytest

from litlab.adapters.csv import CsvAdapter
from litlab.errors import MissingColumn, NaiveTime, UnknownName

NEW_YORK = {"zone": "America/New_York", "date": "day"}


def read(path, text, **parameters):
    path.write_text(text)
    adapter = CsvAdapter({"max_rejected": 1.0, **parameters}, path.parent / "cache")
    ticks = pa.Table.from_batches(list(adapter.parse(path)))
    return ticks["timestamp"].cast(pa.int64()).to_pylist(), adapter.account


@pytest.mark.parametrize(
    ("day", "form"), [("2013-10-07", "%Y-%m-%d"), ("07.10.13", "%d.%m.%y"), ("20131007", "%Y%m%d")]
)
def test_a_date_and_a_time_of_day_make_a_time(tmp_path, day, form):
    text = f"day,time,price,volume\n{day},10:00:00.000000001,13.9,100\n{day},10:00:01,13.9,100\n"
    times, _ = read(tmp_path / "a.csv", text, date_format=form, **NEW_YORK)
    assert times == [1_381_154_400 * 10**9 + 1, 1_381_154_401 * 10**9]


def test_a_row_without_a_date_or_a_time_of_day_is_rejected(tmp_path):
    rows = ["2013-10-07,10:00:00", "2013-10-07,24:00:00", "7 Oct,10:00:00", ",10:00:00", "2013-10-07,"]
    text = "day,time,price,volume\n" + "".join(f"{one},13.9,100\n" for one in rows)
    times, account = read(tmp_path / "a.csv", text, **NEW_YORK)
    assert times == [1_381_154_400 * 10**9]
    assert sorted(one["line"] for one in account.rejects) == [3, 4, 5, 6]


def test_a_date_and_time_of_day_need_a_zone(tmp_path):
    with pytest.raises(NaiveTime, match="line 2: the time '10:00:00'"):
        read(tmp_path / "a.csv", "day,time,price,volume\n2013-10-07,10:00:00,1,1\n", date="day")


def test_a_file_without_a_header_is_read_by_the_names_given(tmp_path):
    columns = ["time", "price", "volume"]
    times, account = read(tmp_path / "a.csv", "5,1.5,2\n6,1.5,2\n", columns=columns, time_unit="s")
    assert (times, account.rows_in) == ([5 * 10**9, 6 * 10**9], 2)
    again = read(tmp_path / "b.csv", "time,price,volume\n5,1.5,2\n", columns=columns, time_unit="s")
    assert (again[0], again[1].rows_in) == ([5 * 10**9], 1)
    with pytest.raises(MissingColumn, match="'volume' is missing"):
        read(tmp_path / "a.csv", "5,1.5,2\n", columns=columns[:2], time_unit="s")


def test_further_columns_are_text_unless_their_type_is_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("time,price,volume,number,share,code\n2024-01-02T15:00:00Z,1.5,2,7,0.5,08\n")
    types = {"number": "whole", "share": "decimal"}
    batch = next(CsvAdapter({"types": types}, tmp_path / "cache").parse(path))
    assert [batch.column(name).to_pylist() for name in ("number", "share", "code")] == [[7], [0.5], ["08"]]
    with pytest.raises(UnknownName, match="integer"):
        list(CsvAdapter({"types": {"number": "integer"}}, tmp_path / "cache").parse(path))
    with pytest.raises(MissingColumn, match="'nobody'"):
        list(CsvAdapter({"types": {"nobody": "whole"}}, tmp_path / "cache").parse(path))
