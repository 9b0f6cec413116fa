"""Finding an adapter: the team's own copy of a name, then what plugins name."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from litlab import engine, plugins
from litlab.adapters.adapter import Adapter
from litlab.adapters.parameters import paths_of
from litlab.errors import BadScript, MissingFile
from litlab.scripts import load_script
from litlab.ticks.progress import Progress
from litlab.workspace import Team, Workspace


def adapter_class(team: Team | None, name: str) -> type[Adapter]:
    """Return the class of an adapter: ``adapters/<name>.py`` of the team, else a plugin's.

    Raises
    ------
    UnknownName
        With the nearest known name; BadScript if the team's file defines no adapter.
    """
    own = team.folder("adapters") / f"{name}.py" if team is not None else None
    if own is None or not own.is_file():
        found: type[Adapter] = plugins.load_named("adapters", name)
        return found
    script = load_script(own)
    module = script.module
    classes = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Adapter) and value.__module__ == module.__name__
    ]
    if len(classes) != 1:
        raise BadScript(path=own, line=1, reason=f"it defines {len(classes)} adapter classes; wanted one")
    classes[0].SOURCE_DIGEST = script.digest
    return classes[0]


def load_adapter(
    team: str | Team, name: str, parameters: Mapping[str, Any], workspace: Workspace | None = None
) -> Any:
    """Return an adapter over the files ``parameters["paths"]``; patterns are expanded.

    Parameters
    ----------
    team : str or Team
    name : str
        "lseg", "csv", a plugin's or the team's own.
    parameters : mapping
        ``paths`` and the adapter's own parameters.
    workspace : Workspace, optional
        ``$LITLAB_HOME`` by default; ignored where `team` is a Team.

    Raises
    ------
    MissingFile
        If a path or pattern names nothing.
    """
    if not isinstance(team, Team):
        team = (workspace or Workspace()).team(team)
    given = {**parameters, "paths": expand(parameters.get("paths", []))}
    adapter = adapter_class(team, name)(given, team.folder("cache"))
    adapter.team = team
    return adapter


def load_adapter_by_project(team: str | Team, project: str, workspace: Workspace | None = None) -> Any:
    """Return the adapter over a project's files; a team's name is looked up in the workspace."""
    found = (
        team.project(project) if isinstance(team, Team) else (workspace or Workspace()).project(team, project)
    )
    record = found.record
    return load_adapter(found.team, record.adapter, {**record.parameters, "paths": list(record.paths)})


def expand(patterns: Sequence[str | Path]) -> list[str]:
    """Return the files that paths and patterns name, absolute, without repetition; MissingFile for none."""
    files: dict[str, None] = {}
    for text in map(str, paths_of(patterns)):
        found = [text] if Path(text).is_file() else sorted(glob.glob(text, recursive=True))
        if not found:
            raise MissingFile(path=text)
        files.update({os.path.abspath(one): None for one in found})
    return list(files)


def cache_files(
    adapter: Adapter, workers: int | None = None, progress: Callable[[Progress], None] | None = None
) -> None:
    """Cache every file of an adapter that is not cached yet, its quotes among them, several at once.

    A cache of an older format is brought to the present one without reading its raw file. Threads serve:
    inflating, parsing and hashing release the interpreter's lock.

    Parameters
    ----------
    progress : callable, optional
        Told of each file how far it has come, from the threads.
    """

    def one(source: Adapter, path: Path) -> None:
        twin = type(source)({**source.parameters, "paths": [str(path)]}, source.cache)
        if not twin.migrate_cache(path):
            twin.create_cache_file(path, progress)

    every = [(source, path) for source in (adapter, *adapter.beside) for path in source.paths]
    todo = [(source, path) for source, path in every if not source.is_cached(path)]
    with engine.threads(min(workers or engine.cores(), max(len(todo), 1))) as pool:
        for future in [pool.submit(one, *task) for task in todo]:
            future.result()
