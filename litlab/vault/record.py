"""What a vault entry is, on paper: ``entry.json``, and the digests that hold it together."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

from litlab.errors import BadRecord
from litlab.records import Record, digest_of

_MOST_ROWS = 1_000_000  # of one sample: what a build takes is far less
_OF_FEATURE = ("script", "script_digest", "params", "columns", "rows")


@dataclasses.dataclass(frozen=True)
class EntryRecord(Record):
    """What a vault entry is: ``entry.json``. Format 2 added what stands behind `versions`.

    Attributes
    ----------
    name, version : str
        The model's name, and the version's digest: of weights, features, canvas and asset.
    run, project : str
        Where it was trained; `epoch` counts from 1.
    schema, asset : str
        The schema's name and the digest of the asset version.
    label : str
        What it predicts.
    activation : str
        ``sigmoid``: predictions are probabilities.
    features : dict
        Input → what the asset's manifest says of it: script, script_digest, params, columns, rows.
    trained_up_to_ns : int
        When the last training label was known, ns UTC: the model knows nothing later.
    base_rate : float
        The training part's mean label.
    logit_sd : float
        Standard deviation of the logit over training samples: the unit of insights.
    parity : float
        The largest difference between the portable model and Keras on sample inputs.
    canvas : dict
    versions : dict
        Of litlab, keras and onnxruntime.
    also : dict
        Features that inputs read and the model does not take, told like `features`.
    gates : list
        What chose the asset's samples: name, script, script_digest, params.
    components : dict
        Component of the canvas → sha256 of its source.
    settings : dict
        How it was trained.
    metrics : dict
        The epoch's row of the run: losses and metrics on the training and validation parts.
    schema_digest : str
        Of the schema that the asset was built by, "" where the asset does not say.
    zone : str
        The exchange's.
    data : list
        The raw files of each data set, and the digests of their caches: ``files``, ``digests``.
    environment : dict
        What it was put here with: python, numpy, the machine, its float functions, TensorFlow.
    added_by : str
        Who put it into the vault, "" where nobody wrote it down.
    added_ns : int
        When, ns UTC; 0 where nobody wrote it down.
    """

    KIND: ClassVar[str] = "vault entry"
    FORMAT: ClassVar[int] = 2

    name: str
    version: str
    project: str
    run: str
    epoch: int
    schema: str
    asset: str
    label: str
    activation: str
    features: dict[str, dict[str, Any]]
    trained_up_to_ns: int
    base_rate: float
    logit_sd: float
    parity: float
    canvas: dict[str, Any]
    versions: dict[str, str]
    also: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)
    gates: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    components: dict[str, str] = dataclasses.field(default_factory=dict)
    settings: dict[str, Any] = dataclasses.field(default_factory=dict)
    metrics: dict[str, Any] = dataclasses.field(default_factory=dict)
    schema_digest: str = ""
    zone: str = "UTC"
    data: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    added_by: str = ""
    added_ns: int = 0

    def check(self) -> None:
        """Look into what the fields hold: features have a shape, gates a script, data sets files.

        Raises
        ------
        BadRecord
            With the first thing that cannot be so; a record from elsewhere may hold anything.
        """
        for name, one in {**self.features, **self.also}.items():
            columns, rows = one.get("columns"), one.get("rows")
            if not isinstance(rows, int) or isinstance(rows, bool) or not 0 < rows <= _MOST_ROWS:
                raise self._bad(f"the feature {name[:40]!r} has no number of rows")
            if not _are_words(columns) or not columns:
                raise self._bad(f"the feature {name[:40]!r} has no columns")
        for one in [*self.features.values(), *self.also.values(), *self.gates]:
            if not _are_words([one.get("script"), one.get("script_digest")]):
                raise self._bad("a feature or gate names no script")
            if not isinstance(one.get("params", {}), dict):
                raise self._bad("the parameters of a feature or gate are none")
        for one in self.data:
            if not isinstance(one, dict) or not all(
                _are_words(one.get(key, [])) for key in ("files", "digests")
            ):
                raise self._bad("a data set names no files")

    def _bad(self, reason: str) -> BadRecord:
        return BadRecord(path="entry.json", kind=self.KIND, reason=reason)

    def scripts(self) -> dict[str, str]:
        """Return script → sha256 of its source, of everything that predicting from ticks takes."""
        every = [*self.features.values(), *self.also.values(), *self.gates]
        return {one["script"]: one["script_digest"] for one in every}


def _are_words(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(one, str) for one in values)


def feature_digest(about: Mapping[str, Any]) -> str:
    """Return the digest of what a feature's values are a function of.

    >>> about = {"script": "atr", "script_digest": "ab", "params": {"rate": 14}, "columns": ["atr"]}
    >>> feature_digest(about) == feature_digest({**about, "bytes": 7})
    True
    >>> feature_digest(about) == feature_digest({**about, "params": {"rate": 15}})
    False
    """
    return digest_of({key: about.get(key) for key in _OF_FEATURE})


def version_of(
    asset: str, canvas: Mapping[str, Any], features: Mapping[str, Mapping[str, Any]], weights: str
) -> str:
    """Return the digest that a version is named by.

    Parameters
    ----------
    asset : str
        Its digest.
    canvas : mapping
        As JSON.
    features : mapping
        Input → what the asset's manifest says of it.
    weights : str
        ``weights_digest`` of the model's.
    """
    made_of = {
        "asset": asset,
        "canvas": canvas,
        "features": {name: feature_digest(about) for name, about in features.items()},
        "weights": weights,
    }
    return digest_of(made_of)[:32]
