"""An asset's part as what ``fit`` takes: a Keras data set, or a ``tf.data`` one.

Both read batches from the asset's files as they are needed, in the order of ``Asset.order``; memory does not
grow with the asset (``litlab.assets.batches`` says how).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from litlab.assets import Asset


class Feed:
    """Batches as ``fit`` takes them: (inputs by name, label, weight), epoch after epoch.

    Parameters are those of ``feed``.
    """

    def __init__(
        self,
        asset: Asset,
        part: str,
        inputs: Sequence[str],
        label: str,
        batch: int,
        seed: int,
        epoch: int,
        class_weight: Mapping[int, float] | None = None,
    ) -> None:
        self.asset, self.part, self.inputs, self.label = asset, part, tuple(inputs), label
        self.seed, self.epoch, self.size = seed, epoch, batch
        names = dict.fromkeys([*self.inputs, label, "weight"])
        self.batches = asset.batches(part, batch, seed, epoch, list(names))
        own = asset.weight(part)
        # Their mean is 1, so that the learning rate means the same however much labels overlap.
        self.mean = np.float32(own.mean(dtype=np.float64) if len(own) else 1)
        # Keras takes weights of classes or of samples, never both: here one is multiplied into the other.
        self.of_class = None
        if class_weight is not None:
            self.of_class = np.ones(max(class_weight) + 1, np.float32)
            self.of_class[list(class_weight)] = list(class_weight.values())

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, at: int) -> tuple[dict[str, Any], Any, Any]:
        found = self.batches[at]
        # A label is (n, 1 row, columns); the network's output is (n, columns).
        values = {name: found[name] for name in self.inputs}
        labels, weights = found[self.label][:, 0, :], found["weight"] / self.mean
        if self.of_class is not None:
            weights = weights * self.of_class[labels[:, 0].astype(np.int64)]
        return values, labels, weights

    def turn(self, epoch: int) -> None:
        """Go on with another epoch."""
        self.epoch = epoch
        self.batches.turn(self.asset.epoch_order(self.part, self.seed, epoch))


def feed(
    asset: Asset,
    part: str,
    inputs: Sequence[str],
    label: str,
    *,
    batch: int,
    seed: int,
    epoch: int = 0,
    class_weight: Mapping[int, float] | None = None,
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
    class_weight : mapping of int to float, optional
        Multiplies the weights of samples whose label is that class.

    Returns
    -------
    PyDataset
        Of (inputs by name (b, rows, cols) float32, label (b, cols) float32, weight (b,) float32 of
        mean 1 over the part).
    """
    import keras

    source = Feed(asset, part, inputs, label, batch, seed, epoch, class_weight)

    class KerasFeed(keras.utils.PyDataset):  # type: ignore[misc]
        def __len__(self) -> int:
            return len(source)

        def __getitem__(self, at: int) -> tuple[Any, ...]:
            return source[at]

        def on_epoch_end(self) -> None:
            source.turn(source.epoch + 1)

    return KerasFeed()


def tf_feed(
    asset: Asset,
    part: str,
    inputs: Sequence[str],
    label: str,
    *,
    batch: int,
    seed: int,
    epoch: int = 0,
    class_weight: Mapping[int, float] | None = None,
) -> Any:
    """Return a ``tf.data.Dataset`` of the same batches in the same order as ``feed``.

    Every pass over it is one epoch and the next pass the one after it, `epoch` first. The next batches are
    read while the network works on this one.

    Returns
    -------
    tf.data.Dataset
        Of (inputs by name (b, rows, cols) float32, label (b, cols) float32, weight (b,) float32); ``len`` is
        known.
    """
    import tensorflow as tf

    source = Feed(asset, part, inputs, label, batch, seed, epoch, class_weight)
    epochs = itertools.count(epoch)

    def start() -> np.int64:
        source.turn(next(epochs))
        return np.int64(0)

    def read(at: Any) -> list[Any]:
        values, labels, weights = source[int(at)]
        return [*values.values(), labels, weights]

    def shaped(at: Any) -> tuple[Any, ...]:
        kinds = [tf.float32] * (len(source.inputs) + 2)
        *values, labels, weights = tf.numpy_function(read, [at], kinds)
        for name, value in zip(source.inputs, values, strict=True):
            value.set_shape([None, *asset.shape(name)])
        labels.set_shape([None, asset.shape(label)[1]])
        weights.set_shape([None])
        return dict(zip(source.inputs, values, strict=True)), labels, weights

    begin = tf.data.Dataset.range(1).map(lambda _: tf.numpy_function(start, [], tf.int64))
    numbers = begin.flat_map(lambda _: tf.data.Dataset.range(len(source)))
    found = numbers.map(shaped)  # one after the other: their order is what makes a run the same again
    return found.apply(tf.data.experimental.assert_cardinality(len(source))).prefetch(2)


def fastest_feed(
    asset: Asset,
    part: str,
    inputs: Sequence[str],
    label: str,
    *,
    batch: int,
    seed: int,
    epoch: int = 0,
    class_weight: Mapping[int, float] | None = None,
) -> Any:
    """Return ``tf_feed`` where Keras runs on TensorFlow, else ``feed``: the same batches in one order."""
    import keras

    made = tf_feed if keras.backend.backend() == "tensorflow" else feed
    return made(asset, part, inputs, label, batch=batch, seed=seed, epoch=epoch, class_weight=class_weight)
