"""The contract checks see what they are for: each bad adapter here breaks one promise, and is told which."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tapes import Tick, lseg_row, ns, write_lseg, write_ticks

from litlab.adapters.csv import CsvAdapter
from litlab.adapters.lseg import LsegAdapter
from litlab.errors import ContractBroken
from litlab.testing import check_adapter

PARAMETERS = {"calendar": "XNYS", "conditions_column": "code", "time_unit": "ns"}
BASE = ns("2013-10-07 09:30:00")


@pytest.fixture
def ticks(tmp_path):
    """Return a file of 200 ticks in order, a second apart, prices rising, one outlier."""
    rows = [Tick(BASE + at * 10**9, 10 + at / 100, 100 + at % 3, "@") for at in range(200)]
    rows[40] = Tick(rows[40].time_ns, 99.0, 100, "@")
    return write_ticks(tmp_path / "ticks.csv", rows)


def whole(adapter, path):
    """Return all ticks of the csv adapter at once."""
    batches = list(CsvAdapter.parse(adapter, path))
    return pa.Table.from_batches(batches).combine_chunks().to_batches()[0]


class Honest(CsvAdapter):
    name = "honest"


class FiltersByTheDay(CsvAdapter):
    """Takes out what is far from the day's mean: the mean of the whole day."""

    def parse(self, path):
        batch = whole(self, path)
        price = np.asarray(batch.column("price"))
        far = np.abs(price - price.mean()) > 4 * price.std()
        self.account.filtered += int(far.sum())
        yield batch.filter(pa.array(~far))


class Deduplicates(CsvAdapter):
    def parse(self, path):
        batch = whole(self, path)
        keys = list(
            zip(*(batch.column(name).to_pylist() for name in ("timestamp", "price", "volume")), strict=True)
        )
        first = {key: at for at, key in reversed(list(enumerate(keys)))}
        keep = np.array([first[key] == at for at, key in enumerate(keys)])
        self.account.filtered += int((~keep).sum())
        yield batch.filter(pa.array(keep))


class BackAdjusts(CsvAdapter):
    def parse(self, path):
        batch = whole(self, path)
        last = batch.column("price")[-1].as_py()
        yield batch.set_column(1, "price", pc.divide(batch.column("price"), last))


class Sorts(CsvAdapter):
    def parse(self, path):
        batch = whole(self, path)
        yield batch.take(pc.sort_indices(batch.column("timestamp")))


class LosesRows(CsvAdapter):
    def parse(self, path):
        yield from (batch.slice(0, batch.num_rows - 1) for batch in super().parse(path))


class TellsTimesInMicroseconds(CsvAdapter):
    def parse(self, path):
        for batch in super().parse(path):
            yield batch.set_column(0, "timestamp", pc.divide(batch.column("timestamp"), 1000))


class ForgetsTheSession(CsvAdapter):
    def parse(self, path):
        for batch in super().parse(path):
            yield batch.drop_columns(["session"])


class KeepsTextVolumes(CsvAdapter):
    def parse(self, path):
        for batch in super().parse(path):
            yield batch.set_column(2, "volume", batch.column("volume").cast(pa.string()))


class ThrowsTheDice(CsvAdapter):
    calls = 0

    def parse(self, path):
        ThrowsTheDice.calls += 1
        for batch in super().parse(path):
            noise = pa.array(np.full(batch.num_rows, ThrowsTheDice.calls))
            yield batch.append_column("noise", noise)


class RaisesWhatItLikes(CsvAdapter):
    def parse(self, path):
        if path.read_bytes()[:4] != b"time":
            raise KeyError("time")
        yield from super().parse(path)


class SwallowsEverything(CsvAdapter):
    def parse(self, path):
        if path.is_file() and path.read_bytes()[:4] == b"time":
            yield from super().parse(path)
            return
        yield from super().parse(self.good)


BAD = {
    FiltersByTheDay: "future",
    Deduplicates: "repeat",
    BackAdjusts: "prefix",
    Sorts: "repeat",
    LosesRows: "account",
    TellsTimesInMicroseconds: "columns",
    ForgetsTheSession: "columns",
    KeepsTextVolumes: "columns",
    ThrowsTheDice: "cache",
    RaisesWhatItLikes: "bad",
    SwallowsEverything: "bad",
}


@pytest.mark.parametrize("kind", BAD, ids=lambda kind: kind.__name__)
def test_a_broken_promise_is_named(ticks, kind):
    kind.good = ticks
    report = check_adapter(kind, ticks, PARAMETERS)
    assert BAD[kind] in {one.check for one in report.failed}
    with pytest.raises(ContractBroken, match=f"{BAD[kind]}: "):
        report.raise_if_failed()


def test_an_honest_adapter_passes_every_check(ticks):
    report = check_adapter(Honest, ticks, PARAMETERS)
    assert [one.check for one in report.findings] == [
        "file", "columns", "account", "prefix", "future", "repeat", "cache", "bad",
    ]  # fmt: skip
    assert report.ok
    report.raise_if_failed()


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_the_lseg_adapter_passes(tmp_path, name):
    kinds = [
        lseg_row(),
        lseg_row(kind="Quote"),
        lseg_row(price="x"),
        "",
        lseg_row(qualifiers='"@6  [GV4_TEXT]"'),
    ]
    rows = [row.replace("14:00:00", f"14:{at:02d}:00") for at in range(12) for row in kinds]
    check_adapter(LsegAdapter, write_lseg(tmp_path / name, rows)).raise_if_failed()


@pytest.mark.parametrize("late", [False, True])
def test_sorting_is_seen_in_ordered_files_and_in_others(tmp_path, late):
    rows = [Tick(BASE + at * 10**9, 10.0 + at, 100) for at in range(20)]
    if late:
        rows[5], rows[15] = rows[15], rows[5]
    path = write_ticks(tmp_path / "a.csv", rows)
    failed = {one.check for one in check_adapter(Sorts, path, PARAMETERS).failed}
    assert failed >= ({"prefix", "repeat"} if late else {"repeat"})


def test_nothing_is_raised_for_a_file_that_cannot_be_read(tmp_path):
    report = check_adapter(Honest, tmp_path / "none.csv")
    assert not report.ok
    assert "file: it raised" in str(report)


def test_one_tick_is_too_few_to_judge_by(tmp_path):
    path = write_ticks(tmp_path / "a.csv", [Tick(BASE, 10.0)])
    assert "wanted two at least" in str(check_adapter(Honest, path, PARAMETERS))
