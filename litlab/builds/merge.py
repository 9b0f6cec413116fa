"""From chunk files to an asset: parts, purge, arrays in order, manifest."""

from __future__ import annotations

import dataclasses
import itertools
import platform
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xxhash

from litlab import __version__, atomic, engine
from litlab.assets import Asset, AssetWriter, hdf
from litlab.assets.asset import PARTS, stage_folder
from litlab.builds import stored
from litlab.builds.chunk import needing_space
from litlab.builds.donors import looked_at
from litlab.builds.plan import Plan, adapter_of
from litlab.errors import BuildFailed
from litlab.features import LoadedFeature
from litlab.records import digest_of
from litlab.schemas import Division, Intervals, divide, uniqueness
from litlab.ticks.store import TickStore
from litlab.ticks.version import file_digest

_SAMPLE = (
    "index", "as_of_ns", "session_day", "read_lo", "read_hi", "label_lo", "label_hi", "read_lo_ns",
    "label_lo_ns", "label_end_ns",
)  # fmt: skip


def merge(plan: Plan) -> Asset:
    """Write the asset of a plan whose chunks are complete into ``queue/`` and make it the newest there.

    Raises
    ------
    BuildFailed
        If no sample survived.
    """
    schema = plan.schema
    columns = _samples(plan)
    if not len(columns["index"]):
        raise BuildFailed(
            schema=schema.name, reason="every sample was rejected; a window may be longer than the data"
        )
    zone = adapter_of(plan.team, schema.data[0]).zone
    intervals = Intervals(*(columns[field.name] for field in dataclasses.fields(Intervals)))
    division = divide(schema.split, zone, schema.seed, columns["session_day"], intervals)
    _weigh(columns, division.part)
    masks = {part: division.part == number for number, part in enumerate(PARTS)}
    facts = [stored.facts_of(chunk) for chunk in plan.chunks]
    features = {feature.name: _about(plan, feature, facts) for feature in plan.stored}
    sources = {name: _source(plan, name, facts, division.part) for name in features}
    queue = stage_folder(plan.team, schema.name, "queue")
    queue.mkdir(parents=True, exist_ok=True)
    with atomic.lock(queue.parent / ".lock", what=f"The asset {schema.name}", purpose="merge"):
        atomic.remove_drafts(queue)
        draft = queue / "version.tmp-draft"
        draft.mkdir()
        try:
            counts = {part: int(mask.sum()) for part, mask in masks.items()}
            with needing_space(schema.name, queue, _bytes(features, counts)):
                earlier = _earlier(plan, sources)
                writer = AssetWriter(draft, features, counts, earlier)
                new = [name for name in features if name not in earlier]
                _copy(plan, writer, division.part, new, [fact["features"][0]["samples"] for fact in facts])
            samples = {
                part: {name: values[mask] for name, values in columns.items()} for part, mask in masks.items()
            }
            about = {**_manifest(plan, zone, division, columns["weight"]), "sources": sources}
            about["looked_at"] = looked_at(facts, list(features))
            with needing_space(schema.name, queue, sum(one.nbytes for one in columns.values()) + (1 << 20)):
                manifest = writer.finish(samples, about)
            final = queue / manifest["digest"]
            production = stage_folder(plan.team, schema.name, "production") / manifest["digest"]
            if production.is_dir():  # built and promoted before: nothing new waits
                atomic.point(queue, production.name)
                return Asset(production)
            with atomic.new_folder(final) as folder:
                for path in sorted(draft.iterdir()):
                    path.rename(folder / path.name)
        finally:
            atomic.remove_drafts(queue)
        atomic.point(queue, final.name)
    return Asset(final)


def _samples(plan: Plan) -> dict[str, npt.NDArray[Any]]:
    chunks = [stored.samples_of(Path(chunk.path)) for chunk in plan.chunks]
    columns = {name: np.concatenate([one[name] for one in chunks]) for name in _SAMPLE}
    lengths = [len(one["index"]) for one in chunks]
    columns["instrument"] = np.repeat(np.array([c.data_set for c in plan.chunks], np.int16), lengths)
    return columns


def _weigh(columns: dict[str, npt.NDArray[Any]], part: npt.NDArray[np.int8]) -> None:
    """Add ``weight``: how unique each label is among those of its part and instrument."""
    weight = np.zeros(len(part))
    for number in np.unique(columns["instrument"]):
        for one in range(len(PARTS)):
            rows = (part == one) & (columns["instrument"] == number)
            weight[rows] = uniqueness(columns["label_lo_ns"][rows], columns["label_end_ns"][rows])
    columns["weight"] = weight.astype(np.float32)


