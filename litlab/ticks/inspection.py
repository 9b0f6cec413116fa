"""What is in a data set, told before anybody builds on it: counts, span, gaps and oddities.

1. The row accounts of all files are added up. 2. Every file is read once more, a million ticks at a time.
3. ``oddities`` finds repeated rows, silences and price outliers; text columns are counted by their codes.

Nothing is corrected or left out: repeated rows are real trades, an outlier may be one.
"""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.ticks.columns import (
    CANONICAL,
    CORRECTED,
    ELIGIBILITY,
    FLAGS,
    LATE,
    OK_HL,
    OK_LAST,
    OK_VOLUME,
    PRICE,
    REGULAR,
    SESSION,
    SESSION_NAMES,
    TIMESTAMP,
    VOLUME,
)
from litlab.ticks.housekeeping import bytes_on_disk
from litlab.ticks.oddities import NEIGHBOURS, Repeats, Silences, outliers
from litlab.ticks.sessions import sessions_between
from litlab.ticks.store import TickStore

_BLOCK = 1 << 20  # ticks read at a time
_LISTED = 20
_TOKENS = 50
_MOVES = {"last": OK_LAST, "high_low": OK_HL, "volume": OK_VOLUME}


@dataclasses.dataclass(frozen=True)
class Info:
    """What is known of a data set.

    Attributes
    ----------
    ticks : int
    rows_in, kept, filtered, rejected, blank : int
        The row account of all files: ``rows_in = kept + filtered + rejected``.
    first_time_ns, last_time_ns : int
        UTC.
    duplicates : int
        Rows equal to an earlier row of the same file and timestamp in price, volume and every vendor column
        but those that number the rows (whole numbers of which no two neighbours are equal, texts of which
        no two are). They are trades like any other.
    out_of_order : int
        Rows that came later than their own time says; they keep their place, flagged.
    corrected : int
        Rows of which the vendor says that they were cancelled or corrected later.
    volume : dict of str to float
        Session → the size of all prints that count as volume.
    volume_outside_bars : dict of str to float or None
        Session scope → the volume in periods of a minute without a bar, for no print there may set the
        last price; None where nobody asked for bars.
    nulls : dict of str to int
        Column → rows without a value; columns without nulls are left out.
    qualifiers : dict of str to dict of str to int
        Text column → its tokens (parts between semicolons) and the rows that carry each, the commonest 50.
    sessions, eligibility : dict of str to int
        Ticks of each session; ticks that may move the last price, high and low, volume, and nothing.
    unknown_codes : dict of str to int
        Sale conditions the table does not list: they count as ordinary trades.
    outliers : int
        Prices that jump away from both sides' neighbours: see ``oddities.outliers``.
    outlier_examples : tuple of dict
        The first 20: index, time_ns, price, median of the neighbours, the vendor's record, and whether it
        moves bars.
    gaps : tuple of dict
        The longest silences within regular sessions: start_ns, length_s.
    days_without_ticks : tuple of str
        Sessions of the calendar within the span that have no regular tick.
    rejects : tuple of dict
        The first rejected rows: file, line, reason.
    files : tuple of dict
        Of each, in order: name, rows, first_time_ns, last_time_ns, duplicates, out_of_order, digest, format,
        bytes on disk and of the raw file.
    uses_hindsight : bool
    """

    ticks: int
    rows_in: int
    kept: int
    filtered: int
    rejected: int
    blank: int
    first_time_ns: int
    last_time_ns: int
    duplicates: int
    out_of_order: int
    corrected: int
    volume: dict[str, float]
    volume_outside_bars: dict[str, float] | None
    nulls: dict[str, int]
    qualifiers: dict[str, dict[str, int]]
    sessions: dict[str, int]
    eligibility: dict[str, int]
    unknown_codes: dict[str, int]
    outliers: int
    outlier_examples: tuple[dict[str, Any], ...]
    gaps: tuple[dict[str, Any], ...]
    days_without_ticks: tuple[str, ...]
    rejects: tuple[dict[str, Any], ...]
    files: tuple[dict[str, Any], ...]
    uses_hindsight: bool

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        return dataclasses.asdict(self)


