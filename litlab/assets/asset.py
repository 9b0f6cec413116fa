"""One version of an asset, opened: its arrays as memory maps, its batches, its manifest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab import atomic
from litlab.assets import hdf
from litlab.assets.batches import BLOCK, POOL_BYTES, Batches, Order
from litlab.assets.lineage import Sample, sample_of
from litlab.errors import BadRecord, NoAsset, UnknownName
from litlab.records import check_name
from litlab.shown import Shown
from litlab.workspace import Team

PARTS = ("train", "validation", "test")
STAGES = ("queue", "production")
# What a master file holds per sample.
SAMPLE_COLUMNS: dict[str, str] = {
    "index": "<i8", "as_of_ns": "<i8", "session_day": "<i4", "instrument": "<i2",
    "read_lo": "<i8", "read_hi": "<i8", "label_lo": "<i8", "label_hi": "<i8", "label_end_ns": "<i8",
    "weight": "<f4",
}  # fmt: skip


class Asset(Shown):
    """One version directory.

    Attributes
    ----------
    path : Path
    manifest : dict
        Schema, features, counts, statistics of the training part, digests, split and purge counts.
    digest : str
        Made of the bytes of all arrays and of the scripts and parameters behind them.
    """

    parts = PARTS

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        try:
            self.manifest: dict[str, Any] = json.loads((self.path / "manifest.json").read_text("utf-8"))
        except (OSError, ValueError) as problem:
            raise BadRecord(path=self.path / "manifest.json", kind="asset", reason=str(problem)) from None
        self.digest: str = self.manifest["digest"]
        self.schema: str = self.manifest.get("schema", "")
        self.zone: str = self.manifest.get("zone", "UTC")
        self._maps: dict[tuple[str, str], npt.NDArray[Any]] = {}

    def __reduce__(self) -> tuple[type[Asset], tuple[Path]]:
        return Asset, (self.path,)

    def __repr__(self) -> str:
        counts = ", ".join(f"{self.count(part):,} {part}" for part in PARTS)
        return f"Asset({self.schema!r}, {self.digest[:12]}, {counts})"

    def _facts(self) -> dict[str, Any]:
        return {
            "name": self.schema, "digest": self.digest, **{part: self.count(part) for part in PARTS},
            "inputs": {name: self.shape(name) for name in self.inputs}, "labels": self.labels,
            "path": self.path,
        }  # fmt: skip

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the stored features that are no labels, in schema order."""
        return tuple(name for name in self.manifest["order"] if not self.about(name).get("label"))

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the stored labels, in schema order."""
        return tuple(name for name in self.manifest["order"] if self.about(name).get("label"))

    def about(self, name: str) -> dict[str, Any]:
        """Return what the manifest says of one stored feature."""
        features: dict[str, dict[str, Any]] = self.manifest["features"]
        if name not in features:
            raise UnknownName(kind=f"feature of the asset {self.schema}", given=name, known=features)
        return features[name]

    def shape(self, name: str) -> tuple[int, int]:
        """Return (rows, columns) of one sample of a feature."""
        about = self.about(name)
        return int(about["rows"]), len(about["columns"])

    def columns(self, name: str) -> tuple[str, ...]:
        """Return the names of a feature's columns."""
        return tuple(self.about(name)["columns"])

    def count(self, part: str) -> int:
        """Return the number of samples of a part."""
        return int(self.manifest["counts"][_known_part(part)])

    def array(self, part: str, name: str) -> npt.NDArray[np.float32]:
        """Return a feature's samples, (n, rows, cols) float32, mapped into memory, read-only."""
        self.about(name)
        return self._mapped(*self._place(part, name))

    def _place(self, part: str, name: str) -> tuple[str, str]:
        """Return the file and the data set of a per-sample column or stored feature."""
        if name in SAMPLE_COLUMNS and name not in self.manifest["features"]:
            return f"{_known_part(part)}.h5", name
        self.about(name)
        return f"{_known_part(part)}.{name}.h5", "values"

    def sample_column(self, part: str, name: str) -> npt.NDArray[Any]:
        """Return one of the per-sample columns, (n,): SAMPLE_COLUMNS names them."""
        return self._mapped(f"{_known_part(part)}.h5", name)

    def _mapped(self, file: str, name: str) -> npt.NDArray[Any]:
        if (file, name) not in self._maps:
            self._maps[file, name] = hdf.mapped(self.path / file, name)
        return self._maps[file, name]

    def index(self, part: str) -> npt.NDArray[np.int64]:
        """Return each sample's tick index, (n,) int64."""
        return self.sample_column(part, "index")

    def as_of_ns(self, part: str) -> npt.NDArray[np.int64]:
        """Return the moment each sample stands for, (n,) int64 ns UTC."""
        return self.sample_column(part, "as_of_ns")

    def session_day(self, part: str) -> npt.NDArray[np.int32]:
        """Return each sample's exchange-local session date, (n,) int32 days since 1970-01-01."""
        return self.sample_column(part, "session_day")

    def instrument(self, part: str) -> npt.NDArray[np.int16]:
        """Return the number of each sample's data set, (n,) int16."""
        return self.sample_column(part, "instrument")

    def read_lo(self, part: str) -> npt.NDArray[np.int64]:
        """Return the first tick index each sample read, (n,) int64."""
        return self.sample_column(part, "read_lo")

    def read_hi(self, part: str) -> npt.NDArray[np.int64]:
        """Return the tick index behind the last one each sample read, (n,) int64."""
        return self.sample_column(part, "read_hi")

    def weight(self, part: str) -> npt.NDArray[np.float32]:
        """Return the sample weights, (n,) float32: how unique each label's interval is, in (0, 1]."""
        return self.sample_column(part, "weight")

    def statistics(self, name: str) -> dict[str, npt.NDArray[np.float64]]:
        """Return min, mean, max, std, count, nan per column, (cols,) float64, over the training part."""
        self.about(name)
        found = self.manifest["statistics"][name]
        return {key: np.array(values, np.float64) for key, values in found.items()}

    def sample(self, part: str, number: int) -> Sample:
        """Return one sample: its values, where it stands, what it read and what it is made of.

        Parameters
        ----------
        part : {"train", "validation", "test"}
        number : int
            Its place in the part; a negative one counts from the end.

        Raises
        ------
        IndexError
            If the part has no such sample.
        """
        return sample_of(self, part, number)

    def batches(
        self,
        part: str,
        size: int,
        seed: int | None = None,
        epoch: int = 0,
        names: Sequence[str] | None = None,
    ) -> Batches:
        """Return a part in batches: iterate, or ask for one by its number.

        Parameters
        ----------
        part : {"train", "validation", "test"}
        size : int
            Samples per batch; the last one may be smaller.
        seed : int, optional
            Shuffles; the order is a function of (seed, epoch) alone. None keeps the stored order.
        epoch : int, default 0
            Which of the seed's orders.
        names : sequence of str, optional
            The features wanted, all by default; per-sample columns go too.

        Returns
        -------
        sequence of dict of str to (<=size, rows, cols) float32
            Its memory does not grow with the asset (``litlab.assets.batches`` says how).
        """
        names = names or self.manifest["order"]
        arrays = {name: self._mapped(*self._place(part, name)) for name in names}
        return Batches(self.epoch_order(part, seed, epoch), arrays, size)

    def epoch_order(self, part: str, seed: int | None, epoch: int) -> Order:
        """Return in which order an epoch takes a part's samples: a function of (seed, epoch)."""
        width = 4 * sum(self.shape(name)[0] * self.shape(name)[1] for name in self.manifest["order"])
        pool = max(1, POOL_BYTES // max(1, width) // BLOCK) * BLOCK
        return Order(self.count(part), pool, seed, epoch)

    def order(self, part: str, seed: int | None, epoch: int) -> npt.NDArray[np.int64]:
        """Return the order of a part's samples in an epoch, (n,) int64: a function of (seed, epoch)."""
        return self.epoch_order(part, seed, epoch).all()


def _known_part(part: str) -> str:
    if part not in PARTS:
        raise UnknownName(kind="part", given=part, known=PARTS)
    return part


def stage_folder(team: Team, schema: str, stage: str) -> Path:
    """Return ``assets/<schema>/<stage>``; BadName for what cannot be a schema's name."""
    if stage not in STAGES:
        raise UnknownName(kind="stage", given=stage, known=STAGES)
    return team.folder("assets") / check_name(schema, "schema") / stage


def open_asset(team: Team, schema: str, stage: str = "production", digest: str | None = None) -> Asset:
    """Open a version of an asset: the current one of `stage`, or the one with `digest`.

    Raises
    ------
    NoAsset
        If there is none.
    """
    folder = stage_folder(team, schema, stage)
    path = version_folder(folder, digest) if digest else atomic.pointed(folder) or _only(folder)
    if path is None or not path.is_dir():
        raise NoAsset(schema=schema, stage=stage)
    return Asset(path)


def version_folder(stage: Path, digest: str) -> Path | None:
    """Return the folder of a version: named by its digest, or by hand and known by its manifest."""
    if (stage / check_name(digest, "asset's version")).is_dir():
        return stage / digest
    return next((path for path, found in version_folders(stage) if found == digest), None)


def _only(stage: Path) -> Path | None:
    """Return the one version of a stage in which nobody has said which is current."""
    every = version_folders(stage)
    return every[0][0] if len(every) == 1 and not (stage / "CURRENT").exists() else None


def version_folders(stage: Path) -> list[tuple[Path, str]]:
    """Return (folder, digest) of a stage's versions; a manifest that cannot be read counts by its folder."""
    found = []
    for path in sorted(stage.glob("*/manifest.json")):
        if ".tmp-" in path.parent.name:
            continue
        try:
            found.append((path.parent, str(json.loads(path.read_text("utf-8"))["digest"])))
        except (OSError, ValueError, KeyError):
            found.append((path.parent, path.parent.name))
    return found


def versions(team: Team, schema: str, stage: str) -> list[str]:
    """Return the digests of all versions in a stage."""
    return sorted(digest for _, digest in version_folders(stage_folder(team, schema, stage)))
