"""A scoreboard as small pictures: calibration, confidence, days, and where a model is good."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

Scores = Mapping[str, Any]

_WIDTH, _HEIGHT = 320, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 8, 8, 30
_BROKEN = '<p class="problem">▲ This part of its scoreboard cannot be read.</p>'
_NAMES = {
    "auc": "AUC", "log_loss": "log-loss", "pinball": "pinball loss", "rmse": "RMSE", "qlike": "QLIKE",
    "brier_skill": "Brier skill", "mase": "MASE", "mae": "MAE", "ic": "rank correlation",
    "covered": "coverage", "auc_sd": "SD by day", "auc_pooled": "pooled AUC", "brier": "Brier score",
}  # fmt: skip
_SHOWN = (
    "auc", "auc_sd", "log_loss", "brier", "brier_skill", "pinball", "rmse", "mae", "mase", "qlike", "ic",
    "skill", "covered", "width",
)  # fmt: skip
_LOWER = {"log_loss", "brier", "pinball", "rmse", "mae", "mase", "qlike", "width"}


def pictures(scores: Scores) -> str:
    """Return the pictures that a scoreboard has figures for, side by side."""
    made = [safely(one, scores) for one in (reliability, levels, confidence, days, coverage)]
    return f'<div class="boards">{"".join(filter(None, made))}</div>'


def safely(make: Callable[[Scores], str], scores: Scores) -> str:
    """Return what `make` draws, or that it cannot: scores of entries from elsewhere may hold anything."""
    try:
        return make(scores)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError):
        return _BROKEN


def name_of(metric: str) -> str:
    """Return a metric as people say it.

    >>> name_of("auc"), name_of("something_else")
    ('AUC', 'something else')
    """
    return _NAMES.get(metric, metric.replace("_", " "))


def number(value: Any, digits: int = 3, sign: bool = False) -> str:
    """Return a figure with fixed decimals; a dash for what is none.

    >>> number(0.61234), number(None), number(0.1, sign=True)
    ('0.612', '–', '+0.100')
    """
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value):
        return "–"
    if value and abs(value) < 10**-digits:
        return f"{value:+.1e}" if sign else f"{value:.1e}"
    return f"{value:+,.{digits}f}" if sign else f"{value:,.{digits}f}"


def reliability(scores: Scores) -> str:
    """Return what was said against what happened, a dot a bin, as large as the bin has samples."""
    told = scores.get("calibration")
    if not told or not told["bins"]:
        return ""
    most = max(one["n"] for one in told["bins"])
    plot = _Plot((0.0, 1.0), (0.0, 1.0))
    dots = "".join(
        f'<circle cx="{plot.x(one["said"]):.1f}" cy="{plot.y(one["happened"]):.1f}" '
        f'r="{2 + 5 * math.sqrt(one["n"] / most):.1f}" class="model"><title>said {one["said"]:.3f}, happened '
        f"{one['happened']:.3f}, {int(one['n']):,} samples</title></circle>"
        for one in told["bins"]
    )
    line = f'<path d="M{plot.x(0)} {plot.y(0)}L{plot.x(1)} {plot.y(1)}" class="guide"/>'
    about = f"slope {number(told['slope'], 2)} · ECE {number(told['ece'])}"
    drawn = plot.svg(line + dots, "Calibration", "said", "happened", (0, 0.5, 1), (0, 0.5, 1))
    return _card("Calibration", about, drawn)


def levels(scores: Scores) -> str:
    """Return how often the label lay below each quantile against what the quantile promises."""
    told = scores.get("levels")
    if not told:
        return ""
    plot = _Plot((0.0, 1.0), (0.0, 1.0))
    dots = "".join(
        f'<circle cx="{plot.x(one["level"]):.1f}" cy="{plot.y(one["below"]):.1f}" r="5" class="model">'
        f"<title>{one['level']:g}: {one['below']:.3f} lay below</title></circle>"
        for one in told
    )
    line = f'<path d="M{plot.x(0)} {plot.y(0)}L{plot.x(1)} {plot.y(1)}" class="guide"/>'
    inside = scores.get("interval") or {}
    about = f"{number(inside.get('nominal'), 2)} promised · {number(inside.get('covered'), 2)} inside"
    drawn = plot.svg(line + dots, "Quantiles", "level", "share below", (0, 0.5, 1), (0, 0.5, 1))
    return _card("Quantiles", about, drawn)


def coverage(scores: Scores) -> str:
    """Return how often intervals held what came against what they promise; rings follow what came."""
    told = scores.get("uncertainty")
    if not told or not told["split"]:
        return ""
    plot = _Plot((0.4, 1.0), (0.4, 1.0))
    marks = f'<path d="M{plot.x(0.4)} {plot.y(0.4)}L{plot.x(1)} {plot.y(1)}" class="guide"/>'
    for kind, drawn in (("adaptive", "rival"), ("split", "model")):
        for one in told[kind]:
            x, y = (plot.x(max(0.4, one["nominal"])), plot.y(max(0.4, one["measured"])))
            said = f"{kind}: {one['nominal']:.0%} promised, {one['measured']:.1%} held, "
            place = f'cx="{x:.1f}" cy="{y:.1f}" r="{4 if kind == "split" else 6}"'
            size = number(one["size"])
            marks += f'<circle {place} class="{drawn}"><title>{said}size {size}</title></circle>'
    nine = next((one for one in told["split"] if one["nominal"] == 0.9), told["split"][-1])
    about = f"{nine['nominal']:.0%} promised → {nine['measured']:.1%} held of {int(told['n']):,}"
    picture = plot.svg(marks, "Coverage", "promised", "held", (0.5, 0.75, 1), (0.5, 0.75, 1))
    return _card("Coverage", about.replace("%", " %"), picture)


def confidence(scores: Scores) -> str:
    """Return the share of right calls by tenths of confidence; a tick marks calls made at random."""
    told = scores.get("deciles")
    if not told:
        return ""
    plot = _Plot((0.0, float(len(told))), (0.0, 1.0))
    bars = ""
    for at, one in enumerate(told):
        x, top, width = plot.x(at + 0.12), plot.y(one["hit_rate"]), plot.x(0.76) - plot.x(0)
        said = f"{one['hit_rate']:.3f} right of {int(one['n']):,}, lift {number(one['lift'], 2)}"
        bars += (
            f'<rect x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{plot.y(0) - top:.1f}" '
            f'class="model"><title>{said}</title></rect>'
        )
        if one["lift"]:
            chance = plot.y(one["hit_rate"] / one["lift"])
            bars += f'<path d="M{x - 1:.1f} {chance:.1f}h{width + 2:.1f}" class="rival"/>'
    last = told[-1]
    about = f"surest tenth {number(last['hit_rate'])} right · lift {number(last['lift'], 2)}"
    ends = ((0.5, "least sure"), (len(told) - 0.5, "surest"))
    drawn = plot.svg(bars, "Confidence", "", "right", (), (0, 0.5, 1), ends)
    return _card("Confidence", about, drawn)


def days(scores: Scores) -> str:
    """Return each day's score, the best baseline's as a ring beside it."""
    rows = scores.get("by", {}).get("day", [])
    metric = "auc" if any("auc" in one for one in rows) else "loss"
    pairs = [(one["key"], one.get(metric), one.get(f"baseline_{metric}")) for one in rows]
    known = [value for _, *both in pairs for value in both if value is not None]
    if not known:
        return ""
    middle = [0.5] if metric == "auc" else []
    low, high = min(known + middle), max(known + middle)
    pad = (high - low) * 0.1 or 0.05
    plot = _Plot((-0.5, len(pairs) - 0.5), (low - pad, high + pad))
    marks = "".join(
        f'<path d="M{plot.x(0) - 4:.1f} {plot.y(one):.1f}H{_WIDTH - _RIGHT}" class="guide"/>'
        for one in middle
    )
    won = both_known = 0
    for at, (key, ours, theirs) in enumerate(pairs):
        for value, kind, who in ((theirs, "rival", "baseline"), (ours, "model", "model")):
            if value is not None:
                marks += (
                    f'<circle cx="{plot.x(at):.1f}" cy="{plot.y(value):.1f}" r="3.5" class="{kind}">'
                    f"<title>{escape(str(key))}: {who} {value:.3f}</title></circle>"
                )
        if ours is not None and theirs is not None:
            both_known += 1
            won += ours > theirs if metric == "auc" else ours < theirs
    ends = (
        ((0, str(pairs[0][0])), (len(pairs) - 1, str(pairs[-1][0])))
        if len(pairs) > 1
        else ((0, str(pairs[0][0])),)
    )
    drawn = plot.svg(marks, "By day", "", name_of(metric), (), (low, high), ends)
    return _card("By day", f"better on {won} of {both_known} days", drawn)


def groups(scores: Scores) -> str:
    """Return a table of where a model is good: hours, volatility, instruments."""
    told = {kind: rows for kind, rows in scores.get("by", {}).items() if kind != "day" and rows}
    if not told:
        return ""
    metric = "auc" if any("auc" in one for rows in told.values() for one in rows) else "loss"
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
                <td class="number">{int(one["n"]):,}</td><td class="number">{number(ours)}{_star(better)}</td>
                <td class="number">{number(theirs)}</td></tr>"""
    return f"""<div class="scroll tall" id="groups"><table aria-label="Where it is good"><thead><tr>
        <th>By</th><th><span class="visually-hidden">Key</span></th><th class="number">Samples</th>
        <th class="number">Model {name_of(metric)}{_star(False)}</th>
        <th class="number">Best baseline</th></tr></thead><tbody>{body}</tbody></table></div>"""


