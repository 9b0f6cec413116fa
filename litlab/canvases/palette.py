"""What can be put on a canvas, as JSON: every component with its form, and what its fields may hold.

``palette`` reads component scripts as text (``litlab.sources``) and runs none of them: a page that lists them
never waits for TensorFlow, nor for somebody's code. ``choices`` names what is there to choose from.

A component may say in its own lines, as plain values, ``WIRES = (least, most)``, ``GROUP = "Sequence"``, the
heading it stands under, and ``TITLE = "LSTM"`` where its name alone would read badly.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from litlab import engine, plugins
from litlab.assets import Asset
from litlab.canvases.named import asset_of, is_promoted
from litlab.errors import BadParameter, LitlabError
from litlab.forms import Field
from litlab.scripts import list_scripts
from litlab.sources import Outline, constants, origin, outline
from litlab.workspace import Team

GROUPS = ("Data", "Layers", "Windows", "Sequence", "Steadying", "Joining", "Training", "Imported")
_OWN = "Own"  # the heading of components that name none
_SHIPPED = "traders"  # the plugin that comes with litlab


def palette(team: Team | None = None) -> list[dict[str, Any]]:
    """Return every component that can be found, by group, then title.

    Parameters
    ----------
    team : Team, optional
        Whose own components come first where two have one name.

    Returns
    -------
    components : list of dict
        ``component``, ``title``, ``group``, ``summary``, ``source`` ("shipped", "team" or a plugin's name),
        ``wires`` [least, most or None], ``stands_alone``, ``is_output``, ``fields``; ``shares`` is the field
        that names another node, or None; ``problem`` is why a script cannot be read, "" where it can.

    Examples
    --------
    >>> found = {one["component"]: one for one in palette()}
    >>> found["lstm"]["title"], found["lstm"]["group"], found["add"]["wires"]
    ('LSTM', 'Sequence', [2, None])
    >>> found["dense"]["fields"][0]["name"], found["dense"]["fields"][0]["default"]
    ('units', 32)
    """
    found = [_described(team, name, path) for name, path in list_scripts(team, "components").items()]
    rank = {group: at for at, group in enumerate(GROUPS)}
    return sorted(found, key=lambda one: (rank.get(one["group"], len(rank)), one["group"], one["title"]))


def choices(team: Team, asset: str = "") -> dict[str, list[Any]]:
    """Return what a canvas's fields and settings may be chosen from.

    Parameters
    ----------
    team : Team
    asset : str
        Schema or digest of the asset whose features and labels are offered; none are without one.

    Returns
    -------
    choices : dict
        ``feature`` and ``label``: names in the asset; ``projects``: of the team; ``assets``: id, title, stage
        and whether it is promoted; ``devices``: of this machine.
    """
    found = _asset(team, asset)
    return {
        "feature": list(found.inputs) if found else [],
        "label": list(found.labels) if found else [],
        "projects": [str(one) for one in team.projects()],
        "assets": _assets(team),
        "devices": engine.devices(),
    }


def _asset(team: Team, named: str) -> Asset | None:
    try:
        return asset_of(team, named)
    except LitlabError:  # it is said where the canvas is looked over
        return None


def _assets(team: Team) -> list[dict[str, Any]]:
    found = []
    for name in sorted(path.name for path in team.folder("assets").iterdir() if path.is_dir()):
        asset = _asset(team, name)
        if asset is None:
            continue
        promoted = is_promoted(asset)
        title = f"{name}, {asset.count('train'):,} samples" + ("" if promoted else ", not promoted")
        stage = "production" if promoted else "queue"
        found.append({"id": name, "title": title, "stage": stage, "promoted": promoted})
    return found


def _described(team: Team | None, name: str, path: Path) -> dict[str, Any]:
    whose = "team" if team is not None and path.parent == team.folder("components") else _whose(team, path)
    about = {
        "component": name, "title": _title(name), "group": _OWN, "summary": "", "source": whose,
        "wires": [1, None], "stands_alone": False, "is_output": False, "fields": [], "shares": None,
        "problem": "",
    }  # fmt: skip
    try:
        found, said = outline(path), constants(path)
    except LitlabError as problem:
        return {**about, "problem": str(problem)}
    kinds = {field.kind for field in found.fields}
    wires = _wires(said.get("WIRES"))
    return {
        **about,
        "title": str(said.get("TITLE") or about["title"]),
        "group": str(said.get("GROUP") or _OWN),
        "summary": found.about,
        "wires": wires,
        "stands_alone": wires == [0, 0] and "feature" not in kinds,
        "is_output": "label" in kinds,
        "fields": [_field(field) for field in found.fields],
        "shares": said.get("SHARES"),
        "problem": _missing(found, said),
    }


def _whose(team: Team | None, path: Path) -> str:
    owner = origin(team, path) if team is not None else plugins.owner("component_folders", path)
    return "shipped" if owner == _SHIPPED else owner or "plugin"


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _plain(help_: str) -> str:
    """Return a field's help as it reads in a form: brackets mark an example in the script only.

    >>> _plain("The input of the asset; e.g. 1-[minute] bars")
    'The input of the asset; e.g. 1-minute bars'
    """
    return re.sub(r"\[([^][]*)\]", r"\1", help_)


def _wires(said: Any) -> list[int | None]:
    """Return the least and the largest number of wires; any from one on where it is not said plainly."""
    if isinstance(said, (tuple, list)) and len(said) == 2 and isinstance(said[0], int):
        return [said[0], said[1] if isinstance(said[1], int) else None]
    return [1, None]


def _missing(found: Outline, said: dict[str, Any]) -> str:
    return "" if "make_component" in said else f"{found.path.name} defines no function make_component."


def _field(field: Field) -> dict[str, Any]:
    """Return a field of a form as JSON; ``type`` says what a value, or an item of a list, must be."""
    kind = field.kind
    type_ = "boolean" if kind == "boolean" else "text"
    if kind == "number" or (kind == "list" and field.is_numeric):
        type_ = "whole" if field.whole else "number"
    default: Any = None
    if field.default:
        try:
            default = field.read(field.default)
        except BadParameter:  # a form that cannot be its own default; it is said where the script is loaded
            default = None
    return {
        "name": field.name, "kind": kind, "type": type_, "default": default,
        "choices": list(field.choices) or None, "least": field.low, "most": field.high, "unit": "",
        "help": _plain(field.help), "wanted": field.wanted(), "prefill": field.prefill(),
    }  # fmt: skip
