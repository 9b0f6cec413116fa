"""Removing a saved feature that nothing uses."""

from __future__ import annotations

import collections
import json

from litlab import atomic
from litlab.errors import LitlabError, Pinned, UnknownName
from litlab.features import list_features
from litlab.schemas import list_schemas
from litlab.scripts import find_script
from litlab.sources import outline
from litlab.upkeep.pins import Pins
from litlab.workspace import Team


def feature_pins(team: Team) -> Pins:
    """Return feature → what uses it: features that read it, schemas, projects, deployments' canvases.

    Built assets and vault entries hold all they need of a feature themselves, and use none.
    """
    pins: Pins = collections.defaultdict(list)
    for name, feature in list_features(team).items():
        try:
            needed = outline(find_script(team, "scripts", feature.script)).requires(feature.params)
        except LitlabError:  # a script that is gone or broken reads nothing any more
            continue
        for one in needed:
            pins[one].append(f"the feature {name} reads it")
    for name, schema in list_schemas(team).items():
        for one in (*schema.features, *schema.labels):
            pins[one].append(f"the schema {name} names it")
    for project in team.projects():
        for one in project.record.features:
            pins[one].append(f"the project {project.name} has it selected")
    for path in sorted(team.folder("canvases").glob("*.litcanvas.json")):
        for one in _named_in(path.read_text("utf-8", "replace")):
            pins[one].append(f"the canvas {path.name.partition('.')[0]} names it")
    return dict(pins)


def remove_feature(team: Team, name: str) -> None:
    """Remove a saved feature.

    Raises
    ------
    UnknownName
        If there is none; Pinned if something uses it.
    """
    known = list_features(team)
    if name not in known:
        raise UnknownName(kind="feature", given=name, known=known)
    if reasons := feature_pins(team).get(name):
        raise Pinned(what=f"The feature {name}", pins="; ".join(reasons))
    path = team.folder("features") / f"{name}.json"
    path.unlink()
    atomic.sync_folder(path.parent)


def _named_in(text: str) -> set[str]:
    """Return what the nodes of a canvas name as their feature or label."""
    try:
        nodes = json.loads(text)["nodes"]
        params = [node.get("params", {}) for node in nodes]
        return {str(one[key]) for one in params for key in ("feature", "label") if one.get(key)}
    except (ValueError, KeyError, TypeError, AttributeError):
        return set()
