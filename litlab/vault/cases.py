"""What predictions of a part are judged by: labels, days, groups, and every baseline's predictions.

A case is made once for an asset, a head and a part, and kept: a run's epochs are judged by the same one.
Cases of walk-forward folds join into one.
"""

from __future__ import annotations

import collections
import dataclasses
import threading
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from litlab.assets import Asset
from litlab.vault.boosting import label_of
from litlab.vault.breakdown import Keys, groups
from litlab.vault.heads import Head
from litlab.vault.meanings import Meaning, meaning_of
from litlab.vault.rivals import last_known, rivals
from litlab.vault.volatility import qlike

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_KEPT = 8


@dataclasses.dataclass(frozen=True)
class Case:
    """A part's samples, as scores need them.

    Attributes
    ----------
    head : Head
    meaning : Meaning
    part : str
    truth : (n,) float64
    day : (n,) int64
        Session dates, days since 1970-01-01.
    as_of_ns, end_ns : (n,) int64
        The moment each sample stands for, and the one at which its label is known.
    groups : dict of str to (n,) str
        What samples have in common: day, hour, volatility, instrument.
    rivals : dict of str to (n, columns) float64
        ``base_rate`` first.
    naive : (n,) float64
        Of labels in the training part: the mean distance to the label known before.
    least : (n,) float64
        The least label above 0 in the training part.
    """

    head: Head
    meaning: Meaning
    part: str
    truth: Floats
    day: Ints
    as_of_ns: Ints
    end_ns: Ints
    groups: dict[str, Keys]
    rivals: dict[str, Floats]
    naive: Floats
    least: Floats

    @property
    def measure(self) -> str:
        """The name of the loss that models are compared by, ``auc`` for probabilities."""
        if self.head.kind == "level":
            return "qlike" if self.meaning.is_spread else "squared_error"
        return {"probability": "auc", "classes": "log_loss", "quantiles": "pinball"}[self.head.kind]

    def losses(self, predicted: Floats) -> Floats:
        """Return the loss of each sample that models are compared by, (n,); NaN where it has none."""
        if self.measure == "qlike":
            return self.qlike(predicted[:, 0])
        return self.head.losses(self.truth, predicted)

    def qlike(self, predicted: Floats) -> Floats:
        """Return QLIKE, (n,); a forecast of 0 or less counts as the least label of the training part."""
        power = 2 if self.meaning.kind == "volatility" else 1
        return qlike(self.truth**power, np.maximum(predicted, self.least) ** power)


_lock = threading.Lock()
_known: collections.OrderedDict[tuple[object, ...], Case] = collections.OrderedDict()


def case_of(asset: Asset, head: Head, part: str) -> Case:
    """Return the case of an asset's part; the last few are kept, baselines take seconds."""
    key = (str(asset.path), asset.digest, getattr(asset, "permuted", None), head, part)
    with _lock:
        if key in _known:
            _known.move_to_end(key)
            return _known[key]
    made = _made(asset, head, part)
    with _lock:
        _known[key] = made
        while len(_known) > _KEPT:
            _known.popitem(last=False)
    return made


def _made(asset: Asset, head: Head, part: str) -> Case:
    truth, train = label_of(asset, head.label, part), label_of(asset, head.label, "train")
    count = len(truth)
    step = np.abs(train - last_known(asset, head.label, "train")) if count else np.empty(0)
    naive = float(step[np.isfinite(step)].mean()) if np.isfinite(step).any() else 0.0
    above = train[train > 0]
    return Case(
        head=head,
        meaning=meaning_of(asset, head.label),
        part=part,
        truth=truth,
        day=np.asarray(asset.session_day(part), np.int64),
        as_of_ns=np.asarray(asset.as_of_ns(part), np.int64),
        end_ns=np.asarray(asset.sample_column(part, "label_end_ns"), np.int64),
        groups=dict(groups(asset, part)),
        rivals=rivals(asset, head, part),
        naive=np.full(count, naive or np.nan),
        least=np.full(count, above.min() if len(above) else np.nan),
    )


def joined(cases: Sequence[Case]) -> Case:
    """Return the cases as one, as they follow each other; baselines that one of them lacks are left out."""
    first = cases[0]

    def each(name: str) -> npt.NDArray[np.generic]:
        return np.concatenate([getattr(one, name) for one in cases])

    arrays = {name: each(name) for name in ("truth", "day", "as_of_ns", "end_ns", "naive", "least")}
    shared = {
        name: {
            key: np.concatenate([getattr(one, name)[key] for one in cases])
            for key in getattr(first, name)
            if all(key in getattr(one, name) for one in cases)
        }
        for name in ("groups", "rivals")
    }
    return dataclasses.replace(first, **arrays, **shared)  # type: ignore[arg-type]
