"""What a build would come to, before it runs: samples a part, bytes, seconds, what the division leaves out.

1. The gates are asked about all ticks where that is quick, else about stretches of every chunk. 2. Features
and labels are computed at some of the ticks they keep, at all of them where that is quick, and always around
the borders of the parts, where it decides about the purge. 3. The other ticks are taken to be like their
nearest neighbour among those, and the schema's own division is asked. 4. How long it takes is what an earlier
build of the same features took a tick, else what was just measured.
"""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab import engine
from litlab.adapters import TradersBaseAdapter
from litlab.assets.asset import PARTS
from litlab.bars import gather
from litlab.builds.build import only_ours
from litlab.builds.cautions import cautions
from litlab.builds.gates import candidates, spread
from litlab.builds.log import list_builds
from litlab.builds.plan import Chunk, Plan, adapter_of, plan_build
from litlab.builds.stored import sidecar
from litlab.errors import BuildFailed, LitlabError
from litlab.features import LoadedFeature, compute_rows, in_order
from litlab.schemas import Intervals, Schema, divide
from litlab.workspace import Team

Ints = npt.NDArray[np.int64]
_GATED, _UNGATED, _ASKED = 8_000_000, 400_000, 4_000  # ticks: gates with candidates, none, one by one
_STRETCHES = 4  # of a chunk that is not looked at whole
_ROWS, _PROBE, _BORDER = 4_000, 16, 150  # samples computed: at most, to measure, before a border
_ROWS_S = 1.0
_BORDERS = 12
_START_S = 2.0  # until worker processes are up
_COLUMN_BYTES = 84  # of a sample, beside its features
_MERGED_BYTES_S = 3e8
_TIMEOUT_S = 60.0


@dataclasses.dataclass(frozen=True)
class Estimate:
    """What a build is expected to come to.

    Attributes
    ----------
    samples, purged : int
        In all parts, and left out of them.
    parts : dict of str to int
        train, validation, test.
    bytes, seconds : int, float
        On disk, and until it is there.
    ticks, chunks, reused : int
        Of the data; chunks in all, and those that an earlier build has made already.
    whole : bool
        Whether every sample was computed: the counts are exact then.
    cautions : sequence of str
        What is allowed and likely a mistake, one sentence each.
    """

    samples: int
    purged: int
    parts: dict[str, int]
    bytes: int
    seconds: float
    ticks: int
    chunks: int
    reused: int
    whole: bool
    cautions: Sequence[str] = ()


def estimate(team: Team, schema: Schema, workers: int | None = None) -> Estimate:
    """Return what a build of a schema, saved or not, would come to.

    Scripts that do not come with litlab run in a process of their own, which is ended after a minute.

    Raises
    ------
    BadSchema, NotCached, ScriptFailed, …
        As ``run_build`` would.
    BuildFailed
        If no sample would survive, or a script took too long.
    """
    plan = plan_build(team, schema)
    return estimated(plan, workers) if only_ours(plan) else _apart(plan, workers)


def estimated(plan: Plan, workers: int | None = None) -> Estimate:
    """Return the estimate of a plan, computed in this process."""
    ordered = in_order(plan.features)
    gates = [feature for feature in ordered if feature.is_gate]
    features = [feature for feature in ordered if not feature.is_gate]
    ticks = sum(chunk.stop - chunk.start for chunk in plan.chunks)
    share = min(1.0, _allowed(gates, plan.schema.resolution) / ticks)
    picked = [_Picked(plan, gates, number, share) for number in range(len(plan.schema.data))]
    if not sum(len(one.indices) for one in picked):
        raise BuildFailed(schema=plan.schema.name, reason="the gates keep no tick")
    days = np.concatenate([one.days for one in picked])
    zone = picked[0].adapter.zone
    as_of = np.concatenate([one.as_of_ns for one in picked])
    split, seed = plan.schema.split, plan.schema.seed
    rough = divide(split, zone, seed, days, Intervals(as_of, as_of, as_of, as_of)).part
    at = 0
    for one in picked:
        one.compute(features, rough[at : at + len(one.indices)])
        at += len(one.indices)
    keep = np.concatenate([one.keep for one in picked])
    if not keep.any():
        reason = "every sample was rejected; a window may be longer than the data"
        raise BuildFailed(schema=plan.schema.name, reason=reason)
    spans = [np.concatenate(columns) for columns in zip(*(one.spans_ns() for one in picked), strict=True)]
    weight = np.concatenate([one.weight for one in picked])[keep]
    intervals = Intervals(as_of[keep], *(span[keep] for span in spans))
    part = divide(split, zone, seed, days[keep], intervals).part
    parts = {name: round(float(weight[part == n].sum())) for n, name in enumerate(PARTS)}
    samples = sum(parts.values())
    size = samples * (_COLUMN_BYTES + 4 * picked[0].width) + 8192 * len(PARTS) * (len(features) + 1)
    there = [sidecar(chunk).exists() for chunk in plan.chunks]
    return Estimate(
        samples, round(float(weight[part == -1].sum())), parts, size,
        _seconds(plan, picked, float(weight.sum()), there, workers) + size / _MERGED_BYTES_S,
        ticks, len(plan.chunks), sum(there), share == 1 and all(one.whole for one in picked),
        cautions(plan),
    )  # fmt: skip


