"""Dividing samples into train, validation and test: forward in time, or by whole sessions.

``date``, ``end`` and ``walk`` go forward: two instants from session dates (``walk`` has a third, where its
fold ends), the same for all instruments. ``random`` draws whole sessions by a hash of seed and date, so that
files added later move no session. ``purging`` then takes out what would carry an answer across.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from litlab.errors import BadSchema
from litlab.schemas.purging import Intervals, across_borders, held_out
from litlab.schemas.schema import FORWARD, Schema, Split

TRAIN, VALIDATION, TEST, PURGED, OUTSIDE = 0, 1, 2, -1, -2
_NEVER = np.iinfo(np.int64).max


@dataclasses.dataclass(frozen=True)
class Division:
    """Which part each sample belongs to.

    Attributes
    ----------
    part : (n,) int8
        TRAIN, VALIDATION, TEST, PURGED, or OUTSIDE of a walk-forward fold.
    purged : dict of str to int
        Reason → how many samples it took out.
    """

    part: npt.NDArray[np.int8]
    purged: dict[str, int]


def divide(
    split: Split, zone: str, seed: int, session_day: npt.NDArray[np.integer], intervals: Intervals
) -> Division:
    """Divide samples of any number of instruments.

    Parameters
    ----------
    split : Split
    zone : str
        Where the split's dates begin.
    seed : int
        Of a random split.
    session_day : (n,) int
        Each sample's session date, days since 1970-01-01.
    intervals : Intervals
        What each sample stands for and read.

    Raises
    ------
    BadSchema
        If a part is left without a session.
    """
    if split.kind in FORWARD:
        borders = _borders(split, zone, session_day)
        part = np.searchsorted(borders, intervals.as_of_ns, "right").astype(np.int8)
        part[part == len(borders)] = OUTSIDE if len(borders) > 2 else TEST
        gone = across_borders(part, np.append(borders[:2], _NEVER), intervals)
    else:
        part = _drawn(split, seed, session_day)
        gone = held_out(part, session_day, intervals)
    for rows in gone.values():
        part[rows] = PURGED
    return Division(part, {reason: int(rows.sum()) for reason, rows in gone.items()})


def _borders(split: Split, zone: str, session_day: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """Return where validation and test begin, and where a walk-forward fold ends, UTC ns."""
    if split.kind == "walk":
        dates = fold_dates(session_day, split.folds, split.fold, split.validation_share)
    elif split.kind == "end":
        found = split_dates(session_day, split.validation_share, split.test_share)
        dates = [found.validation, found.test]
    else:
        dates = [split.validation, split.test]
    return np.array([border_ns(day, zone) for day in dates], np.int64)


def _drawn(split: Split, seed: int, session_day: npt.NDArray[np.integer]) -> npt.NDArray[np.int8]:
    days, which = np.unique(session_day, return_inverse=True)
    draws = np.array([drawn(seed, int(day)) for day in days])
    held = split.test_share + split.validation_share
    parts = np.where(draws < split.test_share, TEST, np.where(draws < held, VALIDATION, TRAIN))
    for number, name in enumerate(("train", "validation", "test")):
        if number not in parts:
            reason = f"of {len(days)} sessions the seed {seed} draws none for {name}; take another seed"
            raise BadSchema(name="random split", reason=reason)
    return parts.astype(np.int8)[which]


def drawn(seed: int, day: int) -> float:
    """Return a session's draw in [0, 1), a function of the seed and its date alone.

    >>> drawn(7, 16000) == drawn(7, 16000) != drawn(8, 16000)
    True
    """
    digest = hashlib.sha256(f"{seed}:{day}".encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def border_ns(day: str, zone: str) -> int:
    """Return the UTC instant at which an exchange-local date begins, int ns.

    >>> border_ns("2024-01-02", "America/New_York")
    1704171600000000000
    """
    moment = datetime.combine(date.fromisoformat(day), datetime.min.time(), ZoneInfo(zone))
    return int(moment.timestamp()) * 10**9


def split_dates(
    days: Sequence[int] | npt.NDArray[np.integer], validation: float = 0.12, test: float = 0.2
) -> Split:
    """Return a date split with these shares of the sessions, at least one each, held out.

    Parameters
    ----------
    days : sequence of int
        Session dates, days since 1970-01-01.

    Raises
    ------
    BadSchema
        If there are fewer than three sessions.

    Examples
    --------
    >>> found = split_dates(range(20000, 20010))
    >>> found.validation, found.test
    ('2024-10-11', '2024-10-12')
    """
    ordered = _sessions(days, 3, "train, validation and test need a session each")
    last = max(1, round(test * len(ordered)))
    middle = max(1, round(validation * len(ordered)))
    first = min(len(ordered) - last - middle, len(ordered) - 2)
    if first < 1:
        reason = f"nothing of {len(ordered)} sessions is left to train on; hold out less"
        raise BadSchema(name="date split", reason=reason)
    return Split("date", _iso(ordered[first]), _iso(ordered[first + middle]))


def fold_dates(
    days: Sequence[int] | npt.NDArray[np.integer], folds: int, fold: int, validation: float = 0.12
) -> list[str]:
    """Return where one walk-forward fold's validation and test begin, and the day after its last session.

    The sessions are cut into folds + 1 stretches of equal length; fold k tests on stretch k + 1 and trains
    on all before it, the last `validation` share of that held out.

    Raises
    ------
    BadSchema
        If the data hold fewer than 2·(folds + 1) sessions.

    Examples
    --------
    >>> fold_dates(range(20000, 20012), folds=2, fold=1)
    ['2024-10-07', '2024-10-08', '2024-10-12']
    """
    ordered = _sessions(days, 2 * (folds + 1), f"{folds} walk-forward folds need 2 a stretch")
    cuts = [len(ordered) * step // (folds + 1) for step in range(folds + 2)]
    begin, end = cuts[fold], cuts[fold + 1]
    middle = max(1, round(validation * begin))
    after = ordered[end] if end < len(ordered) else ordered[-1] + 1
    return [_iso(ordered[begin - middle]), _iso(ordered[begin]), _iso(after)]


def walk_forward(schema: Schema, folds: int) -> list[Schema]:
    """Return one schema per walk-forward fold, named ``<name>.fold1`` and so on.

    Their builds share every chunk: only parts differ.
    """
    share = schema.split.validation_share
    return [
        dataclasses.replace(
            schema,
            name=f"{schema.family}.fold{fold}",
            split=Split("walk", folds=folds, fold=fold, validation_share=share),
        )
        for fold in range(1, folds + 1)
    ]


def _sessions(days: Sequence[int] | npt.NDArray[np.integer], least: int, why: str) -> list[int]:
    ordered: list[int] = np.unique(np.asarray(days, np.int64)).tolist()
    if len(ordered) < least:
        raise BadSchema(name="split", reason=f"{why}, and the data hold {len(ordered)} in all")
    return ordered


def _iso(day: int) -> str:
    return str(date(1970, 1, 1) + timedelta(days=int(day)))
