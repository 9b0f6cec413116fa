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

from litlab.adapters.pipeline import WORD, Pipeline, needed
from litlab.adapters.reading import Reader
from litlab.adapters.times import time_type
from litlab.adapters.trades import TradersBaseAdapter

_TIME, _PRICE, _VOLUME, _TYPE, _QUALIFIERS = "Date-Time", "Price", "Volume", "Type", "Qualifiers"
_SYMBOL = ("#RIC", "RIC")
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
    symbol : str
        The one RIC to read of a file that holds several.
    """

    name: ClassVar[str] = "lseg"
    PARAMETERS: ClassVar[dict[str, Any]] = {**TradersBaseAdapter.PARAMETERS, "zone": "", "symbol": ""}
    ALIASES: ClassVar[dict[str, str]] = {_PRICE: "price", _VOLUME: "volume"}

    def parse(self, path: Path) -> Iterator[pa.RecordBatch]:
        """Yield the file's trades in capture order."""
        p = self.parameters
        reader = Reader(path, self.account, max_rejected=p["max_rejected"])
        names = reader.header()
        needed(path, names, (_TIME, _PRICE, _VOLUME))
        line, first = reader.first_time(names, _TIME)
        types = {name: _TYPES.get(name, WORD) for name in names}
        types[_TIME] = time_type(path, line, first, p["zone"])
        pipe = Pipeline(self, reader, _TIME, _PRICE, _VOLUME, qualifier_codes)
        conditions = (lambda batch: batch.column(_QUALIFIERS)) if _QUALIFIERS in names else None
        for rows in reader.rows(types):
            if _TYPE in names:
                kinds = rows[0].column(_TYPE).cast(pa.string())
                rows = pipe.keep(rows, np.asarray(pc.equal(kinds, "Trade").fill_null(False)))
            for name in set(names) & set(_SYMBOL):
                rows = pipe.only(rows, name, p["symbol"])
            for batch in pipe.ticks(rows, zone=p["zone"], conditions=conditions):
                yield batch.rename_columns(
                    ["symbol" if name in _SYMBOL else name for name in batch.schema.names]
                )
