"""The four documented windows, the partial bar, eligibility and the day, on bars one can count on fingers."""

import numpy as np
import pytest
from tapes import Tick, new_team, ns, tape

from litlab.bars import BAR_COLUMNS, check_period
from litlab.errors import BadParameter, UnknownName

DAY, NEXT = "2013-10-07", "2013-10-08"
TICKS = [
    Tick(ns(f"{DAY} 15:57:10"), 10.0, 100),  # 0
    Tick(ns(f"{DAY} 15:58:10"), 11.0, 100),  # 1
    Tick(ns(f"{DAY} 15:58:20"), 19.0, 50, "I"),  # 2  an odd lot: volume only
    Tick(ns(f"{DAY} 15:58:50"), 12.0, 100),  # 3
    Tick(ns(f"{DAY} 15:59:30"), 99.0, 50, "I"),  # 4  no bar: nothing here may set the last price
    Tick(ns(f"{DAY} 16:00:03"), 14.0, 10, "T"),  # 5  after hours
    Tick(ns(f"{DAY} 16:00:09"), 13.0, 900, "6"),  # 6  the closing auction
    Tick(ns(f"{DAY} 16:00:09"), 13.0, 900, "M"),  # 7  its official echo counts for nothing
    Tick(ns(f"{NEXT} 09:30:00"), 15.0, 100),  # 8
]
FIRST, SECOND = [10, 10, 10, 10, 1, 100, 100, 100], [11, 12, 11, 12, 3, 250, 250 / 3, 100]
AUCTION, THIRD = [13, 13, 13, 13, 1, 900, 900, 900], [15, 15, 15, 15, 1, 100, 100, 100]


@pytest.fixture(scope="module")
def adapter(tmp_path_factory):
    home = tmp_path_factory.mktemp("windows")
    return tape(new_team(home / "w"), home / "t", TICKS)


@pytest.mark.parametrize(
    ("index", "options", "expected"),
    [
        (2, {}, [FIRST]),
        (2, {"prevent_lookahead_bias": False}, [FIRST, SECOND]),
        (2, {"future": True}, [AUCTION, THIRD]),
        (2, {"future": True, "prevent_lookahead_bias": False}, [SECOND, AUCTION, THIRD]),
        (2, {"current": "partial"}, [FIRST, [11, 11, 11, 11, 2, 150, 75, 100]]),
        (4, {"prevent_lookahead_bias": False}, [FIRST, SECOND]),
        (4, {"current": "partial"}, [FIRST, SECOND]),
        (5, {}, [FIRST, SECOND]),
        (5, {"current": "partial"}, [FIRST, SECOND]),
        (6, {"current": "partial"}, [FIRST, SECOND, AUCTION]),
        (7, {}, [FIRST, SECOND]),
        (8, {}, [FIRST, SECOND, AUCTION]),
        (8, {"cross": False, "prevent_lookahead_bias": False}, [THIRD]),
        (1, {"future": True, "cross": False}, [AUCTION]),
        (0, {}, []),
        (8, {"future": True}, []),
        (5, {"sessions": "all", "current": "partial"}, [FIRST, SECOND, [14, 14, 14, 14, 1, 10, 10, 10]]),
    ],
)  # fmt: skip
def test_windows(adapter, index, options, expected):
    found = adapter.get_bars(index, 9, "minute", **options)
    np.testing.assert_array_equal(found, np.array(expected, float).reshape(-1, 8))
    assert len(BAR_COLUMNS) == 8


def test_the_count_takes_the_nearest_bars_and_the_partial_one_is_one_of_them(adapter):
    assert adapter.get_bars(8, 2, "minute")[:, 0].tolist() == [11, 13]
    assert adapter.get_bars(2, 1, "minute", current="partial")[:, 0].tolist() == [11]
    assert adapter.get_bars(0, 2, "minute", future=True)[:, 0].tolist() == [11, 13]


def test_a_day_is_one_bar_with_its_auction(adapter):
    bar = adapter.get_bars(8, 1, "day")[0]
    assert bar.tolist() == [10, 13, 10, 13, 6, 1300, 1300 / 6, 900]


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"unit": "minutes"}, UnknownName),
        ({"size": 0}, BadParameter),
        ({"size": 1.5}, BadParameter),
        ({"count": 0}, BadParameter),
        ({"current": "whole"}, UnknownName),
        ({"current": "partial", "future": True}, BadParameter),
        ({"current": "partial", "prevent_lookahead_bias": False}, BadParameter),
        ({"sessions": "night"}, UnknownName),
    ],
)
def test_impossible_windows_are_refused(adapter, options, kind):
    with pytest.raises(kind):
        adapter.get_bars(2, **{"count": 1, "unit": "minute", **options})
    if kind is BadParameter:
        assert issubclass(kind, ValueError)


def test_an_index_outside_is_an_index_error(adapter):
    for index in (-1, 9):
        with pytest.raises(IndexError):
            adapter.get_bars(index, 1, "minute")


def test_a_period_is_a_unit_and_a_whole_size():
    assert check_period("minute", 2.0) == ("minute", 2)


def test_fractional_sizes_add_up_the_same_in_part_and_whole(tmp_path):
    first = ns(f"{DAY} 10:00:00")
    ticks = [Tick(first + at * 15 * 10**7, 10, 0.1 + at / 7) for at in range(300)]
    ticks.append(Tick(first + 60 * 10**9, 10, 1))
    adapter = tape(new_team(tmp_path / "w"), tmp_path / "t", ticks[:151], ticks[151:], fractional=True)
    part = adapter.get_bars(299, 1, "minute", current="partial")
    whole = adapter.get_bars(299, 1, "minute", prevent_lookahead_bias=False)
    np.testing.assert_array_equal(part, whole)


@pytest.mark.parametrize("count", [1.5, "3", True, None])
@pytest.mark.parametrize("options", [{}, {"cross": False}, {"current": "partial"}])
def test_a_count_that_is_no_whole_number_is_refused(adapter, count, options):
    with pytest.raises(BadParameter, match="whole number of bars"):
        adapter.get_bars(8, count, "minute", **options)
    with pytest.raises(BadParameter, match="whole number of bars"):
        adapter.get_bars_batch([8], count, "minute", **options)
