"""What a component is told about a feature of the asset: its columns, shape and training statistics."""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.assets import Asset

KEPT = 64  # remembered statistics; each is a few numbers
ROWS = 4_096  # 13 MB of 100 bars; their mean and deviation are known to about 1 part in 600


@dataclasses.dataclass(frozen=True)
class Source:
    """A feature or label that a node picked.

    Attributes
    ----------
    asset : Asset
    name : str
    """

    asset: Asset
    name: str

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self.asset.columns(self.name)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of one sample."""
        return self.asset.shape(self.name)

    @property
    def statistics(self) -> dict[str, npt.NDArray[np.float64]]:
        """min, mean, max, std, count, nan per column, (cols,) float64, over the whole training part."""
        return self.asset.statistics(self.name)

    def train_rows(self) -> npt.NDArray[np.float32]:
        """Return training samples to take statistics of transformed values from, oldest first.

        Returns
        -------
        rows : (<=ROWS, rows, cols) float32
            All training samples, or ROWS of them evenly spaced from the first to the last: the choice
            depends on their number alone.
        """
        count = self.asset.count("train")
        chosen = np.unique(np.linspace(0, count - 1, min(count, ROWS)).round().astype(np.int64))
        return np.asarray(self.asset.array("train", self.name)[chosen])


_kept: OrderedDict[Any, Any] = OrderedDict()


def remembered(sources: tuple[Source, ...], key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
    """Return what `make` made of these sources under this key before, or makes now.

    Assets never change under their digest, so what was computed of one holds for good.
    """
    full = (*((one.asset.digest, one.name) for one in sources), key)
    if full not in _kept:
        _kept[full] = make()
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return _kept[full]
