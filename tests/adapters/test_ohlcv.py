"""Bars as input: ``get_bars`` at their own unit gives them back, and no tick tells a bar's future."""

import numpy as np
import pytest
from tapes import new_team, ns

from litlab.adapters import cache_files, load_adapter
from litlab.adapters.ohlcv import OhlcvAdapter
from litlab.errors import BadParameter, EmptyFile, MissingColumn, NaiveTime, TooManyRejects, UnknownName
from litlab.testing import check_adapter
from litlab.ticks.columns import NS, OK_HL, OK_LAST, OK_VOLUME

DAYS = """Date,Open,High,Low,Close,Adj Close,Volume
2013-10-04,13.9,14.1,13.8,14.0,12.1,1000
2013-10-07,14.0,14.0,14.0,14.0,12.2,0
2013-10-08,14.0,14.6,13.2,13.7,12.3,2500.5
"""
MINUTES = """time,open,high,low,close,volume
2013-10-07T13:29:00Z,13.5,13.6,13.4,13.5,50
2013-10-07T13:30:00Z,13.9,14.1,13.8,14.0,1000
2013-10-07T13:31:00Z,14.0,14.2,13.9,14.1,500
2013-10-07T13:33:00Z,14.1,14.1,13.7,13.8,700
"""


def bars(home, text, **parameters):
    path = home / "bars.csv"
    path.write_text(text)
    adapter = load_adapter(new_team(home / "w"), "ohlcv", {"paths": [str(path)], **parameters})
    cache_files(adapter, workers=1)
    return adapter


def rows_of(text, wanted=slice(None)):
    """Return open, high, low, close, trades, volume, mean size and max size of each row."""
    found = []
    for line in text.splitlines()[1:]:
        cells = line.split(",")
        values = [float(one) for one in (*cells[1:5], cells[-1])]
        volume = values[4]
        found.append([*values[:4], float(volume > 0), volume, volume, volume])
    return found[wanted]


@pytest.mark.parametrize("where", [{"zone": "Europe/Berlin"}, {"zone": "UTC"}, {"calendar": "XNYS"}])
def test_days_come_back_as_they_went_in(tmp_path, where):
    adapter = bars(tmp_path, DAYS, **where)
    found = adapter.get_bars(len(adapter) - 1, 9, "day", prevent_lookahead_bias=False)
    np.testing.assert_array_equal(found, rows_of(DAYS))
    check_adapter(OhlcvAdapter, tmp_path / "bars.csv", where).raise_if_failed()


def test_bars_without_a_header_are_read_by_the_names_they_are_given(tmp_path):
    columns = ["Day", "Open", "High", "Low", "Close", "Adjusted", "Shares"]
    bare = "".join(DAYS.splitlines(keepends=True)[1:])
    where = {"zone": "UTC", "columns": columns, "time": "Day", "volume": "Shares"}
    adapter = bars(tmp_path, bare, **where)
    found = adapter.get_bars(len(adapter) - 1, 9, "day", prevent_lookahead_bias=False)
    np.testing.assert_array_equal(found, rows_of(DAYS))
    assert adapter.store.files[0].manifest["account"]["rows_in"] == 3
    check_adapter(OhlcvAdapter, tmp_path / "bars.csv", where).raise_if_failed()


def test_minutes_come_back_as_they_went_in(tmp_path):
    adapter = bars(tmp_path, MINUTES, unit="minute")
    found = adapter.get_bars(len(adapter) - 1, 9, "minute", prevent_lookahead_bias=False)
    np.testing.assert_array_equal(found, rows_of(MINUTES))
    larger = adapter.get_bars(len(adapter) - 1, 9, "hour", prevent_lookahead_bias=False)
    np.testing.assert_array_equal(larger, [[13.5, 14.2, 13.4, 13.8, 4, 2250, 562.5, 1000]])


def test_a_calendar_leaves_the_minutes_of_the_session(tmp_path):
    adapter = bars(tmp_path, MINUTES, unit="minute", calendar="XNYS")
    found = adapter.get_bars(len(adapter) - 1, 9, "minute", prevent_lookahead_bias=False)
    np.testing.assert_array_equal(found, rows_of(MINUTES, slice(1, None)))


