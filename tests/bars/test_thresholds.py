"""Bars of so many trades, so much volume or money, periods counted from the open: ticks counted by hand."""

import itertools

import numpy as np
import pytest
from tapes import Tick, new_team, ns, tape

from litlab.bars.folding import fold_columns
from litlab.errors import BadParameter, UnknownName
from litlab.ticks.runs import FOLDED

DAY, NEXT = "2013-10-07", "2013-10-08"
TICKS = [
    Tick(ns(f"{DAY} 09:00:00"), 9.0, 100, "T"),  # 0  before the open
    Tick(ns(f"{DAY} 09:31:00"), 10.0, 100),  # 1
    Tick(ns(f"{DAY} 09:31:00"), 11.0, 50, "I"),  # 2  an odd lot: counts as volume, sets no price
    Tick(ns(f"{DAY} 09:32:00"), 12.0, 200),  # 3  350 by now
    Tick(ns(f"{DAY} 09:33:00"), 13.0, 300, "M"),  # 4  counts for nothing
    Tick(ns(f"{DAY} 09:33:00"), 14.0, 100),  # 5
    Tick(ns(f"{DAY} 16:20:00"), 15.0, 100, "T"),  # 6  after hours
    Tick(ns(f"{NEXT} 10:00:00"), 16.0, 300),  # 7
    Tick(ns(f"{NEXT} 10:29:59"), 17.0, 100),  # 8
    Tick(ns(f"{NEXT} 10:30:00"), 18.0, 100),  # 9
]
A = [10, 12, 10, 12, 3, 350, 350 / 3, 200]
REST = [14, 14, 14, 14, 1, 100, 100, 100]
B = [16, 16, 16, 16, 1, 300, 300, 300]
C = [17, 18, 17, 18, 2, 200, 100, 100]


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    return new_team(tmp_path_factory.mktemp("w") / "w")


@pytest.fixture(scope="module", params=[(10,), (3, 8)], ids=["one file", "three files"])
def adapter(request, team, tmp_path_factory):
    cuts = [0, *request.param, len(TICKS)]
    files = [TICKS[a:b] for a, b in itertools.pairwise(cuts) if a < b]
    return tape(team, tmp_path_factory.mktemp("t"), *files)


@pytest.mark.parametrize(
    ("unit", "size"), [("tick", 3), ("volume", 300), ("value", 1000 + 550 + 1), ("volume", 151)]
)
def test_a_bar_closes_with_the_tick_that_reaches_the_threshold(adapter, unit, size):
    bars = adapter.bar_index(unit, size)
    assert bars.values[:2].tolist() == [A, REST]
    assert (bars.first[:2].tolist(), bars.last[:2].tolist()) == ([1, 4], [3, 5])


def test_what_reached_the_threshold_is_read_to_its_last_tick_and_a_days_rest_to_the_next_day(adapter):
    bars = adapter.bar_index("volume", 300)
    assert bars.values.tolist() == [A, REST, B, C]
    assert bars.shown.tolist() == [3, 7, 7, len(TICKS)]
    unguarded = {"prevent_lookahead_bias": False}
    assert adapter.bars([3], 9, "volume", 300, **unguarded).reads.tolist() == [[1, 4]]
    assert adapter.bars([5], 1, "volume", 300, **unguarded).reads.tolist() == [[4, 8]]


def test_the_bar_holding_a_tick_follows_from_its_index(adapter):
    def past(index, **options):
        return adapter.get_bars(index, 9, "volume", 300, **options).tolist()

    assert past(0) == past(3) == []
    assert past(0, prevent_lookahead_bias=False) == [A]  # out of scope, while the day's first bar was to come
    assert past(2, current="partial") == [[10, 10, 10, 10, 2, 150, 75, 100]]
    assert past(3, current="partial") == past(4) == past(6) == [A]
    assert past(4, current="partial") == [A]  # nothing of the next bar has a price
    assert past(7) == [A, REST]
    assert past(6, future=True) == [B, C]


def test_periods_end_where_their_thresholds_are_reached(adapter):
    indices, as_of = adapter.period_ends(0, len(adapter), "volume", 300)
    assert indices.tolist() == [3, 5, 7]
    assert as_of.tolist() == [TICKS[3].time_ns, ns(f"{NEXT} 00:00:00"), TICKS[7].time_ns]


