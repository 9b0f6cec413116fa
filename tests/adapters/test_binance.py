"""Binance public data: trades and aggTrades, spot and futures, ms and µs, with a header and without."""

import pytest
from tapes import new_team

from litlab.adapters import cache_files, load_adapter
from litlab.adapters.binance import BinanceAdapter, layout_of
from litlab.errors import TooManyRejects, WrongLayout
from litlab.testing import check_adapter
from litlab.ticks.columns import ALL_OK, REGULAR

MOMENT = 1_704_205_800_123  # 2024-01-02 14:30:00.123 UTC
TRADES = [
    f"28457,42001.50000000,0.00100000,42.00150000,{MOMENT},true,true",
    f"28458,42001.51000000,1.50000000,63002.26500000,{MOMENT},False,True",
    f"28459,42001.49000000,0.25000000,10500.37250000,{MOMENT + 1},true,true",
]
LAYOUTS = {
    "spot trades": (TRADES, "id,price,qty,quoteQty,time,isBuyerMaker,isBestMatch"),
    "futures trades": (
        [row.rpartition(",")[0] for row in TRADES],
        "id,price,qty,quote_qty,time,is_buyer_maker",
    ),
    "spot aggTrades": (
        [f"1,42001.5,0.001,100,101,{MOMENT},True,True", f"2,42001.51,1.5,102,102,{MOMENT},False,True",
         f"3,42001.49,0.25,103,104,{MOMENT + 1},True,True"],
        "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker,best",
    ),
    "futures aggTrades": (
        [f"1,42001.5,0.001,100,101,{MOMENT},true", f"2,42001.51,1.5,102,102,{MOMENT},false",
         f"3,42001.49,0.25,103,104,{MOMENT + 1},true"],
        "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker",
    ),
}  # fmt: skip


def binance(home, rows, name="BTCUSDT-trades-2024-01-02.csv", **parameters):
    path = home / name
    path.write_text("".join(f"{row}\n" for row in rows))
    adapter = load_adapter(new_team(home / "w"), "binance", {"paths": [str(path)], **parameters})
    cache_files(adapter, workers=1)
    return adapter


@pytest.mark.parametrize("header", [False, True])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_ticks(tmp_path, layout, header):
    rows, names = LAYOUTS[layout]
    adapter = binance(tmp_path, [names, *rows] if header else rows)
    assert adapter.store.times(0, 3).tolist() == [one * 1_000_000 for one in (MOMENT, MOMENT, MOMENT + 1)]
    columns = adapter.window(0, 3, ["price", "volume", "session", "eligibility"])
    assert columns["price"].tolist() == [42001.5, 42001.51, 42001.49]
    assert columns["volume"].tolist() == [0.001, 1.5, 0.25]
    assert columns["session"].tolist() == [REGULAR] * 3
    assert columns["eligibility"].tolist() == [ALL_OK] * 3
    assert adapter.store.files[0].manifest["account"]["rows_in"] == 3
    assert adapter[1]["isBuyerMaker"].lower() == "false"
    assert adapter.zone == "UTC"
    check_adapter(BinanceAdapter, tmp_path / "BTCUSDT-trades-2024-01-02.csv").raise_if_failed()


def test_a_size_of_16_digits_is_microseconds(tmp_path):
    adapter = binance(tmp_path, [TRADES[0].replace(str(MOMENT), f"{MOMENT}456")])
    assert adapter.store.times(0, 1).tolist() == [MOMENT * 1_000_000 + 456_000]


def test_bars_of_fractional_sizes_are_there_at_any_hour(tmp_path):
    adapter = binance(tmp_path, TRADES)
    assert adapter.get_bars(2, 1, "minute", prevent_lookahead_bias=False).tolist() == [
        [42001.5, 42001.51, 42001.49, 42001.49, 3, 1.751, 1.751 / 3, 1.5]
    ]


def test_seven_columns_are_told_apart_by_where_the_side_stands():
    assert layout_of(LAYOUTS["spot trades"][0][0].split(","))[3] == "quoteQty"
    assert layout_of(LAYOUTS["futures aggTrades"][0][0].split(","))[3] == "firstId"
    assert layout_of(["1", "2", "3", "true"]) == ()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("28460,42001,0,1,1704205800124,true,true", "line 4: qty is no positive number"),
        ("28460,42001,1,1,99999999999999999,true,true", "line 4: time is none from 1970 to 2262"),
        ("28460,42001,1,1,99999999999999,true,true", "line 4: time is none from 1970 to 2262"),
        ("28460,42001,1,1,0,true,true", "line 4: time is none from 1970 to 2262"),
        ("28460,42001,1,1,2024-01-02,true,true", "line 4: .*2024-01-02"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_by_its_line(tmp_path, row, words):
    with pytest.raises(TooManyRejects, match=words):
        binance(tmp_path, [*TRADES, row])


def test_another_vendors_file_is_refused_at_once(tmp_path):
    with pytest.raises(WrongLayout, match=r"line 1: 'a,b,c' is no row of the format 'binance'"):
        binance(tmp_path, ["a,b,c", *["1,2,3"] * 200])
