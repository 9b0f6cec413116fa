"""From "no leak found" to "enforced": what was computed, all of it, and not a sample of it.

1. ``own_data`` finds the ticks that a team's feature stands on: those of an asset that holds it, else its
project's. 2. The prover puts the script to its probes there. 3. ``enforced`` goes on where an asset holds
the feature as it is now: every sample was computed through a view that ends at its index, and no recorded
read lies behind it. 4. That rests on the ticks themselves: the prefix law of every adapter behind the asset
is checked again on raw files, and data that use hindsight enforce nothing. 5. Proof and check are remembered;
badges and audits say "enforced" by that memory alone (``litlab.assets.enforced``).
"""

from __future__ import annotations

import dataclasses
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from litlab.adapters import Adapter, TradersBaseAdapter, cache_files
from litlab.assets import Asset, open_asset
from litlab.assets import enforced as memory
from litlab.assets.asset import PARTS, STAGES
from litlab.bars import gather
from litlab.errors import LitlabError
from litlab.features import LoadedFeature, verdicts
from litlab.features.proof import CLEAN, ENFORCED, READ, UNKNOWN, Evidence, Proof
from litlab.features.prover import SAMPLES, prove
from litlab.features.tested import loaded_with_needs
from litlab.features.trial import required
from litlab.features.verdicts import Verdict
from litlab.features.workbench import Workbench
from litlab.scripts import find_script
from litlab.sources import outline
from litlab.testing.adapters import check_adapter
from litlab.testing.origins import cached, data_of
from litlab.ticks.columns import TIMESTAMP
from litlab.ticks.sample import write_sample
from litlab.workspace import Project, Team

RAW_ROWS = 20_000  # of a raw file that the prefix law is checked on
_LAW = ("file", "prefix", "future")
NOT_COVERED = "hindsight in the vendor's data, choice of universe, split and selection"


def prove_feature(
    feature: LoadedFeature,
    others: Sequence[LoadedFeature] = (),
    *,
    team: Team | None = None,
    adapter: TradersBaseAdapter | None = None,
    samples: int = SAMPLES,
    seed: int = 7,
) -> Proof:
    """Say what is known of a feature's reads of the future, the strongest that can be said.

    Parameters
    ----------
    feature : LoadedFeature
    others : sequence of LoadedFeature
        Those that it may require.
    team : Team, optional
        Whose assets may hold it.
    adapter : TradersBaseAdapter, optional
        The ticks to ask about: the team's own by default (``own_data``), a small sample tape without.
    samples, seed : int
        As in ``litlab.features.prover.prove``.

    Returns
    -------
    proof : Proof
        "enforced" where the probes find nothing, an asset over the same ticks holds the feature with the same
        scripts and parameters, and its adapters keep the prefix law; `samples` and the reads are those of the
        whole asset then.
    """
    data = adapter or (own_data(team, feature, others) if team is not None else None)
    if data is not None:
        proof = prove(data, feature, others, samples, seed)
        if team is None:
            return proof
        if proof.verdict == CLEAN:
            proof = _inherited(team, data, feature, others, samples, seed) or proof
        _keep(team, feature, proof, len(data))
        return enforced(team, data, feature, others, proof)
    with tempfile.TemporaryDirectory(prefix="litlab-") as folder:
        return prove(sample_data(Path(folder)), feature, others, samples, seed)


def prove_script(
    project: Project,
    script: str,
    params: Mapping[str, Any],
    samples: int = SAMPLES,
    seed: int = 7,
    limit_s: float = verdicts.LIMIT_S,
    bench: Workbench | None = None,
) -> Verdict:
    """Prove a script in a process of its own, and check the assets that hold it; both are remembered.

    Takes and raises what ``litlab.features.verdicts.prove_feature`` does. ``litlab.assets.enforced.enforced``
    tells afterwards in which asset the script is enforced.
    """
    own = bench or Workbench()
    try:
        made = verdicts.prove_feature(project, script, params, samples, seed, limit_s, own)
        if made.proof.verdict == CLEAN:
            ran = own.run(
                _check_holding, project.team, script, made.params, samples, seed,
                script=script, limit_s=limit_s,
            )  # fmt: skip
            if ran.value is not None:
                made = verdicts.keep(project.team, script, made.params, ran.value, made.project, made.ticks)
    finally:
        if bench is None:
            own.close()
    return made


def _check_holding(team: Team, script: str, params: dict[str, Any], samples: int, seed: int) -> Proof | None:
    """Check the assets that hold a script; return what it inherits of what it looked at there."""
    *others, feature = loaded_with_needs(team, script, params)
    for asset in _holding(team, feature, others):
        if data := data_of(team, asset):
            if found := _inherited(team, data[0], feature, others, samples, seed):
                return found
            check_asset(team, asset, data)
    return None


