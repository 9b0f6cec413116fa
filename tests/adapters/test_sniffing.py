"""From a file's name and first rows to the adapter that reads it: each proposal is tried out."""

import gzip
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tapes import LSEG_HEADER, lseg_row, new_team

from litlab.adapters import cache_files, load_adapter, sniff
from litlab.adapters.previewing import preview
from litlab.errors import BrokenArchive, EmptyFile, MissingFile

BINANCE = "28457,42001.5,0.001,42.0,1704205800123,true,true\n"
AGGREGATED = "1,42001.5,0.001,100,101,1704205800123,true\n"
DATABENTO = (
    "ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,depth,price,size,flags\n"
    "1609160400006136329,1609160400006130000,0,1,5482,T,A,0,3720250000000,5,128\n"
)
BARS = ["time", "open", "high", "low", "close", "volume"]
TAQ = "Time|Exchange|Symbol|Sale Condition|Trade Volume|Trade Price\n093000000000000|N|BAC|@|100|13.9\n"
FILES = {
    "lseg": ("BAC.N_2013-10-07.csv", f"{LSEG_HEADER}\n{lseg_row()}\n", {}),
    "lean": ("20131007_trade.csv", "34200000,139400,500,P,20002020,0\n" * 3, {}),
    "taq": ("EQY_US_ALL_TRADE_20131007.txt", TAQ, {}),
    "databento": ("glbx.csv", DATABENTO, {}),
    "binance": ("BTCUSDT-trades.csv", BINANCE * 3, {}),
    "lobster": ("AAPL_2012-06-21_message_10.csv", "34200.004260640,4,16113584,18,5853200,1\n" * 3, {}),
    "kibot": ("BAC.txt", "10/07/2013,09:30:00,13.94,200\n", {}),
    "ohlcv": (
        "bac.csv",
        "Date,Open,High,Low,Close,Volume\n2013-10-07,1,2,1,2,5\n",
        {"unit": "day", "zone": "UTC"},
    ),
    "ohlcv without a header": (
        "bac.csv",
        "2013-10-07T13:30:00Z;1;2;0.5;1.5;5;x\n2013-10-07T13:40:00Z;1;2;1;2;0;x\n",
        {"columns": [*BARS, "column 7"], "delimiter": ";", "unit": "minute", "size": 10},
    ),
    "csv": (
        "ticks.csv",
        "Timestamp;Last;Qty;Cond\n2013-10-07T13:30:00;13.9;0.5;I\n",
        {
            "time": "Timestamp", "price": "Last", "volume": "Qty", "delimiter": ";", "fractional": True,
            "conditions_column": "Cond", "zone": "UTC",
        },
    ),
    "csv_quotes": (
        "quotes.csv",
        "Timestamp;Bid;Ask;bid_size\n2013-10-07T13:30:00;13.9;13.91;5\n",
        {
            "time": "Timestamp", "bid": "Bid", "ask": "Ask", "ask_size": "", "delimiter": ";", "zone": "UTC",
        },
    ),
    "lseg_quotes": (
        "BAC.N_quotes.csv",
        "#RIC,Date-Time,Type,Bid Price,Ask Price\nBAC.N,2013-10-07T14:00:00Z,Quote,13.9,13.91\n",
        {},
    ),
}  # fmt: skip


def reads(home, path, guess):
    adapter = load_adapter(new_team(home / "w"), guess.adapter, {"paths": [str(path)], **guess.parameters})
    cache_files(adapter, workers=1)
    return len(adapter) > 0


@pytest.mark.parametrize("kind", FILES)
def test_each_format_is_known_and_can_be_read_as_proposed(tmp_path, kind):
    name, text, parameters = FILES[kind]
    path = tmp_path / name
    path.write_text(text)
    guesses = sniff(path)
    best = guesses[0]
    assert (best.adapter, best.parameters) == (kind.partition(" ")[0], parameters)
    assert best.reasons
    assert 0 < best.confidence <= 1
    assert [one.confidence for one in guesses] == sorted((one.confidence for one in guesses), reverse=True)
    assert reads(tmp_path, path, best)


