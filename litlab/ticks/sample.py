"""The sample tape: trades whose volatility can be forecast, by a law that is written down.

Minute m of a session: x(m) = φ·x(m−1) + √(1−φ²)·sd·e(m), a day effect AR(0.9), news v(m) ~ N(0,1), and
z(m) = Σ v(m−j)/3 over the nine minutes before. Then

    log σ(m) = log(0.010/√390) + U(m) + c·(x + day) + κ·z(m) − ½·var

    trades   ~ Poisson(λ·exp(U + 0.5c·(x + day)))
    return   ~ N(0, σ²/trades), each trade
    size     = ⌈100·exp(0.8ε + 0.3c·(x + day) + 0.5v(m))⌉

So v moves only sizes in its own minute, and volatility in the nine after it: who looks at the last nine
volumes knows more than the last bar tells. Prices are to the cent with half a cent of bounce. Sizes of 80
to 99 print as one round lot; what is smaller is an odd lot (about 40 %) and counts for volume only. Average
prices, extended hours, auctions, equal times, repeated rows, late rows and cancellations are strewn in as
real tapes have them. Files are in the LSEG layout (``tape``); σ lies beside them, so that an oracle's score
is known.
"""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from litlab import atomic
from litlab.errors import BadParameter
from litlab.ticks.columns import NS
from litlab.ticks.sessions import Sessions, sessions_between
from litlab.ticks.tape import Trades, file_bytes, strew

PHI, SD, DAY_SD, DAY_PHI = 0.985, 0.35, 0.2, 0.9
C, KAPPA, LAST = 1.0, 0.35, 9
DAILY_SIGMA, MINUTES = 0.010, 390
U_SHAPE = 0.9  # log volatility at the open and close above the session's mean, in units of (2u−1)² − 1/3
FIRST_PRICE = 100.0
LAW = 1  # raised with every change of the law or its noise: an older tape is then made again
_MINUTE = 60 * NS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True)
class SampleTape:
    """What ``write_sample`` wrote: the day files in order, and the oracle's file."""

    paths: tuple[Path, ...]
    oracle: Path


@dataclasses.dataclass(frozen=True)
class _State:
    """The hidden state of every minute of the tape, (m,) each."""

    start_ns: Ints
    day: Ints
    shape: Floats
    level: Floats  # x + day effect
    news: Floats
    sigma: Floats


def write_sample(
    out: Path,
    days: int = 60,
    ticks_per_day: int = 50_000,
    seed: int = 7,
    signal: float = 1.0,
    ric: str = "LIT.N",
    start: str = "2024-01-02",
    progress: Callable[[int, int], None] | None = None,
) -> SampleTape:
    """Write the sample tape, one ``<ric>_<date>.csv.gz`` per XNYS session; equal arguments, equal bytes.

    A tape that is there already, whole, is left as it is.

    Parameters
    ----------
    out : Path
        The folder; ``oracle.npz`` is written beside the day files.
    days : int
        Sessions, counted from `start`.
    ticks_per_day : int
        Trades in a full regular session, on average; about 2 % more print outside of it.
    signal : float
        1 for the law above, 0 for c = κ = U = 0: nothing can be learned then.
    progress : callable, optional
        Called with days done and days in all.

    Returns
    -------
    SampleTape
        Rows stand in capture order; a few carry an earlier time than the row before them.

    Raises
    ------
    BadParameter
        For a number of days or trades below 1, or a signal outside of [0, 1].

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     tape = write_sample(Path(folder), days=2, ticks_per_day=2000)
    ...     [path.name for path in tape.paths]
    ['LIT.N_2024-01-02.csv.gz', 'LIT.N_2024-01-03.csv.gz']
    """
    if days < 1 or ticks_per_day < 1:
        raise BadParameter(
            name="days, ticks_per_day", given=(days, ticks_per_day), wanted="both are at least 1"
        )
    if not 0.0 <= signal <= 1.0:
        raise BadParameter(name="signal", given=signal, wanted="it lies between 0 and 1")
    out = Path(out)
    sessions = _sessions(start, days)
    names = [f"{ric}_{date(1970, 1, 1) + timedelta(days=int(day))}.csv.gz" for day in sessions.day]
    tape = SampleTape(tuple(out / name for name in names), out / "oracle.npz")
    recipe = {
        "days": days,
        "ticks_per_day": ticks_per_day,
        "seed": seed,
        "signal": signal,
        "ric": ric,
        "start": start,
        "law": LAW,
    }
    marker = out / "tape.json"
    whole = all(path.is_file() for path in (*tape.paths, tape.oracle, marker))
    if whole and marker.read_bytes() == atomic.json_bytes(recipe):
        return tape
    out.mkdir(parents=True, exist_ok=True)
    # Gone while days are written: an interrupted tape must not pass for the one that was there before.
    marker.unlink(missing_ok=True)
    state = _state(sessions, seed, signal)
    price = FIRST_PRICE
    for at, path in enumerate(tape.paths):
        rng = np.random.default_rng([seed, 2, at])
        trades, price = _session_trades(rng, state, sessions, at, price, ticks_per_day, signal)
        atomic.write_bytes(path, file_bytes(ric, trades, _offset_hours(sessions, at)))
        if progress:
            progress(at + 1, days)
    stored = io.BytesIO()
    np.savez(stored, start_ns=state.start_ns, sigma=state.sigma)
    atomic.write_bytes(tape.oracle, stored.getvalue())
    atomic.write_json(marker, recipe)
    return tape


