"""Entries of the vault side by side, as HTML: scores, the best of each marked, and what they differ in."""

from __future__ import annotations

from html import escape
from typing import Any

from litlab.apps import tables
from litlab.apps.tables import NUMBER
from litlab.vault.comparing import Comparison
from litlab.vault.plots import number


def comparison(found: Comparison) -> str:
    """Return entries side by side, the best of each row marked, and what they differ in."""
    heads: list[str | tables.Head] = ["Scores", *((str(row["entry"]), NUMBER) for row in found.rows)]
    scores = ""
    for key, label in _COMPARED.items():
        values = [row[key] for row in found.rows]
        known = [one for one in values if isinstance(one, float)]
        best = _COMPARED_BEST[key](known) if key in _COMPARED_BEST and known and found.same_test else None
        cells = "".join(
            f'<td class="number">{_told(one)}{" ★" if one == best else ""}</td>' for one in values
        )
        scores += f"<tr><td>{label}</td>{cells}</tr>"
    other = (
        "".join(
            f"<tr><td>{one.part}: {escape(one.what)}</td>"
            + "".join(f'<td class="number">{_told(value)}</td>' for value in one.values)
            + "</tr>"
            for one in found.differences
        )
        or f'<tr><td colspan="{len(found.rows) + 1}" class="quiet">Nothing but the weights.</td></tr>'
    )
    body = f'{scores}<tr><th colspan="{len(found.rows) + 1}">What differs</th></tr>{other}'
    return f"""<section><div class="actions"><h2>Side by side</h2><span class="grow"></span>
        <button data-action="close">Close</button></div>{_between(found)}
        <div class="scroll">{tables.table("Side by side", heads, body)}</div></section>"""


_COMPARED = {
    "score": "Score", "baseline_score": "Best baseline", "difference": "Difference", "log_loss": "Log-loss",
    "brier_skill": "Brier skill", "parity": "Parity", "test_looks": "Looks at the test part", "run": "Run",
    "epoch": "Epoch",
}  # fmt: skip
_COMPARED_BEST = {"difference": max, "log_loss": min, "brier_skill": max}


def _between(found: Comparison) -> str:
    if not found.same_test:
        return """<p class="problem">▲ They were not scored on the same samples: their scores say nothing
            about each other.</p>"""
    told = found.between
    if not told or told["low"] is None:
        return ""
    word = (
        "is better than"
        if told["low"] > 0
        else "is worse than"
        if told["high"] < 0
        else "cannot be told apart from"
    )
    caveat = f" ({escape(told['caveat'])})" if told["caveat"] else ""
    return f"""<p>The first {word} the second: {number(told["difference"], sign=True)},
        {100 * told["level"]:.0f} % interval {number(told["low"], sign=True)} …
        {number(told["high"], sign=True)}{caveat}.</p>"""


def _told(value: Any) -> str:
    if isinstance(value, float):
        return number(value, 4) if abs(value) >= 1e-3 or not value else f"{value:.1e}"
    return "–" if value is None else escape(str(value)[:120])
