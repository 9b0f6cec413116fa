"""An asset's audit figures as HTML: bars, gauges, verdicts, histograms and tables."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from html import escape
from typing import Any

from litlab.assets.distribution import MOST
from litlab.assets.lineage import Sample
from litlab.assets.verdicts import DRIFTED
from litlab.charts import times
from litlab.charts.tokens import TEST, TRAIN, VALIDATION

_COLOURS = {"train": TRAIN, "validation": VALIDATION, "test": TEST}
_FIGURES = ("min", "mean", "max", "std")
_ICONS = {"clean": "●", "leak": "▲", "warning": "▲", "unknown": "◌"}
_ROWS = 12  # of a sample's table before "all rows"

Told = dict[str, Any]


def counts(figures: Told) -> str:
    """Return samples per part as one bar with its legend, what they are worth, and how many were purged."""
    samples: dict[str, int] = figures["counts"]
    total = sum(samples.values()) or 1
    bars = "".join(
        f'<i style="flex:{count} 0 0;background:{_COLOURS[part]}"></i>'
        for part, count in samples.items()
        if count
    )
    legend = "".join(
        f'<span><b style="background:{_COLOURS[part]}"></b>{part} <strong>{count:,}</strong>'
        f' <span class="quiet">{count / total:.1%}{_worth(figures, part)}</span></span>'
        for part, count in samples.items()
    )
    purged = {why: int(count) for why, count in figures["purged"].items() if count}
    why = "; ".join(f"{escape(reason.replace('_', ' '))} {count:,}" for reason, count in purged.items())
    gone = f"{sum(purged.values()):,} purged at the splits" + (f": {why}" if why else "")
    return f"""<div><h2>Samples</h2><div class="track" role="img" aria-label="Samples per part">{bars}</div>
        <div class="legend">{legend}</div><p class="quiet">{gone}</p></div>"""


def _worth(figures: Told, part: str) -> str:
    """Return how many samples without overlapping labels a part is worth."""
    effective = figures["effective"].get(part)
    return "" if effective is None else f", labels overlap: as good as {effective:,.0f} that do not"


def balance(figures: Told) -> str:
    """Return each label's mean per part, with a gauge where it is a share."""
    rows = ""
    for label, parts in figures["balance"].items():
        for part, share in parts.items():
            gauge = (
                f'<div class="gauge"><i style="width:{min(max(share, 0), 1) * 100:.1f}%;background:'
                f'{_COLOURS[part]}"></i></div>'
                if share is not None and 0 <= share <= 1
                else _classes(figures, label, part)
            )
            value = "–" if share is None else f"{share:.3f}"
            rows += f"""<tr><td class="line">{escape(label)}</td><td>{part}</td>
                <td style="width:50%">{gauge}</td><td class="number">{value}</td></tr>"""
    return f"""<div><h2>Labels <span class="quiet">mean; of a yes-or-no label the share of ones, the
        line marks one half</span></h2>
        <table aria-label="Label balance"><tbody>{rows}</tbody></table></div>"""


def _classes(figures: Told, label: str, part: str) -> str:
    shares = figures["classes"].get(label, {}).get(part, {})
    return f'<span class="quiet">{", ".join(f"{name}: {share:.1%}" for name, share in shares.items())}</span>'


def verdicts(figures: Told) -> str:
    """Return what could leak, one line each: icon, word and reason."""
    rows = "".join(
        f"""<tr class="{one["verdict"]}"><td class="line">{_ICONS[one["verdict"]]} {one["verdict"]}</td>
        <td class="line">{escape(one["name"])}</td><td class="wraps">{escape(one["text"])}</td></tr>"""
        for one in figures["verdicts"]
    )
    return f"""<div><h2>Leaks and doubts</h2>
        <table class="verdicts" aria-label="Verdicts"><tbody>{rows}</tbody></table></div>"""


def drift(figures: Told, chosen: str | None = None) -> str:
    """Return the columns by how far the held-out parts moved from train, the furthest first.

    Parameters
    ----------
    chosen : str, optional
        The column marked, as ``column_key`` names it; names are buttons then.
    """
    rows = sorted(figures["distribution"], key=lambda row: -_furthest(row))
    top = max([DRIFTED, *map(_furthest, rows)])
    body = "".join(_drift_row(row, top, chosen) for row in rows)
    sampled = " / ".join(f"{count:,}" for count in figures["sampled"].values())
    evenly = f", evenly taken, at most {MOST:,}" if MOST in figures["sampled"].values() else ""
    heads = "".join(
        f'<th class="number">{kind} {part}</th>' for kind in ("PSI", "KS") for part in ("validation", "test")
    )
    about = f"from train, newest row of {sampled} samples{evenly}"
    return f"""<div><h2>Drift <span class="quiet">{about}</span></h2>
        <div class="scroll tall"><table aria-label="Drift"><thead><tr><th>Column</th>
        <th><span class="visually-hidden">Greatest PSI</span></th>{heads}</tr>
        </thead><tbody>{body}</tbody></table></div></div>"""


