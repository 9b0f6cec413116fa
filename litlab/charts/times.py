"""Exchange time on an axis of tick indices.

Why indices: seventeen hours of night between two sessions would take most of a time axis, and a busy second
would be one pixel of it. On an axis of indices every tick has the same width, from single ticks to the
whole data set, and nights vanish; time is written where it passes a round moment.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from litlab.errors import BadParameter
from litlab.ticks.columns import NS
from litlab.ticks.sessions import local_midnights
from litlab.ticks.store import TickStore

_MS, _MINUTE, _HOUR, _DAY = NS // 1000, 60 * NS, 3600 * NS, 86_400 * NS
_STEPS = [
    *(_MS * n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500)),
    *(NS * n for n in (1, 2, 5, 10, 15, 30)),
    *(_MINUTE * n for n in (1, 2, 5, 10, 15, 30)),
    *(_HOUR * n for n in (1, 2, 3, 6, 12)),
    _DAY,
]
_MOST_MOMENTS = 300  # looked up per axis: 10 µs each
_DATED = 96  # pixels of a label with its date, air included


def offset_ns(time_ns: int, zone: str) -> int:
    """Return what exchange time is ahead of UTC at a moment.

    >>> offset_ns(1_381_338_895_060_000_000, "America/New_York") // (3600 * 10**9)
    -4
    """
    ahead = datetime.fromtimestamp(time_ns // NS, ZoneInfo(zone)).utcoffset()
    return int((ahead or timedelta()).total_seconds()) * NS


def local_ns(times_ns: npt.NDArray[np.int64], zone: str) -> npt.NDArray[np.int64]:
    """Return the exchange's wall clock at many moments as if it were UTC, (n,) int64 ns.

    >>> int(local_ns(np.array([1_381_338_895_060_000_000]), "America/New_York")[0])
    1381324495060000000
    """
    moments = pd.DatetimeIndex(np.asarray(times_ns).astype("datetime64[ns]")).tz_localize("UTC")
    return np.asarray(
        moments.tz_convert(zone).tz_localize(None).values.astype("datetime64[ns]").astype(np.int64)
    )


def clock(time_ns: int, zone: str, digits: int = 3) -> str:
    """Return the exchange's wall clock with `digits` of a second.

    >>> clock(1_381_338_895_060_000_000, "America/New_York", 3)
    '13:14:55.060'
    """
    local = time_ns + offset_ns(time_ns, zone)
    seconds, rest = divmod(local % _DAY, NS)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{text}.{rest:09d}"[: 9 + digits] if digits else text


def day(time_ns: int, zone: str) -> date:
    """Return the exchange's date at a moment."""
    return datetime.fromtimestamp(time_ns // NS, ZoneInfo(zone)).date()


def stamp(time_ns: int, zone: str, digits: int = 9) -> str:
    """Return date and wall clock of the exchange.

    >>> stamp(1_381_338_895_060_000_000, "America/New_York", 3)
    '2013-10-09 13:14:55.060'
    """
    return f"{day(time_ns, zone)} {clock(time_ns, zone, digits)}"


def city(zone: str) -> str:
    """Return a zone's short name.

    >>> city("America/New_York"), city("UTC")
    ('New York', 'UTC')
    """
    return zone.rpartition("/")[2].replace("_", " ")


_TIME = re.compile(
    r"(?:(\d{4})-(\d\d)-(\d\d)[T ]+)?(\d\d?):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?\s*(Z|UTC)?$", re.I
)


def parse_time(text: str, zone: str, today: date) -> int:
    """Return the moment a text names, in ns UTC.

    Parameters
    ----------
    text : str
        ``2013-10-09 10:31:07.123``, ``10:31`` (of `today`), with ``Z`` for UTC, or nanoseconds since 1970.
    zone : str
        What a time without Z is in.

    Raises
    ------
    BadParameter
        For anything else.

    Examples
    --------
    >>> parse_time("13:14:55.06", "America/New_York", date(2013, 10, 9))
    1381338895060000000
    """
    text = text.strip()
    if re.fullmatch(r"\d{15,19}", text):
        return int(text)
    found = _TIME.match(text)
    try:
        if not found:
            raise ValueError
        year, month, dom, hour, minute, second, fraction, utc = found.groups()
        on = date(int(year), int(month), int(dom)) if year else today
        moment = datetime(
            on.year, on.month, on.day, int(hour), int(minute), int(second or 0),
            tzinfo=ZoneInfo("UTC" if utc else zone),
        )  # fmt: skip
    except ValueError:
        raise BadParameter(
            name="Time", given=text, wanted=f"write 2013-10-09 10:31:07.123, in {zone}, or with Z for UTC"
        ) from None
    return int(moment.timestamp()) * NS + int((fraction or "0").ljust(9, "0"))


def day_starts(store: TickStore, zone: str, start: int, stop: int) -> dict[int, date]:
    """Return the first tick of each exchange date that begins within (start, stop), and the date."""
    first, last = _span(store, start, stop)
    found: dict[int, date] = {}
    for index in (store.indices_at(local_midnights(zone, first, last) - 1) + 1).tolist():
        if start < index < stop:
            found[index] = day(int(store.times(index, index + 1)[0]), zone)
    return found


def axis_labels(store: TickStore, zone: str, start: int, stop: int, width: int) -> dict[int, str]:
    """Return tick index → label: round moments of exchange time, no closer than can be read.

    The first label, and the first of every date, carries the date below the time. Where hardly a round
    moment passes (a handful of ticks in one millisecond), evenly spaced ticks carry their own times.
    """
    first, last = _span(store, start, stop)
    chosen: dict[int, int] = {}
    step = _DAY
    for step in _STEPS:
        if (last - first) // step > _MOST_MOMENTS:
            continue
        chosen = _moments(store, zone, start, stop, first, last, step)
        if len(chosen) * _width(step) * 1.3 <= width:
            break
    labels = _apart(chosen, zone, step, (stop - start) / width)
    if len(labels) < 2:
        spaced = np.unique(
            np.linspace(start, stop - 1, min(max(width // 200, 2), stop - start)).astype(np.int64)
        )
        labels = {int(at): int(store.times(int(at), int(at) + 1)[0]) for at in spaced}
        step = 1
    return _written(labels, zone, step)


def _span(store: TickStore, start: int, stop: int) -> tuple[int, int]:
    return int(store.times(start, start + 1)[0]), int(store.times(stop - 1, stop)[0])


def _moments(
    store: TickStore, zone: str, start: int, stop: int, first: int, last: int, step: int
) -> dict[int, int]:
    """Return the first tick at or after each round moment, and the latest moment it stands for."""
    moments = [np.empty(0, np.int64)]
    for midnight in local_midnights(zone, first, last).tolist():
        # Exchange clocks change at night: between two midnights of a session the steps are whole.
        begin = midnight + -(-max(first - midnight, 0) // step) * step
        moments.append(np.arange(begin, min(midnight + _DAY, last + 1), step))
    wanted = np.concatenate(moments)
    indices = store.indices_at(wanted - 1) + 1
    there = (start <= indices) & (indices < stop)
    return dict(zip(indices[there].tolist(), wanted[there].tolist(), strict=True))


def _width(step: int) -> int:
    """Return the pixels a label of this step needs, air included."""
    return _DATED if step < NS or step == _DAY else 76 if step < _MINUTE else 60


def _apart(moments: dict[int, int], zone: str, step: int, per_pixel: float) -> dict[int, int]:
    """Return the moments whose labels do not touch; the first of every date comes before all others."""
    pixels, shown = {}, None
    for index in sorted(moments):
        on = day(moments[index], zone)
        pixels[index] = _width(step) if on == shown else _DATED
        shown = on
    kept: dict[int, int] = {}
    for index in sorted(moments, key=lambda one: (-pixels[one], one)):
        if all(abs(index - other) >= (pixels[index] + pixels[other]) / 2 * per_pixel for other in kept):
            kept[index] = moments[index]
    return dict(sorted(kept.items()))


def _written(labels: dict[int, int], zone: str, step: int) -> dict[int, str]:
    digits = 6 if step == 1 else 0 if step >= NS else 3
    written: dict[int, str] = {}
    shown = None
    for index, moment in labels.items():
        on = day(moment, zone)
        text = clock(moment, zone, digits)
        text = text[:5] if step >= _MINUTE else text
        if on != shown:
            named = f"{on:%a} {on.day} {on:%b %Y}"
            text = named if step == _DAY or text == "00:00" else f"{text}\n{named}"
        written[index], shown = text, on
    return written
