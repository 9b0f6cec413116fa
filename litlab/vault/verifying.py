"""Do an entry's scores come out again? Its author's word becomes one's own, where the asset is here.

1. Weights, canvas, features and asset have to make the digest that the version is named by; the portable
model has to say of the samples what it said then. 2. The asset of that digest is opened and its bytes are
held to it. 3. The portable model predicts the test part again, at batch 1, and the scoreboard is made again,
baselines and intervals too. 4. Every figure of ``scores.json`` is compared with the one that came out.

Bit for bit is what comes out in an equal environment. Elsewhere floating point may differ by 1e-7 in a
prediction and in the last digits of a figure: "near", and what the environments differ in is told.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab import atomic
from litlab.assets import Asset, ledger
from litlab.assets.audit import LOOK
from litlab.assets.looks import seen_in
from litlab.builds.merge import environment
from litlab.errors import NoAsset
from litlab.records import digest_of
from litlab.shown import Shown
from litlab.ticks.checking import check_files
from litlab.vault.checking import check_entry
from litlab.vault.entry import Entry
from litlab.vault.export import LIMIT
from litlab.vault.heads import columns
from litlab.vault.judging import calibrate, judged, predict_part
from litlab.vault.looks import tried

VERIFIED = "verified.json"
EQUAL, NEAR, OTHER, UNKNOWN = "equal", "near", "other", "unknown"
_NEAR = 1e-3  # of a figure: one rank that flips moves an AUC by less
_SHOWN = 20  # figures that differ, told by name

Floats = npt.NDArray[np.float64]
Tell = Callable[[int, int], object]


@dataclasses.dataclass(frozen=True)
class Verified(Shown):
    """What became of an entry's claims.

    Attributes
    ----------
    state : {"equal", "near", "other", "unknown"}
        Whether all came out bit for bit, as near as another machine's floating point allows, otherwise, or
        could not be asked: the asset is not here.
    damage : tuple of str
        What of the entry or its asset is not what its digest says.
    samples, figures : int
        Predictions and figures of the test part that were compared.
    predictions : float or None
        The largest difference of a prediction, in units of the largest where that is above 1.
    differs : tuple of (figure, said, came out)
        Figures that are not equal bit for bit, 20 at most, the farthest first.
    environment : dict
        What the machines differ in: name → (there, here).
    time_ns : int
        When, ns UTC.
    """

    state: str
    damage: tuple[str, ...]
    samples: int
    figures: int
    predictions: float | None
    differs: tuple[tuple[str, Any, Any], ...]
    environment: dict[str, tuple[str, str]]
    time_ns: int

    @property
    def holds(self) -> bool:
        """Whether the claims came out."""
        return self.state in (EQUAL, NEAR)

    @property
    def said(self) -> str:
        """All of it in a sentence."""
        if self.damage:
            return f"It is not what it says to be: {'; '.join(self.damage)}."
        if self.state == UNKNOWN:
            known = "The model is the one of its digest; its asset is not here"
            return f"{known}, so its scores are its author's word."
        if self.state == EQUAL:
            return f"{self.samples:,} predictions and {self.figures:,} figures came out bit for bit."
        where = (
            f"; {', '.join(self.environment)} {'is' if len(self.environment) == 1 else 'are'} other here"
            if self.environment
            else ""
        )
        if self.state == NEAR:
            made = f"{self.samples:,} predictions came out to {self.predictions:.1e}"
            return f"{made} and {self.figures:,} figures to {_NEAR:g} of each{where}."
        if self.differs:
            name, there, here = self.differs[0]
            return f"Its figures do not come out: {name} says {_told(there)}, {_told(here)} came out{where}."
        return f"Its predictions do not come out: they differ by {self.predictions:.3g}{where}."

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return {**dataclasses.asdict(self), "holds": self.holds, "said": self.said}


def verify(entry: Entry, tell: Tell | None = None) -> Verified:
    """Predict and score the test part again and compare; the result is kept in ``verified.json``.

    It stays here when the entry goes elsewhere: it is this machine's word. Where the ledger does not know the
    look at the test part, because the entry came from elsewhere, it is told of it.

    Parameters
    ----------
    entry : Entry
    tell : callable, optional
        Called with (samples predicted, of how many).
    """
    damage = [f"{one.path.name}: {one.reason}" for one in check_entry(entry.path)]
    there = {**entry.record.environment, **entry.record.versions}
    here = {**environment(), **{name: _version(name) for name in entry.record.versions}}
    apart = {
        name: (str(value), str(here[name]))
        for name, value in there.items()
        if name in here and str(here[name]) != str(value)
    }
    try:
        asset: Asset | None = entry.asset
    except NoAsset:
        asset = None
    if asset is not None:
        damage += _damage_of(asset)
    if not damage:
        damage += _sample_differs(entry)
    if damage or asset is None:
        state = OTHER if damage else UNKNOWN
        found = Verified(state, tuple(damage), 0, 0, None, (), apart, time.time_ns())
    else:
        found = _again(entry, asset, apart, tell)
    atomic.write_json(entry.path / VERIFIED, found.to_json())
    return found


def _again(entry: Entry, asset: Asset, apart: dict[str, tuple[str, str]], tell: Tell | None) -> Verified:
    team, total, done = entry.team, asset.count("validation") + asset.count("test"), 0
    known = (one["facts"] for one in ledger.entries(team, LOOK))
    if not any(one.get("digest") == entry.digest for one in known):
        ledger.record(
            team, LOOK, asset=asset.digest, schema=asset.schema, name=entry.name, digest=entry.digest,
            test=seen_in(asset),
        )  # fmt: skip

    def count(more: int) -> None:
        nonlocal done
        done += more
        if tell is not None:
            tell(done, total)

    scorer = entry.scorer()
    calibrated = calibrate(scorer, asset, entry.head, count)
    predicted = predict_part(scorer, asset, "test", count)
    said = entry.predictions()
    difference = _apart(columns(said.get("outputs", said["prediction"])), predicted)
    scores = entry.scores
    for name in tried(team, asset.digest):
        scores.pop(name, None)  # what was tried before belongs to where it was tried
    leaves = list(_leaves(scores, judged(asset, entry.head, predicted, calibrated)))
    differs = [one for one in leaves if one[1] != one[2]]
    far = [one for one in differs if not _is_near(one[1], one[2])]
    state = EQUAL if not differs and difference == 0 else NEAR if not far and difference <= LIMIT else OTHER
    differs.sort(key=lambda one: -_distance(one[1], one[2]))
    return Verified(
        state, (), len(predicted), len(leaves), difference, tuple(differs[:_SHOWN]), apart, time.time_ns()
    )


def _damage_of(asset: Asset) -> list[str]:
    """Return what of an asset's bytes does not make its digest."""
    manifest = asset.manifest
    found = [f"asset {path.name}: {reason}" for path, reason in check_files(asset.path, manifest["files"])]
    made = digest_of({"files": manifest["files"], "features": manifest["features"]})[:32]
    return found if made == asset.digest else [*found, "asset: its files and features do not make its digest"]