def _inherited(
    team: Team,
    adapter: TradersBaseAdapter,
    feature: LoadedFeature,
    others: Sequence[LoadedFeature],
    samples: int,
    seed: int,
) -> Proof | None:
    """Return the verdict on what a script looked at in the assets that hold it, None where that is clean.

    Every feature that was computed before it is handed to a script, whether it declares it or not.
    """
    script = feature.feature.script
    for asset in _holding(team, feature, others):
        if "looked_at" not in asset.manifest:  # built before: it neither refutes nor enforces
            continue
        for name in memory.looked_at(asset, script, feature.params):
            about = asset.manifest["features"][name]
            found = _proof_of(team, adapter, about, samples, seed)
            if found.verdict not in (CLEAN, ENFORCED):
                text = f"in the asset {asset.schema} it looks at the feature {name!r}: {found}"
                own = feature.script.path.name
                return dataclasses.replace(
                    found, script=own, evidence=(Evidence("features", -1, 0, text), *found.evidence)
                )
    return None


def _proof_of(
    team: Team, adapter: TradersBaseAdapter, about: dict[str, Any], samples: int, seed: int
) -> Proof:
    """Return the proof of a feature of an asset, the remembered one where it still holds."""
    script, params = about["script"], about["params"]
    try:
        *needs, other = loaded_with_needs(team, script, params)
    except LitlabError as problem:
        return Proof(script, UNKNOWN, 0, evidence=(Evidence("features", -1, 0, str(problem)),))
    if other.script.digest != about["script_digest"]:
        text = "its script was changed after the asset was built"
        return Proof(script, UNKNOWN, 0, evidence=(Evidence("features", -1, 0, text),))
    held = verdicts.remembered(team, script, params)
    if held is not None and held[1]:
        return held[0].proof
    proof = prove(adapter, other, needs, samples, seed)
    _keep(team, other, proof, len(adapter))
    return proof


def _keep(team: Team, feature: LoadedFeature, proof: Proof, ticks: int) -> None:
    """Remember a proof of one of the team's own or shipped scripts, as it is now."""
    script = feature.feature.script
    with suppress(LitlabError):
        if outline(find_script(team, "scripts", script)).digest == feature.script.digest:
            verdicts.keep(team, script, feature.params, proof, team.name, ticks)


def sample_data(folder: Path) -> TradersBaseAdapter:
    """Return an adapter over a sample tape of three days, written into a folder."""
    from litlab.adapters.lseg import LsegAdapter

    tape = write_sample(folder / "raw", days=3, ticks_per_day=20_000)
    found = LsegAdapter({"paths": [str(path) for path in tape.paths]}, folder / "cache")
    cache_files(found)
    return found


def own_data(
    team: Team, feature: LoadedFeature, others: Sequence[LoadedFeature] = ()
) -> TradersBaseAdapter | None:
    """Return the cached ticks a feature stands on: an asset's that holds it, else those of a project.

    An asset that holds an earlier state of it comes second, a project that has it among its selections before
    others. None where nothing is cached.
    """
    earlier = (asset for asset in _assets(team) if feature.name in asset.manifest["features"])
    for asset in (*_holding(team, feature, others), *earlier):
        data = data_of(team, asset)
        if data:
            return data[0]
    projects = sorted(team.projects(), key=lambda one: feature.name not in one.record.features)
    for project in projects:
        record = project.record
        if record.adapter and record.paths:
            found = cached(team, record.adapter, {**record.parameters, "paths": list(record.paths)})
            if found is not None:
                return found
    return None


def enforced(
    team: Team,
    adapter: TradersBaseAdapter,
    feature: LoadedFeature,
    others: Sequence[LoadedFeature],
    proof: Proof,
) -> Proof:
    """Return the proof, raised to "enforced" where an asset over the same ticks allows it.

    A proof that found something, or knows nothing, stays as it is: what goes past the views is not enforced
    by them.
    """
    if proof.verdict != CLEAN:
        return proof
    for asset in _holding(team, feature, others):
        data = data_of(team, asset) if "looked_at" in asset.manifest else []
        if adapter.digests in [one.digests for one in data]:
            found = check_asset(team, asset, data)
            name = proof.script
            if found.verdict == ENFORCED:
                return dataclasses.replace(found, script=name)
            return dataclasses.replace(proof, verdict=found.verdict, evidence=found.evidence)
    return proof


