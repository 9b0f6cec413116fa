"""Does a file hold quotes and no trades? By a header that names a bid and an ask, but no price and size."""

from __future__ import annotations

from typing import Any

from litlab.adapters.guesses import TIMES, Guess, Sample, first_of, timed

_BESIDE = "quotes lie beside trades: name the file in the parameter quotes of the trades' adapter"
_SIDES = {
    "bid": ("bid", "bid price", "bid_price", "bidprice", "best_bid"),
    "ask": ("ask", "ask price", "ask_price", "askprice", "best_ask", "offer"),
    "bid_size": ("bid_size", "bid size", "bidsize", "bid_qty", "best_bid_qty"),
    "ask_size": ("ask_size", "ask size", "asksize", "ask_qty", "best_ask_qty"),
}
_OF_LSEG = (
    "#ric", "date-time", "date[g]", "time[g]", "type", "bid price", "bid size", "ask price", "ask size",
)  # fmt: skip
_TRADES = ({"price", "last", "px", "trade price"}, {"volume", "size", "qty", "quantity"})


def lseg_quotes(sample: Sample) -> Guess | None:
    """Look for the header of LSEG's Time and Sales with Bid Price and Ask Price, without trades."""
    known = (
        "#ric",
        "date-time",
        "date[g]",
        "time[g]",
        "type",
        "bid price",
        "bid size",
        "ask price",
        "ask size",
    )
    found = [name for name in known if name in sample.head]
    clocked = "date-time" in found or {"date[g]", "time[g]"} <= set(found)
    if sample.delimiter != "," or not clocked or not {"#ric", "bid price", "ask price"} <= set(found):
        return None
    if _has_trades(sample):
        return None
    return Guess("lseg_quotes", {}, 0.93, (f"the header names {', '.join(found)}", _BESIDE))


def named_quotes(sample: Sample) -> Guess | None:
    """Look for a header that names a time, a bid and an ask."""
    time = first_of(sample.head, TIMES)
    names = {side: first_of(sample.head, known) for side, known in _SIDES.items()}
    if not (time and names["bid"] and names["ask"]) or not sample.rows or _has_trades(sample):
        return None
    own = dict(zip(sample.head, sample.lines[0], strict=True))
    chosen = {"time": time, **names}
    parameters: dict[str, Any] = {
        kind: own.get(name, "") for kind, name in chosen.items() if own.get(name, "") != kind
    }
    reasons = ["the header names " + ", ".join(own[name] for name in chosen.values() if name)]
    if sample.delimiter != ",":
        parameters["delimiter"] = sample.delimiter
    timed(sample.column(time), parameters, reasons)
    return Guess("csv_quotes", parameters, 0.6, (*reasons, _BESIDE))


def _has_trades(sample: Sample) -> bool:
    return all(names & set(sample.head) for names in _TRADES)
