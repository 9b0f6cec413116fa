"""What the prediction would be on an edited window; edits keep a bar consistent."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.errors import BadParameter, UnknownName
from litlab.vault.scorer import Scorer

Arrays = dict[str, npt.NDArray[np.float32]]
Columns = Mapping[str, Sequence[str]]

# volume = trades · mean_size and mean_size ≤ max_size ≤ volume hold after as before.
_FOLLOW = {"volume": ("mean_size", "max_size")}


@dataclasses.dataclass(frozen=True)
class WhatIf:
    """A prediction before and after an edit."""

    before: float
    after: float

    @property
    def change(self) -> float:
        """After minus before."""
        return self.after - self.before


def what_if(scorer: Scorer, before: Mapping[str, npt.NDArray[Any]], after: Arrays) -> WhatIf:
    """Predict on both windows with the portable model."""
    return WhatIf(scorer.predict(before), scorer.predict(after))


def edit_cell(
    inputs: Mapping[str, npt.NDArray[Any]], columns: Columns, name: str, row: int, column: str, value: float
) -> Arrays:
    """Return the inputs with one cell changed; with a volume its mean and max size change in proportion.

    Parameters
    ----------
    inputs : mapping of str to (rows, cols)
        Left as they are.
    columns : mapping of str to column names
    name, row, column
        The cell: input, row (negative from the end), column name.
    value : float

    Raises
    ------
    UnknownName
        If there is no such input or column.
    BadParameter
        If there is no such row, or a size is not above 0.

    Examples
    --------
    >>> import numpy as np
    >>> bars = np.array([[10.0, 400.0, 40.0, 100.0]])
    >>> names = {"bars": ["trades", "volume", "mean_size", "max_size"]}
    >>> edit_cell({"bars": bars}, names, "bars", -1, "volume", 100.0)["bars"]
    array([[ 10., 100.,  10.,  25.]], dtype=float32)
    """
    if name not in inputs:
        raise UnknownName(kind="input", given=name, known=inputs)
    known = list(columns[name])
    if column not in known:
        raise UnknownName(kind=f"column of {name}", given=column, known=known)
    if not -len(inputs[name]) <= row < len(inputs[name]):
        raise BadParameter(name="row", given=row, wanted=f"{name} has {len(inputs[name])} rows")
    edited = {key: np.array(values, np.float32) for key, values in inputs.items()}
    followers = [one for one in _FOLLOW.get(column, ()) if one in known]
    old = float(edited[name][row, known.index(column)])
    if followers and old > 0:
        if not value > 0:
            raise BadParameter(name=column, given=value, wanted="it must be above 0")
        for one in followers:
            edited[name][row, known.index(one)] *= value / old
    edited[name][row, known.index(column)] = value
    return edited


def scale_last_volumes(
    inputs: Mapping[str, npt.NDArray[Any]], columns: Columns, count: int = 9, factor: float = 0.25
) -> Arrays:
    """Return the inputs with the last `count` volumes of every bar input multiplied by `factor`.

    Mean and max size follow. On the sample tape the last nine volumes carry the signal.

    Raises
    ------
    UnknownName
        If no input has a column ``volume``.
    """
    bars = [name for name in sorted(inputs) if "volume" in columns[name]]
    if not bars:
        raise UnknownName(
            kind="column", given="volume", known=[one for all_ in columns.values() for one in all_]
        )
    edited = {key: np.array(values, np.float32) for key, values in inputs.items()}
    for name in bars:
        at = list(columns[name]).index("volume")
        for row in range(-min(count, len(inputs[name])), 0):
            value = float(inputs[name][row, at]) * factor
            edited = edit_cell(edited, columns, name, row, "volume", value)
    return edited
