"""Schemas as people fill them in: what a new one is prefilled with, and a form's fields read into one.

1. ``propose`` makes a new one of the project's selections. 2. ``data_sets`` and ``sorted_features`` are what
can be chosen. 3. ``draft_values`` and ``read_draft`` go between a schema and the fields of a form; what is
wrong is said field by field.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from litlab.adapters import load_adapter_by_project
from litlab.bars import gather
from litlab.errors import BadSchema, LitlabError
from litlab.features import LoadedFeature, in_order
from litlab.features.feature import list_features
from litlab.forms import Field
from litlab.records import check_name
from litlab.schemas.parts import split_dates
from litlab.schemas.schema import KINDS, SESSIONS, DataSet, Schema, Split, list_schemas
from litlab.workspace import Project, Team

_LOOKED_AT = 20_000  # ticks, for their days

_SHARE = "Share of the sessions"
FIELDS = {
    "validation": Field("validation", "text", help="First day, YYYY-MM-DD"),
    "test": Field("test", "text", help="First day, YYYY-MM-DD"),
    "validation_share": Field(
        "validation_share", "number", help=f"{_SHARE} held out for validation", low=0, high=1
    ),
    "test_share": Field("test_share", "number", help=f"{_SHARE} held out for test", low=0, high=1),
    "folds": Field("folds", "number", help="Folds in all", low=1, whole=True),
    "fold": Field("fold", "number", help="Which of them this is, from 1", low=1, whole=True),
    "resolution": Field(
        "resolution", "number", help="Every n-th tick of a file, before gates", low=1, whole=True
    ),
    "seed": Field("seed", "number", help="Of what is drawn", low=0, whole=True),
    "sessions": Field("sessions", "choice", help="Which ticks may be samples", choices=SESSIONS),
    "kind": Field("kind", "choice", help="How samples are divided", choices=KINDS),
}
OF_KIND = {
    "date": ("validation", "test"),
    "end": ("validation_share", "test_share"),
    "walk": ("folds", "fold", "validation_share"),
    "random": ("validation_share", "test_share"),
}


def propose(project: Project) -> Schema:
    """Return a new schema of the project's data, features and labels, under a free name; not saved.

    The parts begin on dates that hold out 12 % and 20 % of the sessions, where the ticks are cached.
    """
    team, record = project.team, project.record
    inputs, labels = sorted_features(team)
    chosen = [name for name in record.features if name in inputs or name in labels] or [*inputs, *labels]
    taken = list_schemas(team)
    names = (project.name if n == 1 else f"{project.name}_{n}" for n in range(1, len(taken) + 2))
    return Schema(
        next(name for name in names if name not in taken),
        project.name,
        (DataSet(record.adapter, record.paths, dict(record.parameters)),) if record.paths else (),
        tuple(name for name in chosen if name in inputs),
        tuple(name for name in chosen if name in labels),
        _split(project),
    )


def _split(project: Project) -> Split:
    try:
        found = load_adapter_by_project(project.team.name, project.name, project.team.workspace)
        return split_dates(_days(found))
    except (LitlabError, OSError):  # nothing cached yet, or too little for three parts
        return Split("end")


def _days(adapter: Any) -> Any:
    store = adapter.store
    some = np.unique(np.linspace(0, len(store) - 1, _LOOKED_AT).astype(np.int64))
    return adapter.clock.dates(gather(store, "timestamp", some))


def data_sets(team: Team, schema: Schema | None = None) -> dict[str, DataSet]:
    """Return what can be chosen as data: each project's, and what `schema` has that is none of them.

    The keys are projects, and ``minutes.1`` for the first data set that the schema ``minutes`` has alone.
    """
    found: dict[str, DataSet] = {}
    for project in team.projects():
        record = project.record
        if record.paths:
            found[project.name] = DataSet(record.adapter, record.paths, dict(record.parameters))
    for number, data in enumerate(schema.data if schema else (), 1):
        if schema is not None and data not in found.values():
            found[f"{schema.name}.{number}"] = data
    own = schema.data if schema else ()
    return dict(sorted(found.items(), key=lambda one: own.index(one[1]) if one[1] in own else len(own)))


def sorted_features(team: Team) -> tuple[dict[str, LoadedFeature], dict[str, LoadedFeature]]:
    """Return the team's features, gates among them, and labels, by name; without what cannot be loaded."""
    inputs: dict[str, LoadedFeature] = {}
    labels: dict[str, LoadedFeature] = {}
    for name, feature in list_features(team).items():
        try:
            loaded = LoadedFeature.load(team, feature)
        except (LitlabError, OSError):
            continue
        (labels if loaded.is_label else inputs)[name] = loaded
    return inputs, labels


