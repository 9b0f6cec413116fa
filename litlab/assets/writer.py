"""Writing one asset version: arrays part by part, then statistics, digests and the manifest.

The version's digest is made of the bytes and of the scripts and parameters that made them: no time, user
or path enters it. Equal content lands in
the same directory, so building the same thing twice changes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab import atomic, engine
from litlab.assets import hdf
from litlab.assets.asset import PARTS, SAMPLE_COLUMNS, Asset
from litlab.assets.statistics import statistics
from litlab.records import digest_of
from litlab.ticks.version import file_digest

# What stands in for a column that `write_asset` was not given.
_WAITING = 2  # threads that only wait for the disk
_ELSE = {"label_lo": "index", "label_hi": "index", "label_end_ns": "as_of_ns"}


class AssetWriter:
    """Fill an asset's files in a draft folder; ``finish`` makes its manifest.

    Parameters
    ----------
    draft : Path
        An empty folder.
    features : mapping
        Name → {"rows", "columns", "label", …}: what the manifest says of each stored array.
    counts : mapping
        Part → number of samples.
    earlier : mapping, optional
        Feature → a version on the same disk whose arrays of it are these: they are linked.
    """

    def __init__(
        self,
        draft: Path,
        features: Mapping[str, Mapping[str, Any]],
        counts: Mapping[str, int],
        earlier: Mapping[str, Asset] | None = None,
    ) -> None:
        self.draft, self.features, self.counts = draft, features, counts
        self.earlier = earlier or {}
        self._files: dict[tuple[str, str], tuple[int, int]] = {}
        self._at: dict[tuple[str, str], int] = {}
        for part in PARTS:
            for name, about in features.items():
                shape = (counts[part], about["rows"], len(about["columns"]))
                path = draft / f"{part}.{name}.h5"
                if name in self.earlier:
                    os.link(self.earlier[name].path / path.name, path)
                    continue
                offset = hdf.create(path, {"values": (shape, "<f4")}).get("values", 0)
                self._files[part, name] = (os.open(path, os.O_RDWR | os.O_CLOEXEC), offset)

    def append(self, part: str, name: str, values: npt.NDArray[np.float32]) -> None:
        """Add the next rows, (k, rows, cols) float32, of one feature's array."""
        at = self._at.get((part, name), 0)
        self.put(part, name, at, values)
        self._at[part, name] = at + len(values)

    def put(self, part: str, name: str, at: int, values: npt.NDArray[np.float32]) -> None:
        """Write rows from the sample `at` on; several threads may, each at other places."""
        handle, offset = self._place(part, name, at, len(values))
        hdf.put(handle, offset, values.astype("<f4", copy=False))

    def copy(self, part: str, name: str, at: int, source: int, start: int, count: int) -> None:
        """Write `count` rows as ``put`` does, from the byte `start` of an open file that holds them."""
        handle, offset = self._place(part, name, at, count)
        hdf.copy(source, start, handle, offset, count * self.width(name))

    def width(self, name: str) -> int:
        """Return how many bytes a sample of a feature takes."""
        about = self.features[name]
        return int(about["rows"] * len(about["columns"]) * 4)

    def _place(self, part: str, name: str, at: int, count: int) -> tuple[int, int]:
        """Return the file and the byte at which the sample `at` begins."""
        handle, offset = self._files[part, name]
        if at + count > self.counts[part]:
            raise ValueError(f"{part}.{name} takes {self.counts[part]} samples, not {at + count}")
        return handle, offset + at * self.width(name)

    def finish(
        self, samples: Mapping[str, Mapping[str, npt.NDArray[np.generic]]], about: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Write the masters, digests and manifest, and return the manifest.

        Parameters
        ----------
        samples : mapping
            Part → SAMPLE_COLUMNS → array (n,).
        about : mapping
            What else the manifest says: schema, zone, split, counts of purged samples, environment.
        """
        for handle, _ in self._files.values():
            os.close(handle)
        for part in PARTS:
            columns = {name: samples[part][name].astype(dtype) for name, dtype in SAMPLE_COLUMNS.items()}
            links = {f"features/{name}": (f"{part}.{name}.h5", "/values") for name in self.features}
            hdf.write(self.draft / f"{part}.h5", columns, links)
        paths = sorted(self.draft.glob("*.h5"))
        with engine.threads(_WAITING) as disk, engine.threads(engine.cores()) as pool:
            synced = [disk.submit(atomic.sync_file, path) for path in paths]  # meanwhile there is to compute
            digests = pool.map(file_digest, paths)
            described = {name: self._statistics(name, pool) for name in self.features}
            files = dict(zip((path.name for path in paths), digests, strict=True))
            for one in synced:
                one.result()
        features = {name: dict(one) for name, one in self.features.items()}
        manifest = {
            **about,
            "format": 1,
            "features": features,
            "order": list(self.features),
            "counts": dict(self.counts),
            "files": files,
            # What made the bytes counts too: another script that happens to give them is another version.
            "digest": digest_of({"files": files, "features": features})[:32],
            "statistics": described,
        }
        atomic.write_json(self.draft / "manifest.json", manifest)
        return manifest

    def _statistics(self, name: str, pool: Executor) -> Any:
        if name in self.earlier:
            return self.earlier[name].manifest["statistics"][name]
        return statistics(hdf.mapped(self.draft / f"train.{name}.h5", "values"), pool.map)


def write_asset(
    final: Path,
    parts: Mapping[str, Mapping[str, Any]],
    features: Mapping[str, Mapping[str, Any]],
    about: Mapping[str, Any],
) -> Asset:
    """Write arrays held in memory as an asset version at `final`.

    Parameters
    ----------
    final : Path
        The version's folder.
    parts : mapping
        Part → {"arrays": {name: (n, rows, cols)}, and each of SAMPLE_COLUMNS: (n,)}.
    features, about : mapping
        As for AssetWriter and its ``finish``.
    """
    with atomic.new_folder(final) as draft:
        writer = AssetWriter(draft, features, {part: len(parts[part]["index"]) for part in PARTS})
        for part in PARTS:
            for name, values in parts[part]["arrays"].items():
                writer.append(part, name, np.asarray(values, np.float32))
        writer.finish(
            {part: {name: np.asarray(parts[part][name]) for name in SAMPLE_COLUMNS} for part in PARTS}, about
        )
    return Asset(final)
