"""Adding an epoch of a run to the vault, and opening what is there.

1. The checkpoint is loaded and exported; the export must say what Keras says.
2. The look at the test part is written down in the ledger, then taken: once per entry.
3. Everything is laid in one version folder that appears in one rename; CURRENT is flipped to it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

import litlab
from litlab import atomic
from litlab.assets import Asset, ledger, open_asset
from litlab.assets.audit import LOOK
from litlab.canvases.backend import load_keras
from litlab.errors import FeatureMismatch, NoAsset, UnknownName
from litlab.records import check_name, digest_of
from litlab.scripts import find_script
from litlab.shown import Shown
from litlab.vault.export import export_onnx, weights_digest, weights_of
from litlab.vault.looks import tried
from litlab.vault.null import permutation_null
from litlab.vault.scoreboard import nulled, scoreboard
from litlab.vault.scorer import EntryRecord, Scorer, feature_digest
from litlab.workspace import Project, Team, Workspace

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

    def best_epoch(self) -> int:
        """The epoch chosen on the validation part."""

    def model_path(self, epoch: int | None = None) -> Path:
        """The epoch's checkpoint."""


class Entry(Shown):
    """One version of a model in the vault.

    Attributes
    ----------
    path : Path
        ``vault/<name>/<digest>``.
    record : EntryRecord
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.record = EntryRecord.load(self.path / "entry.json")

    def __repr__(self) -> str:
        return f"Entry({self.record.name!r}, {self.record.version[:12]}, epoch {self.record.epoch})"

    def _facts(self) -> dict[str, Any]:
        return self.record._facts()

    @property
    def name(self) -> str:
        """The model's name."""
        return self.record.name

    @property
    def digest(self) -> str:
        """The version's digest."""
        return self.record.version

    @property
    def team(self) -> Team:
        """The team whose vault it lies in."""
        root = self.path.absolute().parents[2]
        return Team(Workspace(root.parent), root.name)

    @property
    def asset(self) -> Asset:
        """The asset version it was trained on."""
        return asset_by_digest(self.team, self.record.schema, self.record.asset)

    @property
    def scores(self) -> dict[str, Any]:
        """How it did on the test part, beside the baselines; with ``runs_tried`` and ``test_looks``."""
        scores: dict[str, Any] = json.loads((self.path / "scores.json").read_text("utf-8"))
        return scores

    def null(self, draws: int = 200) -> dict[str, Any]:
        """Return, and keep in ``null.json``, the test AUC's distribution under permuted labels.

        Nothing new is looked at: the stored predictions are compared with labels in another order.
        """
        truth = np.asarray(self.asset.array("test", self.record.label))[:, 0, 0].astype(np.float64)
        day = self.asset.session_day("test")
        found: dict[str, Any] = nulled(permutation_null(truth, self.predictions()["prediction"], day, draws))
        atomic.write_json(self.path / "null.json", found)
        return found

    def scorer(self) -> Scorer:
        """Return the portable model, ready to predict."""
        return Scorer(self.path)

    def model(self) -> Any:
        """Return the Keras model; imports TensorFlow."""
        return _load(self.path / "model.keras")

    def sample(self) -> tuple[dict[str, npt.NDArray[np.float32]], npt.NDArray[np.float64]]:
        """Return sample inputs, (n, rows, cols) by name, and the predictions that must come out, (n,)."""
        with np.load(self.path / "sample.npz", allow_pickle=False) as stored:
            inputs = {name: stored[f"input.{name}"] for name in self.record.features}
            return inputs, stored["prediction"]

    def predictions(self) -> dict[str, npt.NDArray[Any]]:
        """Return the stored predictions of the test part: index, as_of_ns, prediction; each (n,)."""
        with np.load(self.path / "test.npz", allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}


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
    """
    team, asset = run.project.team, run.asset
    name = check_name(name or run.definition.name, "model")
    epoch = run.best_epoch() if epoch is None else epoch
    checkpoint = run.model_path(epoch)
    model = _load(checkpoint)
    features = _features(run, asset, sorted(model.input))
    label = _label(run)
    weights = weights_of(model)
    digest = digest_of(
        {
            "asset": asset.digest,
            "canvas": run.definition.canvas.to_json(),
            "features": {one: feature_digest(about) for one, about in features.items()},
            "weights": weights_digest(weights),
        }
    )[:32]
    folder = team.folder("vault") / name
    if not (folder / digest).is_dir():
        with atomic.new_folder(folder / digest) as draft:
            shutil.copyfile(checkpoint, draft / "model.keras")
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
                canvas=run.definition.canvas.to_json(),
                versions=_versions(),
            )
            _fill(draft, record, team, asset)
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
    np.savez(draft / "sample.npz", prediction=scorer.predict_batch(inputs), **named)
    _copy_scripts(draft / "scripts", record, team)
    _look_at_test(draft, scorer, team, asset)


def _look_at_test(draft: Path, scorer: Scorer, team: Team, asset: Asset) -> None:
    """Predict and score the test part, after writing down that it is looked at."""
    record = scorer.record
    ledger.record(
        team, LOOK, asset=asset.digest, schema=asset.schema, name=record.name, digest=record.version
    )
    inputs = {one: asset.array("test", one) for one in scorer.names}
    count = asset.count("test")
    predicted = scorer.predict_batch(inputs) if count else np.empty(0)
    columns: dict[str, Any] = {"index": asset.index("test"), "as_of_ns": asset.as_of_ns("test")}
    np.savez(draft / "test.npz", prediction=predicted, **columns)
    scores: dict[str, Any] = {**tried(team, asset.digest), "samples": count}
    if count and record.activation == "sigmoid":
        scores |= scoreboard(asset, record.label, predicted)
    atomic.write_json(draft / "scores.json", scores)


def _copy_scripts(folder: Path, record: EntryRecord, team: Team) -> None:
    """Keep the source of every feature's script whose digest is the one the asset was built with."""
    folder.mkdir()
    for about in record.features.values():
        try:
            source = find_script(team, "scripts", about["script"]).read_bytes()
        except UnknownName:
            continue
        if hashlib.sha256(source).hexdigest() == about["script_digest"]:
            (folder / f"{about['script']}.py").write_bytes(source)


def asset_by_digest(team: Team, schema: str, digest: str) -> Asset:
    """Return an asset version in whichever stage it stands now."""
    try:
        return open_asset(team, schema, "production", digest)
    except NoAsset:
        return open_asset(team, schema, "queue", digest)


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


def _load(path: Path) -> Any:
    # Its loss is of no use here, and may be one that only training knows.
    return load_keras("The Keras model").models.load_model(path, compile=False)


def _versions() -> dict[str, str]:
    import keras
    import onnxruntime

    return {
        "litlab": litlab.__version__,
        "keras": keras.__version__,
        "onnxruntime": onnxruntime.__version__,
    }


def list_entries(team: Team) -> list[Entry]:
    """Return every version of every model, by name, then digest."""
    found = sorted(team.folder("vault").glob("*/*/entry.json"))
    return [Entry(path.parent) for path in found if ".tmp-" not in path.parent.name]


def open_entry(team: Team, name: str, digest: str | None = None) -> Entry:
    """Open a model's current version, or the one with `digest`.

    Raises
    ------
    UnknownName
        If the vault has no such model or version.
    """
    folder = team.folder("vault") / name
    path = folder / digest if digest else atomic.pointed(folder)
    if path is None or not (path / "entry.json").is_file():
        known = {entry.name if digest is None else entry.digest for entry in list_entries(team)}
        raise UnknownName(kind="model in the vault", given=digest or name, known=known)
    return Entry(path)
