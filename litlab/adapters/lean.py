"""QuantConnect LEAN equity trade ticks: headerless, milliseconds since midnight, condition bit masks.

The date stands in the file's name only (``20131007_trade.zip``). A mask is a hexadecimal number without
``0x``, kept as text: ``20004a00`` would pass for a decimal, ``1e5`` for a float.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from litlab.adapters.pipeline import WORD, Pipeline, date_in_name, is_number, replaced
from litlab.adapters.reading import Reader
from litlab.adapters.trades import TradersBaseAdapter

_TYPES = {
    "time": pa.float64(), "price": pa.float64(), "size": pa.int64(), "exchange": WORD,
    "condition": WORD, "suspicious": pa.int8(),
}  # fmt: skip
_WANTED = "milliseconds since midnight, price x 10,000, size, exchange, condition mask, suspicious"
_SUSPECT = "!"  # behind a mask: the vendor marks the print suspicious

# QuantConnect/Lean, Common/Data/Auxiliary/TradeConditionFlags.cs (Apache-2.0), checked against the condition
# codes of the same ticks in another vendor's layout. Bits not listed come out as hexadecimal codes, which
# no table knows, so that they are counted. Bit 29 (trade-through exempt) says nothing about eligibility.
_CODES = {
    0x1: "@", 0x2: "C", 0x4: "N", 0x8: "R", 0x10: "Y", 0x20: "F", 0x40: "O", 0x80: "6", 0x100: "5",
    0x200: "4", 0x400: "T", 0x20000: "B", 0x40000: "V", 0x100000: "W", 0x200000: "X", 0x400000: "H",
    0x1000000: "M", 0x2000000: "P", 0x4000000: "Q", 0x20000000: "", 0x80000000: "I",
}  # fmt: skip
_SOLD, _EXTENDED, _OUT_OF_SEQUENCE = 0x800, 0x2000, 0x4000


def mask_codes(text: str) -> list[str]:
    """Return the sale-condition codes of a mask.

    >>> mask_codes("20002020"), mask_codes("20004a00"), mask_codes("1!"), mask_codes("1000")
    (['F', 'T'], ['4', 'Z'], ['@', 'suspicious'], ['0x1000'])
    """
    suspicious = ["suspicious"] if text.endswith(_SUSPECT) else []
    text = text.removesuffix(_SUSPECT)
    try:
        mask = int(text or "0", 16)
    except ValueError:
        return [text, *suspicious]
    codes = []
    # Sale conditions of one print are told by their combination: sold late, extended, or both out of order.
    if mask & _OUT_OF_SEQUENCE:
        codes.append("U" if mask & _EXTENDED else "Z")
    elif mask & _EXTENDED:
        codes.append("T")
    elif mask & _SOLD:
        codes.append("L")
    mask &= ~(_SOLD | _EXTENDED | _OUT_OF_SEQUENCE)
    bits = [1 << at for at in range(mask.bit_length()) if mask >> at & 1]
    return [*filter(None, [_CODES.get(bit, hex(bit)) for bit in bits]), *codes, *suspicious]


class LeanAdapter(TradersBaseAdapter):
    """QuantConnect LEAN equity trades: ``YYYYMMDD_trade.zip``, New York time."""

    name: ClassVar[str] = "lean"
    ALIASES: ClassVar[dict[str, str]] = {"price": "price", "size": "volume"}

    def parse(self, path: Path) -> Iterator[pa.RecordBatch]:
        """Yield the file's rows in their order."""
        midnight = date_in_name(path, "20131007_trade.zip")
        reader = Reader(path, self.account, max_rejected=self.parameters["max_rejected"])
        line = Pipeline(self, reader, "time", "price", "size", mask_codes)
        line.look(lambda cells: len(cells) == len(_TYPES) and is_number(cells[0]), _WANTED)
        for batch, lines in reader.rows(_TYPES):
            # Milliseconds of a day times 1e6 stay below 2**53: the nearest integer is the nanosecond.
            since = np.nan_to_num(np.asarray(batch.column("time").fill_null(-1)), nan=-1, posinf=-1) * 1e6
            since = np.rint(np.clip(since, -1, 1e17)).astype(np.int64)
            price = np.asarray(batch.column("price").fill_null(0)) / 10_000
            rows = line.clock((replaced(batch, "price", price), lines), midnight, since)
            yield from line.ticks(rows, zone="America/New_York", conditions=_conditions)


def _conditions(batch: pa.RecordBatch) -> pa.Array:
    mask = batch.column("condition")
    suspicious = pc.greater(batch.column("suspicious"), 0).fill_null(False)
    if not pc.any(suspicious).as_py():
        return mask
    mask = mask.cast(pa.string()).fill_null("")
    return pc.if_else(suspicious, pc.binary_join_element_wise(mask, _SUSPECT, ""), mask)
