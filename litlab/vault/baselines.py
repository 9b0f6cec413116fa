"""What simple baselines are given, and logistic regression: ``rivals`` makes predictions of them.

- *base rate*: always the training part's share of ones.
- *persistence*: what the last completed bar did: whether its true range was above the ATR before it.
- *last bar*: logistic regression on log(TR / ATR) of the last completed bar.
- *reference*: logistic regression on log(TR/ATR), log(ATR / mean range of the window), log(mean range of
  the last 5 and 30 bars / ATR), minute of the day and its square, log volume, log trades.

All but the first need bars (high, low, close, trades, volume) and an ATR among the asset's inputs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.assets import Asset

Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]

_BARS = {"high", "low", "close", "trades", "volume"}
_BLOCK = 4_096  # samples in memory at once
_LEAST = 0.05  # of the ATR: a minute without a price change has no logarithm
MINUTE_NS = 60_000_000_000


def describe(asset: Asset, part: str) -> Floats | None:
    """Return the baselines' inputs, or None where the asset has no bars with an ATR.

    Returns
    -------
    (n, 9) float64
        Whether the last TR was above the ATR before it, log(TR/ATR), log(ATR/mean range), log(mean range
        5/ATR), log(mean range 30/ATR), minute of the day, its square, log volume, log trades.
    """
    bars = next((one for one in asset.inputs if set(asset.columns(one)) >= _BARS), None)
    atrs = next((one for one in asset.inputs if "atr" in asset.columns(one)), None)
    if bars is None or atrs is None or min(asset.shape(bars)[0], asset.shape(atrs)[0]) < 2:
        return None
    columns = {name: at for at, name in enumerate(asset.columns(bars))}
    at_atr = asset.columns(atrs).index("atr")
    windows, atr = asset.array(part, bars), asset.array(part, atrs)
    first, minute = _first_of_session(asset, part), _minute_of_day(asset, part)
    starts = range(0, len(windows), _BLOCK) or range(1)
    rows = (slice(start, start + _BLOCK) for start in starts)
    return np.concatenate(
        [_described(windows[own], atr[own, :, at_atr], columns, first[own], minute[own]) for own in rows]
    )


def _described(windows: Array, atr: Array, columns: dict[str, int], first: Array, minute: Array) -> Floats:
    """Return the rows of ``describe`` of some samples."""
    values, atr = np.asarray(windows, np.float64), np.asarray(atr, np.float64)
    unit, before = np.maximum(atr[:, -1], 1e-9), atr[:, -2]
    high, low = values[:, :, columns["high"]], values[:, :, columns["low"]]
    ranges = high - low
    close = values[:, -2, columns["close"]]
    true_range = np.maximum(high[:, -1], close) - np.minimum(low[:, -1], close)
    # A session's first bar has no close before it that counts: TR = high − low.
    true_range = np.where(first, ranges[:, -1], true_range)
    floor = _LEAST * unit
    return np.column_stack(
        [
            (true_range > before).astype(np.float64),
            np.log(np.maximum(true_range, floor) / unit),
            np.log(unit / np.maximum(ranges.mean(1), floor)),
            np.log(np.maximum(ranges[:, -5:].mean(1), floor) / unit),
            np.log(np.maximum(ranges[:, -30:].mean(1), floor) / unit),
            minute,
            minute**2,
            np.log1p(values[:, -1, columns["volume"]]),
            np.log1p(values[:, -1, columns["trades"]]),
        ]
    )


def fit_logistic(x: Floats, truth: Array, penalty: float = 1e-3, steps: int = 50) -> Floats:
    """Fit a logistic regression by Newton's method on standardised columns.

    Parameters
    ----------
    x : (n, k) float64
    truth : (n,) of 0 and 1
    penalty : float
        L2 on the standardised weights, in units of one sample; it settles separable data.
    steps : int
        At most; it ends when no weight moves by 1e-10.

    Returns
    -------
    weights : (3, k + 1) float64
        Weights (intercept last), means, deviations.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[0.0], [0.0], [1.0], [1.0]])
    >>> weights = fit_logistic(x, np.array([0, 1, 1, 1]), penalty=1e-9)
    >>> predict_logistic(weights, np.array([[0.0]])).round(3)
    array([0.5])
    """
    mean, deviation = x.mean(0), x.std(0)
    deviation = np.where(deviation > 1e-12, deviation, 1.0)
    z = np.column_stack([(x - mean) / deviation, np.ones(len(x))])
    ridge = np.diag([penalty] * x.shape[1] + [0.0]) + 1e-12 * np.eye(z.shape[1])
    weights = np.zeros(z.shape[1])
    for _ in range(steps):
        said = _sigmoid(z @ weights)
        slope = z.T @ (truth - said) - ridge @ weights
        curve = (z * (said * (1 - said))[:, None]).T @ z + ridge
        move = np.linalg.solve(curve, slope)
        # Newton's step may overshoot where classes nearly separate; 5 standard units are far enough.
        move *= min(1.0, 5.0 / max(float(np.abs(move).max()), 1e-300))
        weights = weights + move
        if np.abs(move).max() < 1e-10:
            break
    return np.array([weights, np.append(mean, 0.0), np.append(deviation, 1.0)])


def predict_logistic(fitted: Floats, x: Floats) -> Floats:
    """Return (n,) probabilities of a fitted logistic regression."""
    weights, mean, deviation = fitted
    return _sigmoid(((x - mean[:-1]) / deviation[:-1]) @ weights[:-1] + weights[-1])


def _sigmoid(values: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-np.clip(values, -35, 35)))


def _first_of_session(asset: Asset, part: str) -> npt.NDArray[np.bool_]:
    """Tell which samples are the first of their instrument's session in the part, (n,) bool."""
    day = asset.session_day(part).astype(np.int64)
    key = asset.instrument(part).astype(np.int64) * (1 << 32) + day
    _, inverse = np.unique(key, return_inverse=True)
    times = np.asarray(asset.as_of_ns(part))
    first = np.full(inverse.max() + 1 if len(inverse) else 0, np.iinfo(np.int64).max)
    np.minimum.at(first, inverse, times)
    return np.asarray(times == first[inverse], np.bool_)


def _minute_of_day(asset: Asset, part: str) -> Floats:
    return minute_of_day(asset.as_of_ns(part), asset.zone).astype(np.float64)


def minute_of_day(as_of_ns: Array, zone: str) -> npt.NDArray[np.int64]:
    """Return the exchange-local minute of the day, (n,) int64 from 0 to 1439.

    >>> import numpy as np
    >>> minute_of_day(np.array([1_700_000_000_000_000_000]), "America/New_York")
    array([1033])
    """
    import pandas as pd

    stamps = pd.DatetimeIndex(np.asarray(as_of_ns).astype("datetime64[ns]"), tz="UTC").tz_convert(zone)
    return np.asarray(stamps.hour * 60 + stamps.minute, np.int64)
