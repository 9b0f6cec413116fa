"""Does a file hold bars, and of which period? By its header, or by the shape of its numbers."""

from __future__ import annotations

import itertools
from typing import Any

import pyarrow as pa

from litlab.adapters.guesses import TIMES, Guess, Sample, first_of, is_count, timed
from litlab.adapters.pipeline import EPOCH, is_number
from litlab.adapters.times import names_zone
from litlab.bars.units import UNITS
from litlab.ticks.columns import NS

_PERIODS = ("day", "hour", "minute", "second")
_OHLC = {"open", "high", "low", "close"}


def named_bars(sample: Sample) -> Guess | None:
    """Look for a header that names open, high, low, close and volume."""
    time = first_of(sample.head, TIMES)
    if not time or "volume" not in sample.head or not set(sample.head) >= _OHLC or not sample.rows:
        return None
    parameters = {} if time in ("time", "timestamp", "datetime", "date") else {"time": time}
    reason = "the header names open, high, low, close and volume"
    return _bars(sample, sample.column(time), parameters, reason, 0.9)


def bare_bars(sample: Sample) -> Guess | None:
    """Look for rows of a time, four prices of which the second is the highest, and a size."""
    if not _is_bar(sample.lines[0]) or sample.share(_is_bar) < 0.9:
        return None
    others = (f"column {number}" for number in range(7, len(sample.lines[0]) + 1))
    names = ["time", "open", "high", "low", "close", "volume", *others]
    reason = "no header; a time, four prices, the second the highest and the third the lowest, and a size"
    times = [cells[0] for cells in sample.lines if _is_bar(cells)]
    return _bars(sample, times, {"columns": names}, reason, 0.7)


def _is_bar(cells: list[str]) -> bool:
    if len(cells) < 6 or not all(map(is_number, cells[1:6])):
        return False
    first, high, low, last = map(float, cells[1:5])
    dated = names_zone(cells[0]) is not None or (is_count(cells[0]) and len(cells[0]) > 8)
    return dated and low <= min(first, last) <= max(first, last) <= high


def _bars(
    sample: Sample, times: list[str], parameters: dict[str, Any], reason: str, confidence: float
) -> Guess:
    reasons = [reason]
    if sample.delimiter != ",":
        parameters["delimiter"] = sample.delimiter
    timed(times, parameters, reasons)
    step = _step_s(times, parameters.get("time_unit", "ns"))
    if step is None:
        dates = all(len(time) <= 10 and not time.isdigit() for time in times)
        parameters["unit"] = "day" if dates else "minute"
        reasons.append(f"a {parameters['unit']} is assumed")
    else:
        parameters["unit"] = next((unit for unit in _PERIODS if step % UNITS[unit] == 0), "second")
        reasons.append(f"its times are {step:,} seconds apart")
        if parameters["unit"] != "day" and step > UNITS[parameters["unit"]]:
            parameters["size"] = step // UNITS[parameters["unit"]]
    return Guess("ohlcv", parameters, confidence, tuple(reasons))


def _step_s(times: list[str], unit: str) -> int | None:
    """Return the least distance of two times in whole seconds, None where no two can be told apart."""
    if all(map(is_count, times)):
        moments = {int(time) * EPOCH[unit] for time in times}
    else:
        moments = {
            pa.scalar(time.strip()).cast(pa.timestamp("ns", "UTC" if zoned else None)).value
            for time in times
            if (zoned := names_zone(time)) is not None
        }
    ordered = sorted(moments)
    least = min((later - one for one, later in itertools.pairwise(ordered)), default=0)
    return least // NS or None
