"""Kibot ticks: whole seconds of US Eastern time, four columns or six."""

import pytest
from tapes import new_team, ns

from litlab.adapters import cache_files, load_adapter
from litlab.adapters.kibot import KibotAdapter
from litlab.errors import TooManyRejects, WrongLayout
from litlab.testing import check_adapter
from litlab.ticks.columns import POST, PRE, REGULAR

PLAIN = [
    "10/07/2013,08:00:00,13.93,100",
    "10/07/2013,09:30:00,13.94,200",
    "10/07/2013,09:30:00,13.94,200",
    "11/04/2013,16:00:01.5,14.01,300",
]
QUOTED = [
    "10/07/2013,08:00:00,13.93,13.92,13.94,100",
    "10/07/2013,09:30:00,13.94,13.93,13.94,200",
    "10/07/2013,09:30:00,13.94,13.93,13.94,200",
    "11/04/2013,16:00:01.5,14.01,14,14.02,300",
]


def kibot(home, rows):
    path = home / "BAC.txt"
    path.write_text("".join(f"{row}\r\n" for row in rows))
    adapter = load_adapter(new_team(home / "w"), "kibot", {"paths": [str(path)]})
    cache_files(adapter, workers=1)
    return adapter


@pytest.mark.parametrize("rows", [PLAIN, QUOTED], ids=["plain", "with quotes"])
def test_times_are_eastern_and_identical_rows_are_trades(tmp_path, rows):
    adapter = kibot(tmp_path, rows)
    times = ["10-07 08:00:00", "10-07 09:30:00", "10-07 09:30:00", "11-04 16:00:01.5"]
    assert adapter.store.times(0, 4).tolist() == [ns(f"2013-{one}") for one in times]
    columns = adapter.window(0, 4, ["price", "volume", "session"])
    assert columns["price"].tolist() == [13.93, 13.94, 13.94, 14.01]
    assert columns["volume"].tolist() == [100, 200, 200, 300]
    assert columns["session"].tolist() == [PRE, REGULAR, REGULAR, POST]
    if rows is QUOTED:
        assert (adapter[3]["Bid"], adapter[3]["Ask"]) == (14.0, 14.02)
    check_adapter(KibotAdapter, tmp_path / "BAC.txt").raise_if_failed()


@pytest.mark.parametrize(
    ("rows", "kind", "words"),
    [
        ([*PLAIN, "13/07/2013,09:30:00,1,1"], TooManyRejects, "line 5: Time is no time of day"),
        ([*PLAIN, "12/31/9999,09:30:00,1,1"], TooManyRejects, "line 5: Time is no time of day"),
        ([*PLAIN, ",09:30:00,1,1"], TooManyRejects, "line 5: Time is no time of day"),
        ([*PLAIN, "10/07/2013,9:61,1,1"], TooManyRejects, "line 5: .*9:61"),
        ([*PLAIN, QUOTED[0]], TooManyRejects, "line 5: .*Expected 4 columns, got 6"),
        (["2013-10-07,09:30:00,1,1"], WrongLayout, "wanted: MM/DD/YYYY"),
    ],
)
def test_what_is_wrong_is_named_by_line(tmp_path, rows, kind, words):
    with pytest.raises(kind, match=words):
        kibot(tmp_path, rows)
