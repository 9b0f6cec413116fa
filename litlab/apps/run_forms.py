"""The form that clones a run with changes: the fields of the Globals component, device and description."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litlab import engine
from litlab.canvases.settings import COMPONENT
from litlab.errors import BadParameter, LitlabError
from litlab.experiments import Run, clone_run
from litlab.forms import Field
from litlab.scripts import find_script
from litlab.sources import outline
from litlab.workspace import Team


def fields_of(team: Team) -> tuple[Field, ...]:
    """Return the fields: all training settings, where it runs, a person's words."""
    path = find_script(team, "components", COMPONENT)
    return (
        *_outlined(path, path.stat().st_mtime_ns),
        Field("device", "choice", "Where it is trained.", choices=tuple(engine.devices())),
        Field("description", "text", "Your words, kept beside the run."),
    )


@functools.lru_cache(maxsize=16)
def _outlined(path: Path, mtime_ns: int) -> tuple[Field, ...]:
    del mtime_ns
    return outline(path).fields


def cloned(run: Run) -> dict[str, Any]:
    """Return what stands in the form at first: the run's own settings."""
    settings = run.definition.settings
    found = {field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)}
    description = (run.folder / "description.txt").read_text("utf-8").strip()
    return {**found, "device": run.definition.device, "description": description}


def read(run: Run, posted: Mapping[str, Any]) -> tuple[Run | None, dict[str, str]]:
    """Start the clone that a form asks for.

    Returns
    -------
    clone : Run or None
        None where a field is wrong.
    problems : dict of str to str
        By field, what is wrong with it.
    """
    before, changes = cloned(run), dict[str, Any]()
    problems: dict[str, str] = {}
    for field in fields_of(run.project.team):
        value = posted.get(field.name)
        try:
            found = field.read(value) if value not in (None, "") else field.prefill()
        except BadParameter as problem:
            problems[field.name] = str(problem)
            continue
        found = tuple(found or ()) if field.kind == "list" else "" if found is None else found
        if found != before.get(field.name):
            changes[field.name] = found
    if problems:
        return None, problems
    try:
        return clone_run(run, start=True, **changes), {}
    except BadParameter as problem:
        return None, {str(problem.fields.get("name", "")): str(problem)}
    except LitlabError as problem:
        return None, {"description": str(problem)}
