"""Predicting without TensorFlow: NumPy and ONNX Runtime, one thread, 55 MiB, 0.3 s to start.

Stored predictions come from here at batch 1: Keras at batch 64 and at batch 1 differ by 1e-7, ONNX
Runtime at batch 1 on one thread always says the same.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab import atomic
from litlab.errors import BadParameter, FeatureMismatch, MissingExtra, NotCalibrated
from litlab.vault.conformal import LEVEL, RATE, Adaptive, Conformal
from litlab.vault.heads import Head, head_of_canvas
from litlab.vault.record import EntryRecord, feature_digest

Inputs = Mapping[str, npt.NDArray[Any]]
_CLIP = 1e-7  # float32 knows no probability nearer to 0 or 1

__all__ = ["EntryRecord", "Inputs", "Scorer", "feature_digest"]


class Scorer:
    """A vault entry, ready to predict.

    Parameters
    ----------
    path : path
        An entry's version folder, or the model's folder: then the version its CURRENT names.

    Attributes
    ----------
    record : EntryRecord
    names : tuple of str
        The inputs.

    Examples
    --------
    Given an entry with the one input ``bars`` of 100 rows and 8 columns::

        scorer = Scorer(entry.path)
        scorer.predict({"bars": bars})         # bars (100, 8): a probability
    """

    def __init__(self, path: Path | str) -> None:
        try:
            import onnxruntime
        except ImportError:
            raise MissingExtra(what="Scoring", module="onnxruntime", extra="serve") from None
        folder = Path(path)
        folder = atomic.pointed(folder) or folder
        self.path = folder
        self.record = EntryRecord.load(folder / "entry.json")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        model = (folder / "model.onnx").read_bytes()
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.names: tuple[str, ...] = tuple(sorted(self.record.features))

    def __repr__(self) -> str:
        return f"Scorer({self.record.name!r}, {self.record.version[:12]})"

    @property
    def trained_up_to(self) -> int:
        """When the last training label was known, ns UTC."""
        return self.record.trained_up_to_ns

    @functools.cached_property
    def head(self) -> Head:
        """What the output is: a probability, classes, a level or quantiles of a label."""
        return head_of_canvas(self.record.canvas, self.record.activation)

    @functools.cached_property
    def columns(self) -> tuple[str, ...]:
        """What the columns of ``outputs`` are called: the label, the classes, the levels of the quantiles."""
        wide = self._session.get_outputs()[0].shape[-1]
        return self.head.names(wide if isinstance(wide, int) else 1)

    def shape(self, name: str) -> tuple[int, int]:
        """Return (rows, columns) of one sample of an input."""
        about = self.record.features[name]
        return int(about["rows"]), len(about["columns"])

    def check_features(self, features: Mapping[str, Mapping[str, Any]]) -> None:
        """Refuse features that are not the ones the model was trained on.

        Parameters
        ----------
        features : mapping
            Name → script, script_digest, params, columns, rows; others than the model's are ignored.

        Raises
        ------
        FeatureMismatch
            Naming the feature and what differs.
        """
        for name in self.names:
            ours = self.record.features[name]
            if name not in features:
                raise FeatureMismatch(entry=self.record.name, reason=f"{name!r} is missing")
            theirs = features[name]
            for key in ("script", "script_digest", "params", "columns", "rows"):
                if ours.get(key) != theirs.get(key):
                    reason = f"{name!r} has {key} {theirs.get(key)!r}, trained with {ours.get(key)!r}"
                    raise FeatureMismatch(entry=self.record.name, reason=reason)

    def predict(self, inputs: Inputs) -> float:
        """Predict one sample.

        Parameters
        ----------
        inputs : mapping of str to (rows, cols) or (1, rows, cols) float
            By feature name; others than the model's are refused.

        Returns
        -------
        float
            A probability for a sigmoid output, a level else; of several columns the first.
        """
        values = self.predict_batch(inputs)
        if len(values) != 1:
            raise BadParameter(name="inputs", given=f"{len(values)} samples", wanted="predict takes one")
        return float(values[0])

    def predict_batch(self, inputs: Inputs, size: int = 1) -> npt.NDArray[np.float64]:
        """Predict many samples, `size` at a time.

        Parameters
        ----------
        inputs : mapping of str to (n, rows, cols) or (rows, cols) float
        size : int
            1 gives the bits of stored predictions; more is faster and differs by about 1e-7.

        Returns
        -------
        predictions : (n,) float64

        Raises
        ------
        FeatureMismatch
            If a name is missing or unknown, a shape is another, or the lengths differ.
        BadParameter
            If a value is not finite.
        """
        found: npt.NDArray[np.float64] = np.ascontiguousarray(self.outputs(inputs, size)[:, 0])
        return found

    def outputs(self, inputs: Inputs, size: int = 1) -> npt.NDArray[np.float64]:
        """Return all columns of the output, (n, columns) float64; else as ``predict_batch``.

        One column for probabilities and levels, one a class or a quantile for heads of those.
        """
        arrays = self._checked(inputs)
        count = len(next(iter(arrays.values())))
        found = [np.empty((0, 1))]
        for start in range(0, count, size):
            part = {name: values[start : start + size] for name, values in arrays.items()}
            for name, values in part.items():
                if not np.isfinite(values).all():
                    raise BadParameter(name=name, given="NaN or infinity", wanted="values must be finite")
            found.append(np.asarray(self._session.run(None, part)[0], np.float64))
        return np.concatenate(found[1:] or found)

    @functools.cached_property
    def conformal(self) -> Conformal:
        """The calibration that intervals are made of.

        Raises
        ------
        NotCalibrated
            If the entry was added before litlab measured one.
        """
        path = self.path / "conformal.npz"
        if not path.is_file():
            raise NotCalibrated(entry=self.record.name)
        return Conformal.load(path)

    def interval(self, inputs: Inputs, level: float = LEVEL) -> tuple[float, float]:
        """Return what holds one sample's label with the probability `level`, as far as validation tells.

        Parameters
        ----------
        inputs : mapping of str to (rows, cols) or (1, rows, cols) float
        level : float
            Between 0 and 1. How often it held on the test part stands in the scores' ``uncertainty``.

        Returns
        -------
        low, high : float
            Infinite where the validation part was too small for the level.

        Raises
        ------
        BadParameter
            If the model predicts classes or a probability: ``classes`` answers for those.
        NotCalibrated
        """
        low, high = self.interval_batch(inputs, level)[0].tolist()
        return low, high

    def interval_batch(self, inputs: Inputs, level: float = LEVEL, size: int = 1) -> npt.NDArray[np.float64]:
        """Return lower and upper ends of many samples, (n, 2) float64; see ``interval``."""
        if self.conformal.head.kind not in ("level", "quantiles"):
            raise BadParameter(name="head", given=self.conformal.head.kind, wanted="classes() tells the set")
        return self.conformal.intervals(self.outputs(inputs, size), self.conformal.threshold(_share(level)))

    def classes(self, inputs: Inputs, level: float = LEVEL) -> tuple[int, ...]:
        """Return the classes of which one comes with the probability `level`, as far as validation tells.

        Of a probability the classes are 0 and 1; none where no class is likely enough.

        Raises
        ------
        BadParameter
            If the model predicts a level or quantiles: ``interval`` answers for those.
        NotCalibrated
        """
        if self.conformal.head.kind in ("level", "quantiles"):
            raise BadParameter(
                name="head", given=self.conformal.head.kind, wanted="interval() tells the ends"
            )
        held = self.conformal.sets(self.outputs(inputs), self.conformal.threshold(_share(level)))
        return tuple(np.flatnonzero(held[0]).tolist())

    def adaptive(self, level: float = LEVEL, rate: float = RATE) -> Adaptive:
        """Return intervals that follow what comes: its ``q`` widens the next one, ``observe`` tells it."""
        return Adaptive(self.conformal, _share(level), rate)

    def logits(self, inputs: Inputs, size: int = 512) -> npt.NDArray[np.float64]:
        """Return (n,) log-odds of the predictions; a model of levels gives the levels themselves."""
        values = self.predict_batch(inputs, size)
        if self.record.activation != "sigmoid":
            return values
        values = np.clip(values, _CLIP, 1 - _CLIP)
        return np.asarray(np.log(values) - np.log1p(-values), np.float64)

    def _checked(self, inputs: Inputs) -> dict[str, npt.NDArray[np.float32]]:
        arrays: dict[str, npt.NDArray[np.float32]] = {}
        for name in sorted(set(inputs) ^ set(self.names)):
            what = "unknown" if name in inputs else "missing"
            reason = f"{name!r} is {what}; it takes {', '.join(self.names)}"
            raise FeatureMismatch(entry=self.record.name, reason=reason)
        for name in self.names:
            values = np.ascontiguousarray(inputs[name], np.float32)
            values = values[None] if values.ndim == 2 else values
            if values.ndim != 3 or values.shape[1:] != self.shape(name):
                reason = f"{name!r} has the shape {values.shape[1:]}, trained with {self.shape(name)}"
                raise FeatureMismatch(entry=self.record.name, reason=reason)
            arrays[name] = values
        if len({len(values) for values in arrays.values()}) != 1:
            raise FeatureMismatch(
                entry=self.record.name, reason="its inputs have different numbers of samples"
            )
        return arrays


def _share(level: float) -> float:
    if not 0 < level < 1:
        raise BadParameter(name="level", given=level, wanted="it must lie between 0 and 1")
    return level
