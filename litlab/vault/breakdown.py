"""Where a model is good: what its samples have in common, by day, hour, volatility and instrument."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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
        missing without an ATR) and ``instrument``; each row has ``key``, ``n`` and what `describe` says.
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
