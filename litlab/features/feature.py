"""A feature: a saved, named set of parameters of a script."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from litlab import plugins
from litlab.errors import BadScript, UnknownName
from litlab.records import Record, check_name
from litlab.scripts import Script, find_script, load_script
from litlab.workspace import Team

_PACKAGE = Path(__file__).resolve().parents[1]


@dataclasses.dataclass(frozen=True)
class Feature(Record):
    """What is stored of a feature."""

    KIND: ClassVar[str] = "feature"

    name: str
    script: str
    params: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class LoadedFeature:
    """A feature with its script loaded, ready to be computed.

    Attributes
    ----------
    feature, script
    params : dict
        Checked against the script's form; absent ones stay absent.
    """

    feature: Feature
    script: Script
    params: dict[str, Any]

    @classmethod
    def load(cls, team: Team | None, feature: Feature) -> LoadedFeature:
        """Find and load the feature's script and check its parameters."""
        script = load_script(find_script(team, "scripts", feature.script))
        if not callable(getattr(script.module, "feature", None)):
            raise BadScript(
                path=script.path, line=1, reason="it defines no function feature(adapter, index, …)"
            )
        return cls(feature, script, script.read_params(feature.params))

    @property
    def name(self) -> str:
        """The feature's name."""
        return self.feature.name

    @property
    def is_label(self) -> bool:
        """Tell whether the script says LABEL = True: it may read the future, and is no model input."""
        return bool(getattr(self.script.module, "LABEL", False))

    @property
    def alone(self) -> bool:
        """Tell whether it is computed in a process that nobody interrupts by hand."""
        return False

    @property
    def is_gate(self) -> bool:
        """Tell whether the script says GATE = True: it decides which samples exist and is not stored."""
        return bool(getattr(self.script.module, "GATE", False))

    @property
    def sort_key(self) -> float | None:
        """What the script's ``sort_key()`` returns, None without: smaller is computed first."""
        function = self.hook("sort_key")
        return float(function()) if function else None

    @property
    def columns(self) -> tuple[str, ...]:
        """The declared output columns, () where the docstring says none."""
        return self.script.columns(self.params)

    @property
    def requires(self) -> tuple[str, ...]:
        """Names of the features this one reads: the parameters of kind ``feature``."""
        fields = [field.name for field in self.script.fields if field.kind == "feature"]
        return tuple(str(self.params[name]) for name in fields if name in self.params)

    @property
    def function(self) -> Callable[..., Any]:
        """The script's ``feature``."""
        found: Callable[..., Any] = self.script.module.feature
        return found

    def hook(self, name: str) -> Callable[..., Any] | None:
        """Return an optional function of the script, None without."""
        found = getattr(self.script.module, name, None)
        return found if callable(found) else None

    def about(self) -> dict[str, Any]:
        """Return what recipes, manifests and vault entries hold of the feature; no path among it."""
        return {"script": self.feature.script, "script_digest": self.script.digest, "params": self.params}


def is_ours(feature: LoadedFeature) -> bool:
    """Tell whether a feature's script comes with litlab."""
    folder = feature.script.path.resolve().parent
    return folder in _shipped_folders() and _PACKAGE in folder.parents


@functools.lru_cache(maxsize=1)
def _shipped_folders() -> frozenset[Path]:
    return frozenset(folder.resolve() for folder in plugins.folders("script_folders"))


def save_feature(team: Team, name: str, script: str, params: Mapping[str, Any]) -> Feature:
    """Save parameters of a script under a name, checked against its form; an older one is replaced."""
    check_name(name, "feature")
    loaded = LoadedFeature.load(team, Feature(name, script, dict(params)))
    feature = Feature(name, script, loaded.params)
    feature.save(team.folder("features") / f"{name}.json")
    return feature


def list_features(team: Team) -> dict[str, Feature]:
    """Return the team's saved features by name."""
    paths = sorted(team.folder("features").glob("*.json"))
    return {path.stem: Feature.load(path) for path in paths}


def load_features(team: Team, names: Iterable[str]) -> list[LoadedFeature]:
    """Load saved features by name, in the given order; UnknownName for one that is not saved."""
    known = {path.stem: path for path in team.folder("features").glob("*.json")}
    loaded = []
    for name in names:
        if name not in known:
            raise UnknownName(kind="feature", given=name, known=sorted(known))
        loaded.append(LoadedFeature.load(team, Feature.load(known[name])))
    return loaded
