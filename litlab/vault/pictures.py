"""A scoreboard as pictures: what was said and what happened, what confidence is worth, where it is good.

``pictures`` draws what an entry's scores have figures for, of every kind of output; they lie with the entry
as ``pictures/<name>.svg``. They are made of the figures alone, so a file that moves an entry leaves them out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from litlab import atomic
from litlab.shown import counted
from litlab.vault.plots import Picture, Plot, notation, number, span_of

Scores = Mapping[str, Any]

FOLDER = "pictures"
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, ZeroDivisionError)
_CLASSES = 6  # that have a picture of their own


def pictures(scores: Scores) -> list[Picture]:
    """Return the pictures that a scoreboard has figures for.

    Scores of entries from elsewhere may hold anything: what cannot be drawn is left out.
    """
    return [one for one in drawings(scores) if isinstance(one, Picture)]


def drawings(scores: Scores) -> Iterator[Picture | None]:
    """Yield each picture; None for one whose figures cannot be read."""
    for draw in (_calibrations, _tenths, _levels, _confidence, _coverage, _groups):
        try:
            yield from list(draw(scores))
        except UNREADABLE:
            yield None


def write_pictures(folder: Path, scores: Scores) -> list[Path]:
    """Write the pictures of a scoreboard into the draft of an entry's folder."""
    found = []
    (folder / FOLDER).mkdir(exist_ok=True)
    for one in pictures(scores):
        path = folder / FOLDER / f"{one.name}.svg"
        path.write_text(one.file(), "utf-8")
        found.append(path)
    return found


def keep(folder: Path, picture: Picture) -> Path:
    """Put one picture into an entry's folder, or another in its place."""
    path = folder / FOLDER / f"{picture.name}.svg"
    path.parent.mkdir(exist_ok=True)
    atomic.write_bytes(path, picture.file().encode())
    return path


def _calibrations(scores: Scores) -> Iterator[Picture]:
    """Draw what was said against what happened; of classes one picture each."""
    if told := scores.get("calibration"):
        yield from _calibration("calibration", "Calibration", told)
    for one in (scores.get("classes") or [])[:_CLASSES]:
        number_ = int(one["class"])
        yield from _calibration(f"calibration-{number_}", f"Calibration of {number_}", one["calibration"])


def _calibration(name: str, title: str, told: Scores) -> Iterator[Picture]:
    bins = told["bins"]
    if not bins:
        return
    most, plot = max(one["n"] for one in bins), Plot((0.0, 1.0), (0.0, 1.0))
    drawn = plot.diagonal()
    for one in bins:
        drawn += plot.bar(one["low"] + 0.01, one["high"] - one["low"] - 0.02, 0.15 * one["n"] / most, "rival",
                          f"{int(one['n']):,} samples")  # fmt: skip
    for one in bins:
        told_ = f"said {one['said']:.3f}, happened {one['happened']:.3f}, {int(one['n']):,} samples"
        drawn += plot.dot(one["said"], one["happened"], "model", told_, 2 + 5 * math.sqrt(one["n"] / most))
    about = (
        f"slope {number(told['slope'], 2)} · intercept {number(told['intercept'], 2, sign=True)} · "
        f"ECE {number(told['ece'])}"
    )
    rows = [
        (f"{one['low']:.1f} … {one['high']:.1f}", f"{int(one['n']):,}", number(one["said"]),
         number(one["happened"]))
        for one in bins
    ]  # fmt: skip
    drawn += plot.axes("said; bars: samples", "happened", (0, 0.5, 1), (0, 0.5, 1))
    yield Picture(name, title, about, drawn, ("Bin", "Samples", "Said", "Happened"), tuple(rows))


