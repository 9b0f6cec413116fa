"""What a test or a proof came to, as HTML: the values, the reads in words, badges and their evidence."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from litlab.assets.enforced import Enforced
from litlab.charts import times
from litlab.charts.values import COLOURS, STRIP_COLOUR
from litlab.errors import LitlabError
from litlab.features import Tested
from litlab.features.proof import CLEAN, EFFECT, READ
from litlab.features.verdicts import Verdict

if TYPE_CHECKING:
    from litlab.apps.features import Features

_TEST = " Test the feature at that index to see it happen."  # a remedy that has been followed here
ROWS = 200  # shown of a long table
_UNITS = ((86_400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"))
_BADGES = {CLEAN: "✓ no leak found", EFFECT: "▲ refuted: effect", READ: "▲ refuted: read"}

NOT_PROVED, STALE, ENFORCED = "○ not proved", "◌ stale", "✓ enforced"

Stamps = Callable[[npt.NDArray[np.int64]], list[str]]


def span_words(first_ns: int, last_ns: int) -> str:
    """Say how far before and after its own tick something was read.

    >>> span_words(-110 * 60 * 10**9, 0), span_words(0, 0), span_words(-3 * 86_400 * 10**9, 90 * 10**9)
    ('−110 min … 0', '0', '−3 d … +90 s')
    """
    ends = [_time(first_ns), _time(last_ns)]
    return ends[0] if ends[0] == ends[1] else " … ".join(ends)


def _time(ns: int) -> str:
    seconds = abs(ns) / 1e9
    if not ns:
        return "0"
    # A unit below which two digits still say something: 110 min rather than 1.8 h.
    size, unit = next((one for one in _UNITS if seconds >= 3 * one[0] or one[1] == "ms"), _UNITS[-1])
    amount = seconds / size
    return f"{'−' if ns < 0 else '+'}{amount:{',.0f' if amount >= 100 else '.3g'}} {unit}"


def reads_words(tested: Tested) -> str:
    """Say what a sample read: for how long before its tick, and how many ticks."""
    count = tested.reads[1] - tested.reads[0]
    return f"reads: {span_words(*tested.reads_ns)} · {count:,} tick{'s' * (count != 1)}"


def outcome(tested: Tested) -> str:
    """Say in words what a test came to where it is no table, "" where it is one."""
    if tested.rejected_by == tested.script and tested.is_gate:
        return "Rejected: the gate lets no sample begin at this tick. Shuffle tries another."
    if tested.rejected_by:
        whose = f"{tested.rejected_by} returned" if tested.rejected_by != tested.script else "it returned"
        return f"Rejected: {whose} nothing at this tick, so there is no sample here. Shuffle tries another."
    if tested.is_gate:
        return "Accepted: this tick is a sample. A gate's output is not stored."
    return ""


def pane(page: Features) -> str:
    """Return what stands under the chart: the values, why there are none, or what went wrong."""
    found, problem = page.tested, page.problem
    if problem is not None:
        told = failure(problem, page.script) + printed(str(problem.fields.get("printed", "")))
        return f'<div class="values-pane" id="values">{told}</div>'
    if found is None:
        return '<p class="values-pane quiet">Test shows the values at this tick here, and draws them.</p>'
    colours = dict(zip(page.drawn.over, COLOURS, strict=False)) | {page.drawn.beside: STRIP_COLOUR}
    zone = page.adapter.zone
    stamps = stamps_of(page.adapter.store, zone)
    table = values_table(found, stamps, times.city(zone), page.drawn.over, page.drawn.beside, colours)
    words = outcome(found) or _undrawn(found, page)
    said = f'<p role="status" class="quiet">{escape(words)}</p>' if words else ""
    return f'<div class="values-pane" id="values">{said}{table}{printed(found.printed)}</div>'


def _undrawn(tested: Tested, page: Features) -> str:
    """Say which columns are not drawn, and how they are; "" where all are."""
    shown = {*page.drawn.over, page.drawn.beside}
    rest = [name for name in tested.columns if name not in shown]
    if tested.values is None or tested.spans is None or not rest:
        return ""
    what = f"{', '.join(rest[:-1])} and {rest[-1]}" if len(rest) > 1 else rest[0]
    return f"Not drawn: {what}. A click on its head draws a column in the strip."


def values_table(
    tested: Tested, stamps: Stamps, zone: str, over: tuple[str, ...], beside: str, colours: Mapping[str, str]
) -> str:
    """Return the values as a table, the newest row first, its columns named as the script names them.

    Parameters
    ----------
    stamps : callable
        Exchange times of ticks.
    over, beside
        What is drawn over the prices, and in the strip below them.
    """
    values = tested.values
    if values is None:
        return ""
    heads = "".join(_head(name, over, beside, colours) for name in tested.columns)
    decimals = [_decimals(values[:, at]) for at in range(values.shape[1])]
    first = max(len(values) - ROWS, 0)
    rows = range(len(values) - 1, first - 1, -1)
    when = [""] * len(values)
    if tested.spans is not None:
        when[first:] = stamps(tested.spans[first:, 0])
    body = "".join(
        f'<tr><td class="number quiet">{_signed(row - len(values))}</td><td class="number">{when[row]}</td>'
        + "".join(
            f'<td class="number">{_number(value, digits)}</td>'
            for value, digits in zip(values[row].tolist(), decimals, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    more = f'<p class="quiet">{first:,} older rows are not shown.</p>' if first else ""
    known = "Begins, " + escape(zone) if tested.spans is not None else "Time not known"
    return f"""<table aria-label="Values"><thead><tr><th class="number">Row</th>
        <th class="number">{known}</th>{heads}</tr></thead><tbody>{body}</tbody></table>{more}"""


def _head(name: str, over: tuple[str, ...], beside: str, colours: Mapping[str, str]) -> str:
    text = escape(name)
    if name in over or name == beside:
        where = "over the prices" if name in over else "in the strip"
        mark = f'<b class="dot" style="background:{colours.get(name, "")}" title="Drawn {where}"></b>'
        return f'<th class="number">{mark}{text}</th>'
    return f"""<th class="number"><button class="plain" data-action="draw" data-argument="{text}"
        title="Draw it in the strip">{text}</button></th>"""


def _decimals(column: npt.NDArray[np.float64]) -> int:
    """Return how many decimals a column of numbers needs: six digits in all, none for whole numbers."""
    known = column[np.isfinite(column)]
    if not len(known) or (known == np.round(known)).all():
        return 0
    most = float(np.abs(known).max())
    return min(max(5 - math.floor(math.log10(most)) if most > 0 else 5, 2), 9)


def _number(value: float, digits: int) -> str:
    return f"{value:,.{digits}f}" if math.isfinite(value) else '<span class="quiet">NaN</span>'


# --- verdicts ---------------------------------------------------------------------------------------


def badge(held: tuple[Verdict, bool] | None, enforced: Enforced | None, is_label: bool = False) -> str:
    """Return a verdict's badge in words: state by icon and word."""
    if is_label:
        return ""
    if held is not None:
        verdict, fresh = held
        if not fresh:
            return STALE
        if verdict.proof.refuted:
            return _BADGES[verdict.proof.verdict]
    if enforced is not None:
        return ENFORCED
    return _BADGES.get(held[0].proof.verdict, NOT_PROVED) if held else NOT_PROVED


