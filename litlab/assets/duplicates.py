"""Samples whose inputs are equal byte for byte, within a part and across parts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xxhash

from litlab.assets import hdf
from litlab.assets.asset import PARTS, Asset

_BLOCK_BYTES = 16 << 20


def input_digests(asset: Asset, part: str) -> npt.NDArray[np.uint64]:
    """Return the xxh3-64 of each sample's inputs, (n,) uint64; memory is 8 bytes a sample and one block.

    Two different samples share one by chance once in 2⁶⁴: of ten million samples a pair does with
    probability 3·10⁻⁶.
    """
    found = [_digests(asset.array(part, name)) for name in asset.inputs]
    if not found:
        return np.empty(0, np.uint64)
    return found[0] if len(found) == 1 else _digests(np.stack(found, 1))


def _digests(array: npt.NDArray[np.generic]) -> npt.NDArray[np.uint64]:
    count = len(array)
    out = np.empty(count, np.uint64)
    if not count:
        return out
    width = array[:1].nbytes
    step = max(1, _BLOCK_BYTES // max(width, 1))
    for start in range(0, count, step):
        block = np.ascontiguousarray(array[start : start + step])
        held = memoryview(block.reshape(-1).view(np.uint8).data)
        out[start : start + len(block)] = [
            xxhash.xxh3_64_intdigest(held[at : at + width]) for at in range(0, len(held), width)
        ]
        hdf.release(array)
    return out


def duplicates(asset: Asset) -> dict[str, int]:
    """Count samples whose inputs stood before: in the same part, or in another one.

    Returns
    -------
    dict
        ``train``: training samples equal to an earlier training sample; ``validation_in_train``,
        ``test_in_train``, ``test_in_validation``: samples of the first part equal to one of the second.
    """
    every = {part: input_digests(asset, part) for part in PARTS}
    train, validation, test = (every[part] for part in PARTS)
    return {
        "train": len(train) - len(np.unique(train)),
        "validation_in_train": int(np.isin(validation, train).sum()),
        "test_in_train": int(np.isin(test, train).sum()),
        "test_in_validation": int(np.isin(test, validation).sum()),
    }
