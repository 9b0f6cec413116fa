"""LOBSTER messages: executions are trades, everything else is filtered."""

import pytest
from tapes import new_team, ns

from litlab.adapters import cache_files, load_adapter
from litlab.adapters.lobster import LobsterAdapter
from litlab.errors import NoDateInName, TooManyRejects, WrongLayout
from litlab.testing import check_adapter

NAME = "AAPL_2012-06-21_34200000_57600000_message_10.csv"
ROWS = [
    "34200.004241176,1,16113575,18,5853300,1",  # a new order
    "34200.004260640,4,16113584,18,5853200,1",  # a visible execution
    "34200.025551909,5,0,15,5859200,-1",  # a hidden one
    "34200.201743272,3,16113584,18,5853200,1",  # a deletion
    "34201.000000001,7,0,0,-1,-1",  # a halt
    "57599.999999999,4,16113585,200,5776700,-1",
]


def lobster(home, rows, name=NAME):
    path = home / name
    path.write_text("".join(f"{row}\n" for row in rows))
    adapter = load_adapter(new_team(home / "w"), "lobster", {"paths": [str(path)]})
    cache_files(adapter, workers=1)
    return adapter


def test_executions_to_the_nanosecond(tmp_path):
    adapter = lobster(tmp_path, ROWS)
    times = ["09:30:00.004260640", "09:30:00.025551909", "15:59:59.999999999"]
    assert adapter.store.times(0, 3).tolist() == [ns(f"2012-06-21 {one}") for one in times]
    columns = adapter.window(0, 3, ["price", "volume", "direction", "type", "order_id"])
    assert columns["price"].tolist() == [585.32, 585.92, 577.67]
    assert columns["volume"].tolist() == [18, 15, 200]
    assert columns["direction"].tolist() == [1, -1, -1]
    assert columns["type"].tolist() == [4, 5, 4]
    assert columns["order_id"].tolist() == [16113584, 0, 16113585]
    account = adapter.store.files[0].manifest["account"]
    assert (account["rows_in"], account["kept"], account["filtered"], account["rejected"]) == (6, 3, 3, 0)
    check_adapter(LobsterAdapter, tmp_path / NAME).raise_if_failed()


@pytest.mark.parametrize(
    ("rows", "name", "kind", "words"),
    [
        (ROWS, "message.csv", NoDateInName, "AAPL_2012-06-21"),
        (["585.32,18,1"], NAME, WrongLayout, "wanted: seconds after midnight"),
        ([*ROWS, "86400.0,4,1,1,5853200,1"], NAME, TooManyRejects, "line 7: time is no time of day"),
        ([*ROWS, "34202.5,4,1,0,5853200,1"], NAME, TooManyRejects, "line 7: size is no positive number"),
        ([*ROWS, "34202.5,4,1,1"], NAME, TooManyRejects, "line 7: .*Expected 6 columns, got 4"),
    ],
)
def test_what_is_wrong_is_named_by_line(tmp_path, rows, name, kind, words):
    with pytest.raises(kind, match=words):
        lobster(tmp_path, rows, name)
