"""What a sample is compared with: training samples of the same instrument and time of day.

Their prices are brought to the sample's last close and ATR, so that swapping prices asks "another path of
prices", not "another price level".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.assets import Asset
from litlab.errors import BadParameter
from litlab.insights.groups import PRICES
from litlab.vault.baselines import minute_of_day

Arrays = dict[str, npt.NDArray[np.float32]]

ROWS = 100
MINUTES = 30


def draw_background(
    asset: Asset, names: Sequence[str], as_of_ns: int, instrument: int = 0, rows: int = ROWS, seed: int = 7
) -> Arrays:
    """Draw training samples within 30 minutes of the same minute of the day, without replacement.

    Parameters
    ----------
    asset : Asset
    names : sequence of str
        The inputs wanted.
    as_of_ns : int
        The explained sample's moment.
    instrument : int
        Its data set's number.
    rows : int
        How many; all there are when they are fewer.
    seed : int

    Returns
    -------
    background : dict of str to (<=rows, window rows, cols) float32

    Raises
    ------
    BadParameter
        If the training part has no such sample.
    """
    minutes = minute_of_day(asset.as_of_ns("train"), asset.zone)
    here = minute_of_day(np.array([as_of_ns]), asset.zone)[0]
    near = (np.abs(minutes - here) <= MINUTES) & (np.asarray(asset.instrument("train")) == instrument)
    known = np.flatnonzero(near)
    if not len(known):
        wanted = "no training sample of this instrument lies within 30 minutes of its time of day"
        raise BadParameter(name="as_of_ns", given=as_of_ns, wanted=wanted)
    chosen = np.random.default_rng(seed).permutation(known)[:rows]
    chosen.sort()
    return {name: np.asarray(asset.array("train", name)[chosen]) for name in names}


def rescale(
    background: Mapping[str, npt.NDArray[Any]],
    sample: Mapping[str, npt.NDArray[Any]],
    columns: Mapping[str, Sequence[str]],
) -> Arrays:
    """Bring the background's prices and ATR to the sample's last close and last ATR.

    Parameters
    ----------
    background : mapping of str to (n, rows, cols)
    sample : mapping of str to (rows, cols)
    columns : mapping of str to column names

    Returns
    -------
    dict of str to (n, rows, cols) float32
        Prices p become (p − last close) / ATR · sample's ATR + sample's last close; an ATR is multiplied by
        the ratio of the last values. Other columns, and prices where there is no ATR, stay.
    """
    found = {name: np.array(values, np.float64) for name, values in background.items()}
    atr = next((name for name in sorted(columns) if "atr" in columns[name]), None)
    if atr is not None:
        at = list(columns[atr]).index("atr")
        ratio = float(sample[atr][-1, at]) / np.maximum(found[atr][:, -1, at], 1e-9)
        for name, known in columns.items():
            prices = [place for place, column in enumerate(known) if column in PRICES]
            if "close" in known:
                close = list(known).index("close")
                last = found[name][:, -1, close][:, None, None]
                moved = (found[name][:, :, prices] - last) * ratio[:, None, None]
                found[name][:, :, prices] = moved + float(sample[name][-1, close])
        found[atr][:, :, at] *= ratio[:, None]
    return {name: values.astype(np.float32) for name, values in found.items()}
