"""A scoreboard as HTML: figures beside every baseline's, pictures with their figures, where it is good."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from litlab.apps import tables
from litlab.apps.tables import HIDDEN, NUMBER, WIDE
from litlab.vault.pictures import UNREADABLE, drawings
from litlab.vault.plots import Picture, notation, number

Scores = Mapping[str, Any]

_BROKEN = '<p class="problem">▲ This part of its scoreboard cannot be read.</p>'
_NAMES = {
    "auc": "AUC", "log_loss": "log-loss", "pinball": "pinball loss", "rmse": "RMSE", "qlike": "QLIKE",
    "brier_skill": "Brier skill", "mase": "MASE", "mae": "MAE", "ic": "rank correlation",
    "covered": "coverage", "auc_sd": "SD by day", "auc_pooled": "pooled AUC", "brier": "Brier score",
}  # fmt: skip
_SHOWN = (
    "auc", "auc_sd", "log_loss", "brier", "pinball", "rmse", "mae", "mase", "qlike", "ic", "skill",
    "brier_skill", "covered", "width",
)  # fmt: skip
_LOWER = {"log_loss", "brier", "pinball", "rmse", "mae", "mase", "qlike", "width"}
_SCALED = {"pinball", "rmse", "mae", "width", "qlike"}  # as large as the label
_ASIDE = {"auc_sd", "brier", "mae", "width"}  # what a narrow window leaves out


def safely(make: Callable[[Scores], str], scores: Scores) -> str:
    """Return what `make` draws, or that it cannot: scores of entries from elsewhere may hold anything."""
    try:
        return make(scores)
    except UNREADABLE:
        return _BROKEN


def name_of(metric: str) -> str:
    """Return a metric as people say it.

    >>> name_of("auc"), name_of("something_else")
    ('AUC', 'something else')
    """
    return _NAMES.get(metric, metric.replace("_", " "))


def supported(error: float | None) -> int:
    """Return how many decimals a standard error leaves a meaning: two digits of the error, three at most.

    >>> supported(0.012), supported(0.2), supported(None)
    (3, 2, 3)
    """
    if error is None or error <= 0 or not math.isfinite(error):
        return 3
    return min(3, max(1, 1 - math.floor(math.log10(error))))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def pictures(scores: Scores, where: str = "figures") -> str:
    """Return the pictures that a scoreboard has figures for, side by side; `where` tells boards apart."""
    return boards([_BROKEN if one is None else card(one, where) for one in drawings(scores)])


def boards(cards: Sequence[str]) -> str:
    """Return cards side by side."""
    return f'<div class="boards">{"".join(cards)}</div>' if cards else ""


def card(picture: Picture, where: str = "figures", titled: bool = True) -> str:
    """Return a picture with its words, its figures folded beneath; a heading may have said its title."""
    heads = [(one, NUMBER) if at else one for at, one in enumerate(picture.heads)]
    body = "".join(
        "<tr>"
        + "".join(f"<td{' class=number' if at else ''}>{escape(one)}</td>" for at, one in enumerate(row))
        + "</tr>"
        for row in picture.rows
    )
    table = (
        f"""<details id="{where}-{picture.name}"><summary>Figures</summary><div class="scroll tall">
        {tables.table(f"{picture.title}: figures", heads, body)}</div></details>"""
        if body
        else ""
    )
    title = f"<strong>{escape(picture.title)}</strong>" if titled else ""
    return f"""<figure><figcaption>{title}
        <span class="quiet">{escape(picture.about)}</span></figcaption>{picture.svg()}{table}</figure>"""


def groups(scores: Scores) -> str:
    """Return a table of where a model is good: hours, volatility, instruments."""
    told = {kind: rows for kind, rows in scores.get("by", {}).items() if kind != "day" and rows}
    if not told:
        return ""
    metric = "auc" if any("auc" in one for rows in told.values() for one in rows) else "loss"
    names = (metric, f"baseline_{metric}")
    figure = notation([one.get(name) for rows in told.values() for one in rows for name in names])
    body = ""
    for kind, rows in told.items():
        for at, one in enumerate(rows):
            ours, theirs = one.get(metric), one.get(f"baseline_{metric}")
            better = (
                ours is not None
                and theirs is not None
                and (ours > theirs if metric == "auc" else ours < theirs)
            )
            body += f"""<tr><td>{escape(kind) if not at else ""}</td><td>{escape(str(one["key"]))}</td>
                <td class="number">{int(one["n"]):,}</td>
                <td class="number">{figure(ours)}{_star(better)}</td>
                <td class="number">{figure(theirs)}</td></tr>"""
    heads = ("By", ("Key", HIDDEN), ("Samples", NUMBER), (f"Model {name_of(metric)}", NUMBER, "starred"),
             ("Best baseline", NUMBER))  # fmt: skip
    return f'<div class="scroll tall" id="groups">{tables.table("Where it is good", heads, body)}</div>'


def classes(scores: Scores) -> str:
    """Return a table of a model's classes, "" for any other kind of output."""
    rows = scores.get("classes")
    if not rows:
        return ""
    body = "".join(
        f"""<tr><td>{int(one["class"])}</td><td class="number">{int(one["n"]):,}</td>
        <td class="number">{number(one["share"])}</td><td class="number">{number(one["train_share"])}</td>
        <td class="number">{number(one["auc"])}</td><td class="number">{number(one["auc_sd"])}</td>
        <td class="number">{number(one["calibration"]["slope"], 2)}</td>
        <td class="number">{number(one["calibration"]["intercept"], 2, sign=True)}</td></tr>"""
        for one in rows
    )
    names = ("Samples", "Share", "In training", "AUC against all others", "SD by day", "Slope", "Intercept")
    heads: list[str | tables.Head] = ["Class", *((one, NUMBER) for one in names)]
    return f'<div class="scroll">{tables.table("Classes", heads, body)}</div>'


