"""Adding an epoch of a run to the vault.

1. The checkpoint is loaded and exported; the export must say what Keras says.
2. The look at the test part is written down in the ledger, then taken: once per entry.
3. Everything is laid in one version folder that appears in one rename; CURRENT is flipped to it.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

import litlab
from litlab import atomic
from litlab.assets import Asset, ledger
from litlab.builds.merge import environment
from litlab.errors import BadParameter, FeatureMismatch
from litlab.records import check_name, digest_of
from litlab.vault.entry import Entry, writing
from litlab.vault.export import (
    export_onnx,
    in_float32,
    load_model,
    taking_names,
    weights_digest,
    weights_of,
)
from litlab.vault.judging import look_at_test
from litlab.vault.record import EntryRecord, feature_digest, version_of
from litlab.vault.scoreboard import nulled
from litlab.vault.scorer import Scorer
from litlab.vault.sources import copy_sources, read_also
from litlab.workspace import Project, Team

SAMPLES = 16  # stored with the entry: inputs, and what must come out
LOGIT_ROWS = 4_096  # training samples that the unit of insights is taken from, evenly spaced


class TrainedRun(Protocol):
    """What the vault needs to know of a run; ``litlab.experiments.Run`` is one."""

    name: str
    folder: Path
    definition: Any

    @property
    def project(self) -> Project:
        """Its project."""

    @property
    def asset(self) -> Asset:
        """The asset version it was trained on."""

    def epochs(self) -> list[dict[str, float]]:
        """A row per finished epoch."""

    def best_epoch(self) -> int:
        """The epoch chosen on the validation part."""

    def model_path(self, epoch: int | None = None) -> Path:
        """The epoch's checkpoint."""


def add_to_vault(run: TrainedRun, epoch: int | None = None, name: str | None = None) -> Entry:
    """Put an epoch of a run into the vault and make it the model's current version.

    Adding the same epoch again returns the entry that is there, without another look at the test part.

    Parameters
    ----------
    run : litlab.experiments.Run
    epoch : int, optional
        The best one on the validation part by default.
    name : str, optional
        The model's name; the canvas's by default.

    Raises
    ------
    ParityFailed
        If the portable model does not say what Keras says.
    FeatureMismatch
        If the asset's features are not the ones the run was trained on.
    BadParameter
        If the run was trained on permuted labels.
    """
    team, asset = run.project.team, run.asset
    if getattr(run.definition, "permuted", None) is not None:
        raise BadParameter(
            name="run", given=run.name, wanted="it learned permuted labels: a null is no model"
        )
    name = check_name(name or run.definition.name, "model")
    epoch = run.best_epoch() if epoch is None else epoch
    checkpoint = run.model_path(epoch)
    trained = load_model(checkpoint)
    model = in_float32(taking_names(trained))
    features = _features(run, asset, sorted(model.input))
    label = _label(run)
    weights, canvas = weights_of(model), run.definition.canvas.to_json()
    digest = version_of(asset.digest, canvas, features, weights_digest(weights))
    folder = team.folder("vault") / name
    with writing(folder, "adding"):
        if not (folder / digest).is_dir():
            with atomic.new_folder(folder / digest) as draft:
                if model is trained:
                    shutil.copyfile(checkpoint, draft / "model.keras")
                else:
                    model.save(draft / "model.keras")
                by_name: dict[str, Any] = {key.replace("/", "."): value for key, value in weights.items()}
                np.savez(draft / "weights.npz", **by_name)
                parity = export_onnx(model, draft / "model.onnx", _rows(asset, list(features), SAMPLES))
                record = EntryRecord(
                    name=name,
                    version=digest,
                    project=str(run.project),
                    run=run.name,
                    epoch=epoch,
                    schema=asset.schema,
                    asset=asset.digest,
                    label=label,
                    activation=model.layers[-1].activation.__name__,
                    features=features,
                    trained_up_to_ns=trained_up_to(asset),
                    base_rate=float(np.mean(asset.array("train", label), dtype=np.float64)),
                    logit_sd=1.0,
                    parity=parity,
                    canvas=canvas,
                    versions=_versions(),
                    **_origin(run, asset, epoch, features),
                )
                _fill(draft, record, team, asset)
                if (spread := run.folder / "spread.json").is_file():
                    shutil.copyfile(spread, draft / "spread.json")
        atomic.point(folder, digest)
        ledger.record(team, "vault", name=name, digest=digest, run=run.name, epoch=epoch)
    return Entry(folder / digest)


