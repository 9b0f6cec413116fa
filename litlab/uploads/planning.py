"""What shall become of raw files: cached by which adapter, taken into a project or out of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from litlab.adapters import Guess, load_adapter
from litlab.adapters.loading import adapter_class, expand
from litlab.adapters.quotes import QuotesBaseAdapter
from litlab.errors import BadParameter, LitlabError, MixedFormats
from litlab.uploads.caching import Task
from litlab.uploads.files import RawFile, guess_of, list_files
from litlab.workspace import Project, ProjectRecord


def plan_caching(
    project: Project,
    paths: Sequence[str | Path] = (),
    chosen: Mapping[Path, tuple[str, dict[str, Any]]] | None = None,
) -> list[Task]:
    """Return which adapter caches which files.

    Parameters
    ----------
    project : Project
        Its own adapter reads its files.
    paths : sequence of path or pattern
        By default all that ``list_files`` names, that are not cached, and that an adapter recognises.
    chosen : mapping of Path to (adapter, parameters), optional
        For files of no project: instead of what is proposed.

    Raises
    ------
    MissingFile, UnknownFormat
        And what a look at a broken file raises.
    """
    listed = {one.path: one for one in list_files(project) if one.part is None}
    wanted = [Path(path) for path in expand(paths)] if paths else _to_cache(listed)
    groups: dict[str, Task] = {}
    for path in wanted:
        file = listed.get(path) or RawFile(path, path.stat().st_size, "on disk")
        if file.in_project or path not in (chosen or {}):
            guess = guess_of(file)
            adapter, parameters = guess.adapter, guess.parameters
        else:
            adapter, parameters = (chosen or {})[path]
        key = f"{adapter} {sorted(parameters.items())}"
        task = groups.get(key, Task(adapter, dict(parameters), ()))
        groups[key] = dataclasses.replace(task, paths=(*task.paths, str(path)))
    return list(groups.values())


def _to_cache(listed: Mapping[Path, RawFile]) -> list[Path]:
    """Return the files that are not cached and that some adapter reads."""
    found = []
    for path, one in listed.items():
        with suppress(LitlabError):
            if one.can_be_cached and guess_of(one):
                found.append(path)
    return found


def add_files(
    project: Project,
    paths: Sequence[str | Path],
    adapter: str = "",
    parameters: Mapping[str, Any] | None = None,
) -> ProjectRecord:
    """Add files to a project; the first ones decide the adapter that reads them all.

    Parameters
    ----------
    project : Project
    paths : sequence of path or pattern
    adapter : str, optional
        By default what read the files before, or a look at them proposes.
    parameters : mapping, optional
        Of `adapter`.

    Raises
    ------
    MixedFormats
        If another adapter reads one of them than the project's; MissingFile, UnknownFormat.
    """
    listed = {one.path: one for one in list_files(project)}
    files = [listed.get(Path(path)) or RawFile(Path(path), 0, "on disk") for path in expand(paths)]
    if not files:
        raise BadParameter(name="paths", given=[], wanted="at least one file is needed")
    given = Guess(adapter, dict(parameters or {}), 1.0, ()) if adapter else None
    guesses = {one.path: given or guess_of(one) for one in files}

    def change(record: ProjectRecord) -> ProjectRecord:
        first = next(iter(guesses.values()))
        name, read = first.adapter, first.parameters
        if issubclass(adapter_class(project.team, name), QuotesBaseAdapter):
            wanted = "a project reads trades; its parameter quotes names the quotes that lie beside them"
            raise BadParameter(name="adapter", given=name, wanted=wanted)
        if record.paths:
            name, read = record.adapter, record.parameters
        for path, guess in guesses.items():
            if guess.adapter != name:
                told = f"{path.name} is {guess.adapter}, the project {project.name} reads {name}"
                raise MixedFormats(found=told)
        every = dict.fromkeys([*record.paths, *map(str, guesses)])
        return dataclasses.replace(record, adapter=name, parameters=dict(read), paths=tuple(every))

    return project.revise(change)


def take_out(project: Project, paths: Sequence[str | Path]) -> ProjectRecord:
    """Take files out of a project; the files and their caches stay."""
    gone = {str(Path(path).absolute()) for path in paths}

    def change(record: ProjectRecord) -> ProjectRecord:
        kept = tuple(path for path in record.paths if str(Path(path).absolute()) not in gone)
        return dataclasses.replace(record, paths=kept)

    return project.revise(change)


def use_adapter(project: Project, adapter: str, parameters: Mapping[str, Any]) -> ProjectRecord:
    """Read a project's files with another adapter or other parameters; they have to be cached anew.

    Raises
    ------
    UnknownName, BadParameter
        If there is no such adapter, or it takes no such parameters.
    """
    load_adapter(project.team, adapter, {**parameters, "paths": []})
    return project.update(adapter=adapter, parameters=dict(parameters))