@pytest.mark.parametrize(
    ("times", "period"),
    [
        (["2013-10-07", "2013-10-08"], {"unit": "day", "zone": "UTC"}),
        (["2013-10-07"], {"unit": "day", "zone": "UTC"}),
        (["2013-10-07T13:30Z"], {"unit": "minute"}),
        (["2013-10-07 13:30", "2013-10-07 14:30"], {"unit": "hour", "zone": "UTC"}),
        (["2013-10-07T13:30:05Z", "2013-10-07T13:30:00Z"], {"unit": "second", "size": 5}),
        (
            ["1381152600000", "1381152600000", "1381153200000"],
            {"unit": "minute", "size": 10, "time_unit": "ms"},
        ),
        (["1381104000", "1381190400"], {"unit": "day", "time_unit": "s"}),
    ],
)
@pytest.mark.parametrize("header", [True, False])
def test_the_least_distance_of_its_times_is_a_bars_period(tmp_path, times, period, header):
    path = tmp_path / "a.csv"
    path.write_text("".join(f"{time},1,2,0.5,1.5,5\n" for time in ([",".join(BARS)] * header + times))
                    .replace("volume,1,2,0.5,1.5,5", "volume"))  # fmt: skip
    best = sniff(path)[0]
    assert (best.adapter, best.parameters) == ("ohlcv", period if header else {"columns": BARS, **period})
    assert reads(tmp_path, path, best) or len(times) > len(set(times)) or times[0] > times[-1]


@pytest.mark.parametrize(
    "row",
    ["2013-10-07,1,2,0.5,1.5", "2013-10-07,2,1,0.5,1.5,5", "2013-10-07,1,2,1.2,1.5,5", "7,1,2,0.5,1.5,5",
     "²²²²²²²²²²,1,2,0.5,1.5,5", f"{'9' * 5000},1,2,0.5,1.5,5", "2013-10-07,²,2,1,1,5"],
)  # fmt: skip
def test_what_has_no_bars_shape_is_not_proposed_as_bars(tmp_path, row):
    (tmp_path / "a.csv").write_text(row + "\n")
    assert "ohlcv" not in [one.adapter for one in sniff(tmp_path / "a.csv")]


