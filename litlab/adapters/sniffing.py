"""Which adapter reads a file? Proposals from its name and first rows, each with its reasons.

1. The first lines are read once per delimiter. 2. Each format looks at them and at the name, and says how
sure it is: 0.9 and more for a header of its own, less for a shape of numbers that others may share. 3. Plain
text with a header falls to ``csv``, with the columns' names and units guessed.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from litlab.adapters.binance import layout_of
from litlab.adapters.kibot import DATE
from litlab.adapters.pipeline import EPOCH, date_in_name, is_number
from litlab.adapters.reading import Reader
from litlab.adapters.times import day_of, names_zone
from litlab.bars.units import UNITS
from litlab.errors import BrokenArchive, MissingFile, NoDateInName
from litlab.ticks.cache import RowAccount
from litlab.ticks.columns import NS

_LINES = 50
_DELIMITERS = (",", "|", ";", "\t")
_TIMES = ("time", "timestamp", "datetime", "date-time", "date", "ts", "ts_event", "t")
_PRICES = ("price", "last", "px", "trade price", "p")
_SIZES = ("volume", "size", "qty", "quantity", "amount", "shares", "vol", "v")
_CONDITIONS = ("condition", "conditions", "cond", "code", "codes", "sale condition")
_UNITS = ((10**11, "s"), (10**14, "ms"), (10**17, "us"))
_PERIODS = ("day", "hour", "minute", "second")
_OHLC = {"open", "high", "low", "close"}


@dataclasses.dataclass(frozen=True)
class Guess:
    """One proposal.

    Attributes
    ----------
    adapter : str
    parameters : dict
        What must differ from the adapter's defaults.
    confidence : float
        From 0 to 1.
    reasons : tuple of str
    """

    adapter: str
    parameters: dict[str, Any]
    confidence: float
    reasons: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class _Sample:
    """The first lines of a file, split at one delimiter; names and rows as if the first were a header."""

    path: Path
    delimiter: str
    lines: list[list[str]]

    @property
    def head(self) -> list[str]:
        return [cell.strip().lower() for cell in self.lines[0]]

    @property
    def rows(self) -> list[list[str]]:
        width = len(self.lines[0])
        return [cells for cells in self.lines[1:] if len(cells) == width]

    def column(self, name: str) -> list[str]:
        at = self.head.index(name)
        return [cells[at] for cells in self.rows if cells[at]]

    def share(self, fits: Callable[[list[str]], bool]) -> float:
        """Return the share of lines that have a format's shape."""
        return sum(map(fits, self.lines)) / len(self.lines)

    @property
    def dated(self) -> bool:
        try:
            date_in_name(self.path, "")
        except NoDateInName:
            return False
        return True


def sniff(path: str | Path) -> list[Guess]:
    r"""Return the adapters that may read a file, the likeliest first; [] where none may.

    Parameters
    ----------
    path : path

    Raises
    ------
    MissingFile, EmptyFile, BrokenArchive

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as home:
    ...     path = Path(home) / "a.csv"
    ...     _ = path.write_text("time;px;qty\n1704205800000;10.5;0.25\n")
    ...     guess = sniff(path)[0]
    >>> guess.adapter, guess.parameters["time_unit"], guess.parameters["fractional"]
    ('csv', 'ms', True)
    """
    path = Path(path)
    if not path.is_file():
        raise MissingFile(path=path)
    with path.open("rb") as file:
        if file.read(4) == b"PAR1":
            return [_parquet(path)]
    guesses = []
    for delimiter in _DELIMITERS:
        lines = [cells for cells in Reader(path, RowAccount(), delimiter=delimiter).peek(_LINES) if cells]
        if len(lines[0]) > 1:
            sample = _Sample(path, delimiter, lines)
            guesses += [found for look in _LOOKS if (found := look(sample)) is not None]
    return sorted(guesses, key=lambda one: -one.confidence)


