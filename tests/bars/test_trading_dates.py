"""Dates as the calendar counts them: a futures session of Monday opens on Sunday evening in Chicago."""

from __future__ import annotations

import numpy as np
import pytest
from tapes import NS, Tick, new_team, tape

from litlab.bars.folding import fold_columns
from litlab.ticks.runs import FOLDED

TIMES = (  # UTC; Chicago is six hours behind, and a session runs from 17:00 to 17:00 there
    "2024-01-07T20:00:00", "2024-01-07T23:30:00", "2024-01-08T05:59:00", "2024-01-08T06:01:00",
    "2024-01-08T22:40:00", "2024-01-08T23:20:00", "2024-01-09T15:00:00", "2024-01-12T22:30:00",
    "2024-01-12T23:30:00", "2024-01-14T23:30:00",
)  # fmt: skip
DATES = [
    "2024-01-07", "2024-01-08", "2024-01-08", "2024-01-08", "2024-01-08", "2024-01-09", "2024-01-09",
    "2024-01-12", "2024-01-12", "2024-01-15",
]  # fmt: skip


def utc(text: str) -> int:
    return int(np.datetime64(text, "ns").astype(np.int64))


def days(numbers) -> list[str]:
    return [str(one) for one in np.asarray(numbers, "datetime64[D]")]


@pytest.fixture(scope="module")
def futures(tmp_path_factory):
    home = tmp_path_factory.mktemp("futures")
    ticks = [Tick(utc(text), 100.0 + at, 1) for at, text in enumerate(TIMES)]
    return tape(new_team(home / "w"), home / "t", ticks[:5], ticks[5:], calendar="CMES")


def test_a_tick_of_the_evening_counts_to_the_session_that_has_opened(futures):
    assert days(futures.clock.dates(futures.window(0, 10, ["timestamp"])["timestamp"])) == DATES
    assert futures.clock.crosses_midnight


def test_a_bar_of_a_day_is_a_trading_date_and_begins_with_it(futures):
    found = futures.bar_index("day", 1, "all")
    assert days(found.date) == sorted(set(DATES))
    assert found.values[:, 4].tolist() == [DATES.count(day) for day in sorted(set(DATES))]
    assert found.start_ns[1] == utc("2024-01-07T23:00:00")
    assert found.end_ns[1] == found.start_ns[2] == utc("2024-01-08T23:00:00")
    assert found.end_ns[3] == utc("2024-01-13T06:00:00")  # Saturday has no session: its midnight


@pytest.mark.parametrize(("unit", "size"), [("minute", 7), ("hour", 4), ("second", 1), ("tick", 3)])
@pytest.mark.parametrize("anchor", ["midnight", "session"])
def test_no_bar_holds_ticks_of_two_trading_dates_and_none_is_lost(futures, unit, size, anchor):
    found = futures.bar_index(unit, size, "all", anchor)
    whose = [DATES[at] for at in range(10)]
    for first, last, date in zip(found.first, found.last, days(found.date), strict=True):
        assert {date} == set(whose[first : last + 1])
    assert found.values[:, 4].sum() == 10


def test_hours_are_counted_from_the_midnight_within_the_session(futures):
    found = futures.bar_index("hour", 4, "all")
    starts = {int(start) // NS for start in found.start_ns}
    assert utc("2024-01-07T23:00:00") // NS in starts  # 17:00, where the date begins within 16:00 to 20:00
    assert {utc(f"2024-01-08T{hour}:00:00") // NS for hour in ("02", "06")} <= starts  # 20:00 and midnight


def test_a_window_within_the_date_goes_over_midnight(futures):
    assert len(futures.get_bars(4, 9, "minute", sessions="all", cross=False)) == 3
    assert len(futures.get_bars(5, 9, "minute", sessions="all", cross=False)) == 0
    assert len(futures.get_bars(1, 9, "minute", sessions="all", cross=False, future=True)) == 3


@pytest.mark.parametrize("unit", ["minute", "hour", "day"])
def test_bars_of_ticks_in_memory_agree(futures, unit):
    columns = futures.window(0, 10, list(FOLDED))
    times, values = fold_columns(columns, futures.clock, unit, 1)
    found = futures.bar_index(unit, 1, "all")
    np.testing.assert_array_equal(values, found.values)
    np.testing.assert_array_equal(times[2], found.date)


def test_dates_of_a_calendar_by_day_begin_with_the_local_midnight(tmp_path):
    ticks = [Tick(utc("2024-01-08T04:59:00"), 10.0), Tick(utc("2024-01-08T05:01:00"), 11.0)]
    shares = tape(new_team(tmp_path / "w"), tmp_path / "t", ticks, calendar="XNYS")
    assert not shares.clock.crosses_midnight
    assert days(shares.bar_index("day", 1, "all").date) == ["2024-01-07", "2024-01-08"]