def _furthest(row: Told) -> float:
    known: list[float] = [value for value in row["psi"].values() if value is not None]
    return max([0.0, *known])


def column_key(row: Told) -> str:
    """Return a column's name among all.

    >>> column_key({"feature": "bars", "column": "close"})
    'bars/close'
    """
    return f"{row['feature']}/{row['column']}"


def _drift_row(row: Told, top: float, chosen: str | None) -> str:
    key, far = escape(column_key(row)), _furthest(row)
    name = f'{escape(row["feature"])} <span class="quiet">·</span> {escape(row["column"])}'
    if chosen is not None:
        pressed = str(key == escape(chosen)).lower()
        what = f'class="plain" data-action="column" data-argument="{key}" aria-pressed="{pressed}"'
        name = f"<button {what}>{name}</button>"
    numbers = "".join(
        f'<td class="number">{"▲ " if kind == "psi" and (value or 0) > DRIFTED else ""}{_three(value)}</td>'
        for kind in ("psi", "ks")
        for value in (row[kind]["validation"], row[kind]["test"])
    )
    style = f"width:{far / top * 100:.1f}%;background:var(--lit-muted)"
    bar = f'<div class="gauge plain"><i style="{style}"></i></div>'
    return f"<tr><td>{name}</td><td>{bar}</td>{numbers}</tr>"


