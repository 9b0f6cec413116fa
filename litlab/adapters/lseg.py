"""LSEG Tick History "Time and Sales": columns by header name, qualifiers as ``value[FIELD];…``.

Date-Time is the capture time and the clock; Exch Time stays a column of its own. Rows of another type than
Trade (quotes, corrections, market conditions) are no ticks and are counted as filtered; ``lseg_quotes`` reads
the quotes. A correction is
information of its own moment: the trade it cancels stays, as everybody saw it. The layout names no original
(Seq. No. is the correction's own), so that no other rule can be followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from litlab.adapters.adapter import Adapter
from litlab.adapters.events import nearest
from litlab.adapters.pipeline import WORD, Pipeline, equals, header, needed
from litlab.adapters.reading import Reader, Rows
from litlab.adapters.times import NO_DAY, midnights, time_type
from litlab.adapters.trades import TradersBaseAdapter
from litlab.errors import BadParameter, WrongLayout

_TIME, _PRICE, _VOLUME, _TYPE, _QUALIFIERS = "Date-Time", "Price", "Volume", "Type", "Qualifiers"
_DATE, _CLOCK, _DATE_FORM = "Date[G]", "Time[G]", "%d-%b-%Y"  # of older extractions, Greenwich time
_EXCHANGE = "Exch Time"
_SYMBOL = ("#RIC", "RIC")
_CONTINUED = ["", "", "", "", "FID"]  # how rows of the raw product go on
_TYPES = {"Seq. No.": pa.int64(), _EXCHANGE: pa.time64("ns")}
_FIELD = re.compile(r"([^;\[\]]*)\[([^\[\]]*)\]")
# The reporter's own names of irregular conditions, for extractions without GV4_TEXT.
_IRREGULAR = {"ODD": "I", "AVP": "W", "CSH": "C", "NXT": "N", "DPT": "4"}


def qualifier_codes(text: str) -> list[str]:
    """Return the sale-condition codes of a Qualifiers text.

    >>> qualifier_codes("ODD[IRGCOND];Q[GV3_FLAG];X[GV3_TEXT];   [PRC_QL2];@  I[GV4_TEXT]")
    ['@', 'I']
    """
    fields = {name: value for value, name in _FIELD.findall(text)}
    if "GV4_TEXT" in fields:
        return [code for code in fields["GV4_TEXT"] if code != " "]
    code = _IRREGULAR.get(fields.get("IRGCOND", "").strip())
    return [code] if code else []


class LsegAdapter(TradersBaseAdapter):
    """LSEG Tick History trades.

    Parameters (beside those of every traders adapter)
    ----------
    zone : str
        The zone of Date-Time where the file gives none.
    symbol : str
        The one RIC to read of a file that holds several.
    columns : list of str
        The header of the first part, for the further parts of an extraction: these have none.
    corrections : {"as_seen"}
    """

    name: ClassVar[str] = "lseg"
    PARAMETERS: ClassVar[dict[str, Any]] = {
        **TradersBaseAdapter.PARAMETERS,
        "zone": "",
        "symbol": "",
        "columns": [],
        "corrections": "as_seen",
    }
    ALIASES: ClassVar[dict[str, str]] = {_PRICE: "price", _VOLUME: "volume"}
    EVENT_TIME: ClassVar[str] = _EXCHANGE
    QUOTES: ClassVar[str] = "lseg_quotes"

    def event_times(self, batch: pa.RecordBatch, received: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return when the trades happened, (n,) int64 ns: Exch Time is a time of day in Date-Time's zone."""
        since = np.asarray(batch.column(_EXCHANGE).cast(pa.int64()).fill_null(-1))
        return nearest(received, since, self._clock_zone, _EXCHANGE)

    def parse(self, path: Path) -> Iterator[pa.RecordBatch]:
        """Yield the file's trades in capture order."""
        p = self.parameters
        if p["corrections"] != "as_seen":
            wanted = "'as_seen'; a row of type Correction does not say which trade it corrects"
            raise BadParameter(name="corrections", given=p["corrections"], wanted=wanted)
        file = TimeAndSales(self, path, (_PRICE, _VOLUME), {_PRICE: pa.float64(), _VOLUME: pa.int64()})
        self._clock_zone = file.zone
        pipe = Pipeline(self, file.reader, file.time, _PRICE, _VOLUME, qualifier_codes)
        conditions = (lambda batch: batch.column(_QUALIFIERS)) if _QUALIFIERS in file.names else None
        for rows in file.rows(pipe, "Trade"):
            for batch in pipe.ticks(rows, zone=file.zone, conditions=conditions):
                yield batch.rename_columns(symbol_named(batch.schema.names))


