"""What a look at a test part has seen: ticks of certain files, in an interval of time, under certain labels.

A rebuilt asset has another digest and may have the same test samples. So looks are counted by what was seen:
those at an asset whose test part meets another's in time, over a file that both have, for a label that both
have, are looks at the other, too.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litlab.assets import ledger
from litlab.assets.asset import Asset
from litlab.assets.checking import all_versions
from litlab.errors import LitlabError
from litlab.records import digest_of
from litlab.workspace import Team

Facts = dict[str, Any]


def seen_in(asset: Asset) -> Facts:
    """Return what a look at an asset's test part sees, as the ledger writes it down.

    Returns
    -------
    dict
        ``files``: digests of the raw files. ``labels``: digests of the labels' scripts and parameters, by
        name and not by source. ``from_ns``, ``to_ns``: the first test sample's moment, and when the last
        label ends; 0 where there is none.
    """
    manifest = asset.manifest
    labels = [about for about in manifest["features"].values() if about.get("label")]
    there = asset.count("test") > 0
    return {
        "files": sorted({digest for one in manifest.get("data", ()) for digest in one["digests"]}),
        "labels": sorted(digest_of([one.get("script"), one.get("params")])[:16] for one in labels),
        "from_ns": int(asset.as_of_ns("test").min()) if there else 0,
        "to_ns": int(asset.sample_column("test", "label_end_ns").max()) if there else 0,
    }


def meet(one: Facts, other: Facts) -> bool:
    """Tell whether two test parts share a file, a label and time.

    >>> seen = {"files": ["a"], "labels": ["up"], "from_ns": 10, "to_ns": 20}
    >>> meet(seen, {**seen, "from_ns": 20, "to_ns": 30}), meet(seen, {**seen, "from_ns": 21, "to_ns": 30})
    (True, False)
    """
    if not one["to_ns"] or not other["to_ns"]:
        return False
    shared = all(set(one[key]) & set(other[key]) for key in ("files", "labels"))
    return shared and one["from_ns"] <= other["to_ns"] and other["from_ns"] <= one["to_ns"]


def of_the_same(team: Team, asset: Asset | str, action: str) -> list[Facts]:
    """Return the facts of the ledger's entries of one action about an asset, or about the same test samples.

    Parameters
    ----------
    asset : Asset or str
        With a digest alone only entries that name it are found.
    """
    digest = asset if isinstance(asset, str) else asset.digest
    entries: list[Facts] = [one["facts"] for one in ledger.entries(team, action)]
    if isinstance(asset, str):
        return [one for one in entries if one.get("asset") == digest]
    own = seen_in(asset)
    places = {path.name: path for _, _, path in all_versions(team)}

    @functools.cache
    def known(other: str) -> Facts | None:
        return _seen_at(places[other]) if other in places else None

    def same(one: Mapping[str, Any]) -> bool:
        other = str(one.get("asset", ""))
        if other == digest:
            return True
        seen = one.get("test") or known(other)
        return seen is not None and meet(own, seen)

    return [one for one in entries if same(one)]


@functools.lru_cache(maxsize=256)
def _seen_at(path: Path) -> Facts | None:
    """Return what an asset's version, which never changes, has in its test part; None where none can tell."""
    try:
        return seen_in(Asset(path))
    except (LitlabError, OSError, KeyError):
        return None
