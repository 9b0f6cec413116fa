"""Entries beside each other: their scores with interval and baseline, and what they differ in."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.errors import BadParameter, LitlabError
from litlab.shown import Shown, rows_html
from litlab.vault.entry import Entry
from litlab.vault.heads import columns
from litlab.vault.paired import compare_losses
from litlab.vault.scoreboard import nulled
from litlab.vault.scores import compare as compare_auc

_SKIPPED = ("position", "format")


@dataclasses.dataclass(frozen=True)
class Difference:
    """Something that entries do not have in common.

    Attributes
    ----------
    part : {"asset", "canvas", "features", "settings", "versions"}
    what : str
        ``trend.kernel`` of a canvas, ``bars.params`` of features, ``epochs`` of settings.
    values : tuple
        One an entry, None where it has no such thing.
    """

    part: str
    what: str
    values: tuple[Any, ...]


@dataclasses.dataclass(frozen=True)
class Comparison(Shown):
    """Several entries side by side.

    Attributes
    ----------
    rows : list of dict
        One an entry: ``entry`` (name@digest), ``run``, ``epoch``, ``score`` and its ``metric``, ``baseline``
        and ``baseline_score``, ``difference`` with ``low`` and ``high`` (of AUC, else the skill 1 − loss /
        baseline's loss) and their ``caveat``, ``log_loss``, ``brier_skill``, ``parity``, ``test_looks``,
        ``trained_up_to_ns``.
    differences : list of Difference
    same_test : bool
        Whether all were scored on the same samples.
    between : dict or None
        Of two entries scored on the same samples: the first minus the second, an ``Interval`` as a dict; None
        where their asset is not here. No sample is predicted for it.
    """

    rows: list[dict[str, Any]]
    differences: list[Difference]
    same_test: bool
    between: dict[str, Any] | None

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        found: dict[str, Any] = nulled(dataclasses.asdict(self))
        return found

    def _repr_html_(self) -> str:
        names = [row["entry"] for row in self.rows]
        keys = [key for key in self.rows[0] if key != "entry"]
        scores = rows_html("Scores", ["", *names], [[key, *(row[key] for row in self.rows)] for key in keys])
        told = [[one.part, one.what, *map(str, one.values)] for one in self.differences]
        return scores + rows_html("Differences", ["", "", *names], told)


def compare(entries: Sequence[Entry]) -> Comparison:
    """Compare vault entries, the first two of which with an interval between them.

    Parameters
    ----------
    entries : sequence of Entry
        Two or more.

    Raises
    ------
    BadParameter
        If it is fewer than two.
    """
    if len(entries) < 2:
        raise BadParameter(name="entries", given=len(entries), wanted="a comparison takes two or more")
    same = len({(one.record.asset, one.record.label) for one in entries}) == 1
    return Comparison(
        rows=[row_of(one) for one in entries],
        differences=list(_differences(entries)),
        same_test=same,
        between=_between(entries[0], entries[1]) if same and len(entries) == 2 else None,
    )


def row_of(entry: Entry) -> dict[str, Any]:
    """Return an entry's row of a comparison: its score on the test part beside its best baseline.

    The figure is the one that its scoreboard compares by: the AUC within sessions for probabilities, a loss
    else. What an entry was not scored on is None.
    """
    record, scores = entry.record, entry.scores
    model = mapping(scores.get("model"))
    name = str(scores.get("best_baseline") or "")
    baseline = mapping(mapping(scores.get("baselines")).get(name))
    interval = mapping(mapping(scores.get("intervals")).get(name))
    measure = str(scores.get("measure") or "auc")
    metric = "rmse" if measure == "squared_error" else measure
    return {
        "entry": f"{entry.name}@{entry.digest[:12]}",
        "run": record.run,
        "epoch": record.epoch,
        "metric": metric,
        "score": _number(model.get(metric)),
        "baseline": name or None,
        "baseline_score": _number(baseline.get(metric)),
        "measure": measure,
        "difference": _number(interval.get("difference")),
        "low": _number(interval.get("low")),
        "high": _number(interval.get("high")),
        "caveat": str(interval.get("caveat") or ""),
        "log_loss": _number(model.get("log_loss")),
        "brier_skill": _number(model.get("brier_skill")),
        "parity": record.parity,
        "test_looks": _number(scores.get("test_looks")),
        "trained_up_to_ns": record.trained_up_to_ns,
    }


def _number(value: Any) -> Any:
    """Return a finite number as it is, None for anything else."""
    known = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return value if known else None


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a mapping as it is, anything else as an empty one: files from elsewhere may hold what they like.

    >>> mapping({"auc": 0.6}), mapping(None), mapping([1])
    ({'auc': 0.6}, {}, {})
    """
    return value if isinstance(value, Mapping) else {}


def _between(first: Entry, second: Entry) -> dict[str, Any] | None:
    """Return first − second on the test part, from what both have said of it; None without the labels."""
    heads = [one.head for one in (first, second)]
    try:
        asset = first.asset
    except LitlabError:  # an entry from elsewhere: the labels are not here
        return None
    truth = np.asarray(asset.array("test", first.record.label))[:, 0, 0].astype(np.float64)
    said = [columns(_outputs(one)) for one in (first, second)]
    if heads[0] != heads[1] or not len(truth) == len(said[0]) == len(said[1]) or not len(truth):
        return None
    day, times = asset.session_day("test"), asset.as_of_ns("test")
    if heads[0].kind == "probability":
        found = compare_auc(truth, said[0][:, 0], said[1][:, 0], day, times)
    else:
        ours, theirs = (heads[0].losses(truth, one) for one in said)
        found = compare_losses(ours, theirs, day, times)
    told: dict[str, Any] = nulled(dataclasses.asdict(found))
    return told


def _outputs(entry: Entry) -> npt.NDArray[Any]:
    said = entry.predictions()
    return said.get("outputs", said["prediction"])


def _differences(entries: Sequence[Entry]) -> Iterator[Difference]:
    records = [one.record for one in entries]
    parts: dict[str, list[dict[str, Any]]] = {
        "asset": [{"asset": one.asset, "schema": one.schema, "label": one.label} for one in records],
        "canvas": [_flat_canvas(one.canvas) for one in records],
        "features": [_flat_features({**one.features, **one.also}) for one in records],
        "settings": [dict(one.settings) for one in records],
        "versions": [{**one.versions, **one.environment} for one in records],
    }
    for part, flats in parts.items():
        for what in dict.fromkeys(key for flat in flats for key in flat if key not in _SKIPPED):
            values = tuple(flat.get(what) for flat in flats)
            if any(value != values[0] for value in values[1:]):
                yield Difference(part, what, values)


def _flat_canvas(canvas: Mapping[str, Any]) -> dict[str, Any]:
    """Return a canvas as what may differ: each node's component and parameters, what is wired into it."""
    found: dict[str, Any] = {}
    for node in canvas.get("nodes", []):
        found[str(node["id"])] = node["component"]
        found.update({f"{node['id']}.{key}": value for key, value in node.get("params", {}).items()})
    for edge in canvas.get("edges", []):
        found[f"into {edge['target']}"] = [*found.get(f"into {edge['target']}", []), edge["source"]]
    return found


def _flat_features(features: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, about in features.items():
        found[name] = about.get("script")
        found[f"{name}.source"] = str(about.get("script_digest", ""))[:12]
        found[f"{name}.columns"] = about.get("columns")
        found[f"{name}.rows"] = about.get("rows")
        params = about.get("params")
        found.update({f"{name}.{key}": value for key, value in mapping(params).items()})
    return found
