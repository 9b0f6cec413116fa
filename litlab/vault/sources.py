"""The sources that a model was made of and predicts with, kept with its entry."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litlab.errors import UnknownName
from litlab.features import Feature, LoadedFeature
from litlab.scripts import find_script
from litlab.workspace import Team


def find_source(team: Team | None, kind: str, name: str, digest: str) -> Path | None:
    """Return the script of this name whose source has this sha256; None where there is none.

    Parameters
    ----------
    team : Team or None
    kind : {"scripts", "components"}
    name, digest : str
    """
    try:
        path = find_script(team, kind, name)
    except UnknownName:
        return None
    return path if hashlib.sha256(path.read_bytes()).hexdigest() == digest else None


def copy_sources(folder: Path, team: Team, kind: str, wanted: Mapping[str, str]) -> None:
    """Copy the sources with these digests; one that is not here any more is left out.

    Parameters
    ----------
    folder : Path
        Made.
    wanted : mapping
        Script → sha256 of its source.
    """
    folder.mkdir()
    for name, digest in wanted.items():
        path = find_source(team, kind, name, digest)
        if path is not None:
            (folder / f"{name}.py").write_bytes(path.read_bytes())


def read_also(
    team: Team, features: Mapping[str, Mapping[str, Any]], every: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return the features of an asset that some of them read, and that are not among them.

    Parameters
    ----------
    team : Team
    features : mapping
        The model's inputs, as the asset's manifest tells them.
    every : mapping
        All features of the asset.
    """
    found: dict[str, dict[str, Any]] = {}
    todo = list(features.items())
    while todo:
        name, about = todo.pop()
        if find_source(team, "scripts", about["script"], about["script_digest"]) is None:
            continue
        loaded = LoadedFeature.load(team, Feature(name, about["script"], dict(about["params"])))
        for needed in loaded.requires:
            if needed in every and needed not in features and needed not in found:
                found[needed] = dict(every[needed])
                todo.append((needed, found[needed]))
    return found