def evidence(held: tuple[Verdict, bool] | None, enforced: Enforced | None, link: Callable[[int], str]) -> str:
    """Return what a badge rests on: what was read, at how many ticks, and what was seen there."""
    parts = []
    if enforced is not None:
        parts.append(
            f"<p>{ENFORCED}: all {enforced.samples:,} samples of the asset <strong>{escape(enforced.schema)}"
            f"</strong> <code>{enforced.asset[:12]}</code>.</p><p class=quiet>{escape(enforced.text)}.</p>"
        )
    if held is None:
        return "".join(parts) or '<p class="quiet">Nobody has put it to the prover yet.</p>'
    verdict, fresh = held
    proof = verdict.proof
    if not fresh:
        parts.append(
            "<p>◌ The script, a feature it reads, or litlab's kernels have changed since: prove it again.</p>"
        )
    lo, hi = proof.ticks
    said = f"no leak found in {proof.samples} samples" if proof.verdict == CLEAN else proof.verdict
    parts.append(
        f"""<dl class="facts"><div><dt>Verdict</dt><dd>{escape(said)}</dd></div>
        <div><dt>Reads, ticks</dt><dd>{_signed(lo)} … {_signed(hi)}</dd></div>
        <div><dt>Reads, time</dt><dd>{span_words(*proof.time_ns)}</dd></div>
        <div><dt>Samples</dt><dd>{proof.samples:,}</dd></div>
        <div><dt>Asked of</dt><dd>{escape(verdict.project)}, {verdict.ticks:,} ticks</dd></div></dl>"""
    )
    if proof.evidence:
        rows = "".join(
            f"""<tr><td>{escape(one.probe)}</td><td class="number">{one.line or ""}</td><td class="number">
            {f'<a href="{escape(link(one.index))}">{one.index:,}</a>' if one.index >= 0 else ""}</td>
            <td class="wraps">{escape(one.text)}</td></tr>"""
            for one in proof.evidence
        )
        parts.append(
            f"""<div class="scroll tall"><table aria-label="Evidence"><thead><tr><th>Probe</th>
            <th class="number">Line</th><th class="number">Index</th><th>What was seen</th></tr></thead>
            <tbody>{rows}</tbody></table></div>"""
        )
    return "".join(parts)


def _signed(ticks: int) -> str:
    return f"−{-ticks:,}" if ticks < 0 else f"+{ticks:,}" if ticks else "0"


def failure(problem: LitlabError, name: str) -> str:
    """Return an error of a script with its remedy, and the way to the line."""
    edit = f"""<button data-lab="edit-source" data-argument="scripts/{escape(name)}">Edit source</button>"""
    line = problem.fields.get("line")
    said = str(problem).removesuffix(_TEST)
    return f"""<div class="failure" role="alert"><span class="problem">▲ {escape(said)}</span>
        {edit if line else ""}</div>"""


def printed(text: str) -> str:
    """Return what was printed in a fold, "" for nothing."""
    if not text:
        return ""
    lines = text.count("\n") + (not text.endswith("\n"))
    return f"""<details id="printed"><summary>Printed, {lines:,} line{"s" * (lines != 1)}</summary>
        <pre class="tall">{escape(text)}</pre></details>"""


def stamps_of(store: object, zone: str) -> Stamps:
    """Return a function that gives exchange times of ticks, with the date where it changes."""

    def stamps(ticks: npt.NDArray[np.int64]) -> list[str]:
        if not len(ticks):
            return []
        every = [int(store.times(at, at + 1)[0]) for at in ticks.tolist()]  # type: ignore[attr-defined]
        local = times.local_ns(np.array(every), zone)
        return [
            str(one).replace("T", " ")[:23] for one in local.astype("datetime64[ns]").astype("datetime64[ms]")
        ]

    return stamps
