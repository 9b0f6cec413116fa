"""Which adapter reads a file? Proposals from its name and first rows, each with its reasons.

1. The first lines are read once per delimiter. 2. Each format looks at them and at the name, and says how
sure it is: 0.9 and more for a header of its own, less for a shape of numbers that others may share; bars and
quotes have modules of their own. 3. Plain text with a header falls to ``csv``, with the columns' names and
units guessed.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from litlab.adapters.binance import layout_of
from litlab.adapters.guesses import TIMES, Guess, Sample, day_and_clock, first_of, timed
from litlab.adapters.kibot import DATE
from litlab.adapters.pipeline import is_number
from litlab.adapters.reading import Reader
from litlab.adapters.sniffing_bars import bare_bars, named_bars
from litlab.adapters.sniffing_quotes import lseg_quotes, named_quotes
from litlab.adapters.times import day_of
from litlab.errors import BrokenArchive, MissingFile
from litlab.ticks.cache import RowAccount

_LINES = 50
_DELIMITERS = (",", "|", ";", "\t")
_PRICES = ("price", "last", "px", "trade price", "p")
_SIZES = ("volume", "size", "qty", "quantity", "amount", "shares", "vol", "v")
_CONDITIONS = ("condition", "conditions", "cond", "code", "codes", "sale condition")


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
            sample = Sample(path, delimiter, lines)
            guesses += [found for look in _LOOKS if (found := look(sample)) is not None]
    return sorted(guesses, key=lambda one: -one.confidence)


def _lseg(sample: Sample) -> Guess | None:
    known = ("#ric", "date-time", "date[g]", "time[g]", "price", "volume", "type", "qualifiers")
    found = [name for name in known if name in sample.head]
    clocked = "date-time" in found or {"date[g]", "time[g]"} <= set(found)
    if sample.delimiter != "," or not clocked or not {"price", "volume"} <= set(found):
        return None
    reasons = [f"the header names {', '.join(found)}"]
    if {"bid price", "ask price"} <= set(sample.head):
        reasons.append('it has columns of quotes: quotes="same" reads them too')
    return Guess("lseg", {}, min(0.99, round(0.7 + 0.07 * (len(found) - 3), 2)), tuple(reasons))


def _taq(sample: Sample) -> Guess | None:
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


def _databento(sample: Sample) -> Guess | None:
    found = [
        name
        for name in ("ts_recv", "ts_event", "publisher_id", "instrument_id", "action")
        if name in sample.head
    ]
    if len(found) < 3 or not {"price", "size"} <= set(sample.head):
        return None
    return Guess("databento", {}, 0.97, (f"the header names {', '.join(found)}",))


def _binance(sample: Sample) -> Guess | None:
    if sample.delimiter != "," or sample.share(lambda cells: bool(layout_of(cells))) < 0.9 - 1 / len(
        sample.lines
    ):
        return None
    kinds = {layout_of(cells) for cells in sample.lines} - {()}
    if len(kinds) != 1:
        return None
    kind = "aggTrades" if "firstId" in kinds.pop() else "trades"
    return Guess("binance", {}, 0.95, (f"rows have the shape of Binance's {kind}, true or false included",))


def _lean(sample: Sample) -> Guess | None:
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


def _lobster(sample: Sample) -> Guess | None:
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


def _kibot(sample: Sample) -> Guess | None:
    def fits(cells: list[str]) -> bool:
        return len(cells) in (4, 6) and day_of(cells[0], DATE) is not None and cells[1].count(":") == 2

    if sample.delimiter != "," or sample.share(fits) < 0.9:
        return None
    quotes = ", bid, ask" if len(sample.lines[0]) == 6 else ""
    return Guess("kibot", {}, 0.93, (f"no header; MM/DD/YYYY, HH:MM:SS, price{quotes}, size",))


def _csv(sample: Sample) -> Guess | None:
    names = {
        kind: first_of(sample.head, known)
        for kind, known in (("time", TIMES), ("price", _PRICES), ("volume", _SIZES))
    }
    parted = day_and_clock(sample)
    if parted:
        names["time"] = parted[1]
    if not all(names.values()) or not sample.rows:
        return None
    own = dict(zip(sample.head, sample.lines[0], strict=True))
    parameters: dict[str, Any] = {kind: own[name] for kind, name in names.items() if own[name] != kind}
    reasons = ["the header names " + ", ".join(own[name] for name in names.values())]
    if sample.delimiter != ",":
        parameters["delimiter"] = sample.delimiter
    if code := first_of(sample.head, _CONDITIONS):
        parameters["conditions_column"] = own[code]
    if any("." in value for value in sample.column(names["volume"])):
        parameters["fractional"] = True
        reasons.append("some sizes are fractions")
    if parted:
        parameters |= {"date": own[parted[0]], "date_format": parted[2], "zone": "UTC"}
        reasons.append(f"dates are written {parted[2]}; no zone is named: UTC is assumed, give the right one")
    else:
        timed(sample.column(names["time"]), parameters, reasons)
    return Guess("csv", parameters, 0.6, tuple(reasons))


def _parquet(path: Path) -> Guess:
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError) as problem:
        raise BrokenArchive(path=path, line=1, reason=str(problem).splitlines()[0]) from None
    lower = {name.lower(): name for name in schema.names}
    parameters: dict[str, Any] = {}
    for kind, known in (("time", TIMES), ("price", _PRICES), ("volume", _SIZES)):
        found = first_of(list(lower), known)
        if found and lower[found] != kind:
            parameters[kind] = lower[found]
    return Guess("parquet", parameters, 0.9, (f"it is Parquet with {', '.join(schema.names)}",))


_LOOKS = (
    _lseg, _taq, _databento, _binance, _lean, _lobster, _kibot, named_bars, bare_bars, lseg_quotes,
    named_quotes, _csv,
)  # fmt: skip
