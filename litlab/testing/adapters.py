"""Does an adapter keep what everybody else relies on?

``check_adapter`` knows nothing of an adapter but a file it reads. It cuts, repeats and spoils that file:

1. Columns: the canonical ones, their types and bounds, times as int64 ns UTC. 2. Account: every raw row is
kept, filtered or rejected. 3. Prefix: the first k raw rows give exactly the first ticks of all (a filter or
an adjustment that looks at the whole day does not). 4. Future: whatever follows the rows, they give the same
ticks. 5. Repeat: a row that comes again, late, is one more tick, at its place (neither deduplication nor
sorting). 6. Cache: ordered, complete, the same bytes twice. 7. Bad files: a LitlabError, never another
exception, and no cache left.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from litlab.adapters import Adapter
from litlab.adapters.quotes import SIDES, QuotesBaseAdapter
from litlab.errors import LitlabError
from litlab.testing.rawfile import RawFile, decoded, difference
from litlab.testing.report import Finding, Report
from litlab.ticks.cache import RowAccount
from litlab.ticks.columns import ALL_OK, BID, ELIGIBILITY, FLAGS, LINE, NS, PRICE, SESSION, TIMESTAMP, VOLUME

_TYPES: dict[str, tuple[pa.DataType, ...]] = {
    TIMESTAMP: (pa.int64(), pa.timestamp("ns", "UTC")),
    PRICE: (pa.float64(),),
    VOLUME: (pa.int64(), pa.float64()),
    SESSION: (pa.int8(),),
    ELIGIBILITY: (pa.uint8(),),
}
_QUOTE_TYPES = {
    **{name: _TYPES[name] for name in (TIMESTAMP, SESSION)},
    **dict.fromkeys(SIDES, (pa.float64(),)),
}
_YEAR_NS = 365 * 86_400 * NS
_COPIES = 5_000
_JUDGED = (SESSION, ELIGIBILITY, FLAGS, LINE)  # these depend on when a row arrived


def check_adapter(
    adapter_class: type[Adapter],
    path: str | Path,
    parameters: Mapping[str, Any] | None = None,
    *,
    limit: int = 100_000,
    seed: int = 0,
) -> Report:
    """Check that an adapter keeps its contract on a file it reads; raises nothing.

    Parameters
    ----------
    adapter_class : type of Adapter
    path : path
        Delimited text (plain, ``.gz`` or ``.zip`` with one member) or ``.parquet``, two ticks at least.
    parameters : mapping, optional
        The adapter's own.
    limit : int
        How many raw rows of the file are looked at.
    seed : int
        Chooses the cuts and the noise.
    """
    with tempfile.TemporaryDirectory() as folder:
        subject = _Subject(adapter_class, Path(path), dict(parameters or {}), Path(folder), seed)
        findings = [Finding("file", _reason_of(lambda: subject.load(limit)))]
        if not findings[0].reason:
            checks = (
                subject.columns, subject.account, subject.prefix, subject.future, subject.repeat,
                subject.cache, subject.bad,
            )  # fmt: skip
            findings += [Finding(one.__name__, _reason_of(one)) for one in checks]
    return Report(adapter_class.name or adapter_class.__name__, Path(path), tuple(findings))


def _reason_of(check: Callable[[], str]) -> str:
    try:
        return check()
    except Exception as problem:  # somebody's adapter may raise anything: that is a finding
        return f"it raised {type(problem).__name__}: {problem}"


class _Subject:
    """One adapter class and one file, with the ticks of all its rows."""

    def __init__(
        self, kind: type[Adapter], path: Path, parameters: dict[str, Any], folder: Path, seed: int
    ) -> None:
        if "max_rejected" in kind.PARAMETERS:
            parameters = {**parameters, "max_rejected": 1.0}  # a cut may leave few good rows
        self.kind, self.path, self.parameters, self.folder = kind, path, parameters, folder
        self.random = np.random.default_rng(seed)
        self._number = itertools.count()
        self.raw: RawFile
        self.whole: pa.Table
        self.counts: RowAccount

    def place(self) -> Path:
        """Return a new empty folder."""
        folder = self.folder / str(next(self._number))
        folder.mkdir()
        return folder

    def adapter(self, path: Path) -> Adapter:
        """Return a fresh adapter over one file with a cache folder of its own."""
        return self.kind({**self.parameters, "paths": [str(path)]}, self.place())

    def parse(self, rows: Any) -> tuple[pa.Table, RowAccount]:
        """Return the ticks of raw rows with text decoded, and their account."""
        path = self.raw.write(self.place(), rows)
        adapter = self.adapter(path)
        batches = [decoded(batch) for batch in adapter.parse(path) if batch.num_rows]
        path.unlink()
        return pa.Table.from_batches(batches) if batches else pa.table({}), adapter.account

    def cut(self, count: int) -> tuple[pa.Table, RowAccount]:
        """Return the ticks of the first `count` raw rows, none where they are refused altogether."""
        try:
            return self.parse(self.raw.take((0, count)))
        except LitlabError:
            return pa.table({}), RowAccount()

    def load(self, limit: int) -> str:
        """Read the raw rows and parse them all."""
        self.raw = RawFile(self.path, limit)
        self.whole, self.counts = self.parse(self.raw.take((0, len(self.raw))))
        self.step = getattr(self.counts, "ticks_per_row", 1)
        if self.whole.num_rows < 2 * self.step:
            return f"its {len(self.raw)} rows give {self.whole.num_rows} ticks; wanted two at least"
        return ""

    # --- the checks: each returns why the adapter fails, "" if it does not ------------------------------

    def columns(self) -> str:
        """Canonical columns, their types and bounds."""
        quotes = issubclass(self.kind, QuotesBaseAdapter)
        for name, wanted in (_QUOTE_TYPES if quotes else _TYPES).items():
            if name not in self.whole.column_names:
                return f"the column {name} is missing"
            if self.whole[name].type not in wanted:
                return f"{name} is {self.whole[name].type}; wanted {' or '.join(map(str, wanted))}"
            if self.whole[name].null_count:
                return f"{name} holds {self.whole[name].null_count} nulls"
        if not quotes and (reason := self._bounds()):
            return reason
        if not pc.all(pc.is_in(self.whole[SESSION], pa.array([0, 1, 2, 3], pa.int8()))).as_py():
            return "session is none of 0 regular, 1 pre, 2 post, 3 closed"
        times = self.whole[TIMESTAMP].cast(pa.int64()).to_numpy()
        if times.min() < 5 * _YEAR_NS or times.max() > 200 * _YEAR_NS:
            return f"the times {times.min()} to {times.max()} are no nanoseconds since 1970 UTC"
        return ""

    def _bounds(self) -> str:
        price, volume = self.whole[PRICE].to_numpy(), self.whole[VOLUME].to_numpy()
        if not (np.isfinite(price) & (price > 0)).all():
            return "a price is no finite positive number"
        if not (np.isfinite(volume) & (volume >= 0)).all():
            return "a volume is negative or no number"
        if int(pc.max(self.whole[ELIGIBILITY]).as_py()) > ALL_OK:
            return "eligibility has bits beyond ok_last, ok_hl and ok_volume"
        return ""

    def account(self) -> str:
        """Every raw row is kept, filtered or rejected."""
        counts, kept = self.counts, self.whole.num_rows // self.step
        if counts.rows_in != kept + counts.filtered + counts.rejected:
            return (
                f"{counts.rows_in} rows came in; {kept} kept + {counts.filtered} filtered + "
                f"{counts.rejected} rejected are {kept + counts.filtered + counts.rejected}"
            )
        if not len(self.raw) - 1 <= counts.rows_in + counts.blank <= len(self.raw):
            return (
                f"the file has {len(self.raw)} rows, a header among them or not; it counts {counts.rows_in}"
            )
        return ""

    def prefix(self) -> str:
        """The first k raw rows give exactly the first ticks of all."""
        n = len(self.raw)
        wanted = {1, 2, 3, n // 4, n // 2, 3 * n // 4, n - 2, n - 1, *self.random.integers(1, n, 3).tolist()}
        seen = 0
        for count in sorted(one for one in wanted if 0 < one < n):
            part = self.cut(count)[0]
            seen += part.num_rows
            if part.num_rows and (reason := difference(part, self.whole.slice(0, part.num_rows))):
                return f"the first {count} raw rows do not give the first ticks of all: {reason}"
        return "" if seen else "no cut of the file gave a tick"

    def future(self) -> str:
        """Whatever follows a file's rows, they give the same ticks.

        Many copies of one row move every mean, extreme and count of the day; the row is an ordinary one, the
        dearest, the cheapest, and the first that gave no tick.
        """
        price = self.whole[BID if issubclass(self.kind, QuotesBaseAdapter) else PRICE].to_numpy()
        ends = {int(np.argmax(price)), int(np.argmin(price)), self.whole.num_rows - 1}
        guilty = {self._row_of(tick) for tick in ends}
        if self.counts.filtered + self.counts.rejected:
            guilty.add(self._row_where(lambda _, counts: counts.filtered + counts.rejected > 0))
        n = len(self.raw)
        for row in sorted(guilty):
            found = self.parse(self.raw.take((0, n), *[(row, row + 1)] * min(n, _COPIES)))[0]
            if reason := difference(found.slice(0, self.whole.num_rows), self.whole):
                return f"copies of raw row {row + 1} behind the last change what comes before them: {reason}"
        return ""

    def repeat(self) -> str:
        """A raw row that comes once more is one more tick, at its place."""
        first = self._row_of(0)
        tick = self.whole.slice(0, self.step)
        for after in {first + 1, len(self.raw)}:
            before = self.cut(after)[0]
            found = self.parse(self.raw.take((0, after), (first, first + 1)))[0]
            where = f"a copy of raw row {first + 1} put behind raw row {after}"
            if found.num_rows != before.num_rows + self.step:
                return (
                    f"{where} changes the number of ticks from {before.num_rows} to {found.num_rows}: "
                    "identical rows are trades of their own"
                )
            reason = difference(found.slice(0, before.num_rows), before)
            last = found.slice(before.num_rows)
            reason = reason or difference(last.drop_columns(_judged(last)), tick.drop_columns(_judged(tick)))
            if reason:
                return f"{where} is not the last tick, or changes what comes before it: {reason}"
        return ""

    def _row_of(self, tick: int) -> int:
        return self._row_where(lambda part, _: part.num_rows > tick)

    def _row_where(self, reached: Callable[[pa.Table, RowAccount], bool]) -> int:
        """Return the raw row with which the parsed rows have `reached` something, by bisection."""
        low, high = 0, len(self.raw)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if reached(*self.cut(middle)) else (middle, high)
        return low

    def cache(self) -> str:
        """The cache is ordered, complete and the same bytes twice."""
        path = self.raw.write(self.place(), self.raw.take((0, len(self.raw))))
        first, second = self.adapter(path), self.adapter(path)
        for one in (first, second):
            one.create_cache_file(path)
        if first.store.digests != second.store.digests:
            return "caching the same file twice gives different content"
        count = len(first)
        if count != self.whole.num_rows:
            return f"{count} ticks are cached of {self.whole.num_rows} parsed"
        times = first.store.times(0, count)
        if times.dtype != np.int64 or (np.diff(times) < 0).any():
            return "cached times are not non-decreasing int64"
        own = np.maximum.accumulate(self.whole[TIMESTAMP].cast(pa.int64()).to_numpy())
        if not np.array_equal(own, times):
            return "cached times are not the running maximum of the parsed ones"
        if first[count - 1]["timestamp"] != int(times[-1]):
            return "the last record tells another time than the column"
        return ""

    def bad(self) -> str:
        """Whatever else stands in the file, a LitlabError says so and nothing is cached."""
        noise = self.random.integers(0, 256, 4096, np.uint8).tobytes()
        whole = self.raw.write(self.place(), self.raw.rows).read_bytes()
        spoilt = {
            "an empty file": b"", "noise": noise, "a text": b"These are no ticks.\n" * 50,
            "half of its bytes and noise": whole[: len(whole) // 2] + noise + b"\n",
        }  # fmt: skip
        for what, data in spoilt.items():
            path = self.place() / self.path.name
            path.write_bytes(data)
            if what.startswith("half") and path.suffix.lower() not in (".gz", ".zip", ".parquet"):
                continue  # plain text that breaks off is a shorter file
            if reason := self._refused(path):
                return f"{what}: {reason}"
        return self._refused(self.place() / self.path.name)

    def _refused(self, path: Path) -> str:
        adapter = self.adapter(path)
        adapter.parameters.update(
            {name: value for name, value in self.kind.PARAMETERS.items() if name == "max_rejected"}
        )
        try:
            adapter.create_cache_file(path)
        except LitlabError:
            left = [one.name for one in adapter.cache.rglob("*") if one.is_file() and one.name != ".lock"]
            return f"it leaves {', '.join(left)} in the cache" if left else ""
        return "it is cached as if it were ticks"


def _judged(table: pa.Table) -> list[str]:
    return [name for name in _JUDGED if name in table.column_names]
