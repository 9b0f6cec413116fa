"""SEMANTICS 1 to 3 said again in plain Python, slowly: from raw ticks to windows of bars, no index, no array.

It shares nothing with litlab. The exchange's hours are written out for the few dates that tests use.
"""

from __future__ import annotations

import itertools
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

NS = 1_000_000_000
ZONE = ZoneInfo("America/New_York")
CLOSED_DAYS = {"2013-10-12", "2013-11-03", "2013-03-10"}  # a Saturday, and the Sundays of the clock change
HALF_DAYS = {"2013-11-29"}
AUCTION = set("O5" + "6QM")
VOLUME_ONLY = set("IBWCNRHTUV74PZL")
NOTHING = set("QM")
WIDTHS = {"second": 1, "minute": 60, "hour": 3600}


def clock_of(files):
    """Return every tick with its clock: the running maximum of the times of its file."""
    for ticks in files:
        latest = 0
        for tick in ticks:
            latest = max(latest, tick.time_ns)
            yield latest, tick


def midnight_of(second):
    day = datetime.fromtimestamp(second, ZONE).date()
    return day, int(datetime.combine(day, time(), ZONE).timestamp())


def hours(day: date):
    """Return (open, close) of a date in UTC seconds, None where the exchange is closed."""
    if str(day) in CLOSED_DAYS:
        return None
    closes = time(13) if str(day) in HALF_DAYS else time(16)
    return tuple(int(datetime.combine(day, one, ZONE).timestamp()) for one in (time(9, 30), closes))


def is_regular(clock_ns, code):
    """[open, close), and official auction prints in the half hour behind the close."""
    day, _ = midnight_of(clock_ns // NS)
    if not (found := hours(day)):
        return False
    opens, closes = found
    if opens * NS <= clock_ns < closes * NS:
        return True
    return bool(AUCTION & set(code)) and closes * NS <= clock_ns < (closes + 1800) * NS


def is_extended(clock_ns, code):
    """04:00 to the open and the close to 20:00 on a session's date."""
    day, midnight = midnight_of(clock_ns // NS)
    if not hours(day) or is_regular(clock_ns, code):
        return False
    return (midnight + 4 * 3600) * NS <= clock_ns < (midnight + 20 * 3600) * NS


def allows(clock_ns, code):
    """Return (may set open and close, may set high and low, counts as volume)."""
    codes = set(code)
    if is_extended(clock_ns, code):
        codes -= {"T"}
    if codes & NOTHING:
        return False, False, False
    plain = not codes & VOLUME_ONLY
    return plain, plain, True


def period(clock_ns, unit, size, scope):
    """Return (what names the period, its local date); a regular session's clock stops at its close."""
    second = clock_ns // NS
    day, midnight = midnight_of(second)
    if scope == "regular" and (found := hours(day)):
        second = min(second, found[1])
    if unit == "day":
        return midnight, day
    width = WIDTHS[unit] * size
    return midnight + (second - midnight) // width * width, day


def bar_of(members):
    """Return the eight columns of ticks [(clock, tick)], None where no print sets the last price."""
    lasts = [tick.price for clock, tick in members if allows(clock, tick.code)[0]]
    extremes = [tick.price for clock, tick in members if allows(clock, tick.code)[1]]
    counted = [(clock // NS, tick.size) for clock, tick in members if allows(clock, tick.code)[2]]
    if not lasts:
        return None
    volume = 0.0
    for _, second in itertools.groupby(counted, key=lambda one: one[0]):
        volume += sum(size for _, size in second)
    largest = max((size for _, size in counted), default=0)
    mean = volume / len(counted) if counted else 0
    return [lasts[0], max(extremes), min(extremes), lasts[-1], len(counted), volume, mean, largest]


def get_bars(
    files,
    index,
    count,
    unit,
    size=1,
    future=False,
    guard=True,
    current="exclude",
    cross=True,
    scope="regular",
):
    """Return what ``adapter.get_bars`` shall return, as a list of rows."""
    every = list(clock_of(files))
    here, today = period(every[index][0], unit, size, scope)
    members: dict[int, list] = {}
    for at, (clock, tick) in enumerate(every):
        if scope == "all" or is_regular(clock, tick.code):
            start, day = period(clock, unit, size, scope)
            members.setdefault(start, []).append((at, day, clock, tick))
    bars = {}
    for start, ones in sorted(members.items()):
        made = bar_of([(clock, tick) for _, _, clock, tick in ones])
        if made and (cross or ones[0][1] == today):
            bars[start] = made
    if future:
        return [bar for start, bar in bars.items() if start > here or (start == here and not guard)][:count]
    rows = [bar for start, bar in bars.items() if start < here or (start == here and not guard)]
    if current == "partial":
        part = bar_of([(clock, tick) for at, _, clock, tick in members.get(here, []) if at <= index])
        rows += [part] if part else []
    return rows[-count:]