def table(scores: Scores) -> str:
    """Return the model's figures with every baseline's below, and the difference with its interval."""
    model, rivals = scores.get("model"), scores.get("baselines") or {}
    if not model:
        return '<p class="quiet">This model was not scored: its output has no scoreboard.</p>'
    shown = [name for name in _SHOWN if name in model]
    heads = "".join(f'<th class="number{_aside(name)}">{name_of(name)}{_star(False)}</th>' for name in shown)
    best = {name: _best(name, [model, *rivals.values()]) for name in shown}
    rows = _scores_row("Model", model, shown, best, "")
    for name, figures in rivals.items():
        interval = (scores.get("intervals") or {}).get(name) or {}
        span = (
            f"{number(interval.get('difference'), sign=True)} "
            f'<span class="quiet">{number(interval.get("low"), sign=True)} … '
            f"{number(interval.get('high'), sign=True)}</span>"
        )
        named = escape(name.replace("_", " ")) + (" ◂ best" if name == scores.get("best_baseline") else "")
        rows += _scores_row(named, figures, shown, best, span)
    level = next(
        (f"{100 * one['level']:.0f} % interval" for one in (scores.get("intervals") or {}).values()), ""
    )
    return f"""<div class="scroll"><table aria-label="Scores"><thead><tr><th>Test part</th>{heads}
        <th class="number">Model against it, {level}</th></tr></thead><tbody>{rows}</tbody></table></div>"""


