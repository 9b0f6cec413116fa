"""An asset's part as a Keras data set: batches read from the memory map when they are needed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from litlab.assets import Asset


def feed(
    asset: Asset, part: str, inputs: Sequence[str], label: str, *, batch: int, seed: int, epoch: int = 0
) -> Any:
    """Return a ``keras.utils.PyDataset`` of shuffled batches; the order is a function of (seed, epoch).

    Use it with ``fit(shuffle=False)``: Keras would shuffle the order of the batches once more, and a
    resumed training would differ.

    Parameters
    ----------
    asset : Asset
    part : {"train", "validation", "test"}
    inputs : sequence of str
        Feature names.
    label : str
    batch : int
        Samples in a batch; the last one may be smaller.
    seed : int
    epoch : int
        The first epoch it feeds, counted from 0; it goes on by itself after each.

    Returns
    -------
    PyDataset
        Of (inputs by name (b, rows, cols) float32, label (b, cols) float32, weight (b,) float32).
    """
    import keras

    class Feed(keras.utils.PyDataset):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.arrays = {name: asset.array(part, name) for name in inputs}
            self.labels, self.weights = asset.array(part, label), asset.weight(part)
            self.epoch = epoch
            self.order = asset.order(part, seed, epoch)

        def __len__(self) -> int:
            return math.ceil(len(self.order) / batch)

        def __getitem__(self, at: int) -> tuple[Any, ...]:
            rows = self.order[at * batch : (at + 1) * batch]
            values = {name: np.asarray(array[rows]) for name, array in self.arrays.items()}
            # A label is (n, 1 row, columns); the network's output is (n, columns).
            return values, np.asarray(self.labels[rows])[:, 0, :], np.asarray(self.weights[rows])

        def on_epoch_end(self) -> None:
            self.epoch += 1
            self.order = asset.order(part, seed, self.epoch)

    return Feed()
