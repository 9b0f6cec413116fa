"""Databento trades: two kinds of times, two kinds of prices, the receive time as clock."""

import pytest
from tapes import new_team

from litlab.adapters import cache_files, load_adapter
from litlab.adapters.databento import DatabentoAdapter
from litlab.errors import MissingColumn, SeveralInstruments, TooManyRejects, WrongLayout
from litlab.testing import check_adapter

HEADER = (
    "ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,depth,price,size,flags,ts_in_delta,"
    "sequence,symbol"
)
RECEIVED = 1_609_160_400_006_136_329  # 2020-12-28T13:00:00.006136329Z
ISO = "2020-12-28T13:00:00.00613{}Z"


def row(recv, event, action="T", price="3720.250000000", size="5", symbol="ESH1"):
    return f"{recv},{event},0,1,5482,{action},A,0,{price},{size},128,19251,1170362,{symbol}"


DECIMAL = [
    row(ISO.format("6329"), ISO.format("0000")),
    row(ISO.format("6330"), ISO.format("6000"), action="A", price=""),
    row(ISO.format("6340"), ISO.format("1000"), price="3720.500000000", size="21"),
]
FIXED = [
    row(RECEIVED, RECEIVED - 6_329, price="3720250000000"),
    row(RECEIVED + 1, RECEIVED - 329, action="A", price="1"),
    row(RECEIVED + 11, RECEIVED - 5_329, price="3720500000000", size="21"),
]


def databento(home, rows, header=HEADER, **parameters):
    path = home / "glbx.csv"
    path.write_text("".join(f"{one}\n" for one in [header, *rows]))
    adapter = load_adapter(new_team(home / "w"), "databento", {"paths": [str(path)], **parameters})
    cache_files(adapter, workers=1)
    return adapter


@pytest.mark.parametrize("rows", [DECIMAL, FIXED], ids=["decimal", "fixed point"])
def test_both_encodings_give_the_same_trades(tmp_path, rows):
    adapter = databento(tmp_path, rows)
    assert len(adapter) == 2
    assert adapter.store.times(0, 2).tolist() == [RECEIVED, RECEIVED + 11]
    assert adapter.window(0, 2, ["price", "volume"])["price"].tolist() == [3720.25, 3720.5]
    assert adapter.window(0, 2, ["volume"])["volume"].tolist() == [5, 21]
    record = adapter[1]
    assert record["ts_event"] == "2020-12-28T13:00:00.006131000Z"
    assert (record["vendor_flags"], record["sequence"], record["symbol"]) == (128, 1170362, "ESH1")
    account = adapter.store.files[0].manifest["account"]
    assert (account["rows_in"], account["kept"], account["filtered"], account["rejected"]) == (3, 2, 1, 0)
    check_adapter(DatabentoAdapter, tmp_path / "glbx.csv").raise_if_failed()


def test_the_event_time_is_the_clock_where_no_receive_time_is(tmp_path):
    header = HEADER.removeprefix("ts_recv,")
    adapter = databento(tmp_path, [one.partition(",")[2] for one in FIXED], header)
    assert adapter.store.times(0, 2).tolist() == [RECEIVED - 6_329, RECEIVED - 5_329]


def test_one_instrument_must_be_chosen_where_there_are_several(tmp_path):
    rows = [*DECIMAL, row(ISO.format("6350"), ISO.format("6340"), symbol="ESM1")]
    with pytest.raises(SeveralInstruments, match=r"line 5: 'ESM1' follows 'ESH1'.*symbol='ESH1'"):
        databento(tmp_path, rows)


def test_the_others_are_filtered_where_one_is_chosen(tmp_path):
    rows = [*DECIMAL, row(ISO.format("6350"), ISO.format("6340"), symbol="ESM1", size="7")]
    adapter = databento(tmp_path, rows, symbol="ESM1")
    assert adapter.window(0, 1, ["volume"])["volume"].tolist() == [7]
    assert adapter.store.files[0].manifest["account"]["filtered"] == 3


@pytest.mark.parametrize(
    ("rows", "header", "kind", "words"),
    [
        (
            [*FIXED, row(RECEIVED + 12, RECEIVED, price=2**63 - 1)],
            HEADER,
            TooManyRejects,
            "line 5: price is no finite positive number",
        ),
        (DECIMAL, HEADER.replace("price", "px"), MissingColumn, "'price' is missing"),
        (["no,trades"] * 3, HEADER, WrongLayout, "'no,trades' is no row of the format 'databento'"),
        ([*DECIMAL, row("soon", ISO.format("0000"))], HEADER, TooManyRejects, "line 5: .*soon"),
        (
            [*DECIMAL, row(ISO.format("7"), ISO.format("7"), price="-1.0")],
            HEADER,
            TooManyRejects,
            "line 5: price",
        ),
    ],
)
def test_what_is_wrong_is_named_by_file_and_line(tmp_path, rows, header, kind, words):
    with pytest.raises(kind, match=words) as caught:
        databento(tmp_path, rows, header)
    assert str(tmp_path / "glbx.csv") in str(caught.value)
    assert caught.value.remedy
