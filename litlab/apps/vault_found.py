"""What is found out about a vault entry on demand, as HTML: permuted labels, profit, folds, verification."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from litlab.apps import scorecards, tables
from litlab.apps.request import Request
from litlab.apps.tables import NUMBER, WIDE
from litlab.apps.vault_views import utc
from litlab.vault import Entry, verdict
from litlab.vault.comparing import mapping
from litlab.vault.inquiries import DRAWS, KINDS, Inquiry
from litlab.vault.pictures import null_picture, profit_picture, spread_picture
from litlab.vault.plots import notation, number

Row = Mapping[str, Any]

_COUNTED = {"null": "draws", "profit": "sessions", "verify": "samples"}
_BUTTONS = {"null": "Permute labels", "profit": "Reckon profit", "verify": "Verify"}


def kept(entry: Entry, name: str) -> Row:
    """Return what lies with an entry under this name, nothing where nobody has asked."""
    path = entry.path / name
    return mapping(json.loads(path.read_text("utf-8"))) if path.is_file() else {}


def kinds_of(scores: Row) -> list[str]:
    """Return what can be asked of an entry: its profit only where it forecasts returns.

    >>> kinds_of({"about": "return", "head": {"kind": "quantiles"}}), kinds_of({"about": "volatility"})
    (['null', 'profit', 'verify'], ['null', 'verify'])
    """
    forecast = mapping(scores.get("head")).get("kind") in ("level", "quantiles")
    returns = scores.get("about") == "return" and forecast
    return [one for one in KINDS if one != "profit" or returns]


def running(one: Inquiry) -> str:
    """Return how an inquiry goes, with the button that ends it."""
    told = f"{one.done:,} of {one.total:,} {_COUNTED[one.kind]}" if one.total else "starting …"
    return f"""<div class="actions"><span role="status">◐ {int(100 * one.share)} %</span>
        <progress value="{one.share:.4f}" max="1" aria-label="{_BUTTONS[one.kind]}"></progress>
        <span class="figures">{told}</span>
        <button data-action="cancel" data-argument="{one.kind}">Cancel</button></div>"""


def asking(one: Inquiry, about: str, here: bool) -> str:
    """Return the button that asks, or how far it has come; `about` says what it will take."""
    if one.running:
        return running(one)
    why = about if here else "The asset that it was scored on is not here."
    problem = f'<p class="problem" role="alert">▲ {escape(one.problem)}</p>' if one.problem else ""
    stopped = " · ■ stopped before its end" if one.state == "stopped" else ""
    return f"""<div class="actions wraps"><button data-action="ask" data-argument="{one.kind}"
        {"" if here else "disabled"}>{_BUTTONS[one.kind]}</button>
        <span class="quiet">{escape(why)}{stopped}</span></div>{problem}"""


def null(entry: Entry, asked: Inquiry, seconds: float | None, here: bool) -> str:
    """Return the test score under permuted labels, and the way to ask for it."""
    found = kept(entry, "null.json")
    long = "" if seconds is None else f", about {max(2, round(seconds + 1)):,} s"
    about = f"{DRAWS:,} draws{long}; the test part is not predicted again"

    def drawn(found: Row) -> str:
        said = ""
        if found.get("values"):
            said = scorecards.boards([scorecards.card(null_picture(found), titled=False)])
        elif found:
            said = f"""<p>{number(found.get("mean"))} ± {number(found.get("sd"))} where nothing is known; a
                share of {number(found.get("p"))} of {number(found.get("draws"), 0)} draws reaches it.</p>"""
        return said

    return f"""<section><h2>Permuted labels <span class="quiet">the score if there were nothing to know: the
        labels of each session in another order</span></h2>{scorecards.safely(drawn, found)}
        {asking(asked, about, here)}</section>"""


def profit(entry: Entry, asked: Inquiry, here: bool, typed: Mapping[str, str]) -> str:
    """Return what trading on the forecasts would have come to, and the form that asks for it."""
    found = kept(entry, "profit.json")
    return f"""<section><h2>Profit <span class="quiet">of one unit a sample, entered at the first trade after
        its moment and the latency; no market impact</span></h2>{scorecards.safely(_profit, found)}
        {running(asked) if asked.running else _form(found, asked, here, typed)}</section>"""


def _form(found: Row, asked: Inquiry, here: bool, typed: Mapping[str, str]) -> str:
    """Return the fields of a profit: as they were typed, else as it was reckoned last."""
    values = {
        name: typed.get(name) or f"{found.get(name, usual)}"
        for name, usual in (("latency_s", 1.0), ("least", 0.0))
    }
    about = (
        "reads the ticks of the test part once more; forecasts nearer to 0 than the least are not traded"
        if here
        else "The asset that it was scored on is not here."
    )
    problem = f'<p class="problem" role="alert">▲ {escape(asked.problem)}</p>' if asked.problem else ""
    return f"""<form data-action="profit" class="actions wraps">
        <label>Latency, s <input id="latency" name="latency_s" size="6" inputmode="decimal"
        value="{escape(values["latency_s"])}"></label>
        <label>Least forecast <input id="least" name="least" size="8" inputmode="decimal"
        value="{escape(values["least"])}"></label>
        <button {"" if here else "disabled"}>{_BUTTONS["profit"]}</button>
        <span class="quiet">{about}</span></form>{problem}"""


def _profit(found: Row) -> str:
    if not found:
        return ""
    if not found.get("costs"):
        return '<p class="quiet">No forecast could be traded on.</p>'
    picture = profit_picture(found)
    facts = {
        "Trades": number(found["trades"], 0),
        "Sessions": number(found["sessions"], 0),
        "Trades a day": number(found["trades_a_day"], 1),
        "Turnover a day, units": number(found["turnover_a_day"], 1),
        "Gross, bp a trade": f"{number(found['gross_bp'], 2, sign=True)} ± {number(found['gross_se'], 2)}",
        "Hit rate": number(found["hit_rate"]),
        "Half-spread, bp": number(found["half_spread_bp"], 2),
        "Break-even, half-spreads a side": number(found["break_even"], 2),
        "Latency, s": number(found["latency_s"], 1),
        "Least forecast": f"{found.get('least', 0.0):g}",
    }
    listed = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts.items())
    heads = [(one, NUMBER) for one in picture.heads]
    rows = "".join(
        "<tr>" + "".join(f'<td class="number">{escape(one)}</td>' for one in row) + "</tr>"
        for row in picture.rows
    )
    capacity = "".join(
        f"""<tr><td class="number">{100 * one["share"]:g}</td>
        <td class="number">{number(one["money"], 0)}</td></tr>"""
        for one in found["capacity"]
    )
    money = tables.table("Capacity", [("Share of volume, %", NUMBER), ("Money a trade", NUMBER)], capacity)
    return f"""<dl class="facts">{listed}</dl><div class="profit">
        {scorecards.boards([scorecards.card(picture, titled=False)])}
        <div class="scroll">{tables.table("Profit after cost", heads, rows)}</div>
        <div class="scroll">{money}</div></div>"""


def folds(entry: Entry, asked: Request) -> str:
    """Return the scoreboard over all folds of a walk-forward evaluation, "" where it was none."""
    found = kept(entry, "folds.json")
    return scorecards.safely(lambda scores: _folds(scores, asked), found) if found else ""


def _folds(found: Row, asked: Request) -> str:
    measure = str(found.get("measure") or "auc")
    metric = "rmse" if measure == "squared_error" else measure
    values = [mapping(one["model"]).get(metric) for one in found["folds"]]
    figure = notation(values)
    rows = "".join(_fold(at, one, metric, figure, asked) for at, one in enumerate(found["folds"], 1))
    heads = (("Fold", NUMBER), "Test sessions", ("Samples", NUMBER), (scorecards.name_of(metric), NUMBER),
             ("Best baseline", WIDE), "Model", ("Run", WIDE))  # fmt: skip
    return f"""<section><h2>Walk-forward <span class="quiet">every fold is predicted by a model that knew only
        its past</span></h2><p>{escape(verdict(dict(found)))}</p>
        {scorecards.table(found, "All folds", "Walk-forward scores")}
        <div class="scroll">{tables.table("Folds", heads, rows)}</div>
        {scorecards.pictures(found, "folds")}</section>"""


def _fold(at: int, one: Row, metric: str, figure: Callable[[Any], str], asked: Request) -> str:
    name, _, digest = str(one["entry"]).partition("@")
    model = asked.link("vault", name=name, digest=digest)
    run = asked.link("experiments", run=str(one["run"]))
    baseline = str(one["best_baseline"] or "").replace("_", " ")
    return f"""<tr><td class="number">{at}</td><td>{escape(str(one["from"]))} … {escape(str(one["to"]))}</td>
        <td class="number">{int(one["samples"]):,}</td>
        <td class="number">{figure(mapping(one["model"]).get(metric))}</td>
        <td class="wide">{escape(baseline)}</td><td><a href="{escape(model)}">{escape(name)}</a></td>
        <td class="wide"><a href="{escape(run)}">{escape(str(one["run"]))}</a></td></tr>"""


def retraining(entry: Entry) -> str:
    """Return how far the score moves with the seed, "" where nobody has tried."""
    found = kept(entry, "spread.json")

    def drawn(found: Row) -> str:
        return f"""<section><h2>Retraining <span class="quiet">under other seeds, on validation</span></h2>
            <p>{escape(str(found.get("said", "")))}</p>
            {scorecards.boards([scorecards.card(spread_picture(found), titled=False)])}</section>"""

    return scorecards.safely(drawn, found) if found.get("values") else ""


def verified(entry: Entry, asked: Inquiry, from_elsewhere: bool) -> str:
    """Return whether the entry's figures came out here again, or that nobody has asked."""
    if asked.running:
        return f"<div>{running(asked)}</div>"
    if asked.problem:
        return f'<p class="problem" role="alert">▲ {escape(asked.problem)}</p>'
    found = kept(entry, "verified.json")
    if found:
        mark = "● Verified here" if found.get("holds") else "▲ Not verified"
        when = utc(int(found.get("time_ns", 0)))
        look = "" if found.get("holds") else ' class="problem"'
        return f'<p{look} role="note">{mark}, {when}: {escape(str(found.get("said", "")))}</p>'
    if from_elsewhere:
        return """<p class="problem" role="note">▲ It came from elsewhere: its scores are its author's word
            until somebody verifies them where its asset is.</p>"""
    return ""
