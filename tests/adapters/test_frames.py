"""Frames: pandas, polars and pyarrow tables become cached data sets that another process can open."""

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from tapes import new_team, ns

from litlab.adapters import from_arrow, load_adapter
from litlab.errors import BadName, BadParameter, EmptyFile, MissingColumn

MOMENTS = [ns("2013-10-07 09:30:00"), ns("2013-10-07 09:30:00.000000001")]
COLUMNS = {"price": [13.93, 13.94], "volume": [100, 200], "code": ["@", "I"]}


def tables():
    stamps = pa.array(MOMENTS, pa.timestamp("ns", "UTC"))
    rows = pa.table({"time": stamps, **COLUMNS})
    yield "pyarrow", rows
    yield "pandas", pd.DataFrame({"time": pd.to_datetime(MOMENTS, utc=True), **COLUMNS})
    yield "polars", pl.DataFrame(rows)
    yield "stream", pa.RecordBatchReader.from_batches(rows.schema, rows.to_batches(max_chunksize=1))


@pytest.fixture
def team(tmp_path):
    return new_team(tmp_path / "w")


@pytest.mark.parametrize("name", ["pyarrow", "pandas", "polars", "stream"])
def test_a_table_becomes_a_data_set(team, name):
    adapter = from_arrow(team, "mine", dict(tables())[name], calendar="XNYS", conditions_column="code")
    assert adapter.store.times(0, 2).tolist() == MOMENTS
    assert adapter.window(0, 2, ["price", "eligibility"])["eligibility"].tolist() == [7, 4]
    assert (adapter[1]["price"], adapter[1]["volume"], adapter[1]["code"]) == (13.94, 200, "I")
    again = load_adapter(team, adapter.name, {**adapter.parameters, "paths": map(str, adapter.paths)})
    assert again.store.digests == adapter.store.digests


def test_a_team_may_be_named(team):
    adapter = from_arrow("contoso", "mine", dict(tables())["pandas"], team.workspace)
    assert adapter.paths == [team.folder("raw") / "mine.parquet"]


def test_the_same_name_takes_the_new_table(team):
    frame = dict(tables())["pandas"]
    assert len(from_arrow(team, "mine", frame)) == 2
    assert len(from_arrow(team, "mine", frame.iloc[:1])) == 1


@pytest.mark.parametrize(
    ("table", "parameters", "kind"),
    [
        ([1, 2], {}, BadParameter),
        (pd.DataFrame({"time": [1]}), {}, MissingColumn),
        (dict(tables())["pandas"].iloc[:0], {}, EmptyFile),
    ],
)
def test_a_table_that_holds_no_ticks_leaves_the_old_one(team, table, parameters, kind):
    from_arrow(team, "mine", dict(tables())["pandas"])
    with pytest.raises(kind):
        from_arrow(team, "mine", table, **parameters)
    assert [path.name for path in team.folder("raw").iterdir()] == ["mine.parquet"]
    path = team.folder("raw") / "mine.parquet"
    assert load_adapter(team, "parquet", {"paths": [path]}).is_cached(path)


def test_a_name_cannot_lead_elsewhere(team):
    with pytest.raises(BadName):
        from_arrow(team, "../mine", dict(tables())["pandas"])
