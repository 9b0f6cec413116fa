"""Chunks on disk: a master file of samples, a file for each feature, and what tells that they are whole.

``<chunk>.h5`` holds the sample columns and links to ``<chunk>.<feature>.h5`` (``values`` and what each row
``reads``), so that a feature can be taken over from an older build without being copied. ``<chunk>.json``
comes last: it has the digest of every file, and a chunk whose files are others is computed again.
Nothing is flushed to disk here: after a power cut the digests find what is missing.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from litlab import atomic
from litlab.assets import hdf
from litlab.builds.plan import Chunk
from litlab.ticks.version import file_digest

Array = npt.NDArray[Any]

_NEIGHBOURS = 16  # samples that are written by themselves; fewer are copied together first


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
        The older build's file.
    rows : (m,) int64 or None
        Which of the n are left, None for all: they are copied when they are wanted.
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
    rows: Array | None = dataclasses.field(default=None, repr=False)

    def kept(self, keep: npt.NDArray[np.bool_]) -> Made:
        """Return the same for some of the samples that are left."""
        rows = np.flatnonzero(keep) if self.rows is None else self.rows[keep]
        return dataclasses.replace(self, rows=rows)

    def left(self, array: Array) -> Array:
        """Return what of an array of it, (n, …), belongs to the samples that are left."""
        return array if self.rows is None else array[self.rows]

    def pieces(self, array: Array) -> Iterator[Array]:
        """Yield what ``left`` returns in views of neighbouring samples, or at once where these are few."""
        rows = self.rows
        if rows is None or not len(rows):
            yield self.left(array)
            return
        turns = np.flatnonzero(np.diff(rows) != 1) + 1
        if len(turns) * _NEIGHBOURS > len(rows):
            yield array[rows]
            return
        for lo, hi in itertools.pairwise([0, *turns.tolist(), len(rows)]):
            yield array[rows[lo] : rows[hi - 1] + 1]

    def settled(self, exact: Array) -> Made:
        """Return the samples that are left by themselves, with their exact values."""
        values, reads = self.left(self.values), self.left(self.reads)
        return dataclasses.replace(self, values=values, reads=reads, exact=exact, rows=None)

    def among(self, start: int, stop: int) -> Made:
        """Return a stretch of the samples."""
        return dataclasses.replace(self, values=self.values[start:stop], reads=self.reads[start:stop])

    def handed(self) -> Array:
        """Return the values as later scripts get them: (n, rows, cols) float64 that nobody can change."""
        values = self.left(self.values).astype(np.float64) if self.exact is None else self.left(self.exact)
        values.setflags(write=False)
        return values

    def facts(self, samples: int) -> dict[str, Any]:
        """Return what the sidecar says of it."""
        told = ("name", "about", "label", "rejected", "seen", "shape")
        return {**{name: getattr(self, name) for name in told}, "samples": samples}


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


def is_complete(chunk: Chunk, digests: Sequence[str], plain: Collection[str] = ()) -> bool:
    """Tell whether the chunk's files are there, as they were written, and of ticks like these.

    Its recipe names the files up to the one behind its own; a label that read further wrote down all.
    One that used the fast form of a feature in `plain` has to be made again.
    """
    about = verified(Path(chunk.path), digests)
    return about is not None and set(plain) <= set(about["plain"])


def verified(master: Path, digests: Sequence[str]) -> dict[str, Any] | None:
    """Return what stands in a sidecar, None where the chunk is not as it says or of other ticks."""
    try:
        about: dict[str, Any] = json.loads(master.with_suffix(".json").read_text())
        same = about["ticks"] in (None, list(digests)) and isinstance(about["plain"], list)
        whole = same and all(
            file_digest(master.with_name(name)) == digest for name, digest in about["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return about if whole else None


class Writing:
    """A chunk being written as its stretches are computed; ``with`` takes its drafts away again.

    Parameters
    ----------
    chunk : Chunk
    taken_over : sequence of Made
        What an older build has at every sample.
    """

    def __init__(self, chunk: Chunk, taken_over: Sequence[Made] = ()) -> None:
        self.chunk, self.taken_over = chunk, taken_over
        self.samples = self.bytes = 0
        self._master = Path(chunk.path)
        self._master.parent.mkdir(parents=True, exist_ok=True)
        self._made: dict[str, Made] = {}
        self._growing: dict[str, hdf.Growing] = {}
        self._reads: dict[str, list[Array]] = {}
        self._kept: list[Array] = []
        self._columns: list[dict[str, Array]] = []

    def append(self, columns: dict[str, Array], made: Sequence[Made], kept: Array) -> None:
        """Add a stretch.

        Parameters
        ----------
        columns : mapping
            Sample columns, (m,) each.
        made : sequence of Made
            Every feature at these samples; those taken over among them.
        kept : (m,) int64
            Which of the older build's samples these are.
        """
        self._columns.append(columns)
        self._kept.append(kept)
        self.samples += len(kept)
        self.bytes += sum(array.nbytes for array in columns.values())
        for one in made:
            if one.source is not None:
                continue
            before = self._made.get(one.name)
            shape = before.shape if before and not len(kept) else one.shape
            if before is None or (len(kept) and before.shape != shape):
                self._begin(one.name)
            rejected = one.rejected + (before.rejected if before else 0)
            empty = one.values[:0]
            self._made[one.name] = dataclasses.replace(
                one, rejected=rejected, shape=shape, values=empty, reads=empty, exact=None, rows=None
            )
            if before is None or len(kept):
                for values in one.pieces(one.values):
                    self._growing[one.name].append(values)
                self._reads[one.name].append(one.left(one.reads))
                self.bytes += len(kept) * (one.values[:1].nbytes + one.reads[:1].nbytes)

    def _begin(self, name: str) -> None:
        """Begin a feature's file; once more where the stretches so far kept no sample to tell its shape."""
        if name in self._growing:
            self._growing.pop(name).close()
        draft = _draft(feature_file(self._master, name))
        draft.unlink(missing_ok=True)
        self._growing[name], self._reads[name] = hdf.Growing(draft), []

    def finish(
        self,
        seen: Mapping[str, list[str] | None],
        order: Sequence[str],
        ticks: list[str] | None,
        plain: Collection[str] = (),
    ) -> None:
        """Give the files their names, and then the digests theirs.

        Parameters
        ----------
        seen : mapping
            Feature → earlier ones that its script looked at, None where it went through all of them.
        order : sequence of str
            Every feature in computing order.
        ticks : list of str or None
            Digests of all files, where something was read behind those that the recipe names.
        plain : collection of str
            Features whose fast form was not used.
        """
        over = {one.name: one for one in self.taken_over}
        kept = np.concatenate(self._kept)
        facts, files = [], {}
        for name in order:
            path = feature_file(self._master, name)
            draft = _draft(path)
            if name in over:
                draft.unlink(missing_ok=True)
                one = over[name]
                if len(kept) == len(one.values) and one.source is not None:
                    os.link(one.source, draft)
                else:
                    hdf.write(draft, {"values": one.values[kept], "reads": one.reads[kept]}, first="values")
            else:
                one = dataclasses.replace(self._made[name], seen=seen[name])
                self._growing.pop(name).finish({"reads": np.concatenate(self._reads[name])})
            facts.append(one.facts(len(kept)))
            files[path.name] = file_digest(draft)
            os.rename(draft, path)
        columns = {name: np.concatenate([one[name] for one in self._columns]) for name in self._columns[0]}
        links = {f"features/{name}": (feature_file(self._master, name).name, "/values") for name in order}
        draft = _draft(self._master)
        draft.unlink(missing_ok=True)
        hdf.write(draft, columns, links)
        files[self._master.name] = file_digest(draft)
        os.rename(draft, self._master)
        about = {
            "base": self.chunk.base,
            "ticks": ticks,
            "files": files,
            "features": facts,
            "plain": sorted(plain),
        }
        draft = _draft(sidecar(self.chunk))
        draft.write_bytes(atomic.json_bytes(about))
        os.rename(draft, sidecar(self.chunk))

    def __enter__(self) -> Writing:
        return self

    def __exit__(self, *problem: object) -> None:
        for growing in self._growing.values():
            growing.close()
        for path in self._master.parent.glob(f"{self._master.stem}.*.tmp-{os.getpid()}*"):
            path.unlink(missing_ok=True)


def _draft(path: Path) -> Path:
    return path.with_name(f"{path.name}.tmp-{os.getpid()}")