def oracle_sigma(path: Path) -> tuple[Ints, Floats]:
    """Return when each regular minute begins, (m,) int64 ns UTC, and the σ it was made with, (m,) float64.

    The oracle's score for "the true range of minute m+1 exceeds ATR(m)" is log σ(m+1) − log ATR(m); the
    caller joins them: a sample's ``as_of_ns`` is the start of minute m+1. Auction bars have no σ.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     start_ns, sigma = oracle_sigma(write_sample(Path(folder), days=1, ticks_per_day=500).oracle)
    >>> len(start_ns), int(start_ns[1] - start_ns[0]), bool((sigma > 0).all())
    (390, 60000000000, True)
    """
    with np.load(path, allow_pickle=False) as stored:
        return stored["start_ns"], stored["sigma"]


def _sessions(start: str, days: int) -> Sessions:
    first = int(datetime.combine(date.fromisoformat(start), datetime.min.time(), ZoneInfo("UTC")).timestamp())
    found = sessions_between("XNYS", first * NS, (first + (days * 2 + 14) * 86_400) * NS)
    kept = np.flatnonzero(found.day >= first // 86_400)[:days]
    return Sessions(found.zone, found.day[kept], found.open_ns[kept], found.close_ns[kept])


def _offset_hours(sessions: Sessions, at: int) -> int:
    moment = datetime.fromtimestamp(int(sessions.open_ns[at]) // NS, ZoneInfo(sessions.zone))
    return int((moment.utcoffset() or timedelta()).total_seconds()) // 3600


def _autoregressive(rng: np.random.Generator, n: int, phi: float, sd: float) -> Floats:
    shocks = rng.standard_normal(n) * sd
    out = np.empty(n)
    level = shocks[0]
    out[0] = level
    for at in range(1, n):
        level = phi * level + np.sqrt(1 - phi * phi) * shocks[at]
        out[at] = level
    return out


def _state(sessions: Sessions, seed: int, signal: float) -> _State:
    lengths = (sessions.close_ns - sessions.open_ns) // _MINUTE
    day = np.repeat(np.arange(len(lengths)), lengths)
    minute = np.concatenate([np.arange(length) for length in lengths])
    start = np.repeat(sessions.open_ns, lengths) + minute * _MINUTE
    c, kappa = C * signal, KAPPA * signal
    place = 2.0 * (minute + 0.5) / np.repeat(lengths, lengths) - 1.0
    shape = U_SHAPE * signal * (place * place - 1.0 / 3.0)
    n = len(day)
    x = _autoregressive(np.random.default_rng([seed, 0]), n, PHI, SD)
    effect = _autoregressive(np.random.default_rng([seed, 1]), len(lengths), DAY_PHI, DAY_SD)
    level = x + effect[day]
    news = np.random.default_rng([seed, 3]).standard_normal(n + LAST)
    recent = np.convolve(news, np.ones(LAST), "valid")[:n] / np.sqrt(LAST)
    news = news[LAST:]
    variance = c * c * (SD**2 + DAY_SD**2) + kappa * kappa
    log_sigma = np.log(DAILY_SIGMA / np.sqrt(MINUTES)) + shape + c * level + kappa * recent - 0.5 * variance
    return _State(start, day, shape, level, news, np.exp(log_sigma))


def _session_trades(
    rng: np.random.Generator,
    state: _State,
    sessions: Sessions,
    at: int,
    price: float,
    ticks: int,
    signal: float,
) -> tuple[Trades, float]:
    """Return one day's rows in the order they are captured, and the last price."""
    mine = state.day == at
    shape, level, news = state.shape[mine], state.level[mine], state.news[mine]
    c = C * signal
    # E[exp(0.5c·level)] = exp(0.125c²·var): the rate makes `ticks` the mean of a full session.
    rate = ticks / MINUTES / np.exp(state.shape).mean() / np.exp(0.125 * c * c * (SD**2 + DAY_SD**2))
    counts = rng.poisson(rate * np.exp(shape + 0.5 * c * level))
    minute = np.repeat(np.arange(len(counts)), counts)
    n = len(minute)
    # Milliseconds, so that many trades share their time.
    within = np.sort(rng.integers(0, 60_000, n) + minute * 60_000) - minute * 60_000
    time = state.start_ns[mine][minute] + within * (NS // 1000)
    returns = rng.standard_normal(n) * (state.sigma[mine] / np.sqrt(np.maximum(counts, 1)))[minute]
    gap = rng.standard_normal() * 0.003 if at else 0.0
    middle = price * np.exp(gap + np.cumsum(returns))
    bounce = rng.choice((-0.5, 0.5), n)
    cents = np.maximum(np.rint(middle * 100.0 + bounce), 1.0).astype(np.int64)
    size = np.ceil(
        100.0 * np.exp(0.8 * rng.standard_normal(n) + 0.3 * c * level[minute] + 0.5 * news[minute])
    )
    size = size.astype(np.int64)
    size[(size >= 80) & (size < 100)] = 100
    code = np.where(size < 100, ord("I"), np.where(rng.random(n) < 0.35, ord("F"), ord(" "))).astype(np.uint8)
    last = float(middle[-1]) if n else price
    regular = Trades(time, cents, size, code, np.zeros(n, np.uint8))
    return strew(rng, regular, int(sessions.open_ns[at]), int(sessions.close_ns[at]), last), last
