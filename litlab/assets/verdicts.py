"""What can leak into an asset other than by a feature's code, one verdict each.

A verdict is {"name", "verdict": "clean" | "leak" | "warning" | "unknown", "text"}: a leak makes scores
worthless, a warning is for a person to judge, unknown means that nothing here could tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.assets import enforced
from litlab.assets.asset import PARTS, Asset
from litlab.assets.statistics import statistics
from litlab.schemas.schema import FORWARD
from litlab.workspace import Team

COPIED = 0.45  # |AUC − 0.5|
DRIFTED = 0.25  # PSI
TWINS = 0.01  # share of held-out samples whose inputs are a training sample's

Verdict = dict[str, str]


def _said(name: str, verdict: str, text: str) -> Verdict:
    return {"name": name, "verdict": verdict, "text": text}


def reads(asset: Asset, team: Team | None = None) -> Verdict:
    """Judge the recorded reads of every sample: inputs end at the index, labels are in order.

    They are called enforced where the team remembers all that the word rests on (``enforced.missing``).
    """
    bad = every = 0
    for part in PARTS:
        index = asset.index(part)
        ahead = (asset.read_hi(part) > index + 1) | (asset.read_lo(part) > index)
        lo, hi = asset.sample_column(part, "label_lo"), asset.sample_column(part, "label_hi")
        bad += int((ahead | (lo > hi)).sum())
        every += len(index)
    if bad:
        return _said("reads", "leak", f"{bad:,} of {every:,} samples recorded a read after their index")
    if not every:
        return _said("reads", "unknown", "there is no sample")
    if refuted := enforced.refuted(team, asset) if team is not None else {}:
        every_one = "; ".join(f"{feature} is {why}" for feature, why in refuted.items())
        return _said("reads", "leak", every_one)
    text = f"all {every:,} samples read no tick after their index"
    why = "nobody was asked what was proved" if team is None else enforced.missing(team, asset)
    if why:
        return _said("reads", "clean", f"{text}. Not called enforced: {why}")
    told = enforced.checked(team, asset) if team is not None else None
    return _said("reads", "clean", f"enforced: {text}; {told.text if told else ''}")


def borders(asset: Asset) -> Verdict:
    """Judge whether a label reads into a part held out from its own."""
    name = "purge"
    kind = asset.manifest.get("schema_record", {}).get("split", {}).get("kind")
    if kind is None:
        return _said(name, "unknown", "the manifest does not say how the parts were divided")
    across = _behind(asset) if kind in FORWARD else _overlaps(asset)
    if across:
        return _said(name, "leak", f"the labels of {across:,} samples read into a part held out from them")
    gone = sum(int(count) for count in asset.manifest.get("purged", {}).values())
    return _said(name, "clean", f"no label reads into a part held out from it; {gone:,} samples were purged")


def _behind(asset: Asset) -> int:
    """Count samples whose label ends where a later part has begun."""
    found = 0
    for number, part in enumerate(PARTS[:-1]):
        later = [asset.as_of_ns(one) for one in PARTS[number + 1 :] if asset.count(one)]
        if later:
            begins = min(int(one.min()) for one in later)
            found += int((asset.sample_column(part, "label_end_ns") >= begins).sum())
    return found


def _overlaps(asset: Asset) -> int:
    """Count samples whose label's ticks meet those of a label held out from them."""
    found = 0
    for number, part in enumerate(PARTS[:-1]):
        for instrument in np.unique(asset.instrument(part)):
            mine = _label_reads(asset, [part], instrument)
            held = _label_reads(asset, PARTS[number + 1 :], instrument)
            held = held[np.argsort(held[:, 0], kind="stable")]
            furthest = np.maximum.accumulate(held[:, 1]) if len(held) else held[:, 1]
            before = np.searchsorted(held[:, 0], mine[:, 1], "left") - 1
            there = before >= 0
            found += int((furthest[before[there]] > mine[there, 0]).sum())
    return found


def _label_reads(asset: Asset, parts: Sequence[str], instrument: int) -> npt.NDArray[np.int64]:
    """Return the label reads of one instrument's samples, (n, 2) int64 half open."""
    pieces = []
    for part in parts:
        own = asset.instrument(part) == instrument
        spans = [asset.sample_column(part, name)[own] for name in ("label_lo", "label_hi")]
        pieces.append(np.stack(spans, 1))
    return np.concatenate(pieces)


