"""What is in the vault, opened."""

from __future__ import annotations

import itertools
import json
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab import atomic
from litlab.assets import Asset, open_asset
from litlab.errors import NoAsset, UnknownName
from litlab.records import NAME
from litlab.shown import Shown
from litlab.vault.boosting import label_of
from litlab.vault.export import load_model
from litlab.vault.heads import Head, head_of_canvas
from litlab.vault.notes import Note, add_note, notes_of, set_tag, tags_of
from litlab.vault.null import Tell, loss_null, permutation_null
from litlab.vault.pictures import keep, null_picture, profit_picture
from litlab.vault.record import EntryRecord
from litlab.vault.scoreboard import nulled
from litlab.vault.scorer import Scorer
from litlab.workspace import Team, Workspace

_SHORTEST = 6  # digits of a digest that may stand for all


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

    def null(self, draws: int = 200, tell: Tell | None = None) -> dict[str, Any]:
        """Return, and keep in ``null.json`` and as a picture, the test score under permuted labels.

        Of a probability the AUC (``null.permutation_null``), of any other output the loss
        (``null.loss_null``). Nothing new is looked at: the stored predictions are compared with labels in
        another order.

        Parameters
        ----------
        draws : int
        tell : callable, optional
            Called with (done, draws) after each draw.
        """
        found = self._null(draws, tell)
        atomic.write_json(self.path / "null.json", found)
        keep(self.path, null_picture(found))
        return found

    def null_seconds(self, draws: int = 200) -> float:
        """Return about how long ``null`` takes: what a draw takes here, times as many."""
        moments: list[float] = []
        self._null(4, lambda done, total: moments.append(time.perf_counter()))
        return min(later - before for before, later in itertools.pairwise(moments)) * draws

    def _null(self, draws: int, tell: Tell | None) -> dict[str, Any]:
        truth = label_of(self.asset, self.record.label, "test")
        day, said = self.asset.session_day("test"), self.predictions()
        if self.head.kind == "probability":
            made = permutation_null(truth, said["prediction"], day, draws, tell=tell)
        else:
            outputs = said.get("outputs", said["prediction"])
            made = loss_null(self.head, truth, outputs, day, draws, tell=tell)
        return dict(nulled(made))

    @property
    def head(self) -> Head:
        """What the output is: a probability, classes, a level or quantiles of a label."""
        return head_of_canvas(self.record.canvas, self.record.activation)

    @property
    def spread(self) -> dict[str, Any] | None:
        """What retraining with other seeds had given when it was added, None where nobody had."""
        path = self.path / "spread.json"
        return json.loads(path.read_text("utf-8")) if path.is_file() else None

    def profit(self, latency_s: float = 1.0, least: float = 0.0, tell: Tell | None = None) -> dict[str, Any]:
        """Return, and keep in ``profit.json``, what trading on the test part's forecasts would have come to.

        Only for returns; ``litlab.vault.profit`` tells what is reckoned. Nothing new is looked at.

        Parameters
        ----------
        latency_s : float
            Between a sample's moment and the first trade that can be had.
        least : float
            Forecasts nearer to 0 are not traded on.
        tell : callable, optional
            Called with (done, of how many) after each session of an instrument.

        Raises
        ------
        NotAReturn
            For any other label or output.
        OtherTicks
            If the ticks are no longer those that the asset was built from.
        """
        from litlab.vault.profit import profit

        said = self.predictions()
        forecasts = said.get("outputs", said["prediction"])
        found: dict[str, Any] = nulled(
            profit(self.team, self.asset, self.head, forecasts, latency_s=latency_s, least=least, tell=tell)
        )
        atomic.write_json(self.path / "profit.json", found)
        if found.get("costs"):
            keep(self.path, profit_picture(found))
        return found

    @property
    def is_current(self) -> bool:
        """Whether it is the version in use."""
        return atomic.pointed_name(self.path.parent) == self.path.name

    @property
    def notes(self) -> list[Note]:
        """What people wrote down about it, oldest first."""
        return notes_of(self.path)

    @property
    def tags(self) -> list[str]:
        """The tags it bears, sorted."""
        return tags_of(self.path)

    def note(self, text: str) -> Note:
        """Write something down about it: who and when stand beside it, and it stays."""
        return add_note(self.path, text)

    def tag(self, name: str, on: bool = True) -> None:
        """Give it a tag, or take it off."""
        set_tag(self.path, name, on)

    def scorer(self) -> Scorer:
        """Return the portable model, ready to predict."""
        return Scorer(self.path)

    def model(self) -> Any:
        """Return the Keras model; imports TensorFlow."""
        return load_model(self.path / "model.keras")

    def sample(self) -> tuple[dict[str, npt.NDArray[np.float32]], npt.NDArray[np.float64]]:
        """Return sample inputs, (n, rows, cols) by name, and the predictions that must come out, (n,)."""
        with np.load(self.path / "sample.npz", allow_pickle=False) as stored:
            inputs = {name: stored[f"input.{name}"] for name in self.record.features}
            return inputs, stored["prediction"]

    def predictions(self) -> dict[str, npt.NDArray[Any]]:
        """Return the stored predictions of the test part: index, as_of_ns, prediction; each (n,)."""
        with np.load(self.path / "test.npz", allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}


def asset_by_digest(team: Team, schema: str, digest: str) -> Asset:
    """Return an asset version in whichever stage it stands now."""
    try:
        return open_asset(team, schema, "production", digest)
    except NoAsset:
        return open_asset(team, schema, "queue", digest)


def list_entries(team: Team) -> list[Entry]:
    """Return every version of every model, by name, then digest."""
    found = sorted(team.folder("vault").glob("*/*/entry.json"))
    return [Entry(path.parent) for path in found if ".tmp-" not in path.parent.name]


def open_entry(team: Team, name: str, digest: str | None = None) -> Entry:
    """Open a model's current version, or the one with `digest`, which may be cut short.

    Raises
    ------
    UnknownName
        If the vault has no such model or version, or several whose digests begin so.
    """
    folder = team.folder("vault") / name if NAME.fullmatch(name) else None
    if folder is not None and digest is None:
        current = atomic.pointed(folder)
        if current is not None and (current / "entry.json").is_file():
            return Entry(current)
    versions = list_entries(team)
    if digest is None:
        raise UnknownName(kind="model in the vault", given=name, known={one.name for one in versions})
    own = [one for one in versions if one.name == name]
    found = [one for one in own if len(digest) >= _SHORTEST and one.digest.startswith(digest)]
    if len(found) != 1:
        kind = f"version of the model {name} in the vault"
        raise UnknownName(kind=kind, given=digest, known=[one.digest for one in own])
    return found[0]


def find_entry(team: Team, text: str) -> Entry:
    """Open what people call ``name`` or ``name@digest``; see ``open_entry``."""
    name, _, digest = text.partition("@")
    return open_entry(team, name, digest or None)


def writing(folder: Path, purpose: str) -> AbstractContextManager[None]:
    """Hold a model's folder; a second writer is refused with our pid."""
    return atomic.lock(folder / ".lock", what=f"The model {folder.name}", purpose=purpose)
