"""What ``inspect`` says of ticks whose oddities were put there by hand, and of many by a slow twin."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from tapes import NS, Tick, new_team, ns, tape

from litlab.adapters import cache_files, load_adapter
from litlab.adapters.inspection import inspect
from litlab.ticks import inspection
from litlab.ticks.oddities import Repeats, Silences, outliers
from litlab.ticks.sessions import Sessions


def test_every_oddity_of_a_small_tape_is_counted(tmp_path: Path) -> None:
    open_ns, close_ns = ns("2013-10-07 09:30:00"), ns("2013-10-07 16:00:00")
    prices = [10.0] * 6 + [12.0] + [10.0] * 6
    ticks = [Tick(open_ns + at * 60 * NS, price) for at, price in enumerate(prices)]
    ticks.insert(3, ticks[2])  # a repeated row
    ticks[8] = ticks[8]._replace(time_ns=ticks[7].time_ns - 5)  # late
    ticks.append(Tick(open_ns + 13 * 60 * NS, 10.0, 30, "4"))  # volume only: its minute has no bar
    ticks.append(Tick(close_ns + 60 * NS, 10.0, 70, "?"))  # an unknown code, after the close
    info = inspect(tape(new_team(tmp_path / "w"), tmp_path, ticks))

    assert (info.ticks, info.rows_in, info.kept, info.filtered, info.rejected) == (16, 16, 16, 0, 0)
    assert (info.first_time_ns, info.last_time_ns) == (open_ns, close_ns + 60 * NS)
    assert (info.duplicates, info.out_of_order) == (1, 1)
    assert info.sessions == {"regular": 15, "pre": 0, "post": 1, "closed": 0}
    assert info.eligibility == {"last": 15, "high_low": 15, "volume": 16, "none": 0}
    assert info.volume == {"regular": 1430.0, "pre": 0.0, "post": 70.0, "closed": 0.0}
    assert info.volume_outside_bars == {"all": 30.0, "regular": 30.0}
    assert info.nulls == {"code": 14}
    assert info.qualifiers == {"code": {"4": 1, "?": 1}}
    assert info.unknown_codes == {"?": 1}
    assert [(one["index"], one["price"], one["median"]) for one in info.outlier_examples] == [(7, 12.0, 10.0)]
    assert info.outlier_examples[0]["record"]["price"] == 12.0
    # From 9:43 to the close; the late row's minute (9:37 arrives as 9:36) leaves two minutes; then the rest.
    assert info.gaps[0] == {"start_ns": open_ns + 13 * 60 * NS, "length_s": (390 - 13) * 60.0}
    assert info.gaps[1] == {"start_ns": ticks[7].time_ns, "length_s": 120.0}
    assert info.days_without_ticks == ()
    assert info.to_json()["files"][0]["duplicates"] == 1


def test_sessions_of_the_calendar_without_a_tick_are_named(tmp_path: Path) -> None:
    days = [[Tick(ns(f"2013-10-{day:02d} 10:00:00"), 10.0)] for day in (4, 8)]
    info = inspect(tape(new_team(tmp_path / "w"), tmp_path, *days))
    assert info.days_without_ticks == ("2013-10-07",)  # not the weekend of the 5th and 6th
    assert [one["name"] for one in info.files] == ["part0.csv", "part1.csv"]


def test_a_column_that_numbers_the_rows_does_not_hide_repeats(tmp_path: Path) -> None:
    raw = tmp_path / "numbered.csv"
    start = ns("2013-10-07 10:00:00")
    raw.write_text("time,price,volume,id,lot\n" + "".join(f"{start},10.0,100,{n},7\n" for n in range(4)))
    adapter = load_adapter(new_team(tmp_path / "w"), "csv", {"paths": [raw], "time_unit": "ns"})
    cache_files(adapter)
    assert inspect(adapter).duplicates == 3


@pytest.mark.parametrize("block", [1, 3, 1 << 20])
def test_repeats_equal_a_plain_count_whatever_the_blocks(block: int) -> None:
    random.seed(7)
    times = sorted(random.randrange(40) for _ in range(400))
    rows = [(time, random.randrange(3), random.choice([0.0, 0.5, -0.0])) for time in times]
    repeats = Repeats()
    for lo in range(0, len(rows), block):
        part = rows[lo : lo + block]
        columns = [np.array([row[1] for row in part]), np.array([row[2] for row in part])]
        repeats.add(np.array([row[0] for row in part], np.int64), columns)
    assert repeats.count == len(rows) - len(set(rows)) > 0


def test_blocks_change_nothing_of_what_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    random.seed(7)
    start = ns("2013-10-07 09:29:00")
    files = []
    for day in range(2):
        at = start + day * 86_400 * NS
        ticks = []
        for _ in range(300):
            at += random.choice([0, 0, NS, 40 * NS])
            price = round(random.gauss(100, 0.05), 2) * random.choice([1] * 40 + [1.1])
            ticks.append(Tick(at, price, random.choice([100, 200]), random.choice(["", "I", "4"])))
        files.append(ticks)
    adapter = tape(new_team(tmp_path / "w"), tmp_path, *files)
    whole = inspect(adapter)
    assert whole.outliers > 5
    assert whole.duplicates >= 5
    monkeypatch.setattr(inspection, "_BLOCK", 7)
    assert inspect(adapter) == whole


def test_silences_run_from_open_to_close_and_never_across_sessions() -> None:
    sessions = Sessions("UTC", np.array([0, 1], np.int32), np.array([100, 1100]), np.array([200, 1200]))
    silences = Silences(sessions, keep=4)
    silences.add(np.array([130]))
    silences.add(np.array([140, 230, 1150]))  # 230: a closing print; the session ended at 200
    assert silences.longest(1150) == [(140, 60), (1100, 50), (100, 30), (130, 10)]
    assert silences.empty(0, 1150) == []


def test_a_lunch_break_is_no_silence_and_a_morning_is_a_day() -> None:
    days, opens, closes = np.array([0, 1], np.int32), np.array([100, 1100]), np.array([200, 1200])
    silences = Silences(Sessions("UTC", days, opens, closes, opens + 40, opens + 60), keep=3)
    silences.add(np.array([130, 170, 1130]))
    assert silences.longest(1300) == [(1100, 30), (170, 30), (100, 30)]
    assert silences.empty(0, 1300) == []


def test_a_session_that_may_go_on_has_no_last_silence() -> None:
    sessions = Sessions("UTC", np.array([0], np.int32), np.array([100]), np.array([200]))
    for until, wanted in ((150, []), (200, [(100, 100)])):
        silences = Silences(sessions)
        silences.add(np.array([100]))
        assert silences.longest(until) == wanted


def test_a_price_that_stays_is_news_and_one_that_returns_an_outlier() -> None:
    stays = np.array([10.0] * 10 + [11.0] * 10)
    assert outliers(stays)[0].tolist() == []
    on_its_way = np.array([10.0] * 10 + [12.0] + [11.0] * 10)
    assert outliers(on_its_way)[0].tolist() == []
    returns = np.array([10.0] * 10 + [11.0, 11.0] + [10.0] * 10)
    assert outliers(returns)[0].tolist() == [10, 11]
    wild = np.array([10.0, 11.0] * 10)  # its neighbours are as far apart as it is from them
    assert outliers(wild)[0].tolist() == []
