"""Chunks on disk: a master file of samples, a file for each feature, and what tells that they are whole.

``<chunk>.h5`` holds the sample columns and links to ``<chunk>.<feature>.h5`` (``values`` and what each row
``reads``), so that a feature can be taken over from an older build without being copied. ``<chunk>.json``
comes last: it has the digest of every file, and a chunk whose files are others is computed again.
Nothing is flushed to disk here: after a power cut the digests find what is missing.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import xxhash

from litlab import atomic
from litlab.assets import hdf
from litlab.builds.plan import Chunk
from litlab.features import LoadedFeature

Array = npt.NDArray[Any]


@dataclasses.dataclass
class Made:
    """One feature's part of a chunk.

    Attributes
    ----------
    name, about, label
        The feature: script, its digest, parameters; whether it is a label.
    rejected : int
        Samples that it took out.
    seen : list of str or None
        Earlier features that its script looked at, None where it went through all of them.
    shape : list of int
        (rows, cols) of a sample.
    values : (n, rows, cols) float32
    reads : (n, 2) int64
        Half-open intervals of ticks.
    exact : (n, rows, cols) float64 or None
        The values before they were rounded, None where they are an older build's.
    source : Path or None
        The older build's file, as long as all its rows are left.
    """

    name: str
    about: dict[str, Any]
    label: bool
    rejected: int
    seen: list[str] | None
    shape: list[int]
    values: Array = dataclasses.field(repr=False)
    reads: Array = dataclasses.field(repr=False)
    exact: Array | None = dataclasses.field(default=None, repr=False)
    source: Path | None = None

    def kept(self, keep: npt.NDArray[np.bool_]) -> Made:
        """Return the same for some of the samples."""
        exact = None if self.exact is None else self.exact[keep]
        values, reads = self.values[keep], self.reads[keep]
        return dataclasses.replace(self, values=values, reads=reads, exact=exact, source=None)

    def handed(self) -> Array:
        """Return the values as later scripts get them: (n, rows, cols) float64 that nobody can change."""
        values = self.values.astype(np.float64) if self.exact is None else self.exact
        values.setflags(write=False)
        return values

    def facts(self) -> dict[str, Any]:
        """Return what the sidecar says of it."""
        told = ("name", "about", "label", "rejected", "seen", "shape")
        return {**{name: getattr(self, name) for name in told}, "samples": len(self.values)}


def file_digest(path: Path) -> str:
    """Return the xxh3-128 of a file."""
    return xxhash.xxh3_128(path.read_bytes()).hexdigest()


def sidecar(chunk: Chunk) -> Path:
    """Return where a chunk's digests are written once its files are complete."""
    return Path(chunk.path).with_suffix(".json")


def feature_file(master: Path, name: str) -> Path:
    """Return where a chunk keeps one feature."""
    return master.with_name(f"{master.stem}.{name}.h5")


def facts_of(chunk: Chunk) -> dict[str, Any]:
    """Return what stands in a complete chunk's sidecar."""
    found: dict[str, Any] = json.loads(sidecar(chunk).read_text())
    return found


def samples_of(master: Path) -> dict[str, Array]:
    """Return the sample columns of a chunk, (n,) each."""
    with h5py.File(master, "r") as file:
        return {name: file[name][...] for name in file if name != "features"}


def is_complete(chunk: Chunk, digests: Sequence[str]) -> bool:
    """Tell whether the chunk's files are there, as they were written, and of ticks like these.

    Its recipe names the files up to the one behind its own; a label that read further wrote down all.
    """
    return _verified(Path(chunk.path), digests) is not None


