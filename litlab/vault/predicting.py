"""Predicting from ticks: a vault entry, an adapter, an index.

The features are computed by ``compute_sample`` from the sources that lie with the entry, the prediction by
the portable model: the bits of a build and of stored predictions, and no TensorFlow. Scripts that came with
somebody else's entry run only where somebody says so.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from litlab import atomic
from litlab.assets import ledger
from litlab.errors import FeatureMismatch, LitlabError, NoSample, StrangeScripts, UnknownName
from litlab.features import Feature, LoadedFeature, Sample, compute_sample
from litlab.records import check_name
from litlab.scripts import load_script
from litlab.shown import Shown
from litlab.vault.entry import Entry, find_entry, list_entries
from litlab.vault.scorer import Scorer
from litlab.vault.sources import find_source
from litlab.workspace import Team, Workspace

if TYPE_CHECKING:
    from litlab.adapters import TradersBaseAdapter


@dataclasses.dataclass(frozen=True)
class Prediction(Shown):
    """What a model says at one tick; ``float(prediction)`` is the value.

    Attributes
    ----------
    value : float
        A probability or a level; of several columns the first.
    outputs : tuple of float
        All columns.
    label : str
        What is predicted.
    index, as_of_ns : int
        The tick, and the moment it stands for, ns UTC.
    read_lo, read_hi : int
        The ticks that the inputs read, half open.
    model, version : str
    trained_up_to_ns : int
        When the model's last training label was known, ns UTC.
    """

    value: float
    outputs: tuple[float, ...]
    label: str
    index: int
    as_of_ns: int
    read_lo: int
    read_hi: int
    model: str
    version: str
    trained_up_to_ns: int

    def __float__(self) -> float:
        return self.value

    @property
    def is_ahead(self) -> bool:
        """Whether the moment lies behind all that the model was trained on: else it may know the answer."""
        return self.as_of_ns >= self.trained_up_to_ns


class Predictor(Shown):
    """A vault entry that predicts from ticks; ``litlab.vault.load`` makes one.

    Parameters
    ----------
    entry : Entry
    trust : bool
        Run scripts that came with the entry and are not known here.

    Attributes
    ----------
    entry : Entry
    scorer : Scorer
        The portable model.

    Examples
    --------
    Given an adapter over ticks and the index of one::

        predictor = litlab.vault.load("volatility_conv")
        prediction = predictor.predict(adapter, 943_112)
        float(prediction), prediction.is_ahead
    """

    def __init__(self, entry: Entry, trust: bool = False) -> None:
        self.entry, self.trust = entry, trust
        self.scorer = Scorer(entry.path)

    def __repr__(self) -> str:
        return f"Predictor({self.entry.name!r}, {self.entry.digest[:12]})"

    def _facts(self) -> dict[str, Any]:
        record = self.entry.record
        return {
            "name": record.name, "version": record.version, "label": record.label,
            "inputs": {name: self.scorer.shape(name) for name in self.scorer.names},
            "trained up to": np.datetime64(record.trained_up_to_ns, "ns"),
        }  # fmt: skip

    @property
    def trained_up_to(self) -> int:
        """When the last training label was known, ns UTC."""
        return self.scorer.trained_up_to

    @functools.cached_property
    def features(self) -> list[LoadedFeature]:
        """The gates, the inputs and what they read, loaded from the entry's own sources.

        Raises
        ------
        FeatureMismatch
            If a source is missing or is not the one of the feature's digest.
        StrangeScripts
            If the entry brings scripts that are not known here, and nobody trusts them.
        """
        record = self.entry.record
        named = {**record.features, **record.also, **{one["name"]: one for one in record.gates}}
        for name, about in named.items():
            self._check_source(name, about)
        if not self.trust:
            self._refuse_strange()
        return [self._loaded(name, about) for name, about in named.items()]

    def sample(self, adapter: TradersBaseAdapter, index: int) -> Sample:
        """Return the features at a tick.

        Raises
        ------
        NoSample
            If a gate or a feature rejects it.
        """
        found = compute_sample(adapter, int(index), self.features)
        if found is None:
            raise NoSample(entry=self.entry.name, index=int(index))
        return found

    def predict(self, adapter: TradersBaseAdapter, index: int) -> Prediction:
        """Predict at a tick of any adapter: the one trained on, or one over ticks that came later.

        Parameters
        ----------
        adapter : TradersBaseAdapter
        index : int

        Raises
        ------
        NoSample
            If a gate or a feature of the entry rejects the tick.
        FeatureMismatch, StrangeScripts
            See ``features``.
        """
        record, sample = self.entry.record, self.sample(adapter, index)
        inputs = {name: sample.values[name].astype(np.float32) for name in self.scorer.names}
        outputs = tuple(self.scorer.outputs(inputs)[0].tolist())
        return Prediction(
            value=outputs[0], outputs=outputs, label=record.label, index=sample.index,
            as_of_ns=sample.as_of_ns, read_lo=sample.read_lo, read_hi=sample.read_hi, model=record.name,
            version=record.version, trained_up_to_ns=record.trained_up_to_ns,
        )  # fmt: skip

    def interval(self, adapter: TradersBaseAdapter, index: int, level: float = 0.9) -> tuple[float, float]:
        """Return what holds the label at a tick with the probability `level`; see ``Scorer.interval``.

        Raises
        ------
        BadParameter
            If a probability or classes are predicted.
        NotCalibrated, NoSample, FeatureMismatch, StrangeScripts
        """
        values = self.sample(adapter, index).values
        return self.scorer.interval({one: values[one].astype(np.float32) for one in self.scorer.names}, level)

    def _source(self, script: str) -> Path:
        return self.entry.path / "scripts" / f"{check_name(script, 'script')}.py"

    def _check_source(self, name: str, about: dict[str, Any]) -> None:
        path = self._source(about["script"])
        if not path.is_file():
            reason = f"the source of {name!r}, {about['script']}.py, is not stored with it"
            raise FeatureMismatch(entry=self.entry.name, reason=reason)
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != about["script_digest"]:
            reason = f"{name!r} has script_digest {found!r}, trained with {about['script_digest']!r}"
            raise FeatureMismatch(entry=self.entry.name, reason=reason)

    def _refuse_strange(self) -> None:
        team = _team_of(self.entry)
        strange = [
            script
            for script, digest in self.entry.record.scripts().items()
            if find_source(team, "scripts", script, digest) is None
        ]
        if not strange or (team is not None and added_here(team, self.entry)):
            return
        scripts = ", ".join(f"{script}.py" for script in strange)
        raise StrangeScripts(entry=self.entry.name, scripts=scripts, folder=self.entry.path / "scripts")

    def _loaded(self, name: str, about: dict[str, Any]) -> LoadedFeature:
        script = load_script(self._source(about["script"]))
        params = dict(about["params"])
        return LoadedFeature(Feature(name, about["script"], params), script, script.read_params(params))


def load(what: Entry | str | os.PathLike[str], team: Team | None = None, trust: bool = False) -> Predictor:
    """Return a vault entry ready to predict from ticks, without TensorFlow.

    Parameters
    ----------
    what : Entry, path or str
        A version's folder, a model's folder (then the version in use), or ``name``, ``name@digest``.
    team : Team, optional
        Whose vault a name is looked up in; all of the default workspace by default.
    trust : bool
        Run scripts that came with the entry and are not known here.

    Raises
    ------
    UnknownName
        If there is no such entry.
    """
    if isinstance(what, Entry):
        return Predictor(what, trust)
    path = Path(what)
    if isinstance(what, os.PathLike) or os.sep in what:
        path = atomic.pointed(path) or path
        if not (path / "entry.json").is_file():
            raise UnknownName(kind="vault entry", given=str(path))
        return Predictor(Entry(path), trust)
    return Predictor(_named(what, team), trust)


def _named(text: str, team: Team | None) -> Entry:
    if team is not None:
        return find_entry(team, text)
    home = Workspace()
    every = [home.team(name) for name in home.teams()]
    name = text.partition("@")[0]
    holding = [one for one in every if any(entry.name == name for entry in list_entries(one))]
    if not holding:
        known = {entry.name for one in every for entry in list_entries(one)}
        raise UnknownName(kind="model in the vault", given=name, known=known)
    return find_entry(holding[0], text)


def _team_of(entry: Entry) -> Team | None:
    """Return the team that an entry lies with, None for a folder of its own."""
    root = entry.path.absolute().parents[2]
    return Team(Workspace(root.parent), root.name) if (root / "projects").is_dir() else None


def added_here(team: Team, entry: Entry) -> bool:
    """Return whether an entry was made of a run of this team, as its ledger says."""
    try:
        return any(one["facts"].get("digest") == entry.digest for one in ledger.entries(team, "vault"))
    except (LitlabError, ValueError, KeyError):
        return False