def _lseg(sample: _Sample) -> Guess | None:
    found = [
        name
        for name in ("#ric", "date-time", "date[g]", "time[g]", "price", "volume", "type", "qualifiers")
        if name in sample.head
    ]
    timed = "date-time" in found or {"date[g]", "time[g]"} <= set(found)
    if sample.delimiter != "," or not timed or not {"price", "volume"} <= set(found):
        return None
    return Guess(
        "lseg",
        {},
        min(0.99, round(0.7 + 0.07 * (len(found) - 3), 2)),
        (f"the header names {', '.join(found)}",),
    )


def _taq(sample: _Sample) -> Guess | None:
    if sample.delimiter != "|" or not {"time", "trade price", "trade volume"} <= set(sample.head):
        return None
    reasons = ["pipes part Time, Trade Price and Trade Volume"]
    reasons.append("the name holds a date" if sample.dated else "but the name holds no date: rename the file")
    parameters: dict[str, Any] = {}
    if "symbol" in sample.head and sample.rows:
        symbols = list(dict.fromkeys(sample.column("symbol")))
        if len(symbols) > 1:
            parameters["symbol"] = symbols[0]
            reasons.append(f"it holds several symbols, {symbols[0]} first")
    return Guess("taq", parameters, 0.97 if sample.dated else 0.6, tuple(reasons))


def _databento(sample: _Sample) -> Guess | None:
    found = [
        name
        for name in ("ts_recv", "ts_event", "publisher_id", "instrument_id", "action")
        if name in sample.head
    ]
    if len(found) < 3 or not {"price", "size"} <= set(sample.head):
        return None
    return Guess("databento", {}, 0.97, (f"the header names {', '.join(found)}",))


def _binance(sample: _Sample) -> Guess | None:
    if sample.delimiter != "," or sample.share(lambda cells: bool(layout_of(cells))) < 0.9 - 1 / len(
        sample.lines
    ):
        return None
    kinds = {layout_of(cells) for cells in sample.lines} - {()}
    if len(kinds) != 1:
        return None
    kind = "aggTrades" if "firstId" in kinds.pop() else "trades"
    return Guess("binance", {}, 0.95, (f"rows have the shape of Binance's {kind}, true or false included",))


def _lean(sample: _Sample) -> Guess | None:
    def fits(cells: list[str]) -> bool:
        return (
            len(cells) == 6 and is_number(cells[0]) and is_number(cells[1]) and cells[2].isdigit()
            and cells[3].isalpha() and cells[3].isupper()
            and bool(re.fullmatch("[0-9a-f]*", cells[4])) and cells[5] in ("0", "1")
        )  # fmt: skip

    if sample.delimiter != "," or sample.share(fits) < 0.9:
        return None
    reasons = ("six columns: milliseconds, price, size, an exchange letter, a mask, 0 or 1",)
    if not sample.dated:
        return Guess("lean", {}, 0.5, (*reasons, "but the name holds no date: rename the file"))
    return Guess("lean", {}, 0.97, (*reasons, "the name holds a date"))


def _lobster(sample: _Sample) -> Guess | None:
    def fits(cells: list[str]) -> bool:
        return (
            len(cells) == 6 and is_number(cells[0]) and cells[1] in tuple("1234567")
            and cells[5].lstrip("-") == "1" and all(cell.lstrip("-").isdigit() for cell in cells[2:5])
        )  # fmt: skip

    if sample.delimiter != "," or sample.share(fits) < 0.9:
        return None
    named = "message" in sample.path.name
    reasons = ["six columns: seconds, an event from 1 to 7, order, size, price, direction"]
    reasons.append("the name holds a date" if sample.dated else "but the name holds no date: rename the file")
    return Guess("lobster", {}, 0.5 + 0.3 * sample.dated + 0.15 * named, tuple(reasons))