def check_asset(team: Team, asset: Asset, data: list[TradersBaseAdapter]) -> Proof:
    """Check all recorded reads of an asset and its adapters' prefix law, and remember where both hold.

    Parameters
    ----------
    data : list of TradersBaseAdapter
        Over the ticks it was built of.

    Returns
    -------
    proof : Proof
        "enforced", "refuted: read" where a sample read ahead, else "no leak found" and why no more is said.
    """
    name = f"asset {asset.schema} {asset.digest[:12]}"
    count, ahead, ticks, times = _reads(asset, data)
    if ahead:
        memory.forget(team, asset)
        text = f"{ahead:,} of {count:,} samples of {name} recorded a read after their index"
        return Proof(name, READ, count, ticks, times, (Evidence("asset", -1, 0, text),))
    why = _hindsight(asset, data) or _broken_law(data)
    if why or not count:
        memory.forget(team, asset)
        text = f"not enforced in {name}: {why or 'it has no samples'}"
        return Proof(name, CLEAN, count, ticks, times, (Evidence("adapter", -1, 0, text),))
    law = f"{_names(data)} keep the prefix law on raw files, up to {RAW_ROWS:,} rows of each that was checked"
    memory.remember(team, asset, count, f"{law}. Not covered: {NOT_COVERED}")
    evidence = (
        Evidence("asset", -1, 0, f"all {count:,} samples of {name}"),
        Evidence("adapter", -1, 0, law),
        Evidence("not covered", -1, 0, NOT_COVERED),
    )
    return Proof(name, ENFORCED, count, ticks, times, evidence)


def _reads(asset: Asset, data: list[TradersBaseAdapter]) -> tuple[int, int, tuple[int, int], tuple[int, int]]:
    """Return the samples, those that read ahead, and what they read: ticks and ns relative to their own."""
    count = bad = 0
    spans: list[list[int]] = []
    for part in PARTS:
        instruments = asset.instrument(part)
        for number, adapter in enumerate(data):
            mine = instruments == number
            index, lo, hi = (
                np.asarray(column[mine], np.int64)
                for column in (asset.index(part), asset.read_lo(part), asset.read_hi(part))
            )
            if not len(index):
                continue
            count += len(index)
            bad += int(((hi > index + 1) | (lo > index)).sum())
            now, first, last = (
                gather(adapter.store, TIMESTAMP, np.minimum(at, len(adapter) - 1))
                for at in (index, lo, hi - 1)
            )
            spans.append(
                [(lo - index).min(), (hi - 1 - index).max(), (first - now).min(), (last - now).max()]
            )
    if not spans:
        return count, bad, (0, 0), (0, 0)
    low, high, early, late = (
        int(take(column)) for take, column in zip((min, max, min, max), zip(*spans, strict=True), strict=True)
    )
    return count, bad, (low, high), (early, late)


def _hindsight(asset: Asset, data: list[TradersBaseAdapter]) -> str:
    found = set(asset.manifest.get("hindsight") or ())
    for adapter in data:
        for one in (adapter, *adapter.beside):
            found |= set(one.hindsight)
    return f"its ticks use hindsight ({', '.join(sorted(found))})" if found else ""


def _broken_law(data: list[TradersBaseAdapter]) -> str:
    """Return how an adapter fails the prefix law on its first or last raw file, "" where all keep it."""
    for adapter in data:
        for one in (adapter, *adapter.beside):
            for path in dict.fromkeys([one.paths[0], one.paths[-1]]):
                report = check_adapter(type(one), path, one.parameters, limit=RAW_ROWS)
                for finding in report.failed:
                    if finding.check in _LAW:
                        return f"{_name(one)} does not keep the prefix law on {path.name}: {finding.reason}"
    return ""


def _name(adapter: Adapter) -> str:
    return adapter.name or type(adapter).__name__


def _names(data: list[TradersBaseAdapter]) -> str:
    return ", ".join(dict.fromkeys(_name(one) for adapter in data for one in (adapter, *adapter.beside)))


# --- what a team has -----------------------------------------------------------------------------------


def _holding(team: Team, feature: LoadedFeature, others: Sequence[LoadedFeature]) -> Iterator[Asset]:
    """Yield the current assets that hold a feature and what it requires, as they are now."""
    needed = [_about(one) for one in (feature, *required(feature, others))]
    for asset in _assets(team):
        held = [{key: one.get(key) for key in needed[0]} for one in asset.manifest["features"].values()]
        if all(one in held for one in needed):
            yield asset


def _assets(team: Team) -> Iterator[Asset]:
    """Yield the current versions of a team's assets."""
    for folder in sorted(path for path in team.folder("assets").iterdir() if path.is_dir()):
        for stage in reversed(STAGES):  # production before the queue
            with suppress(LitlabError):
                yield open_asset(team, folder.name, stage)


def _about(feature: LoadedFeature) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(feature.about()))
    return found
