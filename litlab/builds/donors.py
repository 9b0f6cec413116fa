"""What an older build of the same ticks has: the features that would come out the same are taken over."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt

from litlab.assets import hdf
from litlab.builds.plan import Chunk
from litlab.builds.stored import Made, feature_file, samples_of, verified
from litlab.features import LoadedFeature

Array = npt.NDArray[Any]


@dataclasses.dataclass(frozen=True)
class Donor:
    """An older chunk of the same base: its samples, and the features of it that would come out the same."""

    columns: dict[str, Array]
    made: dict[str, Made]
    ticks: list[str] | None
    plain: set[str]


def donor_of(
    chunk: Chunk, features: Sequence[LoadedFeature], digests: Sequence[str], plain: Collection[str] = ()
) -> Donor | None:
    """Return the older chunk with most of the given features, None where none has any.

    Parameters
    ----------
    features : sequence of LoadedFeature
        In computing order, gates left out.
    plain : collection of str
        Features and gates whose fast form must not have been used.
    """
    inputs = {feature.name for feature in features}
    best: tuple[int, Path, list[str]] = (0, Path(), [])
    for master, about in _older(chunk):
        fast = set(plain) - set(about["plain"])
        if fast - inputs:  # a gate's: the samples may be others
            continue
        names = _equal([one for one in features if one.name not in fast], about["features"])
        others = [one for one in about["features"] if one["name"] not in names]
        # Samples that a feature we do not have took out are missing here.
        if about["base"] == chunk.base and len(names) > best[0] and not any(o["rejected"] for o in others):
            best = len(names), master, names
    count, master, names = best
    whole = verified(master, digests) if count else None
    if whole is None:
        return None
    made = {}
    for one in whole["features"]:
        if one["name"] in names:
            path = feature_file(master, one["name"])
            facts = {name: value for name, value in one.items() if name != "samples"}
            values, reads = hdf.mapped(path, "values"), hdf.mapped(path, "reads")
            made[one["name"]] = Made(**facts, values=values, reads=reads, source=path)
    kept = {one["name"] for one in whole["features"]}
    plain = {name for name in whole["plain"] if name in made or name not in kept}
    return Donor(samples_of(master), made, whole["ticks"], plain)


def _older(chunk: Chunk) -> Iterator[tuple[Path, dict[str, Any]]]:
    master = Path(chunk.path)
    base = master.parent.name.split("-")[0]
    for folder in sorted(master.parent.parent.glob(f"{base}-*")):
        path = folder / master.name
        try:
            about = json.loads(path.with_suffix(".json").read_text())
            if path != master and isinstance(about["features"], list) and isinstance(about["plain"], list):
                yield path, about
        except (OSError, ValueError, KeyError, TypeError):
            continue


def _equal(features: Sequence[LoadedFeature], older: Sequence[dict[str, Any]]) -> list[str]:
    """Return the features that come out of both builds alike.

    That is: the same script and parameters, and whatever it looked at of the features before it is alike.
    """
    then = {one["name"]: (place, one) for place, one in enumerate(older)}
    alike: list[str] = []
    before: list[str] = []
    for feature in features:
        found = then.get(feature.name)
        if found is not None and found[1]["about"] == feature.about():
            place, one = found
            handed = [o["name"] for o in older[:place] if one["label"] or not o["label"]]
            now = [name for name in before if feature.is_label or name not in _labels(features)]
            looked = one["seen"]
            if looked is None:
                same = handed == now and all(name in alike for name in now)
            else:
                same = all(
                    (name in handed) == (name in now) and (name not in now or name in alike)
                    for name in looked
                )
            if same:
                alike.append(feature.name)
        before.append(feature.name)
    return alike


def looked_at(facts: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, list[str]]:
    """Return which of these features each script looked at in some chunk, declared or not.

    Parameters
    ----------
    facts : sequence of mapping
        The chunks' sidecars.
    names : sequence of str
        The asset's features; one that went through all of them looked at each.
    """
    found: dict[str, set[str]] = {name: set() for name in names}
    for one in (feature for fact in facts for feature in fact["features"]):
        if one["name"] in found:
            seen = names if one["seen"] is None else one["seen"]
            found[one["name"]] |= set(seen) & set(names) - {one["name"]}
    return {name: sorted(seen) for name, seen in found.items()}


def _labels(features: Sequence[LoadedFeature]) -> set[str]:
    return {feature.name for feature in features if feature.is_label}