def test_lseg_of_older_extractions_is_known_too(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("#RIC,Date[G],Time[G],Type,Price,Volume\nBAC.N,07-OCT-2013,14:00:00.5,Trade,13.9,100\n")
    assert sniff(path)[0].adapter == "lseg"
    assert reads(tmp_path, path, sniff(path)[0])


def test_a_file_of_trades_with_quotes_beside_them_is_read_as_trades(tmp_path):
    head, row = (
        "#RIC,Date-Time,Type,Price,Volume,Bid Price,Ask Price",
        "BAC.N,2013-10-07T14:00:00Z,Trade,13.9,1,,",
    )
    (tmp_path / "a.csv").write_text(f"{head}\n{row}\n")
    assert [one.adapter for one in sniff(tmp_path / "a.csv")] == ["lseg", "csv"]
    assert 'quotes="same"' in sniff(tmp_path / "a.csv")[0].reasons[-1]
    (tmp_path / "b.csv").write_text("time,price,size,bid,ask\n2013-10-07T13:30:00Z,13.9,1,13.9,13.91\n")
    assert [one.adapter for one in sniff(tmp_path / "b.csv")] == ["csv"]


@pytest.mark.parametrize("suffix", [".gz", ".zip"])
def test_compressed_files_too(tmp_path, suffix):
    name, text, _ = FILES["lean"]
    path = tmp_path / name.replace(".csv", suffix)
    if suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("inner.csv", text)
    assert sniff(path)[0].adapter == "lean"
    assert reads(tmp_path, path, sniff(path)[0])


def test_parquet_is_known_by_its_bytes(tmp_path):
    path = tmp_path / "ticks.bin"
    stamps = pa.array([10**18], pa.timestamp("ns", "UTC"))
    pq.write_table(pa.table({"Timestamp": stamps, "price": [1.5], "Qty": [2]}), path)
    best = sniff(path)[0]
    assert (best.adapter, best.parameters) == ("parquet", {"time": "Timestamp", "volume": "Qty"})
    assert reads(tmp_path, path, best)


@pytest.mark.parametrize(("rows", "what"), [(BINANCE, "trades"), (AGGREGATED, "aggTrades")])
def test_binance_says_which_of_the_two(tmp_path, rows, what):
    (tmp_path / "a.csv").write_text(rows * 5)
    assert what in sniff(tmp_path / "a.csv")[0].reasons[0]


@pytest.mark.parametrize(
    ("stamp", "unit"),
    [(1381152600, "s"), (1381152600123, "ms"), (1381152600123456, "us"), (1381152600123456789, "ns")],
)
def test_the_size_of_a_number_is_its_unit(tmp_path, stamp, unit):
    (tmp_path / "a.csv").write_text(f"time,price,volume\n{stamp},1.5,2\n")
    assert sniff(tmp_path / "a.csv")[0].parameters == {"time_unit": unit}


def test_the_first_of_several_symbols_is_proposed(tmp_path):
    path = tmp_path / "EQY_US_ALL_TRADE_20131007.txt"
    path.write_text(TAQ + TAQ.splitlines()[1].replace("BAC", "C") + "\n")
    best = sniff(path)[0]
    assert best.parameters == {"symbol": "BAC"}
    assert reads(tmp_path, path, best)


def test_a_name_without_a_date_lowers_the_confidence_and_says_why(tmp_path):
    (tmp_path / "a.csv").write_text(FILES["lean"][1])
    best = sniff(tmp_path / "a.csv")[0]
    assert best.adapter == "lean"
    assert best.confidence < 0.6
    assert "rename the file" in best.reasons[-1]


@pytest.mark.parametrize(
    "data", [b"A letter, to somebody.\nNo ticks, at all.\n", bytes(range(256)) * 20, b"1\n2\n"]
)
def test_what_is_no_table_of_ticks_gets_no_proposal(tmp_path, data):
    (tmp_path / "a.csv").write_bytes(data)
    assert sniff(tmp_path / "a.csv") == []


def test_what_cannot_be_read_says_so(tmp_path):
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "broken.csv.gz").write_bytes(b"\x1f\x8b no gzip")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and no more")
    for name, kind in (
        ("none.csv", MissingFile),
        ("empty.csv", EmptyFile),
        ("broken.csv.gz", BrokenArchive),
        ("broken.parquet", BrokenArchive),
    ):
        with pytest.raises(kind):
            sniff(tmp_path / name)


@pytest.mark.parametrize(
    ("head", "rows", "wanted"),
    [
        ("Day;Clock;Last;Qty", ["07.10.2013;09:30:00.5;10.5;100"] * 3,
         {"date": "Day", "time": "Clock", "date_format": "%d.%m.%Y", "delimiter": ";"}),
        ("date,time,price,volume", ["2013-10-07,09:30:00,10.5,100"] * 2,
         {"date": "date", "date_format": "%Y-%m-%d"}),
        ("Date,Time,Price,Volume", ["07/10/2013,09:30:00,1,1", "25/10/2013,09:30:00,1,1"],
         {"date": "Date", "time": "Time", "date_format": "%d/%m/%Y"}),
        ("Date,Time,Price,Volume", ["07/10/2013,09:30:00,1,1", "10/25/2013,09:30:00,1,1"],
         {"date": "Date", "time": "Time", "date_format": "%m/%d/%Y"}),
    ],
)  # fmt: skip
def test_a_date_beside_a_time_of_day_is_proposed_and_read(tmp_path, head, rows, wanted):
    path = tmp_path / "a.csv"
    path.write_text("\n".join([head, *rows, ""]))
    guess = sniff(path)[0]
    assert guess.adapter == "csv"
    assert wanted.items() <= guess.parameters.items()
    found = preview(path, guess.adapter, guess.parameters)
    assert (found.problem, found.ticks.num_rows) == ("", len(rows))


def test_a_date_of_two_meanings_is_not_guessed(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("Date,Time,Price,Volume\n" + "07/10/2013,09:30:00,1,1\n" * 9)
    assert all("date_format" not in one.parameters for one in sniff(path))
