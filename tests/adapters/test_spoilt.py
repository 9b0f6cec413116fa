"""Every format, spoilt at random: a LitlabError, or every row accounted for; never another exception."""

import contextlib

import numpy as np
import pytest
from tapes import LSEG_HEADER, lseg_row

from litlab.adapters import sniff
from litlab.errors import LitlabError
from litlab.plugins import load_named

TRADES = "Time|Exchange|Symbol|Sale Condition|Trade Volume|Trade Price|Trade Correction Indicator"
DATABENTO = "ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,depth,price,size,flags"
BARS = "time,open,high,low,close,volume"
# adapter, file name, rows, parameters
FORMATS = [
    ("lseg", "a.csv", [LSEG_HEADER, lseg_row(), lseg_row(qualifiers='"@6  [GV4_TEXT]"')], {}),
    ("csv", "a.csv", ["time,price,volume", "2013-10-07T13:30:00Z,1.5,2"], {"calendar": "XNYS"}),
    ("csv", "a.csv", ["time,price,volume", "1381152600123,1.5,2"], {"time_unit": "ms", "fractional": True}),
    ("lean", "20131007_trade.csv", ["34200000,139400,500,P,20002020,0", "34200001.5,139400,1,N,1,1"], {}),
    ("taq", "T_20131007.csv", [TRADES, "093000000000001|N|BAC|@   |200|13.9|00", "END|20131007|1||||"], {}),
    ("databento", "a.csv", [DATABENTO, f"{10**18},{10**18},0,1,5482,T,A,0,3720250000000,5,128"], {}),
    ("databento", "a.csv", [DATABENTO, "2020-12-28T13:00:00Z,2020-12-28T13:00:00Z,0,1,5,T,A,0,3.5,5,0"], {}),
    ("binance", "a.csv", ["1,42001.5,0.001,42.0,1704205800123,true,true"], {}),
    ("lobster", "A_2012-06-21_m.csv", ["34200.004260640,4,16113584,18,5853200,1", "34201.5,1,1,1,1,-1"], {}),
    ("kibot", "a.txt", ["10/07/2013,09:30:00,13.94,200", "10/07/2013,09:30:01,13.95,100"], {}),
    ("ohlcv", "a.csv", [BARS, "2013-10-07T13:30:00Z,1,2,1,2,5"], {"unit": "minute", "calendar": "XNYS"}),
    ("ohlcv", "a.csv", [BARS, "2013-10-07,1,2,1,2,5"], {"zone": "Europe/Berlin"}),
]
CELLS = [
    b"", b"nan", b"inf", b"-1", b"0", b"1e999", b"0x1f", b'"', b"1,234.5", b"\x00", b"\xff", b"\r", b" ",
    b"99999999999999999999", b"9223372036854775807", b"12/31/9999", b"2013-11-03T01:30:00", b"24:00:00",
    b"true",
]  # fmt: skip


def spoil(random, rows, delimiter):
    """Return the bytes of a few dozen rows with one to four cells, bytes or lines spoilt."""
    lines = [row.encode() for row in [rows[0], *rows[1:] * 3]]
    for _ in range(random.integers(1, 5)):
        at, how = int(random.integers(len(lines))), random.integers(4)
        cells = lines[at].split(delimiter)
        if how <= 1:
            cells[random.integers(len(cells))] = CELLS[random.integers(len(CELLS))]
            lines[at] = delimiter.join(cells)
        elif how == 2:
            data = bytearray(lines[at] or b" ")
            data[random.integers(len(data))] = random.integers(256)
            lines[at] = bytes(data)
        else:
            lines[at] = lines[at][: random.integers(len(lines[at]) + 1)]
    return b"\n".join(lines)


@pytest.mark.parametrize("format", FORMATS, ids=[f"{one[0]}{at}" for at, one in enumerate(FORMATS)])
def test_spoilt_rows_never_crash_and_are_always_accounted_for(tmp_path, format):
    kind, name, rows, parameters = format
    random = np.random.default_rng(7)
    path = tmp_path / name
    cached = 0
    for _ in range(40):
        path.write_bytes(spoil(random, rows, b"|" if kind == "taq" else b","))
        given = {**parameters, "paths": [str(path)], "max_rejected": 1.0}
        adapter = load_named("adapters", kind)(given, tmp_path / "cache")
        try:
            adapter.create_cache_file(path)
        except LitlabError:
            continue
        finally:
            with contextlib.suppress(LitlabError):
                assert isinstance(sniff(path), list)
        cached += 1
        account = adapter.account
        assert account.rows_in == account.kept + account.filtered + account.rejected
        assert len(adapter) == account.kept * account.ticks_per_row
    assert cached  # not every file was refused: the account has been tested