def inspect_store(store: TickStore) -> Info:
    """Return what is in a store, reading every column once in blocks of a million ticks.

    ``litlab.adapters.inspect`` does the same for an adapter and adds the volume outside of bars.
    """
    scan = _Scan(store)
    for number in range(len(store.files)):
        scan.read(number)
    return scan.info()


class _Scan:
    """The counts of the files read so far."""

    def __init__(self, store: TickStore) -> None:
        self.store = store
        files = store.files
        self.last_ns = files[-1].last_time_ns
        calendar = files[0].manifest.get("calendar")
        known = sessions_between(calendar, files[0].first_time_ns, self.last_ns) if calendar else None
        self.silences = Silences(known)
        self.sessions = np.zeros(len(SESSION_NAMES), np.int64)
        self.bits = np.zeros(256, np.int64)
        self.flags = np.zeros(256, np.int64)
        self.volume = np.zeros(len(SESSION_NAMES))
        self.nulls: collections.Counter[str] = collections.Counter()
        self.words: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
        self.outliers = 0
        self.examples: list[dict[str, Any]] = []
        self.repeats: list[int] = []
        self._tail = np.empty(0)  # the last prices, so that a file's border hides nothing

    def read(self, number: int) -> None:
        """Read one file."""
        one = self.store.files[number]
        about: dict[str, dict[str, Any]] = one.manifest["columns"]
        vendor = [name for name in about if name not in CANONICAL and not self._is_numbering(number, name)]
        words = {name: one.words(column) for name, column in about.items() if column.get("kind") == "text"}
        counts = {name: np.zeros(len(known) + 1, np.int64) for name, known in words.items()}
        repeats = Repeats()
        base = int(self.store.starts[number])
        for lo, hi in _blocks(one.rows):
            values = {name: self._values(number, name, lo, hi) for name in about}
            self._count(values)
            for name, counted in counts.items():
                counted += np.bincount(values[name] + 1, minlength=len(counted))
            own = [name for name in (PRICE, VOLUME) if name in values]
            repeats.add(values[TIMESTAMP], [values[name] for name in (*own, *vendor)])
            if PRICE in values:  # quotes have none
                self._find_outliers(base + lo, values[PRICE])
        self.repeats.append(repeats.count)
        for name, counted in counts.items():
            for word, count in zip(words[name], counted[1:].tolist(), strict=True):
                for token in {part.strip() for part in word.split(";")} - {""}:
                    self.words[name][token] += count

    def _is_numbering(self, number: int, name: str) -> bool:
        """Tell whether a column numbers the rows: no two neighbouring numbers, or no two texts, are equal."""
        one = self.store.files[number]
        about, rows = one.manifest["columns"][name], one.rows
        if about.get("kind") == "text":
            return len(one.words(about)) == rows
        if about.get("kind") or np.dtype(about["dtype"]).kind not in "iu":
            return False
        stored = self.store.map(number, about["file"])
        pairs = ((stored[lo : min(hi, rows - 1)], stored[lo + 1 : hi + 1]) for lo, hi in _blocks(rows))
        return all(bool((one != following).all()) for one, following in pairs)

    def _values(self, number: int, name: str, lo: int, hi: int) -> npt.NDArray[Any]:
        """Return a column's values in a file's rows [lo, hi): codes of text, the least number for null."""
        about = self.store.files[number].manifest["columns"][name]
        start, stop = (int(self.store.starts[number]) + at for at in (lo, hi))
        if about.get("kind") == "text":
            codes, _ = self.store.codes(name, number, lo, hi)
            self.nulls[name] += int(np.count_nonzero(codes < 0))
            return codes
        values = self.store.column(name, start, stop)
        if "nulls" in about:
            missing = self.store.missing(name, start, stop)
            self.nulls[name] += int(np.count_nonzero(missing))
            values[missing] = np.nan if values.dtype.kind == "f" else np.iinfo(values.dtype).min
        return values

    def _count(self, values: dict[str, npt.NDArray[Any]]) -> None:
        self.sessions += np.bincount(values[SESSION], minlength=len(SESSION_NAMES))
        self.flags += np.bincount(values[FLAGS], minlength=256)
        self.silences.add(values[TIMESTAMP][values[SESSION] == REGULAR])
        if ELIGIBILITY not in values:
            return
        self.bits += np.bincount(values[ELIGIBILITY], minlength=256)
        sizes = np.where(values[ELIGIBILITY] & OK_VOLUME, values[VOLUME], 0)
        self.volume += np.bincount(values[SESSION], weights=sizes, minlength=len(SESSION_NAMES))

    def _find_outliers(self, first: int, price: npt.NDArray[np.float64]) -> None:
        """Look at the prices from tick `first` on, with the last ones before them."""
        joined = np.concatenate([self._tail, price])
        found, medians = outliers(joined)
        self.outliers += len(found)
        for at, median in zip(found.tolist(), medians.tolist(), strict=True):
            if len(self.examples) == _LISTED:
                break
            self.examples.append(self._example(first - len(self._tail) + at, median))
        self._tail = joined[-2 * NEIGHBOURS :]

    def _example(self, index: int, median: float) -> dict[str, Any]:
        record = self.store.record(index)
        ticks = self.store.window(index, index + 1, [TIMESTAMP, PRICE, ELIGIBILITY])
        return {
            "index": index,
            "time_ns": int(ticks[TIMESTAMP][0]),
            "price": float(ticks[PRICE][0]),
            "median": median,
            "moves_bars": bool(ticks[ELIGIBILITY][0] & (OK_LAST | OK_HL)),
            "record": record,
        }

    def info(self) -> Info:
        """Return what was found in all files."""
        files = self.store.files
        accounts = [one.manifest["account"] for one in files]
        rows = {
            name: sum(one[name] for one in accounts)
            for name in ("rows_in", "kept", "filtered", "rejected", "blank")
        }
        rejects = (
            {"file": one.raw.name, **reject}
            for one, account in zip(files, accounts, strict=True)
            for reject in account["rejects"]
        )
        first_ns, bits = files[0].first_time_ns, np.arange(256)
        return Info(
            ticks=len(self.store),
            **rows,
            first_time_ns=first_ns,
            last_time_ns=self.last_ns,
            duplicates=sum(self.repeats),
            out_of_order=int(self.flags[bits & LATE > 0].sum()),
            corrected=int(self.flags[bits & CORRECTED > 0].sum()),
            volume=dict(zip(SESSION_NAMES, self.volume.tolist(), strict=True)),
            volume_outside_bars=None,
            nulls={name: count for name, count in self.nulls.items() if count},
            qualifiers={name: dict(words.most_common(_TOKENS)) for name, words in self.words.items()},
            sessions=dict(zip(SESSION_NAMES, self.sessions.tolist(), strict=True)),
            eligibility={
                **{name: int(self.bits[bits & bit > 0].sum()) for name, bit in _MOVES.items()},
                "none": int(self.bits[0]),
            },
            unknown_codes=_summed(account["unknown_codes"] for account in accounts),
            outliers=self.outliers,
            outlier_examples=tuple(self.examples),
            gaps=tuple(
                {"start_ns": start, "length_s": length / 1e9}
                for start, length in self.silences.longest(self.last_ns)
            ),
            days_without_ticks=tuple(
                str(date(1970, 1, 1) + timedelta(days=day))
                for day in self.silences.empty(first_ns, self.last_ns)
            ),
            rejects=tuple(rejects)[:_LISTED],
            files=tuple(self._file(number) for number in range(len(files))),
            uses_hindsight=any(one.manifest.get("uses_hindsight", False) for one in files),
        )

    def _file(self, number: int) -> dict[str, Any]:
        one = self.store.files[number]
        return {
            "name": one.raw.name,
            "rows": one.rows,
            "first_time_ns": one.first_time_ns,
            "last_time_ns": one.last_time_ns,
            "duplicates": self.repeats[number],
            "out_of_order": one.manifest["late"],
            "digest": one.digest,
            "format": one.manifest["format"],
            "bytes": bytes_on_disk(one.path),
            "raw_bytes": one.manifest["raw"]["size_bytes"],
        }


def _blocks(rows: int) -> Iterator[tuple[int, int]]:
    for lo in range(0, rows, _BLOCK):
        yield lo, min(lo + _BLOCK, rows)


def _summed(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: collections.Counter[str] = collections.Counter()
    for one in counts:
        total.update(one)
    return dict(total.most_common())
