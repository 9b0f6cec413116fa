"""From parsed vendor rows to canonical ones: sessions, eligibility, and which rows cannot be used."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from litlab.adapters.eligibility import ConditionTable
from litlab.adapters.reading import Reader
from litlab.adapters.times import filled, nanoseconds
from litlab.ticks.columns import (
    ALL_OK,
    CANONICAL,
    ELIGIBILITY,
    LINE,
    NS,
    PRICE,
    REGULAR,
    SESSION,
    TIMESTAMP,
    VOLUME,
)
from litlab.ticks.order import never_falling
from litlab.ticks.sessions import Sessions, sessions_between

_DAY = 86_400 * NS
MOST_SIZE = 10**15  # nobody trades more at once, and 9,000 such still add up in 64 bits


class Judge:
    """Give rows their session and eligibility.

    Parameters
    ----------
    calendar : str or None
    conditions : str
        A shipped table's name or a path.
    every_print : bool
        Let every print move everything.
    codes_of : callable
        Splits a vendor's condition text into codes.
    unknown : dict
        Filled with codes the table does not list and how many rows carry each.
    in_order : bool
        Whether rows stay as they come; False where they will be sorted by their times.
    """

    def __init__(
        self,
        calendar: str | None,
        conditions: str,
        every_print: bool,
        codes_of: Callable[[str], list[str]],
        unknown: dict[str, int],
        in_order: bool = True,
    ) -> None:
        self.calendar, self.every_print, self.unknown = calendar, every_print, unknown
        self.codes_of = functools.lru_cache(4096)(codes_of)  # every batch brings the same texts
        self.in_order = in_order
        self.table = ConditionTable.load(conditions)
        self._sessions: tuple[int, int, Sessions] | None = None
        self._clock = np.int64(np.iinfo(np.int64).min)

    def columns(
        self, times: npt.NDArray[np.int64], conditions: pa.Array | None
    ) -> dict[str, npt.NDArray[np.generic]]:
        """Return the ``session`` (int8) and ``eligibility`` (uint8) of the next rows at `times` (int64 ns).

        A late row that stays lies in the session in which it arrived: times count as the running maximum.
        """
        if self.in_order and len(times):
            times = never_falling(times, self._clock)
            self._clock = times[-1]
        words: list[list[str]] = []
        if conditions is None:
            at = np.full(len(times), -1, np.int32)
        else:
            coded = conditions if pa.types.is_dictionary(conditions.type) else conditions.dictionary_encode()
            words = [self.codes_of(word or "") for word in coded.dictionary.to_pylist()]
            at = np.asarray(filled(coded.indices, -1), np.int32)
            self._count_unknown(words, at)
        auction = np.array([*map(self.table.is_auction, words), False], bool)
        auctions = auction[at] if auction.any() else np.broadcast_to(np.False_, len(times))
        if self.calendar is None:
            session = np.full(len(times), REGULAR, np.int8)
        else:
            session = self._sessions_over(times).classify(times, auctions)
        if self.every_print:
            bits = np.full(len(times), ALL_OK, np.uint8)
        else:
            bits = self.table.judge(words, at, session)
        return {SESSION: session, ELIGIBILITY: bits}

    def _count_unknown(self, words: list[list[str]], at: npt.NDArray[np.int32]) -> None:
        unknown = [self.table.unknown(word) for word in words]
        if any(unknown):
            counts = np.bincount(at + 1, minlength=len(words) + 1)[1:]
            for codes, count in zip(unknown, counts.tolist(), strict=True):
                for code in codes:
                    self.unknown[code] = self.unknown.get(code, 0) + count

    def _sessions_over(self, times: npt.NDArray[np.int64]) -> Sessions:
        first, last = int(times.min()), int(times.max())
        if self._sessions is None or first < self._sessions[0] or last > self._sessions[1]:
            assert self.calendar is not None
            low, high = first - _DAY, last + 7 * _DAY
            self._sessions = (low, high, sessions_between(self.calendar, low, high))
        return self._sessions[2]


def usable(
    batch: pa.RecordBatch, lines: npt.NDArray[np.int64], reader: Reader, time: str, price: str, volume: str
) -> tuple[pa.RecordBatch, npt.NDArray[np.int64]]:
    """Drop rows without a time, a finite positive price or a size up to MOST_SIZE, with their reasons."""
    values = {name: batch.column(name) for name in (time, price, volume)}
    numbers = {name: filled(values[name], 0).to_numpy(zero_copy_only=False) for name in (price, volume)}
    limits = {price: np.inf, volume: MOST_SIZE + 1}
    if not values[time].null_count and all(_all_within(numbers[name], limits[name]) for name in numbers):
        return batch, lines
    reasons = {
        f"{time} is empty": np.asarray(values[time].is_null()),
        f"{price} is no finite positive number": ~(np.isfinite(numbers[price]) & (numbers[price] > 0)),
        f"{volume} is no positive number": ~(np.isfinite(numbers[volume]) & (numbers[volume] > 0)),
        f"{volume} is above 10^15": numbers[volume] > MOST_SIZE,
    }
    bad = np.zeros(len(lines), bool)
    for reason, rows in reasons.items():
        fresh = rows & ~bad
        if fresh.any():
            reader.reject(lines[fresh], reason)
        bad |= rows
    if not bad.any():
        return batch, lines
    keep = ~bad
    return batch.filter(pa.array(keep)), lines[keep]


def _all_within(numbers: npt.NDArray[np.generic], limit: float) -> bool:
    """Tell whether all lie above 0 and below a limit; a NaN does not, and is the lowest and the highest."""
    return not len(numbers) or bool(numbers.min() > 0 and numbers.max() < limit)


def canonical(
    batch: pa.RecordBatch, time: str, price: str, volume: str, judged: dict[str, npt.NDArray[np.generic]]
) -> pa.RecordBatch:
    """Return the batch with the canonical columns first and the vendor's other columns behind them."""
    arrays: dict[str, pa.Array] = {
        TIMESTAMP: nanoseconds(batch.column(time)),
        PRICE: batch.column(price),
        VOLUME: batch.column(volume),
        **{name: pa.array(values) for name, values in judged.items()},
    }
    for name in batch.schema.names:
        if name not in (price, volume):
            # A vendor's own "session" or "price" must not take the place of the canonical one.
            arrays[f"vendor_{name}" if name in (*CANONICAL, LINE) else name] = batch.column(name)
    return pa.RecordBatch.from_pydict(arrays)
