"""The adapter over a project's files as they are now: opened once, and anew when something has changed."""

from __future__ import annotations

import functools
from typing import Any

from litlab.adapters.adapter import Adapter
from litlab.adapters.loading import load_adapter_by_project
from litlab.workspace import Project


def current_adapter(project: Project) -> Any:
    """Return the adapter over a project's files, or None while it has none or not all are cached.

    One adapter serves all who ask in a process: it is opened anew when the record or a cache has changed.
    """
    if not project.record.paths:
        return None
    found = load_adapter_by_project(project.team.name, project.name, project.team.workspace)
    if not all(one.is_cached(path) for one in (found, *found.beside) for path in one.paths):
        return None
    return _opened(project, _state(found))


def _state(adapter: Adapter) -> tuple[str, ...]:
    """Return what changes when the files, the parameters or a cache do."""
    every = [(one, path) for one in (adapter, *adapter.beside) for path in one.paths]
    pointers = [(one.cache_home(path) / "CURRENT").read_text() for one, path in every]
    recipes = [str(one.recipe()) for one in (adapter, *adapter.beside)]
    return (*(str(path) for _, path in every), *recipes, *pointers)


@functools.lru_cache(maxsize=16)
def _opened(project: Project, state: tuple[str, ...]) -> Any:
    del state
    return load_adapter_by_project(project.team.name, project.name, project.team.workspace)