def _three(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def histogram(row: Told) -> str:
    """Return one column's histogram, train filled and test as a line, with its legend and ends."""
    if not row["edges"]:
        return f'<div><h2>{escape(column_key(row))}</h2><p class="quiet">Train knows no value.</p></div>'
    edges = row["edges"]
    low, middle, high = fixed([edges[0], edges[len(edges) // 2], edges[-1], edges[-1] - edges[0]])[:3]
    ends = (f"{low} and below", middle, f"{high} and above")
    legend = "".join(
        f'<span><b style="background:{_COLOURS[part]}"></b>{part}</span>'
        for part in ("train", "test")
        if row["shares"][part]
    )
    name = f'{escape(row["feature"])} <span class="quiet">·</span> {escape(row["column"])}'
    return f"""<div class="histogram"><h2>{name} <span class="quiet">share of samples by value</span></h2>
        {_bars(row, 400, 160)}
        <div class="ends">{"".join(f"<span>{one}</span>" for one in ends)}</div>
        <div class="legend">{legend}<span class="quiet">highest bar {_highest(row):.1%}; the first bar
        holds all that lies below, the last all above</span></div></div>"""


def _highest(row: Told) -> float:
    shares: list[float] = [*row["shares"]["train"], *row["shares"]["test"]]
    return max([1e-12, *shares])


def _bars(row: Told, width: int, height: int) -> str:
    """Return the drawing alone: train's bars filled, test's outline over them."""
    top = _highest(row)
    each = width / max(len(row["edges"]) - 1, 1)
    bars = "".join(
        f'<rect x="{at * each:.1f}" y="{height * (1 - share / top):.1f}" width="{each * 0.9:.1f}" '
        f'height="{height * share / top:.1f}"/>'
        for at, share in enumerate(row["shares"]["train"])
    )
    steps = "".join(
        f"{'M' if not at else 'L'}{at * each:.1f} {height * (1 - share / top):.1f}H{(at + 1) * each:.1f}"
        for at, share in enumerate(row["shares"]["test"])
    )
    return f"""<svg viewBox="0 -2 {width} {height + 3}" preserveAspectRatio="none" role="img"
        aria-label="Histogram of {escape(column_key(row))}, train and test">
        <g fill="{TRAIN}" fill-opacity="0.75">{bars}</g>
        <path d="{steps}" fill="none" stroke="{TEST}" stroke-width="2" vector-effect="non-scaling-stroke"/>
        </svg>"""


def columns(figures: Told) -> str:
    """Return the table of columns, numbers right-aligned with fixed decimals per row."""
    rows, before = "", None
    for row, spread in zip(figures["columns"], figures["distribution"], strict=True):
        cells = fixed([math.nan if row[name] is None else row[name] for name in _FIGURES])
        numbers = "".join(f'<td class="number">{cell}</td>' for cell in cells)
        label = ' <span class="chip">label</span>' if row["label"] else ""
        feature = f"{escape(row['feature'])}{label}" if row["feature"] != before else ""
        before = row["feature"]
        spark = _bars(spread, 96, 18) if spread["edges"] else ""
        rows += f"""<tr><td>{feature}</td><td>{escape(row["column"])}</td>{numbers}
            <td class="number">{int(row["count"]):,}</td><td class="number">{int(row["nan"]):,}</td>
            <td class="spark">{spark}</td></tr>"""
    heads = "".join(f'<th class="number">{name.capitalize()}</th>' for name in _FIGURES)
    return f"""<div class="scroll"><table aria-label="Columns"><thead><tr><th>Feature</th><th>Column</th>
        {heads}<th class="number">Count</th><th class="number">NaN</th><th>Train, test</th></tr></thead>
        <tbody>{rows}</tbody></table></div>"""


def sample(one: Sample, names: dict[str, tuple[str, ...]], zone: str) -> str:
    """Return a sample's place, values and lineage.

    Parameters
    ----------
    names : dict of str to tuple of str
        Feature → its columns.
    """
    lo, hi = one.reads
    first, last = one.label_reads
    facts = {
        "Index": f"{one.index:,}",
        f"As of, {times.city(zone)}": times.stamp(one.as_of_ns, zone, 3),
        "Ticks read": f"{lo:,} … {hi - 1:,} ({hi - lo:,})",
        "Label reads": f"{first:,} … {last - 1:,} ({last - first:,})" if last > first else "nothing",
        "Weight": f"{one.weight:.3f}",
    }
    listed = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts.items())
    tables = "".join(_values(name, names[name], values.tolist()) for name, values in one.values.items())
    return f"""<dl class="facts" title="{one.as_of_ns} ns UTC">{listed}</dl><div class="values">{tables}</div>
        {lineage(one)}"""


def _values(name: str, titles: Iterable[str], rows: list[list[float]]) -> str:
    heads = "".join(f'<th class="number">{escape(title)}</th>' for title in titles)
    shown = [fixed([*column, max(column) - min(column)])[:-1] for column in zip(*rows, strict=True)]
    body = "".join(
        f'<tr><td class="number quiet">{at - len(rows)}</td>'
        + "".join(f'<td class="number">{column[at]}</td>' for column in shown)
        + "</tr>"
        for at in reversed(range(len(rows)))
    )
    count = f"{len(rows)} rows, newest first" if len(rows) > 1 else ""
    return f"""<div><h3>{escape(name)} <span class="quiet">{count}</span></h3>
        <div class="scroll tall"><table aria-label="Values of {escape(name)}"><thead><tr>
        <th class="number">Row</th>{heads}</tr></thead>
        <tbody>{body}</tbody></table></div></div>"""


def lineage(one: Sample) -> str:
    """Return the chain from raw files to a sample as one readable line of links."""
    digests = [
        f'{escape(name)} <code title="{escape(digest)}">{escape(digest[:8])}</code>'
        for name, digest in one.lineage.files
    ]
    files = ", ".join(digests)
    if len(digests) > 3:
        every = escape(", ".join(f"{name} {digest}" for name, digest in one.lineage.files))
        files = f'<span title="{every}">{len(digests)} files</span>: {digests[0]} … {digests[-1]}'
    scripts = ", ".join(
        f"{escape(name)} = {escape(about['script'])} "
        f'<code title="{escape(about["script_digest"])}">{escape(about["script_digest"][:8])}</code> '
        f'<span class="quiet">{escape(json.dumps(about["params"], sort_keys=True))}</span>'
        for name, about in one.lineage.features.items()
        if "script" in about
    )
    lo, hi = one.reads
    links = (files or "files unknown", f"ticks {lo:,} … {hi - 1:,}", scripts or "scripts unknown",
             f"{one.part} sample {one.number:,}")  # fmt: skip
    return f'<p class="lineage"><strong>Lineage</strong> {" <b>›</b> ".join(links)}</p>'


def fixed(values: list[float]) -> list[str]:
    """Return a column's figures with one number of decimals, enough for four digits of the spread.

    >>> fixed([14.01, 14.1734, 14.28, 0.0612])
    ['14.01000', '14.17340', '14.28000', '0.06120']
    >>> fixed([100.0, 5321.25, 91000.0, 8000.5])
    ['100', '5,321', '91,000', '8,000']
    """
    known = [abs(value) for value in values if math.isfinite(value)]
    spread = abs(values[-1])
    scale = spread if math.isfinite(spread) and spread > 0 else max(known, default=1.0) or 1.0
    decimals = 0
    while decimals < 6 and scale * 10**decimals < 1000:
        decimals += 1
    return ["NaN" if math.isnan(value) else f"{value:,.{decimals}f}" for value in values]
