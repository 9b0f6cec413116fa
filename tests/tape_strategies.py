"""Random small tapes around the moments where things go wrong: opens, closes, auctions, clock changes."""

from __future__ import annotations

from datetime import date, datetime, time

from hypothesis import strategies as st
from tapes import NEW_YORK, NS, Tick

DAYS = (
    "2013-03-08", "2013-03-10", "2013-03-11", "2013-10-07", "2013-10-08", "2013-10-12", "2013-11-01",
    "2013-11-03", "2013-11-04", "2013-11-29",
)  # fmt: skip
_MOMENTS = (
    "00:00:00", "01:30:00", "03:59:59", "04:00:00", "09:29:59", "09:30:00", "09:31:00", "11:00:00",
    "12:59:59", "13:00:00", "13:00:05", "15:58:00", "15:59:00", "15:59:59", "16:00:00", "16:00:05",
    "16:01:26", "16:29:59", "16:30:00", "17:00:00", "20:00:00", "22:59:59",
)  # fmt: skip
_STEPS = (0, 0, 0, 1, 500_000_000, 999_999_999, NS, 61 * NS)
CODES = ("", "", "", "@", "I", "T", "TI", "6", "M", "6", "M", "O", "Q", "4", "X")
UNITS = ("second", "minute", "hour", "day")
SIZES = {  # of thresholds; prices are about 100, sizes about 150
    "tick": [1, 2, 5, {"per_day": 3}],
    "volume": [1, 150, 400.5, {"per_day": 2.5}],
    "value": [10_000, 50_000.25, {"per_day": 4}],
}
_NEAR_THE_CLOSE = ("15:59:00", "15:59:59", "16:00:00", "16:00:05", "16:01:26", "17:00:00")


def _elapsed(text: str) -> int:
    hour, minute, second = map(int, text.split(":"))
    return (hour * 3600 + minute * 60 + second) * NS


@st.composite
def _tick(draw, days, moments, fractional):
    midnight = int(
        datetime.combine(date.fromisoformat(draw(st.sampled_from(days))), time(), NEW_YORK).timestamp()
    )
    moment = midnight * NS + _elapsed(draw(st.sampled_from(moments))) + draw(st.sampled_from(_STEPS))
    price = draw(st.integers(9_990, 10_010)) / 100
    # Quarters add up exactly in any order, so that the twin may add them as it likes.
    size = draw(st.integers(1, 1_000)) / 4 if fractional else draw(st.integers(1, 300))
    return Tick(moment, price, size, draw(st.sampled_from(CODES)))


@st.composite
def tapes(draw, near_the_close=False, fractional=False, least=2):
    """Draw one to three files of ticks, in index order, a few of them late."""
    days = draw(st.lists(st.sampled_from(DAYS), min_size=1, max_size=3, unique=True))
    moments = _NEAR_THE_CLOSE if near_the_close else _MOMENTS
    ticks = draw(st.lists(_tick(days, moments, fractional), min_size=least, max_size=40))
    ticks.sort(key=lambda one: one.time_ns)
    cuts = sorted(draw(st.sets(st.integers(1, len(ticks) - 1), max_size=2)))
    files = [ticks[a:b] for a, b in zip([0, *cuts], [*cuts, len(ticks)])]
    for number in draw(st.lists(st.integers(0, len(ticks) - 1), max_size=3)):
        file = files[number % len(files)]
        if len(file) > 1:
            at = number % (len(file) - 1)
            file[at], file[at + 1] = file[at + 1], file[at]
    return files


@st.composite
def windows(draw, past=False):
    """Draw the arguments of a get_bars call; with `past` of one that a feature may make."""
    future, guard = (False, True) if past else (draw(st.booleans()), draw(st.booleans()))
    unit = draw(st.sampled_from([*UNITS, *SIZES]))
    return {
        "count": draw(st.sampled_from([1, 2, 3, 7, 100])),
        "unit": unit,
        "size": draw(st.sampled_from(SIZES.get(unit, [1, 2, 7, 30]))),
        "future": future,
        "prevent_lookahead_bias": guard,
        "current": draw(st.sampled_from(["exclude", "partial"])) if guard and not future else "exclude",
        "cross": draw(st.booleans()),
        "sessions": draw(st.sampled_from(["regular", "all"])),
        "anchor": draw(st.sampled_from(["midnight", "session"])),
    }
