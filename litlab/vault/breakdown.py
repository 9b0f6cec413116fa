"""Where a model is good: what its samples have in common, by day, hour, volatility and instrument."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.assets import Asset
from litlab.vault.baselines import minute_of_day

Floats = npt.NDArray[np.float64]
Keys = npt.NDArray[np.str_]
Rows = npt.NDArray[np.bool_]

_BLOCK = 4_096  # samples in memory at once
TERCILES = ("calm", "middle", "wild")
_DATE = re.compile(r"[ ._-]*(?<!\d)\d{4}[-_.]?\d{2}[-_.]?\d{2}(?!\d).*")
_ENDING = re.compile(r"(\.(csv|gz|zip|zst|parquet|txt|dbn|json))+$", re.I)


def breakdown(
    keys: Mapping[str, Keys], describe: Callable[[Rows], dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    """Return what is said of samples that have something in common.

    Parameters
    ----------
    keys : mapping of str to (n,) str
        Of ``groups``.
    describe : callable
        Given which samples, (n,) bool: the scores of a row.

    Returns
    -------
    dict of str to list of dict
        Keys ``day``, ``hour`` (the exchange's clock), ``volatility`` (terciles of the training part's ATR;
        missing without an ATR) and ``instrument`` (its number; ``named`` gives names); each row has ``key``,
        ``n`` and what `describe` says.
    """
    found = {}
    for name, values in keys.items():
        rows = []
        for key in np.unique(values).tolist():
            own = values == key
            rows.append({"key": str(key), "n": int(own.sum()), **describe(own)})
        found[name] = rows
    return found


def groups(asset: Asset, part: str) -> Iterator[tuple[str, Keys]]:
    """Yield (name, key of every sample), (n,) of str."""
    yield "day", asset.session_day(part).astype("datetime64[D]").astype(np.str_)
    hours = minute_of_day(asset.as_of_ns(part), asset.zone) // 60
    yield "hour", np.char.add(np.char.zfill(hours.astype(np.str_), 2), ":00")
    volatility = terciles(asset, part)
    if volatility is not None:
        yield "volatility", volatility
    yield "instrument", np.asarray(asset.instrument(part)).astype(np.str_)


def named(scores: Mapping[str, Any], data: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return scores whose breakdown calls instruments by name: figures are kept under their numbers.

    Parameters
    ----------
    scores : mapping
        As ``scores.json``; what cannot be read stays as it is.
    data : sequence of mapping
        The data sets in the order of their numbers, with their ``files``.

    Examples
    --------
    >>> files = [{"files": ["BAC.N_2013-10-07.csv.gz", "BAC.N_2013-10-08.csv.gz"]}]
    >>> named({"by": {"instrument": [{"key": "0", "n": 390}]}}, files)
    {'by': {'instrument': [{'key': 'BAC.N', 'n': 390}]}}
    """
    by = scores.get("by")
    rows = by.get("instrument") if isinstance(by, Mapping) else None
    if not isinstance(by, Mapping) or not isinstance(rows, list):
        return dict(scores)
    names = {str(at): name for at, name in enumerate(instrument_names(data))}
    told = [
        {**one, "key": names.get(str(one.get("key")), one.get("key"))} if isinstance(one, Mapping) else one
        for one in rows
    ]
    return {**scores, "by": {**by, "instrument": told}}


def instrument_names(data: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what each data set's instrument is called: its files' names without dates and endings.

    Of files that have less in common it is what their names begin with; where that is nothing, or two would
    be called the same, the number says which it is.

    >>> instrument_names([{"files": ["SPY.P_2013-10-07.csv.gz"]}, {"files": ["a.csv", "b.csv"]}])
    ['SPY.P', 'instrument 2']
    >>> instrument_names([{"files": ["SPY-20131007.zip"]}, {"files": ["SPY-20131008.zip"]}])
    ['SPY 1', 'SPY 2']
    """
    found = []
    for one in data:
        files = [str(name) for name in one.get("files", ())]
        stems = [_DATE.sub("", _ENDING.sub("", name)) for name in files]
        found.append(_common(stems).rstrip(" ._-"))
    return [
        f"instrument {at}" if not name else f"{name} {at}" if found.count(name) > 1 else name
        for at, name in enumerate(found, 1)
    ]


def _common(texts: Sequence[str]) -> str:
    """Return what all texts begin with."""
    first, last = min(texts, default=""), max(texts, default="")
    same = (at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    return first[: next(same, min(len(first), len(last)))]


def terciles(asset: Asset, part: str) -> Keys | None:
    """Return calm, middle or wild for every sample, by its last ATR; the cuts are the training part's.

    Without an ATR it goes by the mean range of the window's bars over their close; None without bars.
    """
    if not asset.count("train"):
        return None
    train, own = _ranges(asset, "train"), _ranges(asset, part)
    if train is None or own is None:
        return None
    return np.asarray(TERCILES)[np.searchsorted(np.quantile(train, [1 / 3, 2 / 3]), own, "right")]


def _ranges(asset: Asset, part: str) -> Floats | None:
    for name in asset.inputs:
        if "atr" in (columns := asset.columns(name)):
            return np.asarray(asset.array(part, name)[:, -1, columns.index("atr")], np.float64)
    for name in asset.inputs:
        if {"high", "low", "close"} <= set(columns := asset.columns(name)):
            places = [columns.index(one) for one in ("high", "low", "close")]
            windows = asset.array(part, name)
            found = [np.empty(0)]
            for start in range(0, len(windows), _BLOCK):
                high, low, close = (windows[start : start + _BLOCK, :, at] for at in places)
                found.append(np.asarray(((high - low) / close).mean(1), np.float64))
            return np.concatenate(found)
    return None
