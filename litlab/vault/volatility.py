"""Forecasts of volatility that need no network, and the loss that judges them.

- *HAR* (Corsi, "A Simple Approximate Long-Memory Model of Realized Volatility", 2009): least squares on the
  realised volatility of the last horizon, of five and of twenty-two of them, as far as the window reaches.
- *EWMA* (RiskMetrics 1996): an exponentially weighted mean of squared returns, the newest first; its decay
  is the one of least QLIKE on the training part, its level that of the training part's labels.
- *QLIKE* (Patton, "Volatility forecast comparison using imperfect volatility proxies", 2011):
  σ²/h − log(σ²/h) − 1 of the realised variance σ² and the forecast h; least in expectation at the true
  variance, also where σ² is only an unbiased proxy of it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.assets import Asset

Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]

DECAYS = (0.7, 0.8, 0.9, 0.94, 0.97, 0.99)
SPANS = (1, 5, 22)


def qlike(variance: Array, forecast: Array) -> Floats:
    """Return the QLIKE loss of each forecast, (n,): 0 where it is right, NaN where the variance is 0.

    Parameters
    ----------
    variance, forecast : (n,)
        Variances, not volatilities; forecasts above 0.

    Examples
    --------
    >>> import numpy as np
    >>> qlike(np.array([2.0, 1.0, 0.0]), np.array([2.0, 2.0, 1.0])).round(4)
    array([0.    , 0.1931,    nan])
    """
    known = np.asarray(variance, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(known > 0, known, np.nan) / np.asarray(forecast, np.float64)
        return np.asarray(ratio - np.log(ratio) - 1.0, np.float64)


def squared_returns(asset: Asset, part: str) -> Floats | None:
    """Return the squared log return within each bar of the window, (n, rows), None without bars.

    From open to close: the step between two sessions is no part of a label that stays within one. Without an
    open, from close to close.
    """
    name = next((one for one in asset.inputs if "close" in asset.columns(one)), None)
    if name is None or asset.shape(name)[0] < 2:
        return None
    columns, values = asset.columns(name), asset.array(part, name)
    close = np.asarray(values[:, :, columns.index("close")], np.float64)
    if "open" in columns:
        start = np.asarray(values[:, :, columns.index("open")], np.float64)
    else:
        start, close = close[:, :-1], close[:, 1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.log(close / start) ** 2
    return found if np.isfinite(found).all() else None


def har_inputs(squares: Floats, horizon: int, root: bool) -> Floats:
    """Return HAR's columns, (n, ≤3): mean variance of 1, 5, 22 horizons, scaled to one; its root if wished.

    >>> import numpy as np
    >>> har_inputs(np.array([[4.0, 1.0, 1.0]]), horizon=1, root=False)
    array([[1., 2.]])
    """
    lengths = sorted({min(span * max(1, horizon), squares.shape[1]) for span in SPANS})
    found = np.column_stack([squares[:, -length:].mean(1) * horizon for length in lengths])
    return np.sqrt(found) if root else found


def fit_linear(inputs: Floats, truth: Array) -> Floats:
    """Return least-squares weights, intercept last, (k + 1,)."""
    design = np.column_stack([inputs, np.ones(len(inputs))])
    scale = np.maximum(np.abs(design).max(0), 1e-300)  # squared returns are 1e-8: keep the matrix in scale
    weights, *_ = np.linalg.lstsq(design / scale, np.asarray(truth, np.float64), rcond=1e-12)
    return np.asarray(weights / scale, np.float64)


def predict_linear(weights: Floats, inputs: Floats) -> Floats:
    """Return (n,) predictions of ``fit_linear``'s weights."""
    return np.asarray(inputs @ weights[:-1] + weights[-1], np.float64)


def ewma(squares: Floats, decay: float) -> Floats:
    """Return the exponentially weighted mean of each row, (n,), the last column weighing most.

    >>> import numpy as np
    >>> ewma(np.array([[3.0, 6.0]]), decay=0.5)  # (1·6 + ½·3) / 1½
    array([5.])
    """
    weights = decay ** np.arange(squares.shape[1])[::-1]
    return np.asarray(squares @ weights / weights.sum(), np.float64)


def fit_ewma(squares: Floats, truth: Array, root: bool) -> tuple[float, float]:
    """Return (decay, scale) of least QLIKE on the training part; scale · ewma is a variance."""
    variance = np.asarray(truth, np.float64) ** (2 if root else 1)
    tried = []
    for decay in DECAYS:
        said = np.maximum(ewma(squares, decay), 1e-300)
        scale = float(variance.mean() / said.mean())
        tried.append((float(np.nanmean(qlike(variance, scale * said))), decay, scale))
    _, decay, scale = min(tried)
    return decay, scale
