"""One version of an asset, opened: its arrays as memory maps, its batches, its manifest."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab import atomic
from litlab.assets import hdf
from litlab.errors import BadRecord, NoAsset, UnknownName
from litlab.workspace import Team

PARTS = ("train", "validation", "test")
STAGES = ("queue", "production")


class Asset:
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

    def __repr__(self) -> str:
        counts = ", ".join(f"{self.count(part):,} {part}" for part in PARTS)
        return f"Asset({self.schema!r}, {self.digest[:12]}, {counts})"

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
        return hdf.mapped(self.path / f"{_known_part(part)}.{name}.h5", "values").astype(
            np.float32, copy=False
        )

    def sample_column(self, part: str, name: str) -> npt.NDArray[Any]:
        """Return one of the per-sample columns, (n,): ``writer.SAMPLE_COLUMNS`` names them."""
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
        """Return the sample weights, (n,) float32."""
        return self.sample_column(part, "weight")

    def statistics(self, name: str) -> dict[str, npt.NDArray[np.float64]]:
        """Return min, mean, max, std, count, nan per column, (cols,) float64, over the training part."""
        self.about(name)
        found = self.manifest["statistics"][name]
        return {key: np.array(values, np.float64) for key, values in found.items()}

    def batches(
        self,
        part: str,
        size: int,
        names: Sequence[str] | None = None,
        seed: int | None = None,
        epoch: int = 0,
    ) -> Iterator[dict[str, npt.NDArray[np.float32]]]:
        """Iterate over a part in batches.

        Parameters
        ----------
        part : {"train", "validation", "test"}
        size : int
            Samples per batch; the last one may be smaller.
        names : sequence of str, optional
            The features wanted, all by default.
        seed : int, optional
            Shuffles; the order is a function of (seed, epoch) alone. None keeps the stored order.

        Yields
        ------
        dict of str to (<=size, rows, cols) float32
        """
        names = tuple(names or self.manifest["order"])
        arrays = {name: self.array(part, name) for name in names}
        order = self.order(part, seed, epoch)
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            yield {name: np.asarray(array[rows]) for name, array in arrays.items()}

    def order(self, part: str, seed: int | None, epoch: int) -> npt.NDArray[np.int64]:
        """Return the order of a part's samples in an epoch, (n,) int64: a function of (seed, epoch)."""
        if seed is None:
            return np.arange(self.count(part))
        return np.random.default_rng([seed, epoch]).permutation(self.count(part))


def _known_part(part: str) -> str:
    if part not in PARTS:
        raise UnknownName(kind="part", given=part, known=PARTS)
    return part


def stage_folder(team: Team, schema: str, stage: str) -> Path:
    """Return ``assets/<schema>/<stage>``."""
    if stage not in STAGES:
        raise UnknownName(kind="stage", given=stage, known=STAGES)
    return team.folder("assets") / schema / stage


def open_asset(team: Team, schema: str, stage: str = "production", digest: str | None = None) -> Asset:
    """Open a version of an asset: the current one of `stage`, or the one with `digest`.

    Raises
    ------
    NoAsset
        If there is none.
    """
    folder = stage_folder(team, schema, stage)
    path = folder / digest if digest else atomic.pointed(folder)
    if path is None or not path.is_dir():
        raise NoAsset(schema=schema, stage=stage)
    return Asset(path)


def versions(team: Team, schema: str, stage: str) -> list[str]:
    """Return the digests of all versions in a stage."""
    folder = stage_folder(team, schema, stage)
    return sorted(
        path.parent.name for path in folder.glob("*/manifest.json") if ".tmp-" not in path.parent.name
    )