def test_an_hour_that_the_session_begins_in_keeps_its_open(tmp_path):
    text = (
        "time,open,high,low,close,volume\n2013-10-07T13:00:00Z,1,3,0.5,2,10\n2013-10-07T20:00:00Z,1,1,1,1,1\n"
    )
    adapter = bars(tmp_path, text, unit="hour", calendar="XNYS")
    assert adapter.store.times(0, 1).tolist() == [ns("2013-10-07 09:30:00")]
    found = adapter.get_bars(3, 1, "hour", prevent_lookahead_bias=False)
    assert found.tolist() == [[1, 3, 0.5, 2, 1, 10, 10, 10]]


@pytest.mark.parametrize(("stamp", "shift"), [("start", 0), ("end", -60)])
def test_only_the_open_is_known_before_a_period_ends(tmp_path, stamp, shift):
    adapter = bars(tmp_path, MINUTES, unit="minute", stamp=stamp)
    begin = ns("2013-10-07 09:30:00") + shift * NS
    assert adapter.store.times(4, 8).tolist() == [begin, *[begin + 60 * NS - 1] * 3]
    columns = adapter.window(4, 8, ["price", "volume", "eligibility", "print"])
    assert columns["price"].tolist() == [13.9, 14.1, 13.8, 14.0]
    assert columns["volume"].tolist() == [0, 0, 0, 1000]
    assert columns["eligibility"].tolist() == [OK_LAST, OK_HL, OK_HL, OK_LAST | OK_VOLUME]
    assert columns["print"].tolist() == ["open", "high", "low", "close"]
    assert set(adapter[4]) == {"index", "timestamp", "session", "print"}
    assert adapter.get_bars(4, 1, "minute", current="partial").tolist() == [[13.9] * 4 + [0] * 4]


def test_days_begin_and_end_with_the_session(tmp_path):
    adapter = bars(tmp_path, "date,open,high,low,close,volume\n2013-07-03,1,2,1,2,5\n", calendar="XNYS")
    times = adapter.store.times(0, 4).tolist()
    assert times == [ns("2013-07-03 09:30:00"), *[ns("2013-07-03 13:00:00") - 1] * 3]  # an early close
    assert adapter.store.column("session", 0, 4).tolist() == [0] * 4


def test_the_account_counts_rows_and_the_store_ticks(tmp_path):
    adapter = bars(tmp_path, DAYS + "2013-10-09,1,0.5,1,1,1,1\n", zone="UTC", max_rejected=0.5)
    manifest = adapter.store.files[0].manifest
    account = manifest["account"]
    assert (account["rows_in"], account["kept"], account["rejected"], manifest["rows"]) == (4, 3, 1, 12)
    assert account["rejects"] == [{"line": 5, "reason": "high and low do not enclose open and close"}]


@pytest.mark.parametrize(
    ("text", "parameters", "kind", "words"),
    [
        (DAYS, {}, NaiveTime, "line 2: the time '2013-10-04' has no zone"),
        (DAYS, {"zone": "UTC", "unit": "week"}, UnknownName, "no unit called 'week'"),
        (DAYS, {"zone": "UTC", "size": 5}, BadParameter, "one day each"),
        (DAYS, {"zone": "UTC", "stamp": "middle"}, UnknownName, "no value of stamp called 'middle'"),
        (DAYS, {"zone": "UTC", "volume": "turnover"}, MissingColumn, "'turnover' is missing"),
        (
            DAYS.replace("14.1", "nan"),
            {"zone": "UTC"},
            TooManyRejects,
            "line 2: a price is no finite positive",
        ),
        (
            DAYS.replace(",1000", ",-1"),
            {"zone": "UTC"},
            TooManyRejects,
            "line 2: volume is no number from 0 on",
        ),
        (DAYS.splitlines()[0], {"zone": "UTC"}, EmptyFile, "no data rows"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, parameters, kind, words):
    with pytest.raises(kind, match=words):
        bars(tmp_path, text, **parameters)
