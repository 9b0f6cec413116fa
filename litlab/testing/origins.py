"""The very ticks that an asset was built of: found by its manifest, wherever its schema was kept.

The manifest says which adapter, parameters, file names and digests, and no path. Paths stand in the saved
schema, in what builds of it have logged, in the team's projects, and in its folder ``raw/``; ticks with other
digests are others.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from litlab.adapters import TradersBaseAdapter, load_adapter
from litlab.assets import Asset
from litlab.errors import LitlabError
from litlab.schemas import Schema
from litlab.workspace import Team


def data_of(team: Team, asset: Asset) -> list[TradersBaseAdapter]:
    """Return adapters over the very ticks an asset was built of; [] where they are not there any more."""
    data = []
    record = asset.manifest["schema_record"]["data"]
    for number, (one, told) in enumerate(zip(record, asset.manifest["data"], strict=True)):
        cited = (*told["digests"], *told.get("quotes", {}).get("digests", ()))
        tried = set()
        for paths in _paths(team, asset.schema, number, told["files"]):
            if paths in tried:
                continue
            tried.add(paths)
            found = cached(team, one["adapter"], {**one["parameters"], "paths": list(paths)})
            if found is not None and found.digests == cited:
                data.append(found)
                break
        else:
            return []
    return data


def _paths(team: Team, schema: str, number: int, names: list[str]) -> Iterator[tuple[str, ...]]:
    """Yield the paths that a data set may have had, the likeliest first."""
    logs = sorted(team.folder("logs").glob(f"*/{schema}.json"), key=_number, reverse=True)
    for path in (team.folder("schemas") / f"{schema}.json", *logs):
        with suppress(LitlabError, OSError):
            data = Schema.load(path).data
            if number < len(data):
                yield tuple(data[number].paths)
    places = {path.name: str(path) for path in sorted(team.folder("raw").glob("*")) if path.is_file()}
    for project in team.projects():
        with suppress(LitlabError, OSError):
            places.update({Path(path).name: str(path) for path in project.record.paths})
    if all(name in places for name in names):
        yield tuple(places[name] for name in names)


def _number(path: Path) -> int:
    return int(path.parent.name) if path.parent.name.isdigit() else -1


def cached(team: Team, name: str, parameters: dict[str, Any]) -> TradersBaseAdapter | None:
    """Return an adapter whose files are all cached; None where one is not, or there is no such adapter."""
    try:
        found = load_adapter(team, name, parameters)
        there = all(one.is_cached(path) for one in (found, *found.beside) for path in one.paths)
        return found if there and isinstance(found, TradersBaseAdapter) and len(found) else None
    except LitlabError:
        return None