def _tenths(scores: Scores) -> Iterator[Picture]:
    """Draw a level's forecasts, by tenths, against what happened."""
    rows = scores.get("tenths")
    if not rows:
        return
    low, high = span_of([value for one in rows for value in (one["said"], one["happened"])])
    plot = Plot((low, high), (low, high))
    drawn = plot.diagonal()
    for one in rows:
        told = f"said {one['said']:.4g}, happened {one['happened']:.4g}, {int(one['n']):,} samples"
        drawn += plot.dot(one["said"], one["happened"], "model", told, 4.5)
    line = scores.get("line") or {}
    about = f"slope {number(line.get('slope'), 2)} · intercept {number(line.get('intercept'), sign=True)}"
    ends = (min(one["said"] for one in rows), max(one["said"] for one in rows))
    drawn += plot.axes("said, by tenths", "happened", ends, ends)
    figure = notation([value for one in rows for value in (one["said"], one["happened"])])
    table = [
        (str(at), f"{int(one['n']):,}", figure(one["said"]), figure(one["happened"]))
        for at, one in enumerate(rows, 1)
    ]
    heads = ("Tenth", "Samples", "Said", "Happened")
    yield Picture("calibration", "Said and happened", about, drawn, heads, tuple(table))


def _levels(scores: Scores) -> Iterator[Picture]:
    """Draw how often the label lay below each quantile against what the quantile promises."""
    told = scores.get("levels")
    if not told:
        return
    plot = Plot((0.0, 1.0), (0.0, 1.0))
    drawn = plot.diagonal()
    for one in told:
        said = f"{one['level']:g}: {one['below']:.3f} lay below, pinball loss {one['pinball']:.3g}"
        drawn += plot.dot(one["level"], one["below"], "model", said, 5)
    inside = scores.get("interval") or {}
    about = f"{number(inside.get('nominal'), 2)} promised · {number(inside.get('covered'), 2)} inside"
    lost = notation([one["pinball"] for one in told])
    rows = [(f"{one['level']:g}", number(one["below"]), lost(one["pinball"])) for one in told]
    drawn += plot.axes("level", "share below", (0, 0.5, 1), (0, 0.5, 1))
    yield Picture("quantiles", "Quantiles", about, drawn, ("Level", "Below", "Pinball loss"), tuple(rows))


def _coverage(scores: Scores) -> Iterator[Picture]:
    """Draw how often intervals held what came against what they promise; rings follow what came."""
    told = scores.get("uncertainty")
    if not told or not told["split"]:
        return
    plot = Plot((0.4, 1.0), (0.4, 1.0), (("model", "of validation"), ("rival", "adapted as it came")))
    drawn, rows = plot.diagonal(), []
    for kind, shape in (("adaptive", "rival"), ("split", "model")):
        for one in told[kind]:
            said = f"{kind}: {one['nominal']:.0%} promised, {one['measured']:.1%} held, size " + number(
                one["size"]
            )
            radius = 4 if kind == "split" else 6
            drawn += plot.dot(max(0.4, one["nominal"]), max(0.4, one["measured"]), shape, said, radius)
    for kind in ("split", "adaptive"):
        rows += [
            (kind, f"{one['nominal']:.0%}", f"{one['measured']:.1%}", number(one["size"]))
            for one in told[kind]
        ]
    nine = next((one for one in told["split"] if one["nominal"] == 0.9), told["split"][-1])
    about = f"{nine['nominal']:.0%} promised → {nine['measured']:.1%} held of {int(told['n']):,}"
    drawn += plot.axes("promised", "held", (0.5, 0.75, 1), (0.5, 0.75, 1))
    heads = ("Intervals", "Promised", "Held", "Mean size")
    yield Picture("coverage", "Coverage", about.replace("%", " %"), drawn, heads, tuple(rows))


