"""JSON as browsers write it, keys in order: one text for one canvas, whoever saved it.

Python writes 220.0 and 1e-05 where JavaScript writes 220 and 0.00001; a canvas that is saved here and there
in turn would change all over, and nobody would see in git what was drawn.
"""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any

_LARGE, _SMALL = 1e21, 1e-6  # from where JavaScript writes powers of ten


def written(value: Any) -> str:
    """Return canonical JSON: sorted keys, two blanks of indent, newline at the end, numbers as browsers do.

    Raises
    ------
    ValueError
        If a number is infinite or none.

    Examples
    --------
    >>> print(written({"x": 220.0, "rate": 1e-05, "tiny": 1e-07, "many": []}), end="")
    {
      "many": [],
      "rate": 0.00001,
      "tiny": 1e-7,
      "x": 220
    }
    """
    return _text(value, "\n") + "\n"


def _text(value: Any, line: str) -> str:
    inner = f"{line}  "
    if isinstance(value, dict):
        parts = [f"{_plain(str(key))}: {_text(value[key], inner)}" for key in sorted(value)]
        return f"{{{inner}{f',{inner}'.join(parts)}{line}}}" if parts else "{}"
    if isinstance(value, (list, tuple)):
        parts = [_text(one, inner) for one in value]
        return f"[{inner}{f',{inner}'.join(parts)}{line}]" if parts else "[]"
    return _number(value) if isinstance(value, float) else _plain(value)


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _number(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError(f"{value} cannot be written as JSON")
    if value.is_integer() and abs(value) < _LARGE:
        return format(Decimal(repr(value)), "f").removesuffix(".0") if value else "0"
    if _SMALL <= abs(value) < _LARGE:
        return format(Decimal(repr(value)), "f")
    return repr(value).replace("e-0", "e-")
