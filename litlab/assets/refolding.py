"""Walk-forward folds of a built asset: its samples divided again, without reading a tick.

Parts come from ``litlab.schemas.divide``, as those of a build do: what a schema of the fold would put into
train, validation and test, what it would purge. Only samples that the asset's own borders purged are missing.
"""

from __future__ import annotations

import json
import shutil
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab import atomic
from litlab.assets.asset import PARTS, SAMPLE_COLUMNS, Asset, stage_folder
from litlab.assets.writer import AssetWriter
from litlab.schemas import Division, Intervals, Split, divide
from litlab.workspace import Team

_BLOCK = 2_048  # samples in memory at once
# Of this fold alone: what the writer says anew, and what a build knows of its sources.
_NOT_COPIED = (
    "features",
    "order",
    "counts",
    "files",
    "digest",
    "statistics",
    "sources",
    "purged",
    "effective",
)


def refold(team: Team, asset: Asset, folds: int, fold: int, validation: float = 0.12) -> Asset:
    """Write one fold as an asset version, ``<schema>.fold<number>`` in the queue; statistics are its own.

    Parameters
    ----------
    team : Team
    asset : Asset
    folds, fold : int
        How many, and which one, from 1: it is tested on the stretch of sessions behind all it trains on.
    validation : float
        The share of a fold's training sessions, the last of them, that it is validated on.

    Raises
    ------
    BadSchema
        If the data hold fewer than 2·(folds + 1) sessions.
    """
    split = Split("walk", folds=folds, fold=fold, validation_share=validation)
    name = f"{asset.schema}.fold{fold}"
    split.check(name)
    pool = _Pool(asset)
    division = pool.divide(split)
    parts = {part: np.flatnonzero(division.part == number) for number, part in enumerate(PARTS)}
    features = {one: asset.about(one) for one in asset.manifest["order"]}
    home = stage_folder(team, name, "queue")
    home.mkdir(parents=True, exist_ok=True)
    with atomic.lock(home.parent / ".lock", what=f"The asset {name}", purpose="fold"):
        atomic.remove_drafts(home)
        draft = home / "version.tmp-draft"
        draft.mkdir()
        try:
            writer = AssetWriter(draft, features, {part: len(rows) for part, rows in parts.items()})
            for part, rows in parts.items():
                for one in features:
                    for at in range(0, len(rows), _BLOCK):
                        writer.append(part, one, pool.take(one, rows[at : at + _BLOCK]))
            samples = {
                part: {one: pool.columns[one][rows] for one in SAMPLE_COLUMNS} for part, rows in parts.items()
            }
            about = _about(asset, name, split, division, samples)
            manifest = writer.finish(samples, about)
            final = home / manifest["digest"]
            if not final.is_dir():
                with atomic.new_folder(final) as folder:
                    for path in sorted(draft.iterdir()):
                        path.rename(folder / path.name)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        atomic.point(home, final.name)
    return Asset(final)


def _about(
    asset: Asset, name: str, split: Split, division: Division, samples: dict[str, dict[str, npt.NDArray[Any]]]
) -> dict[str, Any]:
    kept = {key: value for key, value in asset.manifest.items() if key not in _NOT_COPIED}
    return {
        **json.loads(json.dumps(kept)),
        "schema": name,
        "fold_of": {"asset": asset.digest, "schema": asset.schema, "folds": split.folds, "fold": split.fold},
        "purged": division.purged,
        "effective": {part: float(one["weight"].sum(dtype=np.float64)) for part, one in samples.items()},
    }


class _Pool:
    """All samples of an asset, in the order of their instruments and ticks."""

    def __init__(self, asset: Asset) -> None:
        self.asset = asset
        counts = [asset.count(part) for part in PARTS]
        self._part = np.repeat(np.arange(len(PARTS)), counts)
        self._row = np.concatenate([np.arange(count) for count in counts])
        joined = {
            name: np.concatenate([np.asarray(asset.sample_column(part, name)) for part in PARTS])
            for name in SAMPLE_COLUMNS
        }
        order = np.lexsort((joined["index"], joined["instrument"]))
        self._part, self._row = self._part[order], self._row[order]
        self.columns = {name: values[order] for name, values in joined.items()}

    def divide(self, split: Split) -> Division:
        """Return which part of the fold each sample belongs to."""
        as_of = self.columns["as_of_ns"].astype(np.int64)
        # Forward splits ask when samples stand and when their labels end, and for nothing else.
        intervals = Intervals(as_of, as_of, as_of, self.columns["label_end_ns"].astype(np.int64))
        return divide(split, self.asset.zone, 0, self.columns["session_day"], intervals)

    def take(self, name: str, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Return a feature of some samples, (k, rows, cols)."""
        found = np.empty((len(rows), *self.asset.shape(name)), np.float32)
        for number, part in enumerate(PARTS):
            own = self._part[rows] == number
            if own.any():
                found[own] = self.asset.array(part, name)[self._row[rows[own]]]
        return found
