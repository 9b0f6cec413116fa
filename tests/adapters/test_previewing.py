"""The beginning of a file as an adapter reads it, and an adapter's parameters as a form."""

import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tapes import lseg_row, minutes, write_lseg, write_ticks

from litlab import plugins
from litlab.adapters.fields import adapter_fields, field_of, read_parameters, shown
from litlab.adapters.loading import adapter_class
from litlab.adapters.previewing import first_lines, preview
from litlab.errors import BadParameter, UnknownName

NAMES = sorted(plugins.named("adapters"))


@pytest.mark.parametrize("name", NAMES)
def test_a_form_left_as_it_is_gives_the_defaults(name):
    kind = adapter_class(None, name)
    fields = adapter_fields(kind)
    assert {one.name for one in fields} == set(kind.PARAMETERS)
    typed = {
        one.name: kind.PARAMETERS[one.name] if one.kind == "boolean" else shown(kind.PARAMETERS[one.name])
        for one in fields
    }
    assert read_parameters(kind, typed) == {}
    for one in fields:
        assert one.help, f"{name}.{one.name} has no word of help"
        if one.choices:
            assert shown(kind.PARAMETERS[one.name]) in one.choices


def test_what_is_typed_is_read_by_the_kind_of_the_default():
    kind = adapter_class(None, "csv")
    typed = {
        "delimiter": r"\t", "columns": "a, b", "types": '{"x": "whole"}', "max_rejected": "0.5",
        "fractional": True, "zone": " UTC ", "time_unit": "ms",
    }  # fmt: skip
    assert read_parameters(kind, typed) == {
        "delimiter": "\t", "columns": ["a", "b"], "types": {"x": "whole"}, "max_rejected": 0.5,
        "fractional": True, "zone": "UTC", "time_unit": "ms",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text"),
    [("max_rejected", "2"), ("max_rejected", "x"), ("types", "{"), ("time_unit", "h"), ("order", "any")],
)
def test_what_is_no_value_is_refused_with_the_fields_name(name, text):
    with pytest.raises(BadParameter) as caught:
        read_parameters(adapter_class(None, "csv"), {name: text})
    assert field_of(caught.value, {name: text}) == name
    with pytest.raises(UnknownName):
        read_parameters(adapter_class(None, "csv"), {"tiem": "a"})


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_first_ticks_stand_beside_the_text_and_rejects_beside_their_reasons(tmp_path, suffix):
    rows = [lseg_row(price="13.5"), lseg_row(price="x"), lseg_row(price="13.6")]
    path = write_lseg(tmp_path / "a.csv", rows)
    if suffix.endswith("gz"):
        path = tmp_path / "a.csv.gz"
        path.write_bytes(gzip.compress((tmp_path / "a.csv").read_bytes()))
    found = preview(path, "lseg", {"max_rejected": 1}, rows=10)
    assert found.ticks["price"].to_pylist() == [13.5, 13.6]
    assert len(found.lines) == 4
    assert found.lines[0].startswith("#RIC")
    (reject,) = found.rejects
    assert reject["line"] == 3
    assert ",x," in reject["text"]
    assert (found.rows_in, found.rejected, found.problem) == (3, 1, "")
    refused = preview(path, "lseg", {}, rows=10)
    assert refused.field == "max_rejected"
    assert "raise the adapter's parameter max_rejected" in refused.problem
    assert refused.ticks.num_rows == 2
    assert preview(path, "lseg", {}, rows=2).field == "max_rejected"


def test_a_wrong_column_is_told_at_the_parameter_that_names_it(tmp_path):
    path = write_ticks(tmp_path / "a.csv", minutes("2024-01-02", 2))
    found = preview(path, "csv", {"price": "px", "time_unit": "ns"})
    assert (found.field, found.ticks) == ("price", None)
    assert "'px' is missing" in found.problem
    assert preview(path, "csv", {"time_unit": "h"}).field == "time_unit"
    assert preview(path, "kibot").field == "adapter"
    path.write_text("time,price,volume\n2024-01-02 10:00,1,1\n")
    assert preview(path, "csv").field == "zone"
    with pytest.raises(UnknownName):
        preview(path, "cvs")


def test_a_large_file_is_read_at_its_beginning_only(tmp_path):
    path = tmp_path / "a.csv"
    row = b"1704205800000000000,10.5,1\n"
    path.write_bytes(b"time,price,volume\n" + row * 2_000_000)
    found = preview(path, "csv", {"time_unit": "ns"})
    assert found.ticks.num_rows == 50
    assert found.rows_in < 1_000_000
    assert len(found.lines) == 50


def test_what_is_no_text_or_broken_or_without_an_end_is_told(tmp_path):
    parquet = tmp_path / "a.parquet"
    stamps = pa.array([1_704_205_800_000_000_000], pa.timestamp("ns", "UTC"))
    pq.write_table(pa.table({"time": stamps, "price": [1.5], "volume": [1]}), parquet)
    found = preview(parquet, "parquet")
    assert (found.lines, found.ticks.num_rows) == ((), 1)
    broken = tmp_path / "b.csv.gz"
    broken.write_bytes(b"no gzip at all")
    assert preview(broken, "csv").problem
    endless = tmp_path / "c.csv"
    endless.write_bytes(b"x" * 3_000_000)
    assert [len(line) for line in first_lines(endless, 50)] == [400]
    empty = tmp_path / "d.csv"
    empty.write_bytes(b"")
    assert first_lines(empty, 50) == ()
    assert "no data rows" in preview(empty, "csv").problem
