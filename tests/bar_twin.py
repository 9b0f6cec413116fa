"""SEMANTICS 1 to 3 said again in plain Python, slowly: from raw ticks to windows of bars, no index, no array.

It shares nothing with litlab. The exchange's hours are written out for the few dates that tests use.
"""

from __future__ import annotations

import itertools
from datetime import date, datetime, time, timedelta
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


def period(clock_ns, unit, size, scope, anchor="midnight"):
    """Return (what names the period, its local date); a regular session's clock stops at its close."""
    second = clock_ns // NS
    day, midnight = midnight_of(second)
    found = hours(day)
    if scope == "regular" and found:
        second = min(second, found[1])
    if unit == "day":
        first = date(1970, 1, 1)
        day -= timedelta(days=(day - first).days % size)
        return int(datetime.combine(day, time(), ZONE).timestamp()), day
    width = WIDTHS[unit] * size
    origin = found[0] if anchor == "session" and found else midnight
    return max(origin + (second - origin) // width * width, midnight), day


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


def by_time(every, unit, size, scope, anchor):
    """Return each period's (name, date, ticks in scope as [(index, clock, tick)]) and each tick's."""
    members: dict[int, list] = {}
    names = [period(clock, unit, size, scope, anchor) for clock, _ in every]
    for at, (clock, tick) in enumerate(every):
        if scope == "all" or is_regular(clock, tick.code):
            members.setdefault(names[at][0], []).append((at, clock, tick))
    days = dict(names)
    return [(name, days[name], ones) for name, ones in sorted(members.items())], names


def measure(unit, tick):
    return {"tick": 1.0, "volume": float(tick.size), "value": tick.price * tick.size}[unit]


def by_threshold(every, unit, size, scope):
    """Return the same of bars that close with the tick that reaches a threshold, and with the date."""
    counts, totals = [], {}
    for clock, tick in every:
        inside = scope == "all" or is_regular(clock, tick.code)
        counts.append(measure(unit, tick) if inside and allows(clock, tick.code)[2] else None)
        day = midnight_of(clock // NS)[0]
        totals[day] = totals.get(day, 0.0) + (counts[-1] or 0.0)

    def limit(day):
        if not isinstance(size, dict):
            return size
        past = [total for one, total in sorted(totals.items()) if one < day and total][-20:]
        return sum(past) / (len(past) * size["per_day"]) if past else float("inf")

    found, names = [], []
    count, serial = None, 0
    for at, (clock, tick) in enumerate(every):
        day = midnight_of(clock // NS)[0]
        if count is None or (names and names[-1][1] != day):
            count, serial = 0.0, serial + 1
            found.append((serial, day, []))
        names.append((serial, day))
        if scope == "all" or is_regular(clock, tick.code):
            found[-1][2].append((at, clock, tick))
        if counts[at] is not None:
            count += counts[at]
            if count >= limit(day):
                count = None
    return found, names


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
    anchor="midnight",
):
    """Return what ``adapter.get_bars`` shall return, as a list of rows."""
    every = list(clock_of(files))
    if unit in ("tick", "volume", "value"):
        periods, names = by_threshold(every, unit, size, scope)
    else:
        periods, names = by_time(every, unit, size, scope, anchor)
    here, today = names[index]
    bars, begun = {}, []
    for name, day, ones in periods:
        made = bar_of([(clock, tick) for _, clock, tick in ones])
        if made and (cross or day == today):
            bars[name] = made
        if name == here:
            begun = [(clock, tick) for at, clock, tick in ones if at <= index]
    if future:
        return [bar for name, bar in bars.items() if name > here or (name == here and not guard)][:count]
    rows = [bar for name, bar in bars.items() if name < here or (name == here and not guard)]
    if current == "partial":
        part = bar_of(begun)
        rows += [part] if part else []
    return rows[-count:]
