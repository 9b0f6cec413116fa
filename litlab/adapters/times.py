"""Vendor times: with a zone they are read as they are, without one the adapter must be told it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from litlab.errors import BadParameter, NaiveTime, UnknownName
from litlab.ticks.columns import NS

AMBIGUOUS = ("raise", "earliest", "latest", "reject")
COMES_TWICE, SKIPPED = "its time comes twice", "the clocks skip its time"
NO_DAY = -(1 << 62)


def names_zone(text: str) -> bool | None:
    """Tell whether a time names its zone; None where the text is no time.

    >>> [names_zone(one) for one in ("2013-10-07T14:00Z", "2013-10-07", "1381154400")]
    [True, False, None]
    """
    return name_zones([text])[0]


def name_zones(texts: Sequence[str]) -> list[bool | None]:
    """Tell of each of some times what `names_zone` does: a hundred that are alike are asked at once.

    >>> name_zones(["2013-10-07T14:00Z", "2013-10-07"]), name_zones([])
    ([True, False], [])
    """
    column = pa.array([text.strip() for text in texts], pa.string())
    for kind, zoned in ((pa.timestamp("ns", "UTC"), True), (pa.timestamp("ns"), False)):
        try:
            column.cast(kind)
        except pa.ArrowInvalid:
            continue
        return [zoned] * len(texts)
    return [None] if len(texts) == 1 else [names_zone(text) for text in texts]


def nanoseconds(column: pa.Array) -> pa.Array:
    """Return times, or times of day, as int64 ns; without a copy where they are kept so.

    >>> nanoseconds(pa.array([1], pa.timestamp("us"))).to_pylist()
    [1000]
    """
    if pa.types.is_int64(column.type):
        return column
    if column.type.unit == "ns":
        return column.view(pa.int64())
    kind = pa.timestamp("ns", column.type.tz) if pa.types.is_timestamp(column.type) else pa.time64("ns")
    return column.cast(kind).view(pa.int64())


def filled(column: pa.Array, value: float) -> pa.Array:
    """Return a column with `value` in place of nulls; itself where there is none, which Arrow would copy.

    >>> filled(pa.array([7, None]), -1).to_pylist()
    [7, -1]
    """
    return column.fill_null(value) if column.null_count else column


def time_type(path: Path, line: int, sample: str, zone: str) -> pa.DataType:
    """Return the type a file's time column is parsed as, judged by one of its values; "" fits any.

    Raises
    ------
    NaiveTime
        If the value has no zone and the adapter was given none.
    """
    if not sample or names_zone(sample):
        return pa.timestamp("ns", "UTC")
    if not zone:
        raise NaiveTime(path=path, line=line, given=sample)
    return pa.timestamp("ns")


def place(column: pa.Array, zone: str, ambiguous: str) -> tuple[pa.Array, dict[str, npt.NDArray[np.bool_]]]:
    """Return naive times placed in a zone, and which of them have no place.

    Parameters
    ----------
    column : timestamp array
        One with a zone is left as it is.
    zone : str
    ambiguous : {"raise", "earliest", "latest", "reject"}
        What the hour that comes twice means; "raise" and "reject" both name its rows in the second result.

    Returns
    -------
    times : timestamp[ns, UTC] array
    misplaced : dict of str to (n,) bool
        COMES_TWICE and SKIPPED, each with its rows; without rows, the key is missing.

    Raises
    ------
    UnknownName
        For another value of `ambiguous`; BadParameter for a zone nobody knows.

    Examples
    --------
    >>> local = pa.array(["2013-11-03T01:30", "2013-03-10T02:30"]).cast(pa.timestamp("ns"))
    >>> {why: rows.tolist() for why, rows in place(local, "America/New_York", "latest")[1].items()}
    {'the clocks skip its time': [False, True]}
    """
    if ambiguous not in AMBIGUOUS:
        raise UnknownName(kind="value of ambiguous", given=str(ambiguous), known=AMBIGUOUS)
    if column.type.tz is not None:
        return column, {}
    try:
        return _assumed(column, zone, "raise", "raise"), {}
    except pa.ArrowInvalid as problem:
        if "timezone" not in str(problem) or "locate" in str(problem):
            raise BadParameter(name="zone", given=zone, wanted=str(problem).splitlines()[0]) from None
    early, late = (_assumed(column, zone, which, which) for which in ("earliest", "latest"))
    local = pc.local_timestamp(early.cast(pa.timestamp("ns", zone)))
    skipped = np.asarray(pc.not_equal(local, column.cast(local.type)).fill_null(False))
    twice = np.asarray(pc.not_equal(early, late).fill_null(False)) & ~skipped
    if ambiguous in ("earliest", "latest"):
        return (early if ambiguous == "earliest" else late), {SKIPPED: skipped}
    return early, {COMES_TWICE: twice, SKIPPED: skipped}


def _assumed(column: pa.Array, zone: str, ambiguous: str, nonexistent: str) -> pa.Array:
    zoned = pc.assume_timezone(column, zone, ambiguous=ambiguous, nonexistent=nonexistent)
    return zoned.cast(pa.timestamp("ns", "UTC"))


def midnights(dates: pa.DictionaryArray, form: str) -> npt.NDArray[np.int64]:
    """Return the midnights that dates name, as if they were UTC, (n,) int64 ns; NO_DAY for another text.

    Parameters
    ----------
    dates : dictionary array of texts
    form : str
        As for ``datetime.strptime``.

    Examples
    --------
    >>> midnights(pa.array(["07-OCT-2013"]).dictionary_encode(), "%d-%b-%Y") // 86_400_000_000_000
    array([15985])
    """
    days = [_midnight(word, form) for word in dates.dictionary.to_pylist()]
    found: npt.NDArray[np.int64] = np.array([*days, NO_DAY])[np.asarray(dates.indices.fill_null(-1))]
    return found


def day_of(text: str, form: str) -> datetime | None:
    """Return the midnight that a text names in a form, None where int64 ns hold no such day.

    >>> day_of("10/07/2013", "%m/%d/%Y"), day_of("2013-10-07", "%m/%d/%Y")
    (datetime.datetime(2013, 10, 7, 0, 0), None)
    """
    try:
        found = datetime.strptime(text, form)
    except ValueError:
        return None
    return found if 1900 <= found.year < 2262 else None


def _midnight(text: str | None, form: str) -> int:
    found = day_of(text or "", form)
    return NO_DAY if found is None else (found - datetime(1970, 1, 1)).days * 86_400 * NS
