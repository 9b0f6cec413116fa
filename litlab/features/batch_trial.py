"""The fast forms of a script on trial: a build uses them, so nothing is known of a script whose forms differ.

``feature_batch`` is compared with ``feature`` at the ticks of the trial and at more of them, rejected ones
among these, then with itself in parts: a row that comes out otherwise without the later rows of its batch
reads them. ``candidates`` may propose nothing that the gate does not keep, and leave nothing out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from litlab.adapters import GateBatchView
from litlab.features.batches import fellows
from litlab.features.futures import altered, ended
from litlab.features.probing import BatchOutcome, fresh, setting, watch
from litlab.features.proof import Evidence
from litlab.scripts import line_in

if TYPE_CHECKING:
    from litlab.features.trial import Trial

Indices = npt.NDArray[np.int64]

_MORE = 4  # ticks beside each of the trial's
_MOST = 192
_PARTS = 12  # times that a batch is divided
_CANDIDATES = 128  # of each kind that are asked about


def fast_forms(trial: Trial) -> None:
    """Put ``feature_batch`` and ``candidates``, where there are any, to their probes."""
    if trial.feature.hook("feature_batch") is not None:
        _batch(trial)
    if trial.feature.is_gate and trial.feature.hook("candidates") is not None:
        _candidates(trial)


def _batch(trial: Trial) -> None:
    indices = np.array(sorted(trial.whole), np.int64)
    found = trial.together(trial.adapter, indices)
    if found.refused:
        trial.reads.append(Evidence("batch", -1, found.line, f"feature_batch: {found.refused}"))
        return
    if found.error:
        trial.doubts.append(Evidence("batch", -1, found.line, f"feature_batch fails: {found.error}"))
        return
    for row, index in enumerate(indices.tolist()):
        if found.reads[row, 1] > index + 1:
            text = f"feature_batch reads up to tick {found.reads[row, 1] - 1}"
            trial.reads.append(Evidence("batch", index, 0, text))
        plain = trial.whole[index].values
        if found.row(row) != (None if plain is None else plain.tobytes()):
            trial.doubts.append(Evidence("batch", index, 0, "feature_batch differs from feature"))
    for index in indices[:: max(1, len(indices) // 8)].tolist():
        _elsewhere(trial, index)
    _in_parts(trial, _more(trial, indices))


def _elsewhere(trial: Trial, index: int) -> None:
    """Compare the batch form at one tick with itself where the data end there, or go on differently."""
    one = np.array([index])
    whole = trial.together(trial.adapter, one)
    places = {"the data end at the index": ended(trial.adapter, index)}
    if index + 1 < len(trial.adapter):
        places["what comes after the index is other"] = altered(trial.adapter, index, "noise")
    for where, adapter in places.items():
        found = trial.together(adapter, one)
        if found.error or found.row(0) != whole.row(0):
            text = f"feature_batch answers differently where {where}"
            trial.effects.append(Evidence("batch", index, found.line, text))


def _more(trial: Trial, indices: Indices) -> Indices:
    """Compare both forms at more ticks, half of them the ends of minutes; return all of them, ascending."""
    count, wanted = len(trial.adapter), min(_MORE * len(indices), _MOST)
    ends, _ = trial.adapter.period_ends(0, count, "minute", 1)
    some = trial.random.choice(ends, min(wanted // 2, len(ends)), replace=False)
    drawn = np.setdiff1d(np.concatenate([some, trial.random.integers(0, count, wanted // 2)]), indices)
    kept = [index for index in drawn.tolist() if trial.inputs(trial.adapter, index) is not None]
    every = np.union1d(indices, np.array(kept, np.int64))
    found = trial.together(trial.adapter, every)
    once = fresh(trial.feature)
    with setting(1):
        for row, index in enumerate(every.tolist()):
            if index in trial.whole or found.error:
                continue
            plain = watch(once, trial.adapter, index, trial.inputs(trial.adapter, index) or {})
            if found.row(row) != (None if plain.values is None else plain.values.tobytes()):
                trial.doubts.append(Evidence("batch", index, 0, "feature_batch differs from feature"))
                break
    return every


def _in_parts(trial: Trial, indices: Indices) -> None:
    whole = trial.together(trial.adapter, indices)
    if whole.error:
        trial.doubts.append(Evidence("batch", -1, whole.line, f"feature_batch fails: {whole.error}"))
        return
    for _ in range(_PARTS if len(indices) > 1 else 0):
        cut = int(trial.random.integers(1, len(indices)))
        for part in (np.arange(cut), *fellows(len(indices), trial.random)):
            row = _other_row(trial, indices, whole, part)
            if row is not None:
                _depends(trial, indices, whole, row)
                return


def _other_row(trial: Trial, indices: Indices, whole: BatchOutcome, part: Indices) -> int | None:
    """Return the first row that comes out otherwise among these rows alone, None where none does."""
    found = trial.together(trial.adapter, indices[part])
    for at, row in enumerate(part.tolist()):
        if found.error or found.row(at) != whole.row(row):
            return int(row)
    return None


def _depends(trial: Trial, indices: Indices, whole: BatchOutcome, row: int) -> None:
    index = int(indices[row])
    up_to = trial.together(trial.adapter, indices[: row + 1])
    if up_to.error or up_to.row(row) != whole.row(row):
        text = "feature_batch answers differently where later rows of its batch are left out"
        trial.effects.append(Evidence("batch", index, up_to.line, text))
    else:
        text = "feature_batch answers differently where other rows of its batch are left out"
        trial.doubts.append(Evidence("batch", index, 0, text))


def _candidates(trial: Trial) -> None:
    adapter, feature, count = trial.adapter, trial.feature, len(trial.adapter)
    view = GateBatchView(adapter, 0, count)
    try:
        told = fresh(feature).script.module.candidates(view, 0, count, dict(feature.params))
        proposed = np.unique(np.asarray(told, np.int64))
    except (Exception, SystemExit) as problem:  # a user's script may raise anything
        line, text = line_in(feature.script.path, problem), f"{type(problem).__name__}: {problem}"[:200]
        trial.doubts.append(Evidence("candidates", -1, line, f"candidates fails: {text}"))
        return
    ends = np.setdiff1d(np.fromiter(view.as_of, np.int64, len(view.as_of)), proposed)
    some = [trial.random.choice(one, min(_CANDIDATES, len(one)), replace=False) for one in (proposed, ends)]
    once = fresh(feature)
    with setting(1):
        for index in np.unique([*some[0], *some[1], *trial.random.integers(0, count, _CANDIDATES)]).tolist():
            index = int(index)
            kept = watch(once, adapter, index, {}).values is not None
            if kept != bool(np.isin(index, proposed)):
                what = (
                    "leaves out a tick that feature keeps"
                    if kept
                    else "proposes a tick that feature leaves out"
                )
                trial.doubts.append(Evidence("candidates", index, 0, f"candidates {what}"))
                return