def _copy(
    plan: Plan, writer: AssetWriter, part: npt.NDArray[np.int8], names: list[str], lengths: list[int]
) -> None:
    """Put the chunks' rows to their places, chunk by chunk in as many threads as there are cores."""
    edges = np.concatenate([[0], np.cumsum(lengths)])
    behind = [np.concatenate([[0], np.cumsum(part == number)]) for number in range(len(PARTS))]

    def copy(number: int) -> None:
        start, stop = int(edges[number]), int(edges[number + 1])
        turns = start + 1 + np.flatnonzero(np.diff(part[start:stop]))
        for name in names:
            path = stored.feature_file(Path(plan.chunks[number].path), name)
            offset = hdf.place_of(path, "values")[2] or 0
            with open(path, "rb", buffering=0) as source:
                for lo, hi in itertools.pairwise([start, *turns.tolist(), stop]):
                    if lo < hi and part[lo] >= 0:
                        at, first = int(behind[part[lo]][lo]), offset + (lo - start) * writer.width(name)
                        writer.copy(PARTS[part[lo]], name, at, source.fileno(), first, hi - lo)

    with engine.threads(engine.cores()) as pool:
        list(pool.map(copy, range(len(lengths))))


def _about(plan: Plan, feature: LoadedFeature, facts: list[dict[str, Any]]) -> dict[str, Any]:
    name = feature.name
    told = [one for fact in facts for one in fact["features"] if one["name"] == name and one["samples"]]
    shapes = {tuple(one["shape"]) for one in told}
    if len(shapes) != 1:
        raise BuildFailed(
            schema=plan.schema.name, reason=f"{name} has different shapes in different chunks: {shapes}"
        )
    rows, cols = shapes.pop()
    columns = feature.columns or tuple(f"{name}_{at}" for at in range(cols))
    return {"rows": rows, "columns": list(columns), "label": feature.is_label, **feature.about()}


def _bytes(features: dict[str, dict[str, Any]], counts: dict[str, int]) -> int:
    width: int = sum(about["rows"] * len(about["columns"]) * 4 for about in features.values())
    return sum(counts.values()) * width + 8192 * len(features) * len(counts)


def _source(plan: Plan, name: str, facts: list[dict[str, Any]], part: npt.NDArray[np.int8]) -> str:
    """Return the digest of what a feature's arrays are copied from: an asset with the same has the same."""
    files = [
        fact["files"][stored.feature_file(Path(chunk.path), name).name]
        for chunk, fact in zip(plan.chunks, facts, strict=True)
    ]
    return digest_of([files, xxhash.xxh3_128(part.tobytes()).hexdigest()])[:32]


def _earlier(plan: Plan, sources: dict[str, str]) -> dict[str, Asset]:
    """Return the versions, the newest and the one in production, that hold a feature's arrays already."""

    def same(folder: Path, files: list[str], asset: Asset) -> bool:
        with engine.threads(engine.cores()) as pool:
            digests = pool.map(file_digest, [folder / file for file in files])
            return list(digests) == [asset.manifest["files"][file] for file in files]

    found: dict[str, Asset] = {}
    for stage in ("production", "queue"):
        folder = atomic.pointed(stage_folder(plan.team, plan.schema.name, stage))
        if folder is None:
            continue
        asset = Asset(folder)
        for name, source in asset.manifest.get("sources", {}).items():
            files = [f"{part}.{name}.h5" for part in PARTS]
            if sources.get(name) == source and name not in found and same(folder, files, asset):
                found[name] = asset
    return found


def _manifest(plan: Plan, zone: str, division: Division, weight: npt.NDArray[np.float32]) -> dict[str, Any]:
    schema = plan.schema.to_json()
    adapters = [adapter_of(plan.team, data) for data in plan.schema.data]
    without_paths = {
        **schema,
        "data": [{"adapter": one["adapter"], "parameters": one["parameters"]} for one in schema["data"]],
    }
    return {
        "schema": plan.schema.name,
        "schema_record": without_paths,
        "zone": zone,
        "data": [
            _cited(a.store) | ({} if a.quotes is None else {"quotes": _cited(a.quotes.store)})
            for a in adapters
        ],
        "gates": [{"name": one.name, **one.about()} for one in plan.features if one.is_gate],
        "purged": division.purged,
        "effective": {
            name: float(weight[division.part == number].sum(dtype=np.float64))
            for number, name in enumerate(PARTS)
        },
        "hindsight": sorted(
            {why for a in adapters for one in a.store.files for why in one.manifest["hindsight"]}
        ),
        "environment": environment(),
    }


def _cited(store: TickStore) -> dict[str, Any]:
    return {"files": [one.raw.name for one in store.files], "digests": store.digests}


def environment() -> dict[str, str]:
    """Return the versions a build ran with, and a fingerprint of the CPU's transcendental functions.

    log, exp, pow, sin and tanh change with the CPU's vector units; sums, means and roots do not.
    """
    x = np.linspace(0.1, 7.3, 4096)
    functions = (np.log, np.exp, np.sin, np.tanh, np.sqrt)
    data = b"".join(function(x).tobytes() for function in functions) + (x**1.7).tobytes()
    return {
        "litlab": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "machine": platform.machine(),
        "float_fingerprint": xxhash.xxh3_64(data).hexdigest(),
    }