def with_needs(names: Sequence[str], known: Mapping[str, LoadedFeature]) -> list[str]:
    """Return the names with those of every feature they read, each once, in the order of `known`."""
    wanted, open_ = set(), list(names)
    while open_:
        name = open_.pop()
        if name in wanted or name not in known:
            continue
        wanted.add(name)
        open_ += known[name].requires
    return [name for name in known if name in wanted]


def computing_order(features: Sequence[LoadedFeature]) -> dict[str, int]:
    """Return name → the place in which it is computed, from 1; {} where they read each other in a ring."""
    try:
        return {feature.name: place for place, feature in enumerate(in_order(features), 1)}
    except LitlabError:
        return {}


@dataclasses.dataclass(frozen=True)
class Draft:
    """A form that was read.

    Attributes
    ----------
    schema : Schema or None
        None while something is wrong.
    problems : dict of str to str
        Field → the sentence that says what is wrong and what would be right.
    """

    schema: Schema | None
    problems: dict[str, str]


def draft_values(schema: Schema, offered: Mapping[str, DataSet]) -> dict[str, Any]:
    """Return a schema as the fields of a form; its data sets by their keys in `offered`."""
    split = schema.split
    return {
        "name": schema.name,
        "data": [key for key, data in offered.items() if data in schema.data],
        "features": list(schema.features),
        "labels": list(schema.labels),
        "kind": split.kind,
        **{name: getattr(split, name) for names in OF_KIND.values() for name in names},
        "resolution": schema.resolution,
        "sessions": schema.sessions,
        "seed": schema.seed,
    }


def read_draft(project: str, values: Mapping[str, Any], offered: Mapping[str, DataSet]) -> Draft:
    """Read the fields of a form, text as it was typed, into a schema.

    Parameters
    ----------
    project : str
        Whose schema it is.
    values : mapping
        As ``draft_values`` makes it; of the split only the fields of its kind count.
    offered : mapping
        Key → data set, for ``data``.

    Examples
    --------
    >>> data = {"volatility": DataSet("lseg", ("a.csv",))}
    >>> values = {"name": "minutes", "data": ["volatility"], "features": ["bars"], "labels": ["up"],
    ...           "kind": "end", "validation_share": "0.1", "test_share": "0.2", "resolution": "1",
    ...           "sessions": "regular", "seed": "7"}
    >>> read_draft("volatility", values, data).schema.split.validation_share
    0.1
    >>> read_draft("volatility", {**values, "resolution": "0", "labels": []}, data).problems
    {'labels': 'Tick at least one label.', 'resolution': "resolution = '0' is not possible: ... from 1."}
    """
    problems: dict[str, str] = {}
    name = str(values.get("name", ""))
    try:
        check_name(name, "schema")
    except LitlabError as problem:
        problems["name"] = str(problem)
    chosen: dict[str, tuple[str, ...]] = {}
    for field, word in (("data", "data set"), ("features", "feature"), ("labels", "label")):
        chosen[field] = tuple(values.get(field) or ())
        if not chosen[field]:
            problems[field] = f"Tick at least one {word}."
    kind = str(values.get("kind", "date"))
    read = {
        name: _read(name, values, problems)
        for name in ("kind", "resolution", "sessions", "seed", *OF_KIND.get(kind, ()))
    }
    if problems:
        return Draft(None, problems)
    split = Split(kind, **{field: read[field] for field in OF_KIND[kind]})
    schema = Schema(
        name, project, tuple(offered[key] for key in chosen["data"] if key in offered), chosen["features"],
        chosen["labels"], split, read["resolution"], read["sessions"], read["seed"],
    )  # fmt: skip
    try:
        split.check(name)
    except LitlabError as problem:
        problems[OF_KIND[kind][0]] = _told(problem)
    try:
        schema.check()
    except LitlabError as problem:
        if not problems:
            problems["features"] = _told(problem)
    return Draft(None if problems else schema, problems)


def _read(name: str, values: Mapping[str, Any], problems: dict[str, str]) -> Any:
    try:
        value = FIELDS[name].read(values.get(name, ""))
    except LitlabError as problem:
        problems[name] = str(problem)
        return None
    return float(value) if name.endswith("_share") else value


def _told(problem: LitlabError) -> str:
    """Return what is wrong without the schema's name, which stands beside it."""
    return str(problem.fields["reason"]) if isinstance(problem, BadSchema) else str(problem)
