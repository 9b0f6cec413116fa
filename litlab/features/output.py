"""What a script may return: a table of numbers, or nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.errors import BadOutput


def as_table(value: Any, columns: tuple[str, ...], script: str, index: int) -> npt.NDArray[np.float64] | None:
    """Return a script's result as a (rows, cols) float64 table, None where it is empty.

    A one-dimensional result is a column where the script declares one column, a row where its length is
    the number of columns.

    Raises
    ------
    BadOutput
        For anything else.

    Examples
    --------
    >>> as_table([1.0], ("label",), "up", 0).tolist(), as_table([], ("label",), "up", 0)
    ([[1.0]], None)
    >>> as_table([1.0, 2.0], ("a", "b"), "pair", 0).shape
    (1, 2)
    """
    wanted = f"a table with the columns {', '.join(columns)}" if columns else "a table of numbers"
    if value is None:
        return None
    table = as_numbers(value, script, index, wanted)
    if table.size == 0:
        return None
    width = len(columns)
    if table.ndim == 1:
        table = table[None, :] if width > 1 and len(table) == width else table[:, None]
    if table.ndim != 2 or (width and table.shape[1] != width):
        raise BadOutput(script=script, given=f"shape {np.shape(value)}", index=index, wanted=wanted)
    return table


def as_numbers(value: Any, script: str, index: int, wanted: str) -> npt.NDArray[np.float64]:
    """Return a script's result as float64.

    Raises
    ------
    BadOutput
        For text, complex numbers and times, which numpy would turn into numbers without a word.
    """
    try:
        found = np.asarray(value)
        if found.dtype.kind in "biufO":
            return np.asarray(found, np.float64)
        given = f"values of type {found.dtype}"
    except (TypeError, ValueError):
        given = f"a {type(value).__name__}"
    raise BadOutput(script=script, given=given, index=index, wanted=wanted)
