"""Kernels that shipped scripts share: one formulation each, so that one row and many agree to the bit.

1. ``averages``: simple and exponential means, MACD, Bollinger's bands. 2. ``ranges``: true range, Wilder's
average of it, directional movement, stochastics. 3. ``moves``: changes from close to close: returns, their
volatility, relative strength. 4. ``volumes``: prices weighted by volume, volume signed by price.
5. ``outcomes``: what labels tell of the bars ahead.

C-ordered (n, bars, …) arrays, folded along the window in order; no fastmath, no threads, no BLAS.
"""

from litlab.features.indicators.averages import bollinger, ema, macd, sma, standardise
from litlab.features.indicators.moves import realised_variance, returns, rsi
from litlab.features.indicators.outcomes import first_barrier
from litlab.features.indicators.ranges import adx, stochastic, true_range, wilder_atr, window_atr
from litlab.features.indicators.volumes import on_balance, signed_volume, vwap

WARM_UP = 10  # times the rate: a recursive indicator runs over exactly this many bars before its first value

__all__ = [
    "WARM_UP", "adx", "bollinger", "ema", "first_barrier", "macd", "on_balance", "realised_variance",
    "returns", "rsi", "signed_volume", "sma", "standardise", "stochastic",
    "true_range", "vwap", "wilder_atr", "window_atr",
]  # fmt: skip