def learned(asset: Asset) -> Verdict:
    """Judge whether the statistics that networks normalise by are those of the training part alone."""
    name, wrong = "learned statistics", []
    for feature in asset.manifest["order"]:
        told, again = asset.manifest["statistics"][feature], statistics(asset.array("train", feature))
        same = all(told[key] == again[key] for key in ("min", "max", "count", "nan"))
        # An older asset's mean was summed in another order.
        mean, fresh, low, high = (
            np.array(found[key], np.float64)
            for found, key in ((told, "mean"), (again, "mean"), (again, "min"), (again, "max"))
        )
        near = np.isclose(mean, fresh, rtol=0, atol=0, equal_nan=True)
        near |= np.abs(mean - fresh) <= 1e-9 * np.maximum(np.abs(low), np.abs(high))
        if not same or not near.all():
            wrong.append(feature)
    if wrong:
        return _said(name, "leak", f"not those of the training part: {', '.join(wrong)}")
    return _said(
        name, "clean",
        "of the training part alone: minimum, maximum, mean and count, computed again from all its "
        f"{asset.count('train'):,} samples, are what networks normalise by",
    )  # fmt: skip


def twins(asset: Asset, found: dict[str, int]) -> Iterator[Verdict]:
    """Judge duplicated inputs across parts, and within train."""
    pairs = (("validation", "train"), ("test", "train"), ("test", "validation"))
    across = [(found[f"{part}_in_{other}"], part, other) for part, other in pairs]
    there = [f"{count:,} of {part} also in {other}" for count, part, other in across if count]
    worst = max(count / max(asset.count(part), 1) for count, part, _ in across)
    verdict = "clean" if not there else "leak" if worst > TWINS else "warning"
    text = "; ".join(there) or "no sample's inputs are those of a sample of another part, byte for byte"
    yield _said("duplicates across parts", verdict, text)
    share = found["train"] / max(asset.count("train"), 1)
    text = f"{found['train']:,} training samples ({share:.1%}) have the inputs of an earlier one"
    yield _said("duplicates in train", "warning" if found["train"] else "clean", text)


def copied(copies: list[dict[str, Any]]) -> Verdict:
    """Judge whether one cell of an input is the label."""
    name = "label in an input"
    if not copies:
        return _said(name, "unknown", "too few training samples, or a label of one value")
    texts = [
        f"{one['label']}: {one['feature']}.{one['column']} in row {one['row']} has {one['measure']} "
        f"{one['value']:.3f}"
        for one in copies
    ]
    worst = max(one["strength"] for one in copies)
    return _said(name, "leak" if worst > COPIED else "clean", "nearest to " + "; ".join(texts))


def hindsight(asset: Asset) -> Verdict:
    """Judge whether late, corrected or adjusted prints are used as if they had been known."""
    name, why = "hindsight in the data", asset.manifest.get("hindsight")
    if why is None:
        return _said(name, "unknown", "this asset was built before data sets said so")
    if why:
        return _said(name, "warning", f"uses {', '.join(why)}: ticks know what came after them")
    return _said(name, "clean", "ticks as received: none late in order, corrected or adjusted afterwards")


def constants(columns: list[dict[str, Any]]) -> Verdict:
    """Judge columns that hold one value only."""
    still = [f"{one['feature']}.{one['column']}" for one in columns if one["min"] == one["max"]]
    text = f"{len(still)} of {len(columns)} columns hold one value: {', '.join(still)}" if still else "none"
    return _said("constant columns", "warning" if still else "clean", text)


def drifts(rows: list[dict[str, Any]]) -> Verdict:
    """Judge how far columns of the held-out parts have moved from train."""
    worst = [(value, one, part) for one in rows for part, value in one["psi"].items() if value is not None]
    if not worst:
        return _said("drift", "unknown", "there is no held-out sample")
    many = len({(one["feature"], one["column"]) for value, one, _ in worst if value > DRIFTED})
    value, one, part = max(worst, key=lambda found: found[0])
    most = f"{one['feature']}.{one['column']} has {value:.2f} in {part}"
    text = f"{many} of {len(rows)} columns have a PSI above {DRIFTED}; the most, {most}"
    return _said("drift", "warning" if many else "clean", text)


def looks(count: int | None) -> Verdict:
    """Judge how often the test part was looked at; None where nobody knows."""
    if count is None:
        return _said("test looks", "unknown", "the team's ledger counts the looks; this asset is in none")
    times = "never looked at" if not count else f"looked at {'once' if count == 1 else f'{count:,} times'}"
    return _said("test looks", "warning" if count > 1 else "clean", f"test {times}")
