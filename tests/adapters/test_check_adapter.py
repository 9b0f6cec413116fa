"""Every shipped adapter keeps the adapter's contract, the prefix law above all, on a file of its format."""

import gzip

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tapes import LSEG_HEADER, lseg_row

from litlab import plugins
from litlab.testing import check_adapter

COUNT = 120
TAQ = "Time|Exchange|Symbol|Sale Condition|Trade Volume|Trade Price|Trade Correction Indicator"
DATABENTO = "ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,depth,price,size,flags"
STAMP = "2013-10-07T{clock}Z"
# adapter -> file name, header or "", row, parameters
TEXTS = {
    "lseg": ("a.csv.gz", LSEG_HEADER, lseg_row(STAMP, "{price}", "{size}", kind="{kind}"), {}),
    "lseg_quotes": (
        "a.csv.gz", f"{LSEG_HEADER},Bid Price,Ask Price,Bid Size,Ask Size",
        lseg_row(STAMP, "", "", kind="{other}") + ",{price},{price},{size},100", {},
    ),
    "csv_quotes": (
        "a.csv", "time,bid,ask,bid_size,ask_size", STAMP + ",{price},,{size},7", {"calendar": "XNYS"},
    ),
    "csv": ("a.csv", "time,price,volume", STAMP + ",{price},{size}", {"calendar": "XNYS"}),
    "lean": ("20131007_trade.csv", "", "{second}000,{scaled},{size},P,20000000,0", {}),
    "taq": ("T_20131007.txt", TAQ, "{digits}000000001|N|BAC|@   |{size}|{price}|{corrected:02d}", {}),
    "databento": ("a.csv", DATABENTO, f"{STAMP},{STAMP},0,1,5,T,A,0,{{price}},{{size}},0", {}),
    "binance": ("a.csv", "", "{at},{price},{size}.5,1.0,{milliseconds},true,true", {}),
    "lobster": ("A_2013-10-07_message.csv", "", "{second}.5,{event},{at},{size},{scaled},1", {}),
    "kibot": ("a.txt", "", "10/07/2013,{clock},{price},{size}", {}),
    "ohlcv": (
        "a.csv", "time,open,high,low,close,volume", "2013-10-07T{minute}:00Z,{price},99,1,{price},{size}",
        {"unit": "minute", "calendar": "XNYS"},
    ),
}  # fmt: skip


def ticks():
    """Return what a row of each format may say of `COUNT` trades, a minute and a second apart."""
    random = np.random.default_rng(3)
    for at in range(COUNT):
        minute, second = 14 * 60 + at, (14 * 60 + at) * 60 + at % 60
        clock = f"{minute // 60:02d}:{minute % 60:02d}:{at % 60:02d}"
        scaled, size = 139_000 + 100 * int(random.integers(-20, 20)), int(random.integers(1, 500))
        yield {
            "at": at, "clock": clock, "digits": clock.replace(":", ""), "minute": clock[:5], "second": second,
            "milliseconds": (1_381_104_000 + second) * 1000, "price": f"{scaled / 10_000:.2f}",
            "scaled": scaled, "size": size, "kind": "Quote" if at % 9 == 8 else "Trade",
            "other": "Trade" if at % 9 == 8 else "Quote", "event": 1 + at % 5,
            "corrected": at % 13,
        }  # fmt: skip


def written(name, folder):
    """Write a file of an adapter's format and return it with the adapter's parameters."""
    if name == "parquet":
        rows = list(ticks())
        times = pa.array([row["milliseconds"] for row in rows], pa.timestamp("ms", "UTC"))
        prices, sizes = [float(row["price"]) for row in rows], [row["size"] for row in rows]
        path = folder / "a.parquet"
        pq.write_table(pa.table({"time": times, "price": prices, "volume": sizes}), path)
        return path, {}
    file, header, row, parameters = TEXTS[name]
    lines = [*filter(None, [header]), *(row.format(**tick) for tick in ticks())]
    data = "".join(f"{line}\n" for line in lines).encode()
    (folder / file).write_bytes(gzip.compress(data) if file.endswith(".gz") else data)
    return folder / file, parameters


def test_every_shipped_adapter_has_a_file_here():
    assert {*TEXTS, "parquet"} == set(plugins.named("adapters"))


@pytest.mark.parametrize("name", [*TEXTS, "parquet"])
def test_a_shipped_adapter_keeps_the_contract(tmp_path, name):
    path, parameters = written(name, tmp_path)
    check_adapter(plugins.load_named("adapters", name), path, parameters).raise_if_failed()
