"""The schema record."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any, ClassVar

from litlab.errors import BadSchema, UnknownName
from litlab.records import Record, check_name
from litlab.workspace import Team

SESSIONS = ("regular", "all")


@dataclasses.dataclass(frozen=True)
class DataSet:
    """One instrument: an adapter by name and parameters over files."""

    adapter: str
    paths: tuple[str, ...]
    parameters: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Split:
    """Where the parts begin.

    Attributes
    ----------
    kind : {"date"}
    validation, test : str
        ISO dates: the exchange-local days on which the validation and the test part begin; what lies
        before is for training.
    """

    kind: str = "date"
    validation: str = ""
    test: str = ""


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
        if self.resolution < 1:
            raise BadSchema(name=self.name, reason=f"the resolution is {self.resolution}; the least is 1")
        if self.sessions not in SESSIONS:
            raise UnknownName(kind="value of sessions", given=self.sessions, known=SESSIONS)
        if self.split.kind != "date":
            raise UnknownName(kind="split", given=self.split.kind, known=["date"])
        try:
            first, second = date.fromisoformat(self.split.validation), date.fromisoformat(self.split.test)
        except ValueError as problem:
            raise BadSchema(name=self.name, reason=f"a split date is no ISO date ({problem})") from None
        if first >= second:
            raise BadSchema(
                name=self.name, reason=f"validation begins on {first}, test on {second}: not before it"
            )


def save_schema(team: Team, schema: Schema) -> Schema:
    """Check a schema and save it under its name; an older one is replaced."""
    schema.check()
    schema.save(team.folder("schemas") / f"{schema.name}.json")
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
