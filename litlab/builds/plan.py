"""Cutting a build into chunks that depend on neither the number of workers nor who computes them."""

from __future__ import annotations

import dataclasses
import functools
import json
from pathlib import Path
from typing import Any

from litlab.adapters import TradersBaseAdapter, load_adapter
from litlab.bars.kernel import KERNEL_VERSION
from litlab.errors import BadParameter, BadSchema, BuildFailed
from litlab.features import LoadedFeature, in_order, load_features
from litlab.records import digest_of
from litlab.schemas import DataSet, Schema
from litlab.workspace import Team, Workspace

_CHUNK_TICKS = 5_000_000


@dataclasses.dataclass(frozen=True)
class Chunk:
    """A contiguous range of ticks of one raw file, and where its result lies.

    Attributes
    ----------
    data_set : int
        Which of the schema's data sets.
    start, stop : int
        Tick indices in the data set.
    file_start : int
        The raw file's first tick, from which the resolution is counted.
    base : str
        Digest of what any feature's values in it depend on, beside the feature: ticks, gates, resolution.
    recipe : str
        Digest of all its content depends on: the base and the features.
    named : int
        How many of the data set's files the base names: nothing behind them was read as a rule.
    path : str
        ``build/<schema>/<base>-<recipe>/<schema>_<first>_<last>.h5``, last inclusive.
    """

    data_set: int
    start: int
    stop: int
    file_start: int
    base: str
    recipe: str
    named: int
    path: str

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return Path(self.path).stem


@dataclasses.dataclass(frozen=True)
class Plan:
    """A schema with everything loaded that a build needs."""

    team: Team
    schema: Schema
    features: list[LoadedFeature]
    chunks: list[Chunk]

    @property
    def stored(self) -> list[LoadedFeature]:
        """The features an asset stores, in schema order: inputs, then labels; no gates."""
        return [feature for feature in self.features if not feature.is_gate]


@functools.lru_cache(maxsize=8)
def _adapter(home: str, team: str, name: str, parameters: str) -> TradersBaseAdapter:
    found = load_adapter(team, name, json.loads(parameters), Workspace(home))
    if not isinstance(found, TradersBaseAdapter):
        wanted = "features are made of trades; quotes go into their adapter's parameter quotes"
        raise BadParameter(name="adapter", given=name, wanted=wanted)
    return found


def adapter_of(team: Team, data: DataSet) -> TradersBaseAdapter:
    """Return the adapter of a data set; one object a process, so that bars are made once."""
    parameters = json.dumps({**data.parameters, "paths": list(data.paths)}, sort_keys=True)
    return _adapter(str(team.workspace.home), team.name, data.adapter, parameters)


def plan_build(team: Team, schema: Schema) -> Plan:
    """Load what a schema names and cut its files into chunks.

    Raises
    ------
    BadSchema
        If a feature is a label or a label is none.
    """
    schema.check()
    features = load_features(team, [*schema.features, *schema.labels])
    for feature in features:
        if feature.is_label != (feature.name in schema.labels):
            kind = "a label" if feature.is_label else "no label (its script does not say LABEL = True)"
            raise BadSchema(name=schema.name, reason=f"{feature.name!r} is {kind}")
    if not any(not feature.is_gate and not feature.is_label for feature in features):
        raise BadSchema(name=schema.name, reason="it has gates only; a model needs at least one input")
    _adapter.cache_clear()
    chunks = [
        chunk for number in range(len(schema.data)) for chunk in _chunks(team, schema, features, number)
    ]
    if not chunks:
        raise BuildFailed(schema=schema.name, reason="the data hold no ticks")
    return Plan(team, schema, features, chunks)


def _chunks(team: Team, schema: Schema, features: list[LoadedFeature], number: int) -> list[Chunk]:
    adapter = adapter_of(team, schema.data[number])
    digests = adapter.store.digests
    sessions = adapter.sessions
    common: dict[str, Any] = {
        "kernel": KERNEL_VERSION,
        "gates": [feature.about() for feature in in_order(features) if feature.is_gate],
        "resolution": schema.resolution,
        "sessions": schema.sessions,
        "tick_size": adapter.tick_size,
    }
    if adapter.clock.crosses_midnight:  # named only there: other recipes stay what they were
        common["dates"] = "trading"
    made = [[feature.name, feature.about()] for feature in in_order(features)]
    chunks = []
    for file in range(len(digests)):
        # Sessions behind these ticks move nothing here: a file added later leaves the recipe as it is.
        known = adapter.store.files[min(file + 1, len(digests) - 1)].last_time_ns
        calendar = sessions.open_ns <= known if sessions else None
        common["calendar"] = (
            [sessions.open_ns[calendar].tolist(), sessions.close_ns[calendar].tolist()] if sessions else None
        )
        if adapter.quotes is not None:
            common["quotes"] = adapter.quotes.digests(file + 2, known)
        first, end = int(adapter.store.starts[file]), int(adapter.store.starts[file + 1])
        pieces = max(1, -(-(end - first) // _CHUNK_TICKS))
        # Windows read back over all earlier files; a label's next bar may lie in the following one.
        named = digests[: file + 2]
        for piece in range(pieces):
            start = first + (end - first) * piece // pieces
            stop = first + (end - first) * (piece + 1) // pieces
            base = digest_of({**common, "ticks": named, "range": [file, start - first, stop - first]})
            recipe = digest_of({"base": base, "features": made})
            folder = team.folder("build") / schema.family / f"{base[:20]}-{recipe[:20]}"
            path = str(folder / f"{schema.family}_{start}_{stop - 1}.h5")
            chunks.append(Chunk(number, start, stop, first, base, recipe, len(named), path))
    return chunks