def test_an_adaptive_threshold_comes_from_the_days_before(adapter):
    bars = adapter.bar_index("volume", {"per_day": 2})  # 450 on the first day: 225 on the second
    assert bars.values.tolist() == [[10, 14, 10, 14, 4, 450, 112.5, 200], B, C]


def test_hours_may_be_counted_from_the_open(adapter):
    at_the_open = adapter.bar_index("hour", 1, anchor="session")
    opens = [ns(f"{DAY} 09:30:00"), ns(f"{NEXT} 09:30:00"), ns(f"{NEXT} 10:30:00")]
    assert at_the_open.start_ns.tolist() == opens
    assert adapter.bar_index("hour", 1).start_ns.tolist() == [
        ns(f"{one}:00:00") for one in (f"{DAY} 09", f"{NEXT} 10")
    ]
    extended = adapter.bar_index("hour", 1, "all", "session")
    assert extended.start_ns.tolist()[0] == ns(f"{DAY} 08:30:00")


def test_a_long_period_of_days_neither_begins_nor_ends_with_the_data(adapter):
    bars = adapter.bar_index("day", 100)
    assert len(bars) == 1
    days = 86_400 * 10**9
    assert 99 * days < bars.end_ns[0] - bars.start_ns[0] < 101 * days
    assert bars.start_ns[0] < TICKS[0].time_ns < TICKS[-1].time_ns < bars.end_ns[0]
    assert bars.date[0] % 100 == 0


def test_the_closing_bar_is_read_to_the_first_tick_behind_which_no_auction_print_can_come(team, tmp_path):
    ticks = [
        Tick(ns(f"{DAY} 16:00:05"), 10.0, 100, "6"),
        Tick(ns(f"{DAY} 16:10:00"), 11.0, 100, "T"),
        Tick(ns(f"{DAY} 16:40:00"), 12.0, 100, "T"),
        Tick(ns(f"{NEXT} 09:30:00"), 13.0, 100),
    ]
    found = tape(team, tmp_path, ticks).bars([0], 1, "minute", prevent_lookahead_bias=False)
    assert found.reads.tolist() == [[0, 3]]


def test_stored_minutes_and_seconds_make_the_same_bars(team, tmp_path):
    step = 7 * 10**9
    ticks = [Tick(ns(f"{DAY} 15:50:00") + at * step, 10 + at % 7, 1 + at % 5) for at in range(200)]
    whole = tape(team, tmp_path / "a", ticks)
    seconds = tape(team, tmp_path / "b", ticks, fractional=True)
    assert (whole.store.files[0].path / "minutes.npy").is_file()
    assert not (seconds.store.files[0].path / "minutes.npy").exists()
    columns = {name: whole.store.column(name, 0, len(ticks)) for name in FOLDED}
    for unit in ("second", "minute", "hour", "day"):
        in_memory = fold_columns(columns, whole.clock, unit)[1]
        np.testing.assert_array_equal(in_memory, whole.bar_index(unit, 1, "all").values)
        for name in ("start_ns", "end_ns", "date", "first", "last", "enter", "leave", "shown", "values"):
            ours, theirs = (getattr(one.bar_index(unit, 1, "all"), name) for one in (whole, seconds))
            np.testing.assert_array_equal(ours, theirs, err_msg=name)


@pytest.mark.parametrize(
    ("unit", "size", "options"),
    [
        ("tick", 1.5, {}),
        ("volume", 0, {}),
        ("value", float("inf"), {}),
        ("minute", {"per_day": 5}, {}),
        ("volume", {"per_week": 5}, {}),
        ("volume", {"per_day": 0}, {}),
        ("day", 367, {}),
        ("minute", 1, {"anchor": "noon"}),
    ],
)
def test_impossible_bars_are_refused(adapter, unit, size, options):
    with pytest.raises((BadParameter, UnknownName)):
        adapter.get_bars(1, 1, unit, size, **options)


def test_there_is_no_open_without_a_calendar(team, tmp_path):
    lonely = tape(team, tmp_path, TICKS, calendar=None, zone="UTC")
    with pytest.raises(BadParameter, match="calendar"):
        lonely.get_bars(1, 1, "minute", anchor="session")
