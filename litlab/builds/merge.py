"""From chunk files to an asset: parts, purge, arrays in order, manifest."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xxhash

from litlab import __version__, atomic
from litlab.assets import Asset, AssetWriter, hdf
from litlab.assets.asset import PARTS, stage_folder
from litlab.builds.plan import Plan, adapter_of
from litlab.errors import BuildFailed
from litlab.schemas import divide

_SAMPLE = ("index", "as_of_ns", "session_day", "read_lo", "read_hi", "label_lo", "label_hi", "label_end_ns")


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
    division = divide(schema.split, zone, columns["as_of_ns"], columns["label_end_ns"])
    masks = {part: division.part == number for number, part in enumerate(PARTS)}
    features = {feature.name: _about(plan, feature.name) for feature in plan.stored}
    queue = stage_folder(plan.team, schema.name, "queue")
    queue.mkdir(parents=True, exist_ok=True)
    with atomic.lock(queue.parent / ".lock", what=f"The asset {schema.name}", purpose="merge"):
        atomic.remove_drafts(queue)
        draft = queue / "version.tmp-draft"
        draft.mkdir()
        try:
            writer = AssetWriter(draft, features, {part: int(mask.sum()) for part, mask in masks.items()})
            _copy(plan, writer, division.part)
            samples = {
                part: {name: values[mask] for name, values in columns.items()} for part, mask in masks.items()
            }
            manifest = writer.finish(samples, _manifest(plan, zone, division.purged))
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
    parts: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in (*_SAMPLE, "instrument")}
    for chunk in plan.chunks:
        for name in _SAMPLE:
            parts[name].append(np.asarray(hdf.mapped(Path(chunk.path), name)))
        parts["instrument"].append(np.full(len(parts["index"][-1]), chunk.data_set, np.int16))
    columns = {name: np.concatenate(values) for name, values in parts.items()}
    columns["weight"] = np.ones(len(columns["index"]), np.float32)
    return columns


def _copy(plan: Plan, writer: AssetWriter, part: npt.NDArray[np.int8]) -> None:
    at = 0
    for chunk in plan.chunks:
        count = len(hdf.mapped(Path(chunk.path), "index"))
        mine = part[at : at + count]
        at += count
        for feature in plan.stored if count else []:
            values: npt.NDArray[Any] = hdf.mapped(Path(chunk.path), f"features/{feature.name}")
            for number, name in enumerate(PARTS):
                rows = mine == number
                if rows.any():
                    writer.append(name, feature.name, values if rows.all() else values[rows])


def _about(plan: Plan, name: str) -> dict[str, Any]:
    feature = next(one for one in plan.stored if one.name == name)
    shapes = {
        values.shape[1:]
        for chunk in plan.chunks
        if len(values := hdf.mapped(Path(chunk.path), f"features/{name}"))
    }
    if len(shapes) != 1:
        raise BuildFailed(
            schema=plan.schema.name, reason=f"{name} has different shapes in different chunks: {shapes}"
        )
    rows, cols = shapes.pop()
    columns = feature.columns or tuple(f"{name}_{at}" for at in range(cols))
    return {"rows": rows, "columns": list(columns), "label": feature.is_label, **feature.about()}


def _manifest(plan: Plan, zone: str, purged: int) -> dict[str, Any]:
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
            {"files": [one.raw.name for one in a.store.files], "digests": a.store.digests} for a in adapters
        ],
        "purged": {"label reaches into a held-out part": purged},
        "environment": environment(),
    }


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