def _allowed(gates: Sequence[LoadedFeature], resolution: int) -> int:
    if not gates:
        return _UNGATED * resolution
    proposed = all(gate.hook("candidates") is not None for gate in gates)
    return _GATED if proposed else _ASKED * resolution


class _Picked:
    """Ticks of one data set that gates keep, and what features make of some of them.

    Attributes
    ----------
    indices, as_of_ns, days : (n,) int64
        Ticks asked about and kept by the gates; `days` are their sessions'.
    weight : (n,) float64
        How many ticks of the data each stands for.
    keep : (n,) bool
        Whether the features take it.
    width : int
        float32 values of a sample.
    gate_s, row_s : float
        A tick by the gates, a sample by the features.
    """

    def __init__(self, plan: Plan, gates: Sequence[LoadedFeature], number: int, share: float) -> None:
        self.adapter: TradersBaseAdapter = adapter_of(plan.team, plan.schema.data[number])
        began, asked = time.perf_counter(), 0
        found: list[tuple[Ints, Ints, float]] = []
        for chunk in (one for one in plan.chunks if one.data_set == number):
            for piece in _stretches(chunk, share):
                found.append((*candidates(self.adapter, plan.schema, gates, piece, []), 1.0))
                asked += piece.stop - piece.start
        total = sum(one.stop - one.start for one in plan.chunks if one.data_set == number)
        self.gate_s = (time.perf_counter() - began) / max(asked, 1)
        self.indices = np.concatenate([one[0] for one in found])
        self.as_of_ns = np.concatenate([one[1] for one in found])
        self.weight = np.full(len(self.indices), total / max(asked, 1))
        self.days = self.adapter.clock.dates(gather(self.adapter.store, "timestamp", self.indices))
        self.width, self.row_s, self.whole = 0, 0.0, False

    def compute(self, features: Sequence[LoadedFeature], part: npt.NDArray[np.int8]) -> None:
        """Compute the features at some of the ticks and take the others to be like their neighbours."""
        count = len(self.indices)
        probe = spread(count, _PROBE)
        self._rows(features, probe)  # compiles, and makes the bars
        began = time.perf_counter()
        self._rows(features, probe)
        each = (time.perf_counter() - began) / max(len(probe), 1)
        rows = spread(count, int(np.clip(_ROWS_S / max(each, 1e-9), _PROBE, _ROWS)))
        if len(rows) < count:
            rows = np.union1d(rows, _near_borders(part, max(_PROBE, min(_BORDER, len(rows)))))
        began = time.perf_counter()
        keep, reach = self._rows(features, rows)
        self.row_s = (time.perf_counter() - began) / max(len(rows), 1)
        self.whole = len(rows) == count
        middle = (rows[1:] + rows[:-1] + 1) // 2
        near = np.searchsorted(middle, np.arange(count), "right") if count else np.empty(0, np.int64)
        self.keep, self._reach = keep[near], reach[near]

    def _rows(self, features: Sequence[LoadedFeature], rows: Ints) -> tuple[npt.NDArray[np.bool_], Ints]:
        """Return which rows are taken, and how many ticks each reads back and its labels ahead."""
        alive, indices = np.arange(len(rows)), self.indices[rows]
        keep, reach = np.zeros(len(rows), bool), np.zeros((len(rows), 2), np.int64)
        made: dict[str, npt.NDArray[np.float64]] = {}
        labels = {one.name for one in features if one.is_label}
        self.width = 0
        for feature in features:
            others = {name: made[name] for name in made if feature.is_label or name not in labels}
            found = compute_rows(self.adapter, indices, feature, others)
            side = 1 if feature.is_label else 0
            ahead = found.reads[:, 1] - indices if feature.is_label else indices - found.reads[:, 0]
            reach[alive, side] = np.maximum(reach[alive, side], ahead)
            made[feature.name] = found.values
            self.width += int(np.prod(found.values.shape[1:]))
            if not found.keep.all():
                alive, indices = alive[found.keep], indices[found.keep]
                made = {name: values[found.keep] for name, values in made.items()}
        keep[alive] = True
        return keep, reach

    def spans_ns(self) -> tuple[Ints, Ints, Ints]:
        """Return ``read_lo_ns``, ``label_lo_ns`` and ``label_end_ns``, (n,) each."""
        store = self.adapter.store
        first = np.maximum(self.indices - self._reach[:, 0], 0)
        last = np.clip(self.indices + self._reach[:, 1] - 1, self.indices, len(store) - 1)
        own = gather(store, "timestamp", self.indices)
        return gather(store, "timestamp", first), own, gather(store, "timestamp", last)


