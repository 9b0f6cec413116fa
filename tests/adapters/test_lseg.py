"""LSEG Time and Sales as extractions really come: further parts, older columns, other products."""

import pyarrow as pa
import pytest
from tapes import LSEG_HEADER, lseg_row

from litlab.adapters.lseg import LsegAdapter
from litlab.errors import BadParameter, MissingColumn, WrongLayout

LEGACY = "#RIC,Date[G],Time[G],GMT Offset,Type,Price,Volume,Qualifiers"


def read(path, text, **parameters):
    path.write_text(text)
    adapter = LsegAdapter({"max_rejected": 1.0, **parameters}, path.parent / "cache")
    batches = list(adapter.parse(path))
    return (pa.Table.from_batches(batches) if batches else pa.table({})), adapter.account


def test_a_further_part_without_header_is_read_by_the_first_parts_names(tmp_path):
    rows = f"{lseg_row(price='13.5')}\n{lseg_row(price='13.6')}\n"
    first = read(tmp_path / "part0.csv", f"{LSEG_HEADER}\n{rows}", columns=LSEG_HEADER.split(","))
    further = read(tmp_path / "part1.csv", rows, columns=LSEG_HEADER.split(","))
    assert first[0].equals(further[0])
    assert further[0]["price"].to_pylist() == [13.5, 13.6]
    with pytest.raises(MissingColumn, match="line 1"):
        read(tmp_path / "part1.csv", rows)


def test_the_older_date_and_time_are_greenwich_time(tmp_path):
    rows = ["07-OCT-2013,14:00:00.000000001", "07-Oct-2013,14:00:01", "2013-10-07,14:00:02", ",14:00:03"]
    text = "\n".join([LEGACY, *(f"BAC.N,{one},-4,Trade,13.9,100," for one in rows)])
    ticks, account = read(tmp_path / "a.csv", text)
    base = 1_381_154_400 * 10**9
    assert ticks["timestamp"].cast(pa.int64()).to_pylist() == [base + 1, base + 10**9]
    assert [one["line"] for one in account.rejects] == [4, 5]


def test_the_raw_product_is_refused_at_its_first_continuation(tmp_path):
    text = f"{LSEG_HEADER}\n{lseg_row()}\n,,,,FID,6,,TRDPRC_1,13.9\n"
    with pytest.raises(WrongLayout, match=r"line 3: ',,,,FID,6.*this is Raw data"):
        read(tmp_path / "a.csv", text)


def test_final_corrections_are_refused_for_the_layout_names_no_original(tmp_path):
    with pytest.raises(BadParameter, match="does not say which trade it corrects"):
        read(tmp_path / "a.csv", f"{LSEG_HEADER}\n{lseg_row()}\n", corrections="final")
