"""The sample tape's paper: what real tapes strew among their trades, and the LSEG layout."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from isal import igzip

from litlab.ticks.columns import NS

HEADER = "#RIC,Domain,Date-Time,GMT Offset,Type,Ex/Cntrb.ID,Price,Volume,Qualifiers,Seq. No.,Exch Time"
TRADE, CANCEL = 0, 1

# One letter per kind of print → its qualifiers. Texts that begin with blanks are quoted, as vendors do.
_QUALIFIERS = {
    " ": '"   [PRC_QL2];@   [GV4_TEXT]"',
    "F": '"   [PRC_QL2];@F  [GV4_TEXT]"',
    "I": "ODD[IRGCOND];   [PRC_QL2];@  I[GV4_TEXT]",
    "W": "AVP[IRGCOND];   [PRC_QL2];@  W[GV4_TEXT]",
    "T": '"   [PRC_QL2];@ T [GV4_TEXT]"',
    "J": "ODD[IRGCOND];   [PRC_QL2];@ TI[GV4_TEXT]",
    "Z": '"   [PRC_QL2];@Z  [GV4_TEXT]"',
    "O": '"   [PRC_QL2];@O  [GV4_TEXT]"',
    "Q": '"   [PRC_QL2];@  Q[GV4_TEXT]"',
    "6": '"   [PRC_QL2];@6  [GV4_TEXT]"',
    "M": '"   [PRC_QL2];@  M[GV4_TEXT]"',
    "C": "CXL[IRGCOND];   [PRC_QL2];@   [GV4_TEXT]",
}
_LETTERS = "".join(_QUALIFIERS)
_VENUES = ("NYS", "NAS", "PSE", "BAT", "ADF", "DEX")

Ints = npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True)
class Trades:
    """Rows of a day in capture order.

    Attributes
    ----------
    time_ns, cents, size : (n,) int64
        Date-Time (UTC), price in cents, shares.
    code : (n,) uint8
        The letter of its qualifiers.
    kind : (n,) uint8
        TRADE or CANCEL (a Correction row that takes back the row whose sequence number it repeats).
    original : (n,) int64
        For a CANCEL, the position of the row it takes back; else −1.
    """

    time_ns: Ints
    cents: Ints
    size: Ints
    code: npt.NDArray[np.uint8]
    kind: npt.NDArray[np.uint8]
    original: Ints = dataclasses.field(default_factory=lambda: np.empty(0, np.int64))


def strew(rng: np.random.Generator, regular: Trades, open_ns: int, close_ns: int, last: float) -> Trades:
    """Return a session's trades among auctions, extended hours, averages, repeats, late and undone rows."""
    code, size, cents = regular.code.copy(), regular.size.copy(), regular.cents.copy()
    average = rng.random(len(code)) < 0.001
    code[average] = ord("W")
    # An average of the past is off the market by up to half a percent: only its size is news.
    drift = rng.uniform(-0.005, 0.005, int(average.sum()))
    cents[average] = np.rint(cents[average] * (1 + drift)).astype(np.int64)
    size[average] *= 20
    first, final = int(cents[0]) if len(cents) else 100, round(last * 100)
    before, after = _extended(rng, max(len(code) // 100, 2), open_ns, close_ns, first, final)
    opening = _auction(open_ns, 0.5, "OQ", first, max(int(size.sum() * 0.01), 100))
    closing = _auction(close_ns, float(rng.uniform(5, 80)), "6M", final, max(int(size.sum() * 0.027), 100))
    rows = [before, opening, (regular.time_ns, cents, size, code), closing, after]
    time, cents, size, code = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    order = np.argsort(time, kind="stable")
    # A repeated row is a trade of its own; auctions print once.
    ordinary = ~np.isin(code[order], [ord(letter) for letter in "OQ6M"])
    order = np.repeat(order, 1 + (ordinary & (rng.random(len(order)) < 0.005)))
    time, cents, size, code = time[order], cents[order], size[order], code[order]
    plain = np.flatnonzero(np.isin(code, [ord(" "), ord("F")]))
    late = np.unique(rng.choice(plain, max(1, len(code) // 5_000))) if len(plain) else plain
    time[late] -= rng.integers(1, 30, len(late)) * NS
    code[late] = ord("Z")
    return _cancelled(rng, time, cents, size, code)


def _extended(
    rng: np.random.Generator, count: int, open_ns: int, close_ns: int, first: int, last: int
) -> tuple[tuple[npt.NDArray[np.generic], ...], tuple[npt.NDArray[np.generic], ...]]:
    """Return prints of the pre and post sessions: 90 minutes before the open, three hours after the close."""
    sides = []
    for start, stop, price in (
        (open_ns - 5400 * NS, open_ns, first),
        (close_ns + 100 * NS, close_ns + 10_800 * NS, last),
    ):
        time = np.sort(rng.integers(start // 10**6, stop // 10**6, count)) * 10**6
        cents = price + np.rint(rng.standard_normal(count) * 3).astype(np.int64)
        size = np.ceil(100 * np.exp(0.8 * rng.standard_normal(count))).astype(np.int64)
        code = np.where(size < 100, ord("J"), ord("T")).astype(np.uint8)
        sides.append((time, np.maximum(cents, 1), size, code))
    return sides[0], sides[1]


def _auction(
    moment_ns: int, delay_s: float, letters: str, cents: int, size: int
) -> tuple[npt.NDArray[np.generic], ...]:
    """Return an auction's print and the official price that repeats it."""
    time = moment_ns + int(delay_s * 1000) * (NS // 1000)
    times = np.array([time, time + NS // 1000], np.int64)
    codes = np.array([ord(letter) for letter in letters], np.uint8)
    return times, np.full(2, cents, np.int64), np.full(2, size, np.int64), codes


def _cancelled(
    rng: np.random.Generator, time: Ints, cents: Ints, size: Ints, code: npt.NDArray[np.uint8]
) -> Trades:
    """Insert a Correction row some rows behind a few trades."""
    n = len(time)
    wrong = (
        np.sort(rng.choice(max(n - 200, 1), min(3, n), replace=False)) if n > 400 else np.empty(0, np.int64)
    )
    behind = wrong + 1 + rng.integers(20, 180, len(wrong))
    kind, original = np.zeros(n, np.uint8), np.full(n, -1, np.int64)
    at = np.minimum(behind, n)
    inserted = np.arange(len(wrong)) + np.sort(at)
    where = np.argsort(at, kind="stable")
    wrong, at = wrong[where], at[where]
    # A row inserted before the original would move it; all of these come after theirs.
    shift = np.searchsorted(at, wrong, "right")
    time = np.insert(time, at, time[np.minimum(at, n - 1)])
    cents, size = np.insert(cents, at, cents[wrong]), np.insert(size, at, size[wrong])
    code = np.insert(code, at, np.uint8(ord("C")))
    kind = np.insert(kind, at, np.uint8(CANCEL))
    original = np.insert(original, at, -1)
    original[inserted] = wrong + shift
    return Trades(time, cents, size, code, kind, original)


def file_bytes(ric: str, trades: Trades, offset_hours: int) -> bytes:
    """Return the day's ``.csv.gz``, bytes equal for equal rows (no time in its header)."""
    n = len(trades.time_ns)
    stamps = pa.array(trades.time_ns, pa.timestamp("ns"))
    moment = pc.strftime(stamps, format="%Y-%m-%dT%H:%M:%S")
    sequence = np.where(trades.original >= 0, trades.original, np.arange(n)) + 1
    letters = np.searchsorted(np.sort([ord(one) for one in _LETTERS]), trades.code)
    words = pa.array([_QUALIFIERS[one] for one in sorted(_LETTERS)])
    venue = pa.array(_VENUES).take(pa.array((trades.time_ns // 10**6 + trades.size) % 13 % len(_VENUES)))
    lines = pc.binary_join_element_wise(
        pa.scalar(f"{ric},Market Price"),
        pc.binary_join_element_wise(moment, pa.scalar("Z"), pa.scalar("")),
        pa.scalar(str(offset_hours)),
        pa.array(["Trade", "Correction"]).take(pa.array(trades.kind)),
        venue,
        pc.cast(pa.array(trades.cents / 100.0), pa.string()),
        pc.cast(pa.array(trades.size), pa.string()),
        words.take(pa.array(letters)),
        pc.cast(pa.array(sequence), pa.string()),
        pc.utf8_slice_codeunits(moment, 11),
        pa.scalar(","),
    )
    text = "\n".join([HEADER, *lines.to_pylist(), ""]).encode()
    return bytes(igzip.compress(text, 1, mtime=0))