def _sample_differs(entry: Entry) -> list[str]:
    inputs, first = entry.sample()
    difference = _apart(columns(first), columns(entry.scorer().predict_batch(inputs)))
    return [] if difference <= LIMIT else [f"model.onnx: it differs from its samples by {difference:.3g}"]


def _apart(said: Floats, found: Floats) -> float:
    """Return the largest difference; infinite between arrays of other shapes."""
    if said.shape != found.shape:
        return math.inf
    unit = max(1.0, float(np.max(np.abs(found), initial=0.0)))
    return float(np.max(np.abs(said - found), initial=0.0)) / unit


def _leaves(said: Any, found: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield (path, said, came out) of every figure that is said; what is not said claims nothing."""
    if isinstance(said, dict):
        for name, one in said.items():
            other = found.get(name) if isinstance(found, dict) else None
            yield from _leaves(one, other, f"{path}.{name}" if path else str(name))
    elif isinstance(said, list):
        for at, one in enumerate(said):
            other = found[at] if isinstance(found, (list, tuple)) and at < len(found) else None
            yield from _leaves(one, other, f"{path}[{at}]")
    else:
        yield path, said, found


def _distance(said: Any, found: Any) -> float:
    if not all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in (said, found)):
        return math.inf
    return float(abs(said - found) / max(abs(said), abs(found), 1e-12))


def _is_near(said: Any, found: Any) -> bool:
    return _distance(said, found) <= _NEAR


def _told(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)[:60]


def _version(package: str) -> str:
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