def _fill(draft: Path, record: EntryRecord, team: Team, asset: Asset) -> None:
    """Write all that the portable model itself says: unit of insights, samples, scores, sources."""
    record.save(draft / "entry.json")
    logits = Scorer(draft).logits(_rows(asset, list(record.features), LOGIT_ROWS))
    values = {**record.to_json(), "logit_sd": float(logits.std())}
    EntryRecord.from_json(values).save(draft / "entry.json")
    scorer = Scorer(draft)
    inputs = _rows(asset, list(record.features), SAMPLES)
    named: dict[str, Any] = {f"input.{one}": array for one, array in inputs.items()}
    said = scorer.outputs(inputs)
    if said.shape[1] > 1:
        named["outputs"] = said
    np.savez(draft / "sample.npz", prediction=np.ascontiguousarray(said[:, 0]), **named)
    copy_sources(draft / "scripts", team, "scripts", record.scripts())
    copy_sources(draft / "components", team, "components", record.components)
    look_at_test(draft, scorer, team, asset)


def trained_up_to(asset: Asset) -> int:
    """Return when the last training label was known, ns UTC."""
    return int(np.max(asset.sample_column("train", "label_end_ns")))


def _features(run: TrainedRun, asset: Asset, names: list[str]) -> dict[str, dict[str, Any]]:
    trained = json.loads((run.folder / "features.json").read_text("utf-8"))
    for name in names:
        if feature_digest(trained[name]) != feature_digest(asset.about(name)):
            raise FeatureMismatch(entry=run.name, reason=f"{name!r} is another in the asset")
    return {name: asset.about(name) for name in names}


def _label(run: TrainedRun) -> str:
    labels = [node.params["label"] for node in run.definition.canvas.nodes if "label" in node.params]
    return str(labels[0])


def _rows(asset: Asset, names: list[str], count: int) -> dict[str, npt.NDArray[np.float32]]:
    """Return training samples, evenly spaced from first to last."""
    total = asset.count("train")
    chosen = np.unique(np.linspace(0, total - 1, min(total, count)).round().astype(np.int64))
    return {name: np.asarray(asset.array("train", name)[chosen]) for name in names}


def _origin(
    run: TrainedRun, asset: Asset, epoch: int, features: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Return what the record tells of where a model comes from."""
    definition, manifest = run.definition, asset.manifest
    schema = manifest.get("schema_record")
    row = next((one for one in run.epochs() if int(one["epoch"]) == epoch), {})
    return {
        "also": read_also(run.project.team, features, manifest["features"]),
        "gates": manifest.get("gates", []),
        "components": definition.components,
        "settings": definition.settings.to_json(),
        "metrics": nulled(row),
        "schema_digest": manifest.get("schema_digest") or (digest_of(schema) if schema else ""),
        "zone": asset.zone,
        "data": [
            {"files": list(one["files"]), "digests": list(one["digests"])} for one in manifest.get("data", [])
        ],
        "environment": {**environment(), "tensorflow": _loaded_version("tensorflow")},
        "added_by": ledger.who(),
        "added_ns": time.time_ns(),
    }


def _versions() -> dict[str, str]:
    import keras
    import onnxruntime

    return {
        "litlab": litlab.__version__,
        "keras": keras.__version__,
        "onnxruntime": onnxruntime.__version__,
    }


def _loaded_version(package: str) -> str:
    return str(getattr(sys.modules.get(package), "__version__", ""))
