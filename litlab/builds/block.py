"""Computing features for a stretch of a chunk's samples, few enough that what is made stays in the cache.

Every feature is computed in order on the samples that survive; the rows it rejects are dropped from all. On
chosen samples a script's batch form is compared with its plain form and dropped, for the whole build, if one
bit differs, or if a row comes out otherwise without its fellows (``litlab.features.batches``; litlab's own
scripts are not asked). A plain form is asked twice and refused if it answers in two ways.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.adapters import TradersBaseAdapter
from litlab.bars import gather
from litlab.builds.stored import Made
from litlab.builds.watching import Watch, Watched
from litlab.errors import BadOutput, NotDeterministic
from litlab.features import Rows, compute_rows
from litlab.features.batches import drawing, same_rows, special, stands_alone
from litlab.features.compute import compute_one_by_one
from litlab.features.feature import is_ours

Array = npt.NDArray[Any]
Indices = npt.NDArray[np.int64]


class FormsDiffer(Exception):
    """A script's batch form is not what its plain form is: all is computed anew without it.

    Attributes
    ----------
    feature : str
    """

    def __init__(self, feature: str) -> None:
        super().__init__(feature)
        self.feature = feature


@dataclasses.dataclass
class Known:
    """What the stretches of a chunk have in common.

    Attributes
    ----------
    adapter, watch
    features : sequence of Watched
        In computing order, gates left out.
    plain : set of str
        Features whose batch form is not used, and gates whose candidates are not.
    shapes : dict of str to (rows, cols)
        Of the features that kept a sample.
    reach : int
        Behind the last tick that was read, for the samples that were rejected too.
    """

    adapter: TradersBaseAdapter
    features: Sequence[Watched]
    watch: Watch | None
    plain: set[str] = dataclasses.field(default_factory=set)
    shapes: dict[str, tuple[int, ...]] = dataclasses.field(default_factory=dict)
    reach: int = 0

    def form(self, feature: Watched) -> str:
        """Return the name of the function that a feature is computed by."""
        batch = feature.name not in self.plain and feature.hook("feature_batch") is not None
        return "feature_batch" if batch else "feature"

    def seen(self, feature: Watched) -> set[str | None]:
        """Return the earlier features that a script looked at so far; None among them for all."""
        return feature.seen.get(self.form(feature), set())


class Block:
    """One stretch of samples, computed as it is made.

    Parameters
    ----------
    known : Known
    indices, as_of_ns : (n,) int64
    taken_over : sequence of Made
        Features that an older build has, at these samples.
    compared : (k,) int64
        Rows at which forms are compared.

    Attributes
    ----------
    kept : (m,) int64
        The rows that are left.
    made : list of Made
        Every feature at them, in computing order.
    """

    def __init__(
        self,
        known: Known,
        indices: Indices,
        as_of_ns: Indices,
        taken_over: Sequence[Made],
        compared: Indices,
    ) -> None:
        self.known = known
        self._as_of, self._compared = as_of_ns, compared
        self._indices = indices
        self.kept: Indices = np.arange(len(indices))
        self.made = list(taken_over)  # all at once: each of them is at the samples that all of them left
        there = {one.name for one in taken_over}
        for feature in known.features:
            if feature.name not in there:
                self._compute(feature)
        place = {feature.name: at for at, feature in enumerate(known.features)}
        self.made.sort(key=lambda one: place[one.name])

    def _compute(self, feature: Watched) -> None:
        rows = self._exact_rows(feature)
        self._check_shape(feature, rows)
        with np.errstate(over="ignore"):  # what float32 cannot hold is infinite, and counted by the audit
            values = rows.values.astype("<f4")
        gone = int((~rows.keep).sum())
        shape = list(values.shape[1:])
        made = Made(
            feature.name,
            feature.about(),
            feature.is_label,
            gone,
            None,
            shape,
            values,
            rows.reads,
            rows.values,
        )
        self.made.append(made)
        if gone:
            keep = rows.keep
            self._indices, self.kept = self._indices[keep], self.kept[keep]
            self.made = [one.kept(keep) for one in self.made]

    def _check_shape(self, feature: Watched, rows: Rows) -> None:
        if not rows.keep.any():
            return
        shape = self.known.shapes.setdefault(feature.name, rows.values.shape[1:])
        if shape != rows.values.shape[1:]:
            at, given = int(self._indices[rows.keep][0]), f"shape {rows.values.shape[1:]}"
            raise BadOutput(script=feature.script.name, given=given, index=at, wanted=f"{shape} as before")

    def _exact_rows(self, feature: Watched) -> Rows:
        """Return a feature at all samples; what it looks at of an older build is computed first.

        Chunks hold float32, scripts hand each other float64.
        """
        known = self.known
        before = known.features[: known.features.index(feature)]
        names = {one.name for one in before if feature.is_label or not one.is_label}
        self._make_exact(name for name in feature.requires if name in names)
        while True:
            others = {one.name: one.handed() for one in self.made if one.name in names}
            rows = self._rows(feature, others)
            if known.watch is not None:
                known.watch.rest()
            known.reach = max(known.reach, int(rows.reads[:, 1].max(initial=0)))
            seen = known.seen(feature)
            rounded = [one.name for one in self.made if one.name in names and one.exact is None]
            looked = [name for name in rounded if name in seen or None in seen]
            if not looked:
                return rows
            self._make_exact(looked)

    def _make_exact(self, names: Iterable[str]) -> None:
        features = {feature.name: feature for feature in self.known.features}
        for name in names:
            for at, one in enumerate(self.made):
                if one.name == name and one.exact is None:
                    self.made[at] = one.settled(self._exact_rows(features[name]).values)

    def _rows(self, feature: Watched, others: dict[str, Array]) -> Rows:
        indices, adapter = self._indices, self.known.adapter
        picked = np.unique(np.minimum(self._compared, len(indices) - 1)) if len(indices) else self.kept
        if self.known.form(feature) == "feature_batch":
            rows = compute_rows(adapter, indices, feature, others)
            if not is_ours(feature):
                random = drawing(feature.name, indices)
                picked = np.union1d(picked, special(rows, random))
                if not stands_alone(adapter, indices, feature, others, rows, random):
                    raise FormsDiffer(feature.name)
            if len(picked):
                some = {name: values[picked] for name, values in others.items()}
                if not same_rows(compute_one_by_one(adapter, indices[picked], feature, some), rows, picked):
                    raise FormsDiffer(feature.name)
            return rows
        rows = compute_one_by_one(adapter, indices, feature, others)
        for at in picked.tolist():
            one = {name: values[at : at + 1] for name, values in others.items()}
            again = compute_one_by_one(adapter, indices[at : at + 1], feature, one)
            if not same_rows(again, rows, np.array([at])):
                raise NotDeterministic(script=feature.script.path.name, index=int(indices[at]))
        return rows

    def columns(self) -> dict[str, Array]:
        """Return the sample columns, (m,) each."""
        indices, store = self._indices, self.known.adapter.store
        reads = _spans(np.stack([indices, indices + 1], 1), [one for one in self.made if not one.label])
        future = _spans(np.stack([indices, indices], 1), [one for one in self.made if one.label])
        last = np.maximum(future[:, 1], indices + 1) - 1
        times = gather(store, "timestamp", indices)
        return {
            "index": indices,
            "as_of_ns": self._as_of[self.kept],
            "session_day": self.known.adapter.clock.dates(times),
            "read_lo": reads[:, 0],
            "read_hi": reads[:, 1],
            "label_lo": future[:, 0],
            "label_hi": future[:, 1],
            "read_lo_ns": gather(store, "timestamp", reads[:, 0]),
            # What a label reads of the past was known by then: its answer lies behind its tick.
            "label_lo_ns": times,
            "label_end_ns": gather(store, "timestamp", last),
        }


def _spans(start: Indices, made: Sequence[Made]) -> Indices:
    for one in made:
        reads = one.left(one.reads)
        start[:, 0] = np.minimum(start[:, 0], reads[:, 0])
        start[:, 1] = np.maximum(start[:, 1], reads[:, 1])
    return start