def _scores_row(name: str, figures: Scores, shown: Sequence[str], best: Scores, span: str) -> str:
    starred = {one for one in shown if best[one] is not None and figures.get(one) == best[one]}
    cells = "".join(
        f'<td class="number{_aside(one)}">{number(figures.get(one))}{_star(one in starred)}</td>'
        for one in shown
    )
    return f'<tr><td>{name}</td>{cells}<td class="number">{span}</td></tr>'


def _best(name: str, every: Sequence[Scores]) -> float | None:
    known = [one[name] for one in every if isinstance(one.get(name), float)]
    if not known or name in ("auc_sd", "covered"):
        return None
    return float(min(known) if name in _LOWER else max(known))


def _aside(name: str) -> str:
    """Return the class of what a narrow window leaves out."""
    return " wide" if name == "auc_sd" else ""


def _star(on: bool) -> str:
    return f'<span class="star">{"★" if on else ""}</span>'


def _card(title: str, about: str, drawn: str) -> str:
    return f"""<figure><figcaption><strong>{title}</strong> <span class="quiet">{about}</span></figcaption>
        {drawn}</figure>"""


class _Plot:
    """The inner rectangle of a picture and its two scales."""

    def __init__(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        self.spans = x, y

    def x(self, value: float) -> float:
        low, high = self.spans[0]
        return _LEFT + (value - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        low, high = self.spans[1]
        return _HEIGHT - _BOTTOM - (value - low) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)

    def svg(
        self,
        inner: str,
        title: str,
        x_name: str,
        y_name: str,
        x_ticks: Sequence[float],
        y_ticks: Sequence[float],
        x_words: Sequence[tuple[float, str]] = (),
    ) -> str:
        """Return the picture with its axes labelled."""
        foot = _HEIGHT - _BOTTOM
        frame = f'<path d="M{_LEFT} {_TOP}V{foot}H{_WIDTH - _RIGHT}" class="axis"/>'
        words = [(self.x(one), f"{one:g}") for one in x_ticks] + [(self.x(at), one) for at, one in x_words]
        frame += "".join(
            f'<text x="{min(max(at, _LEFT), _WIDTH - _RIGHT):.1f}" y="{foot + 13}" '
            f'text-anchor="{_anchor(at)}">{escape(one)}</text>'
            for at, one in words
        )
        frame += "".join(
            f'<text x="{_LEFT - 5}" y="{self.y(one) + 4:.1f}" text-anchor="end">{_tick(one)}</text>'
            for one in y_ticks
        )
        if x_name:
            frame += (
                f'<text x="{(_LEFT + _WIDTH) / 2:.0f}" y="{_HEIGHT - 4}" text-anchor="middle">{x_name}</text>'
            )
        middle = (_TOP + foot) / 2
        turned = f'transform="translate(10 {middle:.0f}) rotate(-90)"'
        frame += f'<text {turned} text-anchor="middle">{escape(y_name)}</text>'
        return (
            f"""<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{title}">{frame}{inner}</svg>"""
        )


def _anchor(at: float) -> str:
    return "start" if at < _LEFT + 40 else "end" if at > _WIDTH - _RIGHT - 40 else "middle"


def _tick(value: float) -> str:
    return f"{value:g}" if value in (0, 0.5, 1) else f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}"
