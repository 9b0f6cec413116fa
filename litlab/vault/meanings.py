"""What a label is about: which baselines, scores and figures make sense for it.

A label is told by the words of its script's name and by its parameters, so that people's own labels count
too: ``return_next_bars`` and ``my_return`` are returns, ``volatility_next_bars`` a volatility.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from litlab.assets import Asset

_RETURNS = {"return", "returns"}
_SPREADS = {"volatility", "variance"}


@dataclasses.dataclass(frozen=True)
class Meaning:
    """What a label is about.

    Attributes
    ----------
    kind : {"return", "volatility", "variance", "other"}
    logarithm : bool
        Of a return: whether it is the logarithm of the ratio of prices.
    horizon : int
        Bars ahead, 1 where the label's parameters do not say.
    """

    kind: str
    logarithm: bool = True
    horizon: int = 1

    @property
    def is_spread(self) -> bool:
        """Whether HAR, EWMA and QLIKE mean something."""
        return self.kind in _SPREADS


def meaning_of(asset: Asset, label: str) -> Meaning:
    """Return what a label of an asset is about."""
    about: dict[str, Any] = asset.about(label)
    return meaning(str(about.get("script", "")), about.get("params") or {})


def meaning(script: str, params: dict[str, Any]) -> Meaning:
    """Return what the labels of a script are about.

    >>> meaning("return_next_bars", {"kind": "simple", "horizon": 5})
    Meaning(kind='return', logarithm=False, horizon=5)
    >>> meaning("volatility_next_bars", {"measure": "variance"}).kind
    'variance'
    """
    words = set(script.split("_"))
    if words & _RETURNS:
        return Meaning("return", params.get("kind", "log") == "log", int(params.get("horizon", 1)))
    if words & _SPREADS:
        fallback = "variance" if "variance" in words else "volatility"
        return Meaning(str(params.get("measure", fallback)), horizon=int(params.get("horizon", 10)))
    return Meaning("other", horizon=int(params.get("horizon", 1)))
