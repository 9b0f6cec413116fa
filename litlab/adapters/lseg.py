"""LSEG Tick History "Time and Sales": columns by header name, qualifiers as ``value[FIELD];…``.

Date-Time is the capture time and the clock; Exch Time stays a column of its own. Rows of another type than
Trade (quotes, corrections, market conditions) are no ticks and are counted as filtered. A correction is
information of its own moment: the trade it cancels stays, as everybody saw it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from litlab.adapters.adapter import TradersBaseAdapter
from litlab.adapters.judging import Judge, canonical, usable
from litlab.adapters.reading import Reader
from litlab.adapters.times import read_times, time_type
from litlab.errors import MissingColumn

_TIME, _PRICE, _VOLUME, _TYPE, _QUALIFIERS = "Date-Time", "Price", "Volume", "Type", "Qualifiers"
_WORD = pa.dictionary(pa.int32(), pa.string())
_TYPES = {_PRICE: pa.float64(), _VOLUME: pa.int64(), "Seq. No.": pa.int64(), "Exch Time": pa.time64("ns")}
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
    """

    name: ClassVar[str] = "lseg"
    PARAMETERS: ClassVar[dict[str, Any]] = {**TradersBaseAdapter.PARAMETERS, "zone": ""}
    ALIASES: ClassVar[dict[str, str]] = {_PRICE: "price", _VOLUME: "volume"}

    def parse(self, path: Path) -> Iterator[pa.RecordBatch]:
        """Yield the file's trades in capture order."""
        reader = Reader(path, self.account, max_rejected=self.parameters["max_rejected"])
        names = reader.header()
        for wanted in (_TIME, _PRICE, _VOLUME):
            if wanted not in names:
                raise MissingColumn(path=path, column=wanted, found=", ".join(names) or "nothing")
        line, first = reader.first_time(names, _TIME)
        types = {name: _TYPES.get(name, _WORD) for name in names}
        types[_TIME] = time_type(path, line, first, self.parameters["zone"])
        every = self.parameters["eligibility"] == "all"
        judge = Judge(
            self.calendar, self.parameters["conditions"], every, qualifier_codes, self.account.unknown_codes
        )
        for batch, lines in reader.rows(types):
            if _TYPE in names:
                trade = np.asarray(pc.equal(batch.column(_TYPE).cast(pa.string()), "Trade").fill_null(False))
                self.account.filtered += int((~trade).sum())
                batch, lines = batch.filter(pa.array(trade)), lines[trade]
            batch, lines = usable(batch, lines, reader, _TIME, _PRICE, _VOLUME)
            if not len(lines):
                continue
            batch = read_times(batch, _TIME, path, self.parameters["zone"])
            times = np.asarray(batch.column(_TIME).cast(pa.int64()))
            conditions = batch.column(_QUALIFIERS) if _QUALIFIERS in names else None
            yield _named(canonical(batch, _TIME, _PRICE, _VOLUME, judge.columns(times, conditions)))


def _named(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Call the instrument column what people call it."""
    return batch.rename_columns(
        ["symbol" if name in ("#RIC", "RIC") else name for name in batch.schema.names]
    )
