"""Frames: a stretch of a store in pandas, polars, DuckDB and Arrow, nothing lost and nothing rounded."""

import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from tapes import Tick, new_team, ns, stored, tape

from litlab.adapters import from_arrow
from litlab.errors import MissingExtra, UnknownName

MOMENT = ns("2013-10-07 09:30:00") + 1
BIG = 2**62 + 1
COLUMNS = ["timestamp", "price", "count", "when", "clock", "code"]


@pytest.fixture
def store(tmp_path):
    """Two files: the second has other words and no column ``when``."""
    first = {
        "timestamp": [MOMENT, MOMENT + 1, MOMENT + 2],
        "price": [1.5, 2.5, 3.5],
        "volume": [1, 2, 3],
        "count": pa.array([BIG, None, 3], pa.int64()),
        "when": pa.array([MOMENT, None, MOMENT + 7], pa.timestamp("ns", "UTC")),
        "clock": pa.array([1, None, 3], pa.time64("ns")),
        "code": ["a", None, "b"],
    }
    second = {
        "timestamp": [MOMENT + 10, MOMENT + 11],
        "price": [4.5, 5.5],
        "volume": [4, 5],
        "count": pa.array([4, 5], pa.int64()),
        "clock": pa.array([4, 5], pa.time64("ns")),
        "code": ["b", "c"],
    }
    return stored(tmp_path, first, second)


EXPECTED = {
    "timestamp": [MOMENT, MOMENT + 1, MOMENT + 2, MOMENT + 10, MOMENT + 11],
    "price": [1.5, 2.5, 3.5, 4.5, 5.5],
    "count": [BIG, None, 3, 4, 5],
    "when": [MOMENT, None, MOMENT + 7, None, None],
    "clock": [1, None, 3, 4, 5],
    "code": ["a", None, "b", "b", "c"],
}
TYPES = [
    pa.timestamp("ns", "UTC"), pa.float64(), pa.int64(), pa.timestamp("ns", "UTC"), pa.time64("ns"),
    pa.dictionary(pa.int32(), pa.string()),
]  # fmt: skip


def plain(table):
    """Return an Arrow table as lists, times as int64."""
    columns = {}
    for name in table.schema.names:
        column = table.column(name).combine_chunks()
        timed = pa.types.is_timestamp(column.type) or pa.types.is_time(column.type)
        columns[name] = (column.cast(pa.int64()) if timed else column).to_pylist()
    return columns


def test_a_frame_holds_every_value_with_its_unit_and_nulls_are_nulls(store):
    table = store.frame(columns=COLUMNS).to_arrow()
    assert table.schema.types == TYPES
    assert plain(table) == EXPECTED
    part = store.frame(1, 4, ["code", "count"])
    assert (len(part), repr(part)) == (3, "TickFrame([1, 4) of 5 ticks, ['code', 'count'])")
    assert plain(part.to_arrow()) == {name: EXPECTED[name][1:4] for name in ("code", "count")}
    assert plain(store.frame(2, 2, COLUMNS).to_arrow()) == {name: [] for name in COLUMNS}
    assert store.frame().schema.names == list(store.stored_names)


def test_batches_are_read_one_by_one_and_do_not_cross_files(store, monkeypatch):
    assert [batch.num_rows for batch in store.frame().batches(2)] == [2, 1, 2]
    asked = []
    column = store.column
    monkeypatch.setattr(store, "column", lambda name, *span: asked.append(span) or column(name, *span))
    reader = pa.RecordBatchReader.from_stream(store.frame(columns=["price"]))
    assert asked == []
    assert reader.read_next_batch().column("price").to_pylist() == [1.5, 2.5, 3.5]
    assert set(asked) == {(0, 3)}


def test_a_long_vocabulary_hands_over_the_words_that_occur(tmp_path):
    words = [f"order {at}" for at in range(9000)]
    rows = np.arange(9000)
    file = {"timestamp": rows, "price": rows + 1.0, "volume": rows, "order": [*words[:-1], None]}
    table = stored(tmp_path, file).frame(8990, 9000, ["order"]).to_arrow()
    assert table["order"].to_pylist() == [*words[8990:-1], None]
    assert len(table["order"].chunk(0).dictionary) == 9


