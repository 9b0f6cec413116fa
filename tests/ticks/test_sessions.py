"""Exchange hours, against opening times written down by hand (New York, in UTC)."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import numpy as np
import pytest

from litlab.errors import BadParameter, MissingExtra, UnknownName
from litlab.ticks import sessions
from litlab.ticks.columns import CLOSED, NS, POST, PRE, REGULAR
from litlab.ticks.sessions import Sessions, calendar_zone, local_midnights, sessions_between

HOUR = 3600 * NS


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * NS


def over(first: str, last: str, calendar: str = "XNYS") -> Sessions:
    return sessions_between(calendar, utc(first), utc(last))


def on(found: Sessions, day: str) -> tuple[int, int]:
    """Return the open and close of one date."""
    at = found.day.tolist().index(utc(day) // (24 * HOUR))
    return int(found.open_ns[at]), int(found.close_ns[at])


def classes(found: Sessions, *times: str, auction: bool = False) -> list[int]:
    moments = np.array([utc(one) for one in times], np.int64)
    return found.classify(moments, np.full(len(times), auction)).tolist()


def test_arrays_have_the_types_and_the_zone_they_promise():
    found = over("2024-01-02", "2024-01-05")
    assert (found.day.dtype, found.open_ns.dtype, found.close_ns.dtype) == (np.int32, np.int64, np.int64)
    assert found.zone == calendar_zone("XNYS") == "America/New_York"
    assert found.classify(found.open_ns, np.zeros(len(found.day), bool)).dtype == np.int8


def test_the_open_moves_by_an_hour_in_utc_when_the_clocks_change():
    spring = over("2024-03-08", "2024-03-11")
    assert on(spring, "2024-03-08") == (utc("2024-03-08T14:30"), utc("2024-03-08T21:00"))
    assert on(spring, "2024-03-11") == (utc("2024-03-11T13:30"), utc("2024-03-11T20:00"))
    autumn = over("2024-11-01", "2024-11-04")
    assert on(autumn, "2024-11-01") == (utc("2024-11-01T13:30"), utc("2024-11-01T20:00"))
    assert on(autumn, "2024-11-04") == (utc("2024-11-04T14:30"), utc("2024-11-04T21:00"))


def test_extended_hours_follow_the_local_clock_across_the_change():
    found = over("2024-03-08", "2024-03-11")
    # 04:00 in New York is 09:00 UTC on Friday and 08:00 UTC on Monday; 20:00 is 01:00 and 00:00.
    assert classes(found, "2024-03-08T08:59:59", "2024-03-08T09:00") == [CLOSED, PRE]
    assert classes(found, "2024-03-11T07:59:59", "2024-03-11T08:00") == [CLOSED, PRE]
    assert classes(found, "2024-03-09T00:59:59", "2024-03-09T01:00") == [POST, CLOSED]
    assert classes(found, "2024-03-11T23:59:59", "2024-03-12T00:00") == [POST, CLOSED]


def test_regular_holds_the_open_and_not_the_close():
    found = over("2024-01-03", "2024-01-03")
    opened, closed = on(found, "2024-01-03")
    times = np.array([opened - 1, opened, closed - 1, closed], np.int64)
    assert found.classify(times, np.zeros(4, bool)).tolist() == [PRE, REGULAR, REGULAR, POST]


def test_a_half_day_closes_at_one_and_has_its_post_session_from_there():
    found = over("2024-07-03", "2024-07-03")
    assert on(found, "2024-07-03") == (utc("2024-07-03T13:30"), utc("2024-07-03T17:00"))
    told = classes(found, "2024-07-03T16:59:59", "2024-07-03T17:00", "2024-07-03T20:00")
    assert told == [REGULAR, POST, POST]
    assert classes(found, "2024-07-03T17:00:30", auction=True) == [REGULAR]


def test_holidays_and_weekends_are_closed_all_day():
    found = over("2024-01-12", "2024-01-16")
    assert not {utc(day) // (24 * HOUR) for day in ("2024-01-13", "2024-01-14", "2024-01-15")} & set(
        found.day
    )
    assert (
        classes(found, "2024-01-13T15:00", "2024-01-15T10:00", "2024-01-15T15:00", "2024-01-15T22:00")
        == [CLOSED] * 4
    )


def test_an_auction_print_is_regular_for_half_an_hour_after_the_close_and_no_longer():
    found = over("2024-01-03", "2024-01-03")
    late = ("2024-01-03T21:00:05", "2024-01-03T21:29:59", "2024-01-03T21:30")
    assert classes(found, *late, auction=True) == [REGULAR, REGULAR, POST]
    assert classes(found, *late) == [POST, POST, POST]


def test_an_auction_print_before_the_open_stays_in_the_pre_session():
    assert classes(over("2024-01-03", "2024-01-03"), "2024-01-03T14:29:59", auction=True) == [PRE]


def test_a_market_that_never_closes_has_no_closed_hour():
    found = over("2024-03-18", "2024-03-19", "24/7")
    times = utc("2024-03-18") + np.arange(48) * HOUR
    assert set(found.classify(times, np.zeros(48, bool)).tolist()) == {REGULAR}


def test_a_session_that_opens_the_evening_before_is_regular_from_its_open():
    # ICE US futures: the session dated the 19th opens at 20:00 in New York on the 18th and closes at 18:00.
    found = over("2024-03-18", "2024-03-20", "IEPA")
    opened, closed = on(found, "2024-03-19")
    assert (opened, closed) == (utc("2024-03-19T00:00"), utc("2024-03-19T22:00"))
    told = classes(found, "2024-03-19T00:00", "2024-03-19T05:00", "2024-03-19T21:59", "2024-03-19T22:30")
    assert told == [REGULAR, REGULAR, REGULAR, POST]


def test_classes_equal_a_slow_twin_on_random_times():
    found = over("2024-06-28", "2024-07-09")
    rng = np.random.default_rng(3)
    times = np.sort(rng.integers(utc("2024-06-27"), utc("2024-07-11"), 3000))
    auction = rng.random(3000) < 0.2
    new_york = [
        datetime.fromtimestamp(int(one) / NS, UTC).astimezone(sessions.ZoneInfo(found.zone)) for one in times
    ]
    hours = {
        int(d): (int(o), int(c)) for d, o, c in zip(found.day, found.open_ns, found.close_ns, strict=True)
    }

    def slow(at: int) -> int:
        local, time = new_york[at], int(times[at])
        day = (local.date() - datetime(1970, 1, 1).date()).days
        if day not in hours or not 4 <= local.hour < 20:
            return CLOSED
        opened, closed = hours[day]
        if time < opened:
            return PRE
        return REGULAR if time < closed + (1800 * NS if auction[at] else 0) else POST

    assert found.classify(times, auction).tolist() == [slow(at) for at in range(3000)]


def test_no_sessions_means_closed_and_times_need_no_order():
    none = Sessions("UTC", np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.int64))
    assert classes(none, "2024-01-03T15:00") == [CLOSED]
    found = over("2024-01-03", "2024-01-03")
    assert classes(found, "2024-01-03T15:00", "1999-01-04T15:00", "2024-01-03T10:00") == [
        REGULAR,
        CLOSED,
        PRE,
    ]


def test_a_day_of_grace_stands_on_either_side_of_the_span():
    found = over("2024-01-04T15:00", "2024-01-04T15:00")
    assert found.day.tolist() == [
        utc(day) // (24 * HOUR) for day in ("2024-01-03", "2024-01-04", "2024-01-05")
    ]


def test_local_midnights_know_the_days_of_23_and_25_hours():
    spring = local_midnights("America/New_York", utc("2024-03-09T12:00"), utc("2024-03-11T12:00"))
    assert spring.tolist() == [utc("2024-03-09T05:00"), utc("2024-03-10T05:00"), utc("2024-03-11T04:00")]
    autumn = local_midnights("America/New_York", utc("2024-11-02T12:00"), utc("2024-11-04T12:00"))
    assert (np.diff(autumn) // HOUR).tolist() == [24, 25]


def test_local_midnights_cover_both_ends_of_the_span():
    first, last = utc("2024-01-02T04:59:59"), utc("2024-01-03T05:00")
    found = local_midnights("America/New_York", first, last)
    assert found.dtype == np.int64
    assert found.tolist() == [utc("2024-01-01T05:00"), utc("2024-01-02T05:00"), utc("2024-01-03T05:00")]


def test_a_day_without_a_midnight_begins_when_its_clock_does():
    # In São Paulo the clocks went from 00:00 to 01:00 on 2018-11-04, at 03:00 UTC.
    assert local_midnights(
        "America/Sao_Paulo", utc("2018-11-04T12:00"), utc("2018-11-04T13:00")
    ).tolist() == [utc("2018-11-04T03:00")]


def test_an_unknown_calendar_is_named_with_the_nearest_one():
    with pytest.raises(UnknownName, match="Did you mean 'XNYS'"):
        over("2024-01-02", "2024-01-03", "XNYSE")


def test_years_a_calendar_does_not_know_are_one_clear_error():
    with pytest.raises(BadParameter, match="'XKRX' is not possible: it has no record of"):
        over("2070-01-02", "2070-01-03", "XKRX")


def test_without_exchange_calendars_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "exchange_calendars", None)
    sessions._calendar.cache_clear()
    sessions._sessions.cache_clear()
    monkeypatch.setattr(sessions, "_MADE", {})
    with pytest.raises(MissingExtra, match=r"litlab\[calendars\]"):
        over("2024-01-02", "2024-01-03")
    # Bars on a tape without a calendar need no package at all.
    assert len(local_midnights("UTC", 0, 24 * HOUR)) == 2


def test_a_calendar_serves_the_weeks_around_its_years(monkeypatch):
    made = []
    make = sessions._calendar
    monkeypatch.setattr(sessions, "_MADE", {})
    monkeypatch.setattr(sessions, "_calendar", lambda *asked: made.append(asked) or make(*asked))
    sessions._sessions.cache_clear()
    days = {"2013-01-02": 2, "2013-06-05": 3, "2013-12-31": 2, "2014-06-04": 3}  # 1 January is a holiday
    for day, count in days.items():
        assert len(over(day, day).day) == count, day
    assert len(made) == 1
    sessions._sessions.cache_clear()


def test_a_lunch_break_is_closed_and_takes_the_mornings_auction():
    tokyo = over("2024-01-09", "2024-01-10", "XTKS")  # 11:30 to 12:30, nine hours ahead
    times = ("2024-01-09T02:29:59", "2024-01-09T02:30:02", "2024-01-09T03:29:59", "2024-01-09T03:30:00")
    assert classes(tokyo, *times) == [REGULAR, CLOSED, CLOSED, REGULAR]
    assert classes(tokyo, *times[1:3], auction=True) == [REGULAR, CLOSED]
    assert over("2024-01-09", "2024-01-10").break_start_ns is None


def test_a_half_day_among_days_with_a_break_has_none():
    days, opens, closes = np.array([0, 1], np.int32), np.array([100, 1100]), np.array([200, 1140])
    found = Sessions("UTC", days, opens, closes, np.array([140, 1140]), np.array([160, 1140]))
    times = np.array([139, 140, 159, 160, 1139])
    assert found.classify(times, np.zeros(5, bool)).tolist() == [REGULAR, CLOSED, CLOSED, REGULAR, REGULAR]
    halves = found.without_breaks()
    assert halves.open_ns.tolist() == [100, 160, 1100]
    assert halves.close_ns.tolist() == [140, 200, 1140]
    assert halves.day.tolist() == [0, 0, 1]
