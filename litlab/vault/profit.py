"""What forecasts of a return would have earned, and at which cost nothing would be left.

One trade a sample, long or short one unit by the forecast's sign, as far as it is `least` away from 0:

1. *Entry* at the first trade after as_of + latency, *exit* at the first one after the label's end + latency,
   or the session's last where there is none; both prints have to be eligible to set a price.
2. *Gross* is the log return between both, in basis points (1 bp = 1e-4), times the side.
3. *Cost* is counted in half-spreads, one for each of the two sides: the quoted half-spread at the entry
   where the data set has quotes, else Roll's (1984) √(−cov(Δp_t, Δp_{t−1})) of the session's trades, at
   least half a price tick.
4. *Break-even*: the half-spreads a side may cost before the mean trade earns nothing.
5. *Capacity*: money a trade may hold while it takes a share of the volume traded in the bar after as_of.

Trades of neighbouring samples overlap: figures are means over trades, errors over sessions. No market impact,
no financing; it is what the forecasts are worth at these prices at most.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.assets import Asset
from litlab.builds.plan import adapter_of
from litlab.errors import NotAReturn, OtherTicks
from litlab.schemas import load_schema
from litlab.ticks.columns import NS
from litlab.vault.heads import Head, columns
from litlab.vault.meanings import meaning_of
from litlab.vault.null import Tell
from litlab.vault.prints import Prints, fills, prints_of, quoted_half_spreads, roll_half_spread
from litlab.workspace import Team

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Array = npt.NDArray[Any]

COSTS = (0.0, 0.5, 1.0, 2.0)  # half-spreads a side
SHARES = (0.01, 0.05, 0.1)  # of the bar's volume
SESSIONS_FOR_RATIO = 20  # fewer sessions tell nothing about a Sharpe ratio
_BP = 1e4
_UNIT_NS = {"second": NS, "minute": 60 * NS, "hour": 3_600 * NS, "day": 86_400 * NS}


def profit(
    team: Team, asset: Asset, head: Head, predicted: Array, *, part: str = "test", latency_s: float = 1.0,
    least: float = 0.0, tell: Tell | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return what trading on forecasts of a part would have come to.

    Parameters
    ----------
    team : Team
        Whose schema says where the ticks lie.
    asset : Asset
    head : Head
        A level, or quantiles, of which the one nearest to the median is the forecast.
    predicted : (n, columns) or (n,)
    part : str
    latency_s, least, tell
        As ``Entry.profit`` has them.

    Returns
    -------
    dict
        As ``reckoned``, with ``latency_s`` and ``least``.

    Raises
    ------
    NotAReturn
        For any other label or output.
    OtherTicks
        If the ticks are no longer those that the asset was built from.
    """
    about = meaning_of(asset, head.label)
    if about.kind != "return" or head.kind not in ("level", "quantiles"):
        what = "no return" if about.kind != "return" else f"a return with the output {head.kind}"
        raise NotAReturn(label=head.label, what=what)
    said = columns(predicted)
    side = said[:, int(np.argmin(np.abs(np.array(head.levels) - 0.5))) if head.levels else 0]
    side = np.sign(side) * (np.abs(side) > least)
    trades = []
    pairs = np.column_stack([asset.instrument(part), asset.session_day(part)])
    total = len(np.unique(pairs, axis=0))
    for one in _trades(team, asset, head, part, side, round(latency_s * NS)):
        trades.append(one)
        if tell is not None:
            tell(len(trades), total)
    return {"part": part, "latency_s": latency_s, "least": least, **reckoned(trades, len(side))}


@dataclasses.dataclass(frozen=True)
class Trades:
    """What a session's samples would have traded.

    Attributes
    ----------
    day : int
    gross_bp : (m,) float64
        Of one unit.
    half_spread_bp : (m,) float64
    capacity : (m,) float64
        Money traded in the bar after each entry.
    late : int
        Exits at the session's last trade.
    missed : int
        Samples after which nothing was traded any more.
    """

    day: int
    gross_bp: Floats
    half_spread_bp: Floats
    capacity: Floats
    late: int
    missed: int