def test_pandas_gets_nanoseconds_and_whole_numbers_that_stay_whole(store):
    frame = store.to_pandas(0, 5, COLUMNS)
    assert frame.columns.tolist() == COLUMNS
    kinds = ["datetime64[ns, UTC]", "float64", "Int64", "datetime64[ns, UTC]", "timedelta64[ns]", "category"]
    assert [str(kind) for kind in frame.dtypes] == kinds
    assert frame["timestamp"].astype("int64").tolist() == EXPECTED["timestamp"]
    assert frame["count"].astype(object).where(frame["count"].notna(), None).tolist() == EXPECTED["count"]
    assert frame["clock"].isna().tolist() == [False, True, False, False, False]
    assert frame["clock"].dropna().astype("int64").tolist() == [1, 3, 4, 5]
    assert frame["code"].isna().tolist() == [False, True, False, False, False]
    assert str(store.to_pandas(3, 5, ["count"]).dtypes["count"]) == "Int64"
    assert str(store.to_pandas(3, 5).dtypes["volume"]) == "int64"


def test_polars_gets_nanoseconds(store):
    frame = store.to_polars(0, 5, COLUMNS)
    assert frame.schema["timestamp"] == frame.schema["when"] == pl.Datetime("ns", "UTC")
    assert frame["timestamp"].to_physical().to_list() == EXPECTED["timestamp"]
    assert frame["count"].to_list() == EXPECTED["count"]
    assert frame["code"].cast(pl.String).to_list() == EXPECTED["code"]
    assert pl.DataFrame(store)["price"].to_list() == EXPECTED["price"]


def test_duckdb_reads_a_store_by_its_name(store):
    duckdb = pytest.importorskip("duckdb")
    ticks = store  # duckdb looks for this name
    found = duckdb.sql(
        'SELECT code, count(*), sum("count") FROM ticks GROUP BY code ORDER BY code'
    ).fetchall()
    assert ticks
    assert found == [("a", 1, BIG), ("b", 2, 7), ("c", 1, 5), (None, 1, None)]


def test_without_polars_the_extra_is_named(store, monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(MissingExtra, match=r"litlab\[frames\]"):
        store.to_polars()


def test_a_frame_outside_of_the_data_or_of_unknown_columns_is_refused_at_once(store):
    with pytest.raises(IndexError):
        store.frame(0, 6)
    with pytest.raises(UnknownName, match="Did you mean 'price'"):
        store.frame(columns=["prize"])


def test_ticks_come_back_the_same_from_arrow(tmp_path):
    ticks = [Tick(MOMENT + at, 1 + at, 100 * at, code) for at, code in enumerate(["I", "", "@", "TI"], 1)]
    team = new_team(tmp_path / "w")
    adapter = tape(team, tmp_path / "t", ticks[:2], ticks[2:])
    names = {"time": "timestamp", "conditions_column": "code", "calendar": "XNYS"}
    for source in (adapter, adapter.frame(), adapter.frame(1, 4)):
        columns = ["timestamp", "price", "volume", "code"]
        start = len(adapter) - (len(source) if source is not adapter else 4)
        given = adapter.frame(start, None, columns)
        again = from_arrow(team, "again", given, **names)
        for name in (*columns, "session", "eligibility"):
            expected = adapter.store.column(name, start, 4).tolist()
            assert again.store.column(name, 0, len(again)).tolist() == expected, name
    assert pa.RecordBatchReader.from_stream(adapter).read_all().num_rows == 4
    assert isinstance(adapter.frame(columns=["price"]).to_pandas(), pd.DataFrame)
    assert np.asarray(adapter.frame(columns=["price"]).to_arrow()["price"]).tolist() == [2, 3, 4, 5]