def _verified(master: Path, digests: Sequence[str]) -> dict[str, Any] | None:
    try:
        about: dict[str, Any] = json.loads(master.with_suffix(".json").read_text())
        same = about["ticks"] in (None, list(digests))
        whole = same and all(
            file_digest(master.with_name(name)) == digest for name, digest in about["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return about if whole else None


def write(chunk: Chunk, columns: dict[str, Array], made: Sequence[Made], ticks: list[str] | None) -> int:
    """Write a chunk and return how many bytes it has; what was taken over whole is linked.

    Parameters
    ----------
    columns : mapping
        Sample columns, (n,) each.
    ticks : list of str or None
        Digests of all files, where something was read behind those that the recipe names.
    """
    master = Path(chunk.path)
    master.parent.mkdir(parents=True, exist_ok=True)
    files = {}
    for one in made:
        path = feature_file(master, one.name)
        with _draft(path) as draft:
            if one.source is not None:
                os.link(one.source, draft)
            else:
                hdf.write(draft, {"values": one.values, "reads": one.reads})
            files[path.name] = file_digest(draft)
    links = {f"features/{one.name}": (feature_file(master, one.name).name, "/values") for one in made}
    with _draft(master) as draft:
        hdf.write(draft, columns, links)
        files[master.name] = file_digest(draft)
    about = {"base": chunk.base, "ticks": ticks, "files": files, "features": [one.facts() for one in made]}
    with _draft(sidecar(chunk)) as draft:
        draft.write_bytes(atomic.json_bytes(about))
    return sum(master.with_name(name).stat().st_size for name in files)


class _draft:
    """Gives a draft's path that gets its final name when the block ends well, and goes when it does not."""

    def __init__(self, path: Path) -> None:
        self.path, self.draft = path, path.with_name(f"{path.name}.tmp-{os.getpid()}")

    def __enter__(self) -> Path:
        self.draft.unlink(missing_ok=True)
        return self.draft

    def __exit__(self, kind: object, *problem: object) -> None:
        if kind is None:
            os.rename(self.draft, self.path)
        self.draft.unlink(missing_ok=True)


# --- what an older build of the same ticks has -------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Donor:
    """An older chunk of the same base: its samples, and the features of it that would come out the same."""

    columns: dict[str, Array]
    made: dict[str, Made]
    ticks: list[str] | None


def donor_of(chunk: Chunk, features: Sequence[LoadedFeature], digests: Sequence[str]) -> Donor | None:
    """Return the older chunk with most of the given features, None where none has any.

    Parameters
    ----------
    features : sequence of LoadedFeature
        In computing order, gates left out.
    """
    best: tuple[int, Path, list[str]] = (0, Path(), [])
    for master, about in _older(chunk):
        names = _equal(features, about["features"])
        others = [one for one in about["features"] if one["name"] not in names]
        # Samples that a feature we do not have took out are missing here.
        if about["base"] == chunk.base and len(names) > best[0] and not any(o["rejected"] for o in others):
            best = len(names), master, names
    count, master, names = best
    whole = _verified(master, digests) if count else None
    if whole is None:
        return None
    made = {}
    for one in whole["features"]:
        if one["name"] in names:
            path = feature_file(master, one["name"])
            facts = {name: value for name, value in one.items() if name != "samples"}
            values, reads = hdf.mapped(path, "values"), hdf.mapped(path, "reads")
            made[one["name"]] = Made(**facts, values=values, reads=reads, source=path)
    return Donor(samples_of(master), made, whole["ticks"])


def _older(chunk: Chunk) -> Iterator[tuple[Path, dict[str, Any]]]:
    master = Path(chunk.path)
    base = master.parent.name.split("-")[0]
    for folder in sorted(master.parent.parent.glob(f"{base}-*")):
        path = folder / master.name
        try:
            about = json.loads(path.with_suffix(".json").read_text())
            if path != master and isinstance(about["features"], list):
                yield path, about
        except (OSError, ValueError, KeyError, TypeError):
            continue


def _equal(features: Sequence[LoadedFeature], older: Sequence[dict[str, Any]]) -> list[str]:
    """Return the features that come out of both builds alike.

    That is: the same script and parameters, and whatever it looked at of the features before it is alike.
    """
    then = {one["name"]: (place, one) for place, one in enumerate(older)}
    alike: list[str] = []
    before: list[str] = []
    for feature in features:
        found = then.get(feature.name)
        if found is not None and found[1]["about"] == feature.about():
            place, one = found
            handed = [o["name"] for o in older[:place] if one["label"] or not o["label"]]
            now = [name for name in before if feature.is_label or name not in _labels(features)]
            looked = one["seen"]
            if looked is None:
                same = handed == now and all(name in alike for name in now)
            else:
                same = all(
                    (name in handed) == (name in now) and (name not in now or name in alike)
                    for name in looked
                )
            if same:
                alike.append(feature.name)
        before.append(feature.name)
    return alike


def _labels(features: Sequence[LoadedFeature]) -> set[str]:
    return {feature.name for feature in features if feature.is_label}