def reckoned(trades: list[Trades], samples: int) -> dict[str, Any]:
    """Return the figures of sessions of trades.

    Returns
    -------
    dict
        ``samples``, ``trades``, ``missed``, ``late``; ``sessions``; ``trades_a_day``; ``turnover_a_day``,
        units bought and sold; ``gross_bp``, ``gross_se`` (over sessions) a trade; ``hit_rate``;
        ``half_spread_bp``; ``break_even`` in half-spreads a side and ``break_even_bp``; ``costs``: a row
        each of COSTS with ``half_spreads``, ``net_bp`` a trade, ``net_se``, ``days_won``, ``sharpe`` (a year
        of 252 days; from 20 sessions on, else None); ``capacity``: a row each of SHARES with the median
        ``money`` a trade.
    """
    kept = [one for one in trades if len(one.gross_bp)]
    found: dict[str, Any] = {
        "samples": samples,
        "trades": sum(len(one.gross_bp) for one in kept),
        "missed": sum(one.missed for one in trades),
        "late": sum(one.late for one in trades),
        "sessions": len(kept),
    }
    if not kept:
        return found
    gross, half = (
        np.concatenate([getattr(one, name) for one in kept]) for name in ("gross_bp", "half_spread_bp")
    )
    money = np.concatenate([one.capacity for one in kept])
    break_even = float(gross.mean() / (2 * half.mean()))
    rows = []
    for cost in COSTS:
        mean, error, days = _net(kept, cost)
        ratio = (
            float(days.mean() / days.std(ddof=1) * np.sqrt(252)) if len(days) >= SESSIONS_FOR_RATIO else None
        )
        rows.append(
            {
                "half_spreads": cost, "net_bp": mean, "net_se": error, "days_won": int((days > 0).sum()),
                "sharpe": ratio,
            }
        )  # fmt: skip
    return {
        **found,
        "trades_a_day": len(gross) / len(kept),
        "turnover_a_day": 2 * len(gross) / len(kept),
        "gross_bp": rows[0]["net_bp"],
        "gross_se": rows[0]["net_se"],
        "hit_rate": float((gross > 0).mean()),
        "half_spread_bp": float(half.mean()),
        "break_even": break_even,
        "break_even_bp": float(gross.mean() / 2),
        "costs": rows,
        "capacity": [{"share": share, "money": float(np.median(money) * share)} for share in SHARES],
    }


def _net(trades: list[Trades], cost: float) -> tuple[float, float, Floats]:
    """Return mean and standard error a trade after cost, and what each session earned in all, in bp.

    The error is that of a mean over clusters: sessions differ, trades within one hang together.
    """
    each = [one.gross_bp - 2 * cost * one.half_spread_bp for one in trades]
    days, sizes = np.array([one.sum() for one in each]), np.array([len(one) for one in each])
    mean = float(days.sum() / sizes.sum())
    count = len(days)
    rest = days - mean * sizes
    error = np.sqrt(count / (count - 1) * (rest**2).sum()) / sizes.sum() if count > 1 else float("nan")
    return mean, float(error), days


def _trades(team: Team, asset: Asset, head: Head, part: str, side: Floats, latency: int) -> Iterator[Trades]:
    """Yield each session's trades, instrument by instrument."""
    schema = load_schema(team, asset.schema)
    params = asset.about(head.label).get("params") or {}
    bar = int(params.get("size", 1)) * _UNIT_NS.get(str(params.get("unit", "minute")), 60 * NS)
    day, number = np.asarray(asset.session_day(part)), np.asarray(asset.instrument(part))
    as_of, ends = np.asarray(asset.as_of_ns(part)), np.asarray(asset.sample_column(part, "label_end_ns"))
    for one in np.unique(number).tolist():
        adapter = adapter_of(team, schema.data[one])
        cited = asset.manifest["data"][one]["digests"]
        if list(adapter.store.digests) != list(cited):
            raise OtherTicks(file=adapter.paths[0].name)
        for date in np.unique(day[number == one]).tolist():
            rows = np.flatnonzero((day == date) & (number == one))
            prints, first = prints_of(adapter, int(as_of[rows].min()), int(ends[rows].max()))
            quoted = quoted_half_spreads(adapter, first, prints)
            yield traded(
                date, prints, as_of[rows], ends[rows], side[rows], latency, bar, adapter.tick_size, quoted
            )


def traded(
    day: int, prints: Prints, as_of: Ints, ends: Ints, side: Floats, latency: int, bar: int, tick: float,
    quoted: Floats | None = None,
) -> Trades:  # fmt: skip
    """Return one session's trades.

    Parameters
    ----------
    prints : Prints
        Of that session, to its end.
    as_of, ends : (m,) int64
        When each sample stands, and when its label is known.
    side : (m,) float64
        1 long, −1 short, 0 nothing.
    latency, bar : int
        ns.
    tick : float
        The price tick.
    quoted : (n,) float64, optional
        The quoted half-spread at each print, NaN where there is none.
    """
    wanted = side != 0
    as_of, ends, side = as_of[wanted], ends[wanted], side[wanted]
    enter, leave = fills(prints, as_of + latency), fills(prints, ends + latency)
    there = enter < len(prints.price)
    enter, leave, side, as_of = enter[there], leave[there], side[there], as_of[there]
    eligible = np.flatnonzero(prints.sets_price)
    late = leave >= len(prints.price)
    if late.any():
        leave = np.where(late, eligible[-1], leave)
    price = prints.price[enter]
    half = np.full(len(enter), roll_half_spread(prints.price[eligible]))
    if quoted is not None:
        half = np.where(np.isfinite(quoted[enter]), quoted[enter], half)
    half = np.fmax(half, tick / 2)
    volume = np.concatenate([[0.0], np.cumsum(prints.volume)])
    from_, to = (np.searchsorted(prints.time_ns, one, "right") for one in (as_of, as_of + bar))
    return Trades(
        day=day,
        gross_bp=side * np.log(prints.price[leave] / price) * _BP,
        half_spread_bp=half / price * _BP,
        capacity=(volume[to] - volume[from_]) * price,
        late=int(late.sum()),
        missed=int((~there).sum()),
    )