def table(scores: Scores, part: str = "Test part", label: str = "Scores") -> str:
    """Return the model's figures with every baseline's below, and the difference with its interval."""
    model, rivals = scores.get("model"), scores.get("baselines") or {}
    if not model:
        return '<p class="quiet">This model was not scored: its output has no scoreboard.</p>'
    shown = [name for name in _SHOWN if name in model]
    every = [model, *rivals.values()]
    sure = supported(_error(model))
    figure: dict[str, Callable[[Any], str]] = {
        name: _fixed(sure if name in ("auc", "auc_sd") else 3) if name not in _SCALED
        else notation([one.get(name) for one in every])
        for name in shown
    }  # fmt: skip
    heads: list[str | tables.Head] = [part]
    heads += [(_column_of(name, model), f"number starred{_aside(name)}") for name in shown]
    best = {name: _best(name, every) for name in shown}
    rows = _scores_row("Model", model, shown, best, figure, '<td></td><td class="wide"></td>')
    intervals = scores.get("intervals") or {}
    for name, figures in rivals.items():
        interval = intervals.get(name) or {}
        span = (
            f"{number(interval.get('difference'), sign=True)} "
            f'<span class="quiet">{number(interval.get("low"), sign=True)} … '
            f"{number(interval.get('high'), sign=True)}</span>"
        )
        won = f"{int(interval['days_won'])} of {int(interval['days'])}" if interval.get("days") else "–"
        named = escape(name.replace("_", " ")) + (" ◂ best" if name == scores.get("best_baseline") else "")
        more = f'<td class="number">{span}</td><td class="number wide">{won}</td>'
        rows += _scores_row(named, figures, shown, best, figure, more)
    level = next((f"{100 * one['level']:.0f} % interval" for one in intervals.values()), "")
    heads += [(f"Model against it, {level}", NUMBER), ("Days won", NUMBER, WIDE)]
    return f'<div class="scroll">{tables.table(label, heads, rows)}</div>'


def _column_of(name: str, model: Scores) -> str:
    """Return a column's head: a skill says of which loss where there is another beside it."""
    return "log-loss skill" if name == "skill" and "log_loss" in model else name_of(name)


def _error(model: Scores) -> float | None:
    """Return the standard error of the AUC within sessions, None where it is not known."""
    sd, days = model.get("auc_sd"), model.get("auc_days")
    return sd / math.sqrt(days) if _is_number(sd) and _is_number(days) and sd and days else None


def _scores_row(
    name: str,
    figures: Scores,
    shown: Sequence[str],
    best: Scores,
    said: Mapping[str, Callable[[Any], str]],
    more: str,
) -> str:
    starred = {one for one in shown if best[one] is not None and figures.get(one) == best[one]}
    cells = "".join(
        f'<td class="number{_aside(one)}">{said[one](figures.get(one))}{_star(one in starred)}</td>'
        for one in shown
    )
    return f"<tr><td>{name}</td>{cells}{more}</tr>"


def _fixed(digits: int) -> Callable[[Any], str]:
    """Return what writes figures with the decimals of their column, whatever their size."""
    return lambda value: f"{round(value, digits) + 0.0:,.{digits}f}" if _is_number(value) else "–"  # no −0


def _best(name: str, every: Sequence[Scores]) -> float | None:
    known = [one[name] for one in every if isinstance(one.get(name), float)]
    if not known or name in ("auc_sd", "covered"):
        return None
    return float(min(known) if name in _LOWER else max(known))


def _aside(name: str) -> str:
    """Return the class of what a narrow window leaves out."""
    return " wide" if name in _ASIDE else ""


def _star(on: bool) -> str:
    return f'<span class="star">{"★" if on else ""}</span>'
