"""Training the same again: how far a score moves with the seed, and what it is where nothing can be learned.

``spread`` trains a run's definition under other seeds, ``retraining_null`` on labels permuted within their
sessions; both are ordinary runs, cloned, and both are judged on the validation part: the test part is not
looked at. What comes of it is kept as JSON in the run's folder.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from litlab import atomic
from litlab.experiments.launch import clone_run, start
from litlab.experiments.run import NULL, SPREAD, Run, list_runs
from litlab.experiments.sweeps.luck import base_rate
from litlab.vault.boosting import label_of
from litlab.vault.heads import columns
from litlab.vault.scoreboard import conclusion, nulled
from litlab.vault.scores import within_session_auc

_FIGURE = {"squared_error": "rmse"}  # the figure that a measure stands for; all others have its name

_ALL = {"beats": "all of them beat", "does not beat": "none of them beats", "loses to": "all of them lose to"}
_SPOILT = ("failed", "stopped")  # clones that are not gone on with

Follow = Callable[[Run, dict[str, float]], Any]


def spread(run: Run, seeds: int = 5, *, at_once: int = 1, callback: Follow | None = None) -> dict[str, Any]:
    """Train a run's definition under as many seeds, its own among them, and say how far its score moves.

    Clones that are there already, from an earlier call that was broken off for example, are gone on with.

    Parameters
    ----------
    run : Run
        Finished.
    seeds : int
    at_once : int
        Processes at a time.
    callback : callable, optional
        Called with (run, row) for every epoch that finishes.

    Returns
    -------
    dict
        As ``spread_of``; kept in ``spread.json`` of the run's folder.

    Raises
    ------
    RunFailed
        If one of them fails.
    """
    own = run.definition.settings.seed
    runs = [run, *(_clone(run, seed=(own + step) % 2**32) for step in range(1, seeds))]
    train_all(runs, at_once, callback)
    found = spread_of(runs)
    atomic.write_json(run.folder / SPREAD, found)
    return found


def spread_of(runs: Sequence[Run]) -> dict[str, Any]:
    """Return what runs that differ in their seed say of each other, each by its best epoch on validation.

    Returns
    -------
    dict
        ``part`` (validation), ``measure`` and ``figure``; ``runs``, ``seeds``, ``epochs`` and ``values`` of
        each; ``mean`` and ``sd`` of the values; ``against``, the best baseline, ``gains`` over it and their
        ``gain_mean``, ``gain_sd``; ``conclusions`` of each (beats, does not beat, loses to), ``changes``,
        whether they differ, and ``said``, all of it in a sentence.
    """
    boards = [run.scores() for run in runs]
    measure, against = boards[0]["measure"], boards[0]["best_baseline"]
    figure = _FIGURE.get(measure, measure)
    values = [board["model"][figure] for board in boards]
    intervals = [board["intervals"][against] for board in boards]
    gains = [one["difference"] for one in intervals]
    concluded = [conclusion(one) for one in intervals]
    found: dict[str, Any] = nulled(
        {
            "part": "validation",
            "measure": measure,
            "figure": figure,
            "runs": [run.name for run in runs],
            "seeds": [run.definition.settings.seed for run in runs],
            "epochs": [run.best_epoch() for run in runs],
            "values": values,
            **_moments("", values),
            "against": against,
            "gains": gains,
            **_moments("gain_", gains),
            "conclusions": concluded,
            "changes": len(set(concluded)) > 1,
        }
    )
    return {**found, "said": _said(found)}


def _moments(prefix: str, values: Sequence[float | None]) -> dict[str, float]:
    known = np.array([np.nan if one is None else one for one in values], np.float64)
    spread = float(known.std(ddof=1)) if len(known) > 1 else float("nan")
    return {f"{prefix}mean": float(known.mean()), f"{prefix}sd": spread}


def _said(found: dict[str, Any]) -> str:
    names = {
        "auc": "AUC",
        "qlike": "QLIKE",
        "rmse": "RMSE",
        "log_loss": "log-loss",
        "pinball": "pinball loss",
    }
    if found["mean"] is None or found["sd"] is None:
        return "One seed tells no spread."
    count = len(found["seeds"])
    error = found["sd"] / count**0.5  # no more decimals than the mean's standard error has places
    digits = min(max(-int(np.floor(np.log10(error))), 0), 4) if error > 0 else 3
    body = (
        f"{names[found['figure']]} {found['mean']:.{digits}f} ± {found['sd']:.{digits}f} over {count} seeds"
    )
    rival = found["against"].replace("_", " ")
    if not found["changes"]:
        return f"{body}; {_ALL[found['conclusions'][0]]} the {rival} baseline."
    beats = sum(one == "beats" for one in found["conclusions"])
    return f"{body}; the conclusion changes: {beats} of {count} beat the {rival} baseline."


def retraining_null(
    run: Run, draws: int = 1, *, at_once: int = 1, callback: Follow | None = None
) -> dict[str, Any]:
    """Train a run's definition on labels permuted within their sessions, and say what it seems to know.

    Where a training fools itself, by a leak or by choosing among epochs, its score on permuted labels is
    above that of knowing nothing. Runs on permuted labels are counted neither as tries nor as epochs seen,
    and do not go into the vault.

    Parameters
    ----------
    run : Run
        Finished.
    draws : int
        How many permutations are trained on.

    Returns
    -------
    dict
        As ``null_of``; kept in ``null.json`` of the run's folder.
    """
    runs = [_clone(run, permuted=draw) for draw in range(1, draws + 1)]
    train_all(runs, at_once, callback)
    found = null_of(run, runs)
    atomic.write_json(run.folder / NULL, found)
    return found


def null_of(run: Run, nulls: Sequence[Run]) -> dict[str, Any]:
    """Return what a run knows beside what runs on permuted labels seem to know, on validation.

    Returns
    -------
    dict
        ``measure``: ``auc`` within sessions, 0.5 for knowing nothing, or ``skill`` over the base rate, 0
        then; ``real``; ``values`` of the ``runs``, their ``mean`` and ``sd``; ``p``, the share of draws
        (this one counted) that reach the real one.
    """
    real, values = _known(run), [_known(one) for one in nulls]
    return dict(
        nulled(
            {
                "part": "validation",
                "measure": "auc" if run.head().kind == "probability" else "skill",
                "real": real,
                "runs": [one.name for one in nulls],
                "values": values,
                **_moments("", values),
                "p": (1 + sum(one >= real for one in values)) / (1 + len(values)),
            }
        )
    )


def _known(run: Run) -> float:
    """Return the best epoch's AUC within sessions, or its skill over the training part's base rate."""
    asset, head, said = run.asset, run.head(), columns(run.validation())
    truth, train = (label_of(asset, head.label, part) for part in ("validation", "train"))
    if head.kind == "probability":
        return within_session_auc(truth, said[:, 0], asset.session_day("validation")).mean
    always = base_rate(head, train, said.shape[1])
    return 1.0 - head.score(truth, said) / head.score(truth, np.tile(always, (len(truth), 1)))


def _clone(run: Run, **change: Any) -> Run:
    """Return the run's clone with another seed or permutation: one that is there, or a new one."""
    definition = run.definition
    wanted = dataclasses.replace(
        definition,
        settings=dataclasses.replace(definition.settings, seed=change.get("seed", definition.settings.seed)),
        permuted=change.get("permuted", definition.permuted),
        parent=run.name, sweep="", trial=0, litlab="",
    )  # fmt: skip
    for other in list_runs(run.project):
        if dataclasses.replace(other.definition, litlab="") == wanted and other.state not in _SPOILT:
            return other
    return clone_run(run, **change)


def train_all(runs: Sequence[Run], at_once: int = 1, callback: Follow | None = None) -> None:
    """Train what is not done, so many at a time, and wait."""
    waiting = [run for run in runs if run.state in ("queued", "paused")]
    for at in range(0, len(waiting), max(1, at_once)):
        started = [start(run) for run in waiting[at : at + max(1, at_once)]]
        for run in started:
            run.follow(None if callback is None else _telling(callback, run))
    for run in runs:
        if run.state == "running":
            run.follow()


def _telling(callback: Follow, run: Run) -> Callable[[dict[str, float]], Any]:
    return lambda row: callback(run, row)
