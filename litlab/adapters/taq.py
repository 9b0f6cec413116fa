"""NYSE Daily TAQ trades: pipe-separated, HHMMSS with 3 to 9 digits more, the date in the file's name.

Corrections: 10 to 12 are messages about another row and no trades. 07 and 08 mark trades that were cancelled
later: ``corrections="as_seen"`` keeps these, flagged, for everybody saw them; neither the flag nor the
indicator can be read by a feature, which at its tick could not know of them. 01 stands at the time of a trade
and holds what it was corrected to later: what was seen is not in the file, and nobody could have acted on
what is, so ``"as_seen"`` leaves the row out and counts it as filtered. ``"final"`` keeps 01, flagged, and
removes the cancelled ones (07, 08): both *use hindsight*.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from litlab.adapters.events import nearest
from litlab.adapters.pipeline import WORD, Pipeline, date_in_name, needed, replaced
from litlab.adapters.reading import Reader
from litlab.adapters.trades import TradersBaseAdapter
from litlab.errors import UnknownName
from litlab.ticks.columns import CORRECTED, NS

_TIME, _PRICE, _VOLUME = "Time", "Trade Price", "Trade Volume"
_SYMBOL, _CONDITION, _PARTICIPANT = "Symbol", "Sale Condition", "Participant Timestamp"
_CORRECTION = ("Trade Correction Indicator", "CORR", "Corr")
_MESSAGES, _CANCELLED, _CORRECTED = (10, 11, 12), (7, 8), (1,)
_GONE = {"as_seen": (*_MESSAGES, *_CORRECTED), "final": (*_MESSAGES, *_CANCELLED)}
_TYPES = {
    _TIME: pa.int64(), _PRICE: pa.float64(), _VOLUME: pa.int64(), "Sequence Number": pa.int64(),
    _PARTICIPANT: pa.int64(),
}  # fmt: skip
_ZONE = "America/New_York"
_WHOLE, _NANOSECONDS = 6, 9  # digits of HHMMSS, and of what may follow


class TaqAdapter(TradersBaseAdapter):
    """NYSE Daily TAQ trades, New York time.

    Parameters (beside those of every traders adapter)
    ----------
    symbol : str
        Which symbol of the file to read; "" for the only one.
    corrections : {"as_seen", "final"}
    """

    name: ClassVar[str] = "taq"
    PARAMETERS: ClassVar[dict[str, Any]] = {
        **TradersBaseAdapter.PARAMETERS,
        "symbol": "",
        "corrections": "as_seen",
    }
    ALIASES: ClassVar[dict[str, str]] = {_PRICE: "price", _VOLUME: "volume"}
    EVENT_TIME: ClassVar[str] = _PARTICIPANT
    LATER_COLUMNS: ClassVar[tuple[str, ...]] = _CORRECTION

    @property
    def hindsight(self) -> tuple[str, ...]:
        """Whether ticks are sorted, or trades corrected and cancelled before anybody could know."""
        final = self.parameters["corrections"] == "final"
        return (*super().hindsight, "final corrections") if final else super().hindsight

    def recipe(self) -> dict[str, Any]:
        """Return what a cache's content depends on, the rule for corrections among it."""
        return {**super().recipe(), "left_out": list(_GONE.get(self.parameters["corrections"], ()))}

    def event_times(self, batch: pa.RecordBatch, received: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return when the trades happened by the participants' clocks, (n,) int64 ns."""
        clock = np.asarray(batch.column(_PARTICIPANT).fill_null(-1))
        return nearest(received, _nanoseconds(clock, _NANOSECONDS), _ZONE, _PARTICIPANT)

    def parse(self, path: Path) -> Iterator[pa.RecordBatch]:
        """Yield the file's trades in its order."""
        p = self.parameters
        if p["corrections"] not in _GONE:
            raise UnknownName(kind="value of corrections", given=str(p["corrections"]), known=_GONE)
        midnight = date_in_name(path, "EQY_US_ALL_TRADE_20131007.gz")
        reader = Reader(path, self.account, delimiter="|", max_rejected=p["max_rejected"], footer=b"END|")
        names = reader.header()
        needed(path, names, (_TIME, _PRICE, _VOLUME))
        line = Pipeline(self, reader, _TIME, _PRICE, _VOLUME, lambda text: list(text.replace(" ", "")))
        at = names.index(_TIME)
        first = line.look(lambda cells: len(cells) == len(names) and _is_clock(cells[at]), "|".join(names))
        digits = len(first[at]) - _WHOLE
        column = next((name for name in _CORRECTION if name in names), "")
        for batch, lines in reader.rows({name: _TYPES.get(name, WORD) for name in names}):
            since = _nanoseconds(np.asarray(batch.column(_TIME).fill_null(-1)), digits)
            rows = batch, lines
            if _SYMBOL in names:
                # Filtered before times are judged: another instrument's rows are none of ours.
                rows = replaced(batch, _TIME, since), lines
                rows = line.only(rows, _SYMBOL, p["symbol"])
                since = np.asarray(rows[0].column(_TIME))
            rows = line.clock(rows, midnight, since)
            if column:
                rows = line.keep(rows, ~np.isin(_numbers(rows[0], column), _GONE[p["corrections"]]))
            yield from line.ticks(
                rows,
                zone=_ZONE,
                conditions=(lambda batch: batch.column(_CONDITION)) if _CONDITION in names else None,
                corrected=(lambda batch: _flags(batch, column)) if column else None,
            )


def _is_clock(text: str) -> bool:
    return text.isdigit() and _WHOLE <= len(text) <= _WHOLE + _NANOSECONDS


def _nanoseconds(clock: npt.NDArray[np.int64], digits: int) -> npt.NDArray[np.int64]:
    """Return nanoseconds since midnight of HHMMSS and `digits` decimals, (n,) int64; -1 for no such time.

    >>> _nanoseconds(np.array([93000_000000001, 96000_000000000]), 9).tolist()
    [34200000000001, -1]
    """
    whole, rest = np.divmod(clock, 10**digits)
    hours, minutes, seconds = whole // 10_000, whole // 100 % 100, whole % 100
    since = ((hours * 60 + minutes) * 60 + seconds) * NS + rest * 10 ** (_NANOSECONDS - digits)
    known = (clock >= 0) & (hours < 24) & (minutes < 60) & (seconds < 60)
    return np.where(known, since, -1)


def _numbers(batch: pa.RecordBatch, column: str) -> npt.NDArray[np.int64]:
    """Return correction indicators as numbers, (n,) int64; what is none counts as 0, a regular trade."""
    coded = batch.column(column)
    values = [int(word) if (word or "").strip().isdigit() else 0 for word in coded.dictionary.to_pylist()]
    numbers: npt.NDArray[np.int64] = np.array([*values, 0])[np.asarray(coded.indices.fill_null(-1))]
    return numbers


def _flags(batch: pa.RecordBatch, column: str) -> npt.NDArray[np.uint8]:
    return np.isin(_numbers(batch, column), (*_CORRECTED, *_CANCELLED)).astype(np.uint8) * np.uint8(CORRECTED)