def _confidence(scores: Scores) -> Iterator[Picture]:
    """Draw the share of right calls by tenths of confidence; a tick marks calls made at random."""
    told = scores.get("deciles")
    if not told:
        return
    plot = Plot((0.0, float(len(told))), (0.0, 1.0))
    drawn = ""
    for at, one in enumerate(told):
        said = f"{one['hit_rate']:.3f} right of {int(one['n']):,}, lift {number(one['lift'], 2)}"
        drawn += plot.bar(at + 0.12, 0.76, one["hit_rate"], "model", said)
        if one["lift"]:
            left, y = plot.x(at + 0.1), plot.y(one["hit_rate"] / one["lift"])
            drawn += f'<path d="M{left:.1f} {y:.1f}H{plot.x(at + 0.9):.1f}" class="rival"/>'
    last = told[-1]
    about = f"surest tenth {number(last['hit_rate'])} right · lift {number(last['lift'], 2)}"
    rows = [
        (str(at), f"{int(one['n']):,}", number(one["hit_rate"]), number(one["lift"], 2))
        for at, one in enumerate(told, 1)
    ]
    ends = ((0.5, "least sure"), (len(told) - 0.5, "surest"))
    drawn += plot.axes("", "right", (), (0, 0.5, 1), ends)
    heads = ("Tenth", "Samples", "Right", "Lift")
    yield Picture("confidence", "Confidence", about, drawn, heads, tuple(rows))


def _groups(scores: Scores) -> Iterator[Picture]:
    """Draw the score of each day, hour and so on, the best baseline's as a ring beside it."""
    for kind, rows in (scores.get("by") or {}).items():
        if kind in _GROUPS and (kind == "day" or len(rows) > 1):
            yield from _group(kind, rows)


_GROUPS = {"day": "day", "hour": "hour", "volatility": "tercile", "instrument": "instrument"}


def _group(kind: str, rows: Sequence[Scores]) -> Iterator[Picture]:
    metric = "auc" if any("auc" in one for one in rows) else "loss"
    pairs = [(str(one["key"]), one.get(metric), one.get(f"baseline_{metric}")) for one in rows]
    known = [value for _, *both in pairs for value in both if value is not None]
    if not known:
        return
    marks = (("model", "model"), ("rival", "best baseline"))
    plot = Plot((-0.5, len(pairs) - 0.5), span_of([*known, 0.5] if metric == "auc" else known), marks)
    told = notation(known)
    drawn = plot.level(0.5) if metric == "auc" else ""
    won = both_known = 0
    for at, (key, ours, theirs) in enumerate(pairs):
        for value, shape, who in ((theirs, "rival", "baseline"), (ours, "model", "model")):
            if value is not None:
                drawn += plot.dot(at, value, shape, f"{key}: {who} {told(value)}")
        if ours is not None and theirs is not None:
            both_known += 1
            won += ours > theirs if metric == "auc" else ours < theirs
    places = range(len(pairs)) if len(pairs) <= 3 else (0, len(pairs) - 1)
    ends = [(at, pairs[at][0]) for at in places]
    about = f"better than the best baseline on {won:,} of {counted(both_known, _GROUPS[kind])}"
    drawn += plot.axes("", "AUC" if metric == "auc" else "loss", (), (min(known), max(known)), ends)
    table = [
        (key, f"{int(one['n']):,}", told(ours), told(theirs))
        for (key, ours, theirs), one in zip(pairs, rows, strict=True)
    ]
    heads = (kind.capitalize(), "Samples", "Model", "Best baseline")
    yield Picture(f"by-{kind}", f"By {kind}", about, drawn, heads, tuple(table))