class TimeAndSales:
    """One file of the layout, whose rows of one type are wanted.

    Parameters
    ----------
    adapter : Adapter
        Its parameters ``columns``, ``zone``, ``symbol`` and ``max_rejected`` are followed.
    path : Path
    wanted : tuple of str
        Columns that the file must have beside its times.
    types : mapping
        Column name → how it is read; most others are text.

    Attributes
    ----------
    reader : Reader
    names : list of str
    time : str
        The column of times.
    zone : str
        The zone of the clock.

    Raises
    ------
    WrongLayout, MissingColumn, RepeatedColumn, NaiveTime, EmptyFile
    """

    def __init__(
        self, adapter: Adapter, path: Path, wanted: tuple[str, ...], types: Mapping[str, pa.DataType]
    ) -> None:
        p = adapter.parameters
        self.adapter = adapter
        self.reader = Reader(path, adapter.account, max_rejected=p["max_rejected"])
        _refuse_raw(self.reader)
        self.names = header(self.reader, p["columns"])
        self.dated = _TIME not in self.names and _CLOCK in self.names
        self.time = _CLOCK if self.dated else _TIME
        needed(path, self.names, (self.time, *wanted, *([_DATE] if self.dated else [])))
        first = self.reader.first_time(self.names, self.time)
        stamp = pa.time64("ns") if self.dated else time_type(path, *first, p["zone"])
        known = {**_TYPES, **types, self.time: stamp}
        self.types = {name: known.get(name, WORD) for name in self.names}
        self.zone = "UTC" if self.dated else stamp.tz or p["zone"]

    def rows(self, pipe: Pipeline, kind: str) -> Iterator[Rows]:
        """Yield the rows of a type and of the one instrument, with their times."""
        for rows in self.reader.rows(self.types):
            if _TYPE in self.names:
                rows = self._only(pipe, rows, kind)
            for name in set(self.names) & set(_SYMBOL):
                rows = pipe.only(rows, name, self.adapter.parameters["symbol"])
            if self.dated:
                days = midnights(rows[0].column(_DATE), _DATE_FORM)
                since = np.asarray(rows[0].column(_CLOCK).cast(pa.int64()).fill_null(-1))
                rows = pipe.clock(rows, days, np.where(days == NO_DAY, -1, since))
            yield rows

    def _only(self, pipe: Pipeline, rows: Rows, kind: str) -> Rows:
        """Keep the rows of one type, counting the others by theirs."""
        good = equals(rows[0].column(_TYPE), kind)
        if not good.all():
            kinds = rows[0].column(_TYPE).cast(pa.string())
            counts = self.adapter.account.filtered_kinds
            for one in pc.value_counts(kinds.filter(pa.array(~good)).fill_null("")).to_pylist():
                counts[one["values"]] = counts.get(one["values"], 0) + one["counts"]
        return pipe.keep(rows, good)


def symbol_named(names: list[str]) -> list[str]:
    """Return column names with the vendor's name of the instrument as all formats have it.

    >>> symbol_named(["timestamp", "#RIC"])
    ['timestamp', 'symbol']
    """
    return ["symbol" if name in _SYMBOL else name for name in names]


def _refuse_raw(reader: Reader) -> None:
    """Raise WrongLayout for the raw product, whose every message goes on in rows of field identifiers."""
    for line, cells in enumerate(reader.peek(100), 1):
        if cells[: len(_CONTINUED)] == _CONTINUED:
            found, wanted = ",".join(cells)[:80], "Time and Sales, one row for each trade; this is Raw data"
            raise WrongLayout(path=reader.path, line=line, found=found, adapter="lseg", wanted=wanted)
