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

from litlab.canvases.backend import load_keras
from litlab.errors import ParityFailed
from litlab.vault.record import EntryRecord, version_of

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
        The largest difference seen: of probabilities as it is, of levels over the largest of them, which may
        be a return of 1e-4 or a price of 1e4.

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
        difference = float(np.max(np.abs(found - wanted)) / _unit(model, wanted))
    except (*kinds, ValueError):
        difference = float("inf")
    if not difference <= LIMIT:
        path.unlink(missing_ok=True)
        raise ParityFailed(difference=difference, limit=LIMIT)
    return difference


def _unit(model: Any, wanted: npt.NDArray[np.float64]) -> float:
    activation = getattr(getattr(model.layers[-1], "activation", None), "__name__", "")
    if activation in ("sigmoid", "softmax"):
        return 1.0
    return float(np.max(np.abs(wanted), initial=0.0)) or 1.0


def taking_names(model: Any) -> Any:
    """Return a model that takes its inputs as a mapping of their names, with the same layers.

    A model from somebody's own code may take one array, or a list of them; one that takes them by name is
    returned itself.
    """
    if isinstance(model.input, dict):
        return model
    output = model.output
    if isinstance(output, (dict, list, tuple)):
        output = next(iter(output.values() if isinstance(output, dict) else output))
    return load_keras("The Keras model").Model({one.name: one for one in model.inputs}, output)


def in_float32(model: Any) -> Any:
    """Return a model that computes in float32 with the weights of one that computes in mixed precision.

    A processor has no float16 to compute in, and the portable model is held to 1e-5. A model that is in
    float32 already is returned itself.
    """
    if not any("mixed" in layer.dtype_policy.name for layer in model.layers):
        return model
    made = type(model).from_config(_single(model.get_config()))
    made.set_weights(model.get_weights())
    return made


def _single(config: Any) -> Any:
    """Return a configuration with every mixed policy replaced by float32."""
    if isinstance(config, dict):
        return {key: _single(value) for key, value in config.items()}
    if isinstance(config, (list, tuple)):
        return type(config)(_single(one) for one in config)
    return "float32" if isinstance(config, str) and config.startswith("mixed_") else config


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


def load_model(path: Path) -> Any:
    """Return a checkpoint's Keras model; imports TensorFlow."""
    # Its loss is of no use here, and may be one that only training knows.
    return load_keras("The Keras model").models.load_model(path, compile=False)


def stored_weights(folder: Path) -> dict[str, npt.NDArray[Any]]:
    """Return the weights that lie in a version's folder, by path with dots for its slashes."""
    with np.load(folder / "weights.npz", allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def versions_of(record: EntryRecord, weights: Mapping[str, npt.NDArray[Any]]) -> set[str]:
    """Return the digests that a record and its stored weights make; layers may have dots in their names."""
    slashed = (
        {name.replace(".", "/"): values for name, values in weights.items()},
        {"/".join(name.rsplit(".", 1)): values for name, values in weights.items()},
    )
    return {
        version_of(record.asset, record.canvas, record.features, weights_digest(named))
        for named in (weights, *slashed)
    }
