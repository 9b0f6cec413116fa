"""What is made of what: why a cache or an asset version may not go."""

from __future__ import annotations

import collections

from litlab.adapters.loading import adapter_class
from litlab.assets.asset import Asset
from litlab.assets.checking import all_versions
from litlab.errors import LitlabError
from litlab.experiments.run import list_runs
from litlab.schemas import list_schemas
from litlab.ticks.housekeeping import list_caches
from litlab.vault import list_entries
from litlab.workspace import Team

Pins = dict[str, list[str]]


def asset_pins(team: Team) -> Pins:
    """Return digest → what needs that asset version: production, runs, vault entries.

    Raises
    ------
    BadRecord
        If a run or entry cannot be read: nobody knows what it needs.
    """
    pins: Pins = collections.defaultdict(list)
    for schema, stage, path in all_versions(team):
        if stage == "production":
            pins[path.name].append(f"it is promoted ({schema})")
    for project in team.projects():
        for run in list_runs(project):
            pins[run.definition.asset].append(f"the run {run.name} of {project} is trained on it")
    for entry in list_entries(team):
        pins[entry.record.asset].append(f"the vault entry {entry.name} {entry.digest[:12]} is made of it")
    return dict(pins)


def cache_pins(team: Team) -> Pins:
    """Return content digest → what cites that cache: asset versions, and schemas that name its file.

    Raises
    ------
    BadRecord
        If an asset or schema cannot be read.
    """
    pins: Pins = collections.defaultdict(list)
    for schema, _, path in all_versions(team):
        for data in Asset(path).manifest.get("data", ()):
            for digest in (*data["digests"], *data.get("quotes", {}).get("digests", ())):
                pins[digest].append(f"the asset {schema} {path.name[:12]} is built of it")
    homes = {one.home: one.digest for one in list_caches(team.folder("cache"))}
    for name, record in list_schemas(team).items():
        for data in record.data:
            try:
                kind = adapter_class(team, data.adapter)
                adapter = kind({**data.parameters, "paths": list(data.paths)}, team.folder("cache"))
                adapter.team = team
                every = [(one, path) for one in (adapter, *adapter.beside) for path in one.paths]
            except LitlabError:  # an adapter or a file of quotes that is gone: no cache could be found
                continue
            for one, path in every:
                if digest := homes.get(one.cache_home(path)):
                    pins[digest].append(f"the schema {name} names its file")
    return dict(pins)