def _stretches(chunk: Chunk, share: float) -> list[Chunk]:
    if share == 1:
        return [chunk]
    count = chunk.stop - chunk.start
    length = max(1, int(count * share / _STRETCHES))
    starts = [chunk.start + int((count - length) * (n + 0.5) / _STRETCHES) for n in range(_STRETCHES)]
    return [dataclasses.replace(chunk, start=start, stop=start + length) for start in starts]


def _near_borders(part: npt.NDArray[np.int8], reach: int) -> Ints:
    """Return the places of the samples before each border of the parts."""
    borders = np.flatnonzero(np.diff(part)) + 1
    picked = borders[spread(len(borders), _BORDERS)]
    rows = [np.arange(max(0, border - reach), border) for border in picked.tolist()]
    return np.unique(np.concatenate(rows)) if rows else np.empty(0, np.int64)


def _seconds(
    plan: Plan, picked: Sequence[_Picked], samples: float, there: Sequence[bool], workers: int | None
) -> float:
    ticks = [chunk.stop - chunk.start for chunk in plan.chunks]
    todo = sum(count for count, done in zip(ticks, there, strict=True) if not done)
    known = _known_speed(plan)
    if known is not None:
        return todo * known
    n = min(workers or engine.cores(), len(plan.chunks))
    gate = sum(one.gate_s for one in picked) / len(picked) * sum(ticks)
    rows = sum(one.row_s for one in picked) / len(picked) * samples
    start = 0.0 if only_ours(plan) else _START_S
    return (start + (gate + rows) / n) * todo / max(sum(ticks), 1)


def _known_speed(plan: Plan) -> float | None:
    """Return the seconds a tick of the latest build with the same features, None where there is none."""
    wanted = _kind(plan.schema)
    for build in list(reversed(list_builds(plan.team)))[:50]:
        try:
            record = build.record()
            if record.state == "complete" and record.ticks_computed and _kind(build.schema()) == wanted:
                return record.seconds / record.ticks_computed
        except (LitlabError, OSError):  # a folder that somebody spoilt says nothing
            continue
    return None


def _kind(schema: Schema) -> tuple[Any, ...]:
    return schema.family, sorted(schema.features), sorted(schema.labels), schema.resolution, schema.sessions


def _apart(plan: Plan, workers: int | None) -> Estimate:
    """Return the estimate that a process of its own computes."""
    team = plan.team
    command = [sys.executable, "-m", "litlab.builds", "estimate", str(team.workspace.home), team.name]
    given = json.dumps({"schema": plan.schema.to_json(), "workers": workers})
    try:
        done = subprocess.run(
            command, input=given, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        reason = f"no estimate within {_TIMEOUT_S:.0f} s: a script is slow or hangs"
        raise BuildFailed(schema=plan.schema.name, reason=reason) from None
    told = done.stdout.strip().splitlines()
    answer = json.loads(told[-1]) if told and told[-1].startswith("{") else {}
    if "estimate" not in answer:
        said = answer.get("error") or (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]
        raise BuildFailed(schema=plan.schema.name, reason=str(said).rstrip("."))
    return Estimate(**answer["estimate"])