def _kibot(sample: _Sample) -> Guess | None:
    def fits(cells: list[str]) -> bool:
        return len(cells) in (4, 6) and day_of(cells[0], DATE) is not None and cells[1].count(":") == 2

    if sample.delimiter != "," or sample.share(fits) < 0.9:
        return None
    quotes = ", bid, ask" if len(sample.lines[0]) == 6 else ""
    return Guess("kibot", {}, 0.93, (f"no header; MM/DD/YYYY, HH:MM:SS, price{quotes}, size",))


def _ohlcv(sample: _Sample) -> Guess | None:
    time = next((name for name in _TIMES if name in sample.head), "")
    if not time or "volume" not in sample.head or not set(sample.head) >= _OHLC or not sample.rows:
        return None
    parameters = {} if time in ("time", "timestamp", "datetime", "date") else {"time": time}
    reason = "the header names open, high, low, close and volume"
    return _bars(sample, sample.column(time), parameters, reason, 0.9)


def _bare_ohlcv(sample: _Sample) -> Guess | None:
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
    timed = names_zone(cells[0]) is not None or (_is_count(cells[0]) and len(cells[0]) > 8)
    return timed and low <= min(first, last) <= max(first, last) <= high


def _is_count(text: str) -> bool:
    return text.isdecimal() and len(text) < 20


def _bars(
    sample: _Sample, times: list[str], parameters: dict[str, Any], reason: str, confidence: float
) -> Guess:
    reasons = [reason]
    if sample.delimiter != ",":
        parameters["delimiter"] = sample.delimiter
    _timed(times, parameters, reasons)
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
    if all(map(_is_count, times)):
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


def _csv(sample: _Sample) -> Guess | None:
    names = {
        kind: _first(sample.head, known)
        for kind, known in (("time", _TIMES), ("price", _PRICES), ("volume", _SIZES))
    }
    if not all(names.values()) or not sample.rows:
        return None
    own = dict(zip(sample.head, sample.lines[0], strict=True))
    parameters: dict[str, Any] = {kind: own[name] for kind, name in names.items() if own[name] != kind}
    reasons = ["the header names " + ", ".join(own[name] for name in names.values())]
    if sample.delimiter != ",":
        parameters["delimiter"] = sample.delimiter
    if code := _first(sample.head, _CONDITIONS):
        parameters["conditions_column"] = own[code]
    if any("." in value for value in sample.column(names["volume"])):
        parameters["fractional"] = True
        reasons.append("some sizes are fractions")
    _timed(sample.column(names["time"]), parameters, reasons)
    return Guess("csv", parameters, 0.6, tuple(reasons))


def _parquet(path: Path) -> Guess:
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError) as problem:
        raise BrokenArchive(path=path, line=1, reason=str(problem).splitlines()[0]) from None
    lower = {name.lower(): name for name in schema.names}
    parameters: dict[str, Any] = {}
    for kind, known in (("time", _TIMES), ("price", _PRICES), ("volume", _SIZES)):
        found = _first(list(lower), known)
        if found and lower[found] != kind:
            parameters[kind] = lower[found]
    return Guess("parquet", parameters, 0.9, (f"it is Parquet with {', '.join(schema.names)}",))


def _timed(values: list[str], parameters: dict[str, Any], reasons: list[str]) -> None:
    """Add the unit or the zone that times need."""
    if values and all(map(_is_count, values)):
        size = max(map(int, values))
        parameters["time_unit"] = next((unit for limit, unit in _UNITS if size < limit), "ns")
        reasons.append(f"times are numbers of the size of {parameters['time_unit']} since 1970")
    elif values and not all(map(names_zone, values)):
        parameters["zone"] = "UTC"
        reasons.append("times name no zone: UTC is assumed, give the right one")


def _first(names: list[str], known: tuple[str, ...]) -> str:
    return next((name for name in known if name in names), "")


_LOOKS = (_lseg, _taq, _databento, _binance, _lean, _lobster, _kibot, _ohlcv, _bare_ohlcv, _csv)
