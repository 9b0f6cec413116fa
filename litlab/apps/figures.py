"""An asset's audit figures as HTML: bars, gauges and the table of columns."""

from __future__ import annotations

import math
from html import escape
from typing import Any

from litlab.charts.tokens import TEST, TRAIN, VALIDATION

_COLOURS = {"train": TRAIN, "validation": VALIDATION, "test": TEST}
_FIGURES = ("min", "mean", "max", "std")


def counts(figures: dict[str, Any]) -> str:
    """Return samples per part as one bar with its legend, and how many were purged."""
    samples: dict[str, int] = figures["counts"]
    total = sum(samples.values()) or 1
    bars = "".join(
        f'<i style="flex:{count} 0 0;background:{_COLOURS[part]}"></i>'
        for part, count in samples.items()
        if count
    )
    legend = "".join(
        f'<span><b style="background:{_COLOURS[part]}"></b>{part} <strong>{count:,}</strong>'
        f' <span class="quiet">{count / total:.1%}</span></span>'
        for part, count in samples.items()
    )
    purged: dict[str, int] = figures["purged"]
    gone = sum(int(count) for count in purged.values())
    why = ", ".join(
        f"{escape(reason.replace('_', ' '))} {int(count):,}" for reason, count in purged.items() if count
    )
    return f"""<div><h2>Samples</h2><div class="track" role="img" aria-label="Samples per part">{bars}</div>
        <div class="legend">{legend}<span class="quiet" title="{why}">{gone:,} purged at the splits</span>
        </div></div>"""


def balance(figures: dict[str, Any]) -> str:
    """Return each label's mean per part, with a gauge where it is a share."""
    rows = ""
    for label, parts in figures["balance"].items():
        for part, share in parts.items():
            gauge = (
                f'<div class="gauge"><i style="width:{min(max(share, 0), 1) * 100:.1f}%;background:'
                f'{_COLOURS[part]}"></i></div>'
                if share is not None and 0 <= share <= 1
                else ""
            )
            value = "–" if share is None else f"{share:.3f}"
            rows += f"""<tr><td class="line">{escape(label)}</td><td>{part}</td>
                <td style="width:50%">{gauge}</td><td class="number">{value}</td></tr>"""
    return f"""<div><h2>Labels <span class="quiet">share of ones; the line marks one half</span></h2>
        <table aria-label="Label balance"><tbody>{rows}</tbody></table></div>"""


def columns(figures: dict[str, Any]) -> str:
    """Return the table of columns, numbers right-aligned with fixed decimals per row."""
    rows, before = "", None
    for row in figures["columns"]:
        cells = fixed([row[name] for name in _FIGURES])
        numbers = "".join(f'<td class="number">{cell}</td>' for cell in cells)
        label = ' <span class="chip">label</span>' if row["label"] else ""
        feature = f"{escape(row['feature'])}{label}" if row["feature"] != before else ""
        before = row["feature"]
        rows += f"""<tr><td>{feature}</td><td>{escape(row["column"])}</td>{numbers}
            <td class="number">{int(row["count"]):,}</td><td class="number">{int(row["nan"]):,}</td></tr>"""
    heads = "".join(f'<th class="number">{name.capitalize()}</th>' for name in _FIGURES)
    return f"""<div class="scroll"><table><thead><tr><th>Feature</th><th>Column</th>{heads}
        <th class="number">Count</th><th class="number">NaN</th></tr></thead><tbody>{rows}</tbody></table>
        </div>"""


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
