"""Enforced: what was checked of whole assets, remembered, and the one rule that says the word.

A feature is enforced in an asset where 1. the prover found nothing in its script, 2. the asset holds it and
what it reads as they are now, and 3. ``litlab.testing`` has checked the asset: no sample recorded a read
behind its index, its ticks use no hindsight, and its adapters keep the prefix law on raw files. 1. is
remembered by ``litlab.features.verdicts``, 3. here, in ``features/verdicts/assets/``, by the asset's digest;
it holds until an adapter or litlab changes. What nobody has checked is never called enforced.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import litlab
from litlab.adapters.loading import adapter_class
from litlab.assets.asset import Asset
from litlab.assets.checking import all_versions
from litlab.errors import LitlabError
from litlab.features.proof import CLEAN, ENFORCED
from litlab.features.verdicts import rests_on, try_remembered
from litlab.records import Record, digest_of
from litlab.workspace import Team


@dataclasses.dataclass(frozen=True)
class Enforced(Record):
    """An asset all of whose samples were checked.

    Attributes
    ----------
    schema, asset : str
        Which one: its schema and its digest.
    samples : int
        How many it has.
    text : str
        What that rests on, and what it does not cover.
    state : str
        Digest of the adapters and the litlab that were checked.
    """

    KIND: ClassVar[str] = "enforcement"

    schema: str
    asset: str
    samples: int
    text: str
    state: str


def remember(team: Team, asset: Asset, samples: int, text: str) -> Enforced:
    """Keep that an asset was checked, and found good."""
    made = Enforced(asset.schema, asset.digest, samples, text, _state(team, asset))
    made.save(_place(team, asset.digest))
    return made


def forget(team: Team, asset: Asset) -> None:
    """Keep nothing of an asset that was checked, and not found good."""
    _place(team, asset.digest).unlink(missing_ok=True)


def checked(team: Team, asset: Asset) -> Enforced | None:
    """Return what is remembered of an asset, None where it was not checked or something has changed since."""
    try:
        found = Enforced.load(_place(team, asset.digest))
        return found if found.state == _state(team, asset) else None
    except (LitlabError, OSError, KeyError):
        return None


def enforced(team: Team, script: str, params: Mapping[str, Any]) -> Enforced | None:
    """Return the checked asset with the most samples of a clean script with these parameters, None without.

    Parameters
    ----------
    script : str
    params : mapping
        As the feature was saved with.
    """
    every = (_opened(path) for _, _, path in all_versions(team))
    sound = [one for one in every if one is not None and _is_sound(team, one, script, params)]
    found = [told for one in sound if (told := checked(team, one))]
    return max(found, key=lambda one: one.samples, default=None)


def missing(team: Team, asset: Asset) -> str:
    """Say why an asset may not be called enforced: "" where it may, for all its inputs together."""
    unproved = [
        name
        for name, about in asset.manifest["features"].items()
        if not about.get("label")
        and not ("script" in about and _is_sound(team, asset, about["script"], about["params"]))
    ]
    if unproved:
        return f"no fresh proof of {', '.join(unproved)}"
    return "" if checked(team, asset) else "the prefix law of its adapters was not checked"


def refutation(team: Team, script: str, params: Mapping[str, Any]) -> str:
    """Return the verdict that refutes a script as it is now, and why; "" where none is remembered."""
    held = try_remembered(team, script, params)
    if held is None or not held[1] or not held[0].proof.refuted:
        return ""
    proof = held[0].proof
    return f"{proof.verdict}: {proof.evidence[0].text}" if proof.evidence else proof.verdict


def refuted(team: Team, asset: Asset) -> dict[str, str]:
    """Return the inputs of an asset whose scripts, as they made it, are refuted: name → verdict and why."""
    found = {}
    for name, about in asset.manifest["features"].items():
        if about.get("label") or "script" not in about:
            continue
        why = refutation(team, about["script"], about["params"])
        if why and _holds(team, asset, about["script"], about["params"]):
            found[name] = why
    return found


def looked_at(asset: Asset, script: str, params: Mapping[str, Any]) -> list[str]:
    """Return the other inputs of an asset that a script in it has looked at, and those that these have.

    An asset that does not say so may have looked at all.
    """
    features = asset.manifest["features"]
    inputs = {name for name, about in features.items() if not about.get("label")}
    told = asset.manifest.get("looked_at", {})
    wanted = {"script": script, "params": dict(params)}
    own = [name for name in inputs if {key: features[name].get(key) for key in wanted} == wanted]
    found, asked = set(own), list(own)
    while asked:
        seen = inputs.intersection(told.get(asked.pop(), inputs))
        asked += sorted(seen - found)
        found |= seen
    return sorted(found - set(own))


def _is_sound(team: Team, asset: Asset, script: str, params: Mapping[str, Any]) -> bool:
    """Tell whether a script is clean, and an asset holds it and what it reads as they are now.

    What it looked at while the asset was built, declared or not, has to be clean as well.
    """
    if not (_is_clean(team, script, params) and _holds(team, asset, script, params)):
        return False
    every = asset.manifest["features"]
    looked = [every[name] for name in looked_at(asset, script, params)]
    return all(_is_clean(team, one["script"], one["params"]) for one in looked)


def _is_clean(team: Team, script: str, params: Mapping[str, Any]) -> bool:
    held = try_remembered(team, script, params)
    return held is not None and held[1] and held[0].proof.verdict in (CLEAN, ENFORCED)


def _holds(team: Team, asset: Asset, script: str, params: Mapping[str, Any]) -> bool:
    """Tell whether an asset's features were made by a script, and what it reads, as they are now."""
    keys = ("script", "script_digest", "params")
    held = [{key: one.get(key) for key in keys} for one in asset.manifest["features"].values()]
    try:
        return all(one in held for one in rests_on(team, script, params))
    except LitlabError:
        return False


def _state(team: Team, asset: Asset) -> str:
    """Return the digest of what the prefix law was checked of: the adapters as they are now."""
    data = asset.manifest["schema_record"]["data"]
    found = [
        [one["adapter"], adapter_class(team, one["adapter"]).SOURCE_DIGEST, one["parameters"]] for one in data
    ]
    return digest_of([litlab.__version__, found])


def _place(team: Team, digest: str) -> Path:
    return team.folder("features") / "verdicts" / "assets" / f"{digest}.json"


@functools.lru_cache(maxsize=64)
def _opened(path: Path) -> Asset | None:
    """Return an asset's version, which never changes; None where it cannot be read."""
    try:
        return Asset(path)
    except (LitlabError, KeyError):
        return None