def null_picture(null: Scores) -> Picture:
    """Draw the scores of permuted labels as a histogram, and the real one as a line."""
    name = "auc" if "auc" in null else "loss"
    values, real = [float(one) for one in null["values"]], float(null[name])
    low, high = span_of([*values, real], 0.05)
    count = 24
    each = (high - low) / count
    held = [0] * count
    for one in values:
        held[min(count - 1, int((one - low) / each))] += 1
    plot = Plot((low, high), (0.0, max(held) * 1.1))
    drawn = "".join(
        plot.bar(low + (at + 0.05) * each, 0.9 * each, many, "rival", f"{many:,} draws")
        for at, many in enumerate(held)
        if many
    )
    word = "AUC" if name == "auc" else "loss"
    drawn += plot.upright(real, "model", f"the model's {word}: {real:.4g}")
    ends = (min(values), max(values))
    drawn += plot.axes(f"{word} under permuted labels; line: the model's", "draws", ends, (0.0,))
    about = (
        f"{number(null['mean'])} ± {number(null['sd'])} where nothing is known, {number(real)} the model's; "
        f"a share of {number(null['p'])} of {int(null['draws']):,} draws reaches it"
    )
    rows = (
        ("The model", number(real)), ("Mean under permuted labels", number(null["mean"])),
        ("SD", number(null["sd"])), ("Share that reaches it", number(null["p"])),
    )  # fmt: skip
    return Picture("null", "Permuted labels", about, drawn, ("Figure", word), rows)


def profit_picture(profit: Scores) -> Picture:
    """Draw the net return a trade against what a trade costs, with two standard errors each way."""
    rows = profit["costs"]
    errors = [2 * (one["net_se"] or 0.0) for one in rows]
    ends = [one["net_bp"] + sign * error for one, error in zip(rows, errors, strict=True) for sign in (-1, 1)]
    span, most = span_of([*ends, 0.0]), max(one["half_spreads"] for one in rows)
    plot = Plot((-0.15 * most, most * 1.15), span)
    drawn = plot.level(0.0)
    for one, error in zip(rows, errors, strict=True):
        x, y = one["half_spreads"], one["net_bp"]
        said = f"{x:g} half-spreads a side: {y:+.2f} ± {error / 2:.2f} bp a trade"
        path = f"M{plot.x(x):.1f} {plot.y(y - error):.1f}V{plot.y(y + error):.1f}"
        drawn += f'<path d="{path}" class="rival"/>{plot.dot(x, y, "model", said, 4.5)}'
    about = f"break-even at {number(profit['break_even'], 2)} half-spreads a side"
    table = [
        (f"{one['half_spreads']:g}", number(one["net_bp"], 2, sign=True), number(one["net_se"], 2),
         f"{int(one['days_won'])} of {int(profit['sessions'])}", number(one["sharpe"], 1))
        for one in rows
    ]  # fmt: skip
    ticks = [one["half_spreads"] for one in rows]
    drawn += plot.axes("half-spreads a side", "net bp a trade ± 2 SE", ticks, (min(ends), 0, max(ends)))
    heads = ("Half-spreads a side", "Net bp a trade", "SE", "Days won", "Sharpe a year")
    return Picture("profit", "Profit after cost", about, drawn, heads, tuple(table))


def spread_picture(spread: Scores) -> Picture:
    """Draw the score of each retraining on validation."""
    values = [float(one) for one in spread["values"]]
    plot = Plot((-0.5, len(values) - 0.5), span_of(values))
    seeds = [str(one) for one in spread["seeds"]]
    drawn = plot.level(sum(values) / len(values))
    for at, (seed, one) in enumerate(zip(seeds, values, strict=True)):
        drawn += plot.dot(at, one, "model", f"seed {seed}: {one:.4g}", 4.5)
    ends = [(at, f"seed {seeds[at]}") for at in (0, len(seeds) - 1)]
    drawn += plot.axes("", str(spread["figure"])[:20], (), (min(values), max(values)), ends)
    about = (
        f"{number(spread['mean'])} ± {number(spread['sd'])} on validation over {counted(len(values), 'seed')}"
    )
    rows = tuple((seed, number(one, 4)) for seed, one in zip(seeds, values, strict=True))
    return Picture("retraining", "Retraining", about, drawn, ("Seed", str(spread["figure"])[:20]), rows)


KEPT: dict[str, Callable[[Scores], Picture]] = {
    "null.json": null_picture, "profit.json": profit_picture, "spread.json": spread_picture,
}  # fmt: skip
"""File that an entry may hold beside its scores → what draws it."""
