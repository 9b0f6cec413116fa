"""Keras → ONNX, and the proof that both say the same.

The exporter writes files that do not run (``Normalization``) without a word, so every export is run on
sample inputs before anyone sees it.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.errors import ParityFailed

LIMIT = 1e-5


def export_onnx(model: Any, path: Path, samples: Mapping[str, npt.NDArray[np.float32]]) -> float:
    """Write `model` as ONNX and compare both on `samples`.

    Parameters
    ----------
    model : keras.Model
        Inputs by name, one output of one column.
    path : Path
        Of the file to write; removed again when the check fails.
    samples : mapping of str to (n, rows, cols) float32

    Returns
    -------
    difference : float
        The largest absolute difference seen.

    Raises
    ------
    ParityFailed
        If the file does not run (difference infinite), or differs by more than 1e-5.
    """
    import onnxruntime
    from onnxruntime.capi import onnxruntime_pybind11_state as reasons

    wanted = np.asarray(model.predict_on_batch(dict(samples)), np.float64)
    silent = contextlib.redirect_stdout(io.StringIO())
    with warnings.catch_warnings(), silent, contextlib.redirect_stderr(io.StringIO()):
        # keras' copy of tf2onnx asks for np.object at its import
        warnings.simplefilter("ignore", FutureWarning)
        model.export(path, format="onnx", verbose=False)
    # ValueError: constants that became inputs, as Normalization's do
    kinds = (reasons.Fail, reasons.InvalidGraph, reasons.InvalidArgument, reasons.NotImplemented)
    try:
        session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
        found = session.run(None, {name: np.asarray(samples[name]) for name in samples})[0]
        difference = float(np.max(np.abs(found - wanted)))
    except (*kinds, ValueError):
        difference = float("inf")
    if not difference <= LIMIT:
        path.unlink(missing_ok=True)
        raise ParityFailed(difference=difference, limit=LIMIT)
    return difference


def weights_of(model: Any) -> dict[str, npt.NDArray[Any]]:
    """Return every weight by its path in the model, in the model's order."""
    return {one.path: np.asarray(one.numpy()) for one in model.weights}


def weights_digest(weights: Mapping[str, npt.NDArray[Any]]) -> str:
    """Return the sha256 of names, shapes and bytes.

    >>> import numpy as np
    >>> a = {"dense/kernel": np.zeros((2, 1), np.float32)}
    >>> weights_digest(a) == weights_digest({"dense/kernel": np.zeros((1, 2), np.float32)})
    False
    """
    state = hashlib.sha256()
    for name, values in weights.items():
        state.update(f"{name} {values.shape} {values.dtype.str}\n".encode())
        state.update(np.ascontiguousarray(values).tobytes())
    return state.hexdigest()
