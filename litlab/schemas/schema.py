"""The schema record."""

from __future__ import annotations

import dataclasses
import re
from datetime import date
from typing import Any, ClassVar

from litlab.errors import BadSchema, UnknownName
from litlab.records import Record, check_name
from litlab.workspace import Team

SESSIONS = ("regular", "all")
FORWARD = ("date", "end", "walk")
KINDS = (*FORWARD, "random")
_FOLD = re.compile(r"\.fold\d+$")


@dataclasses.dataclass(frozen=True)
class DataSet:
    """One instrument: an adapter by name and parameters over files."""

    adapter: str
    paths: tuple[str, ...]
    parameters: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Split:
    """How samples are divided into train, validation and test.

    Attributes
    ----------
    kind : {"date", "end", "walk", "random"}
        ``date``: the parts begin on given days. ``end``: the last sessions are held out. ``walk``: one fold
        of a walk-forward evaluation. ``random``: whole sessions drawn by the schema's seed.
    validation, test : str
        ISO dates of ``date``: the exchange-local days on which the parts begin; what lies before is for
        training.
    validation_share, test_share : float
        Shares of the sessions, for the other kinds; of a fold's training sessions for ``walk``.
    folds, fold : int
        Of ``walk``: how many folds there are, and which this is, from 1.
    """

    kind: str = "date"
    validation: str = ""
    test: str = ""
    validation_share: float = 0.12
    test_share: float = 0.2
    folds: int = 5
    fold: int = 1

    def check(self, schema: str) -> None:
        """Raise UnknownName or BadSchema for a split that divides nothing."""
        if self.kind not in KINDS:
            raise UnknownName(kind="split", given=self.kind, known=KINDS)
        if self.kind == "date":
            self._check_dates(schema)
            return
        shares = self.validation_share, self.test_share
        if min(shares) <= 0 or sum(shares) >= 1:
            reason = f"the shares held out are {shares[0]} and {shares[1]}: each above 0, both below 1"
            raise BadSchema(name=schema, reason=reason)
        if self.kind == "walk" and not 1 <= self.fold <= self.folds:
            raise BadSchema(name=schema, reason=f"fold {self.fold} is none of {self.folds}, from 1")

    def _check_dates(self, schema: str) -> None:
        try:
            first, second = date.fromisoformat(self.validation), date.fromisoformat(self.test)
        except ValueError as problem:
            raise BadSchema(name=schema, reason=f"a split date is no ISO date ({problem})") from None
        if first >= second:
            raise BadSchema(
                name=schema, reason=f"validation begins on {first}, test on {second}: not before it"
            )


@dataclasses.dataclass(frozen=True)
class Schema(Record):
    """What is built.

    Attributes
    ----------
    name, project : str
    data : tuple of DataSet
    features, labels : tuple of str
        Names of saved features; ``labels`` are those that may read the future.
    split : Split
    resolution : int
        Every n-th tick counted from each file's first, before gates.
    sessions : {"regular", "all"}
    seed : int
    """

    KIND: ClassVar[str] = "schema"

    name: str
    project: str
    data: tuple[DataSet, ...]
    features: tuple[str, ...]
    labels: tuple[str, ...]
    split: Split
    resolution: int = 1
    sessions: str = "regular"
    seed: int = 7

    def check(self) -> None:
        """Raise BadSchema or UnknownName for what cannot be built whatever the data are."""
        check_name(self.name, "schema")
        if not self.data or not all(one.paths for one in self.data):
            raise BadSchema(name=self.name, reason="it names no files")
        if not self.features or not self.labels:
            raise BadSchema(name=self.name, reason="it needs at least one feature and one label")
        twice = [name for name in self.features if name in self.labels]
        if twice:
            raise BadSchema(name=self.name, reason=f"{twice[0]!r} is both a feature and a label")
        for what, names in (("feature", self.features), ("label", self.labels)):
            if again := [name for at, name in enumerate(names) if name in names[:at]]:
                raise BadSchema(name=self.name, reason=f"it names the {what} {again[0]!r} twice")
        paths = [(one.adapter, path) for one in self.data for path in one.paths]
        if again := [path for at, (_, path) in enumerate(paths) if paths[at] in paths[:at]]:
            raise BadSchema(name=self.name, reason=f"it names the file {again[0]} twice")
        if self.resolution < 1:
            raise BadSchema(name=self.name, reason=f"the resolution is {self.resolution}; the least is 1")
        if self.sessions not in SESSIONS:
            raise UnknownName(kind="value of sessions", given=self.sessions, known=SESSIONS)
        self.split.check(self.name)

    @property
    def family(self) -> str:
        """The name without a fold's number: folds of one schema share their chunks."""
        return _FOLD.sub("", self.name) if self.split.kind == "walk" else self.name


def save_schema(team: Team, schema: Schema, over: str | None = None) -> Schema:
    """Check a schema and save it under its name.

    Parameters
    ----------
    team : Team
    schema : Schema
    over : str, optional
        The ``digest()`` of the one it replaces, "" for none; RecordChanged if another is there. Without it
        an older one is replaced, whoever saved it.
    """
    schema.check()
    schema.save(team.folder("schemas") / f"{schema.name}.json", over)
    return schema


def list_schemas(team: Team) -> dict[str, Schema]:
    """Return the team's schemas by name."""
    return {path.stem: Schema.load(path) for path in sorted(team.folder("schemas").glob("*.json"))}


def load_schema(team: Team, name: str) -> Schema:
    """Return a saved schema; UnknownName where there is none."""
    path = team.folder("schemas") / f"{name}.json"
    if not path.is_file():
        raise UnknownName(kind="schema", given=name, known=[one.stem for one in path.parent.glob("*.json")])
    return Schema.load(path)
